"""A diff as it is read: on a screen, and in a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from entitlements.catalog.diff.catalogs import CatalogDiff, Change, Class
from entitlements.cli.diff.words import change_words, heirs_words, plan_heading, totals, version_words
from entitlements.cli.output import echo, heading, styled, wrapped

_COLOURS: dict[Class, str | None] = {
    "narrowing": "red",
    "widening": "green",
    "neutral": None,
    "text only": "bright_black",
}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|])")
#: So many changes of words are shown one by one; more are only counted.
_FEW_TEXTS = 5


def show_text(diff: CatalogDiff, old: str) -> None:
    """The diff on stdout; `old` names the side in which what is gone can be found."""
    heading(wrapped(totals(diff)))
    for plan in diff.plans:
        echo()
        heading(plan_heading(diff, plan))
        words = version_words(diff, plan)
        if words is not None:
            echo(wrapped(f"{words}.", "  "))
        _show(diff, plan.changes, old)
    if diff.others:
        echo()
        heading("Beside the plans" if diff.plans else "In the catalog")
        _show(diff, diff.others, old)


def _show(diff: CatalogDiff, changes: Iterable[Change], old: str) -> None:
    column = len("text only") + 2
    for one, words in _lines(diff, changes):
        label = styled(one.cls.ljust(column), fg=_COLOURS[one.cls])
        echo(f"  {label}{wrapped(words, ' ' * (column + 2)).lstrip()}")
        echo(styled(f"{'':<{column + 2}}{_place(one, old)}", dim=True))


def _lines(diff: CatalogDiff, changes: Iterable[Change]) -> Iterator[tuple[Change, str]]:
    """Each change with its words; of many texts only the first, with how many there are."""
    listed = list(changes)
    texts = [one for one in listed if one.cls == "text only"]
    for one in listed:
        words = f"{change_words(diff, one)}{heirs_words(diff, one)}"
        if one.cls != "text only" or len(texts) <= _FEW_TEXTS:
            yield one, words
        elif one is texts[0]:
            yield one, f"{words}; and {len(texts) - 1} more texts"


def _place(one: Change, old: str) -> str:
    return f"{one.mark} in {old}" if one.side == "old" else str(one.mark)


def markdown(diff: CatalogDiff, old: str, new: str) -> str:
    """The diff as GitHub's Markdown, for a comment on a pull request."""
    lines = [f"### Plans: {escaped(totals(diff))}", "", f"From `{old}` to `{new}`."]
    for plan in diff.plans:
        lines += ["", f"#### {escaped(plan_heading(diff, plan))}", ""]
        words = version_words(diff, plan)
        if words is not None:
            lines += [f"{escaped(words)}.", ""]
        lines += _table(diff, plan.changes, old)
    if diff.others:
        lines += ["", "#### Beside the plans" if diff.plans else "#### In the catalog", ""]
        lines += _table(diff, diff.others, old)
    return "\n".join(lines) + "\n"


def _table(diff: CatalogDiff, changes: Iterable[Change], old: str) -> list[str]:
    rows = []
    for one, words in _lines(diff, changes):
        cls = f"**{one.cls}**" if one.cls == "narrowing" else one.cls
        rows.append(f"| {cls} | {escaped(words)} | `{_place(one, old)}` |")
    return ["| Class | Change | Where |", "| --- | --- | --- |", *rows]


def escaped(text: str) -> str:
    """`text` in Markdown, as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
