"""Advice on lists whose order means nothing: what is sorted but for one item is best sorted all through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from entitlements.catalog.editing.list import item_moved, out_of_place
from entitlements.catalog.editing.text import Edit, Source
from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.reading.document import Map, Seq
from entitlements.model import Catalog
from entitlements.problems import Fix, Replacement

#: Kind of entry → the lists in it whose order means nothing.
_LISTS = {
    "plan": ("features", "without"),
    "feature": ("requires",),
    "add-on": ("features", "sold_with"),
}
#: Fewer items are in order by chance.
_AT_LEAST = 4


def item_out_of_order(_: Catalog, places: Places) -> Iterator[Finding]:
    """A list in alphabetical order but for one item that stands elsewhere."""
    for who, key, field, listed in _lists(places):
        index = out_of_place(listed) if len(listed) >= _AT_LEAST else None
        if index is None:
            continue
        source = Source(listed.lines.text.encode())
        edits = item_moved(source, listed, index)
        if edits:
            item, behind = (
                listed[index],
                max((other for other in listed if other < listed[index]), default=None),
            )
            message = f'`{field}` of {who} is in alphabetical order but for "{item}"'
            hint = f'put it behind "{behind}"' if behind is not None else "put it first"
            mark = listed.item_mark(index)
            yield Finding(message, mark, hint, (key, item), fix=_fix(listed, edits))


def _lists(places: Places) -> Iterator[tuple[str, str, str, Seq]]:
    """Words for the entry, its key, the field, and what it lists."""
    for kind, fields in _LISTS.items():
        for key, given in places.entries[kind].items():
            yield from ((f'{kind} "{key}"', key, field, given[field]) for field in fields if given.get(field))
    needs: Any = places.head.get("baa")
    if isinstance(needs, Map):
        yield "`baa`", "baa", "needs", needs["needs"]


def _fix(listed: Seq, edits: list[Edit]) -> Fix:
    first, *others = (Replacement(listed.lines.mark(edit.start, edit.end), edit.text) for edit in edits)
    return Fix(first.mark, first.text, also=tuple(others))
