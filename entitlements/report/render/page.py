"""What every HTML page shares: one stylesheet inside it, and a policy that lets nothing else in or out."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup, escape

from entitlements.catalog.money import money_said
from entitlements.report.text import Text
from entitlements.report.words import and_list

#: Languages that are written from right to left.
_FROM_THE_RIGHT = frozenset({"ar", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"})
#: The language of the words that the templates themselves say.
_OWN = "en"
#: HTML cannot hold most control characters; each is shown by its sign, so that none is lost.
_VISIBLE = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}


def page(template: str, *, lang: str | None, **values: Any) -> str:
    """The page that `template` makes of `values`: one file that needs no other, nor a network."""
    style = _stylesheet()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    made = (
        _environment(translated=_base(lang) not in (None, _OWN))
        .get_template(template)
        .render(
            **values,
            lang=lang or _OWN,
            direction="rtl" if _base(lang) in _FROM_THE_RIGHT else "ltr",
            style=Markup(style),  # noqa: S704  our own file, and its digest is what the policy lets in
            policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        )
    )
    return made.translate(_VISIBLE)


@cache
def _environment(*, translated: bool) -> jinja2.Environment:
    """The templates' words go through gettext, which so far says them as they are, marked as English."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("entitlements.report"),
        extensions=["jinja2.ext.i18n"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=said,
    )

    def gettext(words: str) -> str:
        return f'<span lang="{_OWN}" dir="ltr">{words}</span>' if translated else words

    def ngettext(one: str, other: str, number: int) -> str:
        return gettext(one if number == 1 else other)

    extended: Any = made  # by a method that its type does not know
    extended.install_gettext_callables(gettext, ngettext, newstyle=True)
    made.filters |= {"said": said, "listed": listed, "money": money_said}
    return made


def said(value: Any) -> Any:
    """Words of a catalog as HTML: apart from what surrounds them, with their language; the rest as it is."""
    if not isinstance(value, Text):
        return value
    lang = Markup(' lang="{}"').format(value.lang) if value.lang else ""
    return Markup("<bdi{}>{}</bdi>").format(lang, value.value)


def listed(items: list[Any], word: str = "and") -> Markup:
    """`Pro and Advanced`: the items said, with commas and a last `word` between them."""
    return Markup(and_list([str(escape(said(item))) for item in items], word))  # noqa: S704  each is escaped


def _base(lang: str | None) -> str | None:
    return lang.partition("-")[0].casefold() if lang else None


@cache
def _stylesheet() -> str:
    return (files("entitlements.report") / "templates" / "style.css").read_text(encoding="utf-8")
