"""Words that come from a catalog, with the language they are in."""

from __future__ import annotations

from dataclasses import dataclass

from entitlements.model import EMPTY, Catalog


@dataclass(frozen=True, slots=True)
class Text:
    """What people see; `lang` is None for the words of the plan files themselves, which say no language."""

    value: str
    lang: str | None = None

    def __str__(self) -> str:
        return self.value


def text_of(catalog: Catalog, key: str, fallback: str, lang: str | None) -> Text:
    """The text `key` in `lang` (`pt-BR` falls back to `pt`), else `fallback`."""
    for name in dict.fromkeys((lang, lang.partition("-")[0])) if lang else ():
        if key in catalog.texts.get(name, EMPTY):
            return Text(catalog.texts[name][key], name)
    return Text(fallback)
