"""Edits of a plan file by path: set a value, add or remove an item of a list, rename a key.

Each takes a Draft and gives another whose text differs only where it must: comments, order, quotes and line
ends stay. The new text is read again and must say what was meant, else CannotEdit is raised. A path is a
sequence of keys and indexes, as for `Document.mark_at`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entitlements.catalog.edit_list import item_added, item_removed
from entitlements.catalog.edit_text import CannotEdit, Draft, Edit, content_end, plain, written
from entitlements.catalog.nodes import Map, Seq

Path = Sequence[str | int]


def value_at(draft: Draft, path: Path) -> Any:
    """The value that `path` leads to; None if there is none."""
    value = draft.value
    for step in path:
        if isinstance(value, Map) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, Seq) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def set_value(draft: Draft, path: Path, value: Any, *, order: Sequence[str] = ()) -> Draft:
    """`value`, plain data, at `path`; keys that are not there are added.

    A new key stands after the last of those that precede it in `order`, else at the end of its map. A block
    of several lines is replaced whole, unless it holds comments, which would be lost.
    """
    *above, last = path
    home = value_at(draft, above)
    if isinstance(home, Seq) and isinstance(last, int) and 0 <= last < len(home):
        start, end = home.spans[2 * last], home.spans[2 * last + 1]
    elif isinstance(home, Map) and isinstance(last, str) and last in home:
        row = 4 * list(home).index(last)
        start, end = home.spans[row + 2], home.spans[row + 3]
    elif isinstance(home, Map) and isinstance(last, str):
        return _add_key(draft, home, path, value, order)
    elif home is None and above and isinstance(last, str):
        return set_value(draft, above, {last: value}, order=order)
    else:
        raise _no_place(draft, path)
    edit = _replacement(draft, home[last], start, end, value)
    return draft.edited([edit], _with(draft, path, value))


def add_item(
    draft: Draft, path: Path, item: str, *, heading: str | None = None, headings: Sequence[str] = ()
) -> Draft:
    """The list at `path` with `item`; unchanged if it is there. A list that is missing or empty is begun.

    In a list in alphabetical order the item takes its place. In one whose parts have comment lines out of
    `headings` above them, it goes to the end of the part under `heading`, which is begun if there is none.
    Otherwise it goes to the end.
    """
    listed = value_at(draft, path)
    if listed is None or (isinstance(listed, Seq) and not listed):
        return set_value(draft, path, [item])
    if not isinstance(listed, Seq):
        raise _no_place(draft, path)
    if item in listed:
        return draft
    index, edits = item_added(draft.source, listed, item, heading, headings)
    return draft.edited(edits, _with(draft, path, [*listed[:index], item, *listed[index:]]))


def remove_item(draft: Draft, path: Path, item: str) -> Draft:
    """The list at `path` without `item`, and without what the same line says about it."""
    listed = value_at(draft, path)
    if not isinstance(listed, Seq):
        raise _no_place(draft, path)
    if item not in listed:
        return draft
    if len(listed) == 1:
        return set_value(draft, path, [])
    index = listed.index(item)
    edits = item_removed(draft.source, listed, index)
    return draft.edited(edits, _with(draft, path, [*listed[:index], *listed[index + 1 :]]))


def rename_key(draft: Draft, path: Path, key: str) -> Draft:
    """The same file with the last key of `path` called `key`."""
    *above, last = path
    home = value_at(draft, above)
    if not isinstance(home, Map) or last not in home or key in home:
        raise _no_place(draft, path)
    row = 4 * list(home).index(str(last))
    start, end = home.spans[row], home.spans[row + 1]
    edit = Edit(start, end, written(key, like=draft.source.text[start:end]))
    renamed = {key if known == last else known: inner for known, inner in home.items()}
    return draft.edited([edit], _with(draft, above, renamed))


def _replacement(draft: Draft, old: Any, start: int, end: int, value: Any) -> Edit:
    source = draft.source
    before = source.text[start:end]
    if start == end:
        return Edit(start, end, f" {written(value)}")
    if not isinstance(old, Map | Seq):
        # The end of a block text lies beyond its line.
        return Edit(start, content_end(source, old, start, end), written(value, like=before))
    end = content_end(source, old, start, end)
    if "#" in source.text[start:end]:
        line = draft.document.file
        msg = f"what stands there in {line} is a block with comments, which would be lost"
        raise CannotEdit(msg, hint="edit its parts, or edit the file by hand")
    colon = len(source.text[:start].rstrip())
    # A block below its key gives way to a value beside it.
    is_below = "\n" in source.text[colon:start] and source.text[colon - 1] == ":"
    return Edit(colon, end, f" {written(value)}") if is_below else Edit(start, end, written(value))


def _add_key(draft: Draft, home: Map, path: Path, value: Any, order: Sequence[str]) -> Draft:
    source, key = draft.source, str(path[-1])
    line = f"{written(key)}: {written(value)}"
    keys = list(home)
    if not keys:
        return draft.edited([Edit(home.start + 1, home.start + 1, line)], _with(draft, path, value))
    before = set(order[: order.index(key)]) if key in order else set(keys)
    number = max((place for place, known in enumerate(keys) if known in before), default=len(keys) - 1)
    row = 4 * number
    end = content_end(source, home[keys[number]], home.spans[row + 2], home.spans[row + 3])
    if source.text[home.start] == "{":
        edit = Edit(end, end, f", {line}")
    else:
        at = source.line_end(end)
        indent = " " * (home.spans[0] - source.line_start(home.spans[0]))
        edit = Edit(at, at, f"{source.line_break}{indent}{line}")
    items = [(known, plain(inner)) for known, inner in home.items()]
    items.insert(number + 1, (key, value))
    return draft.edited([edit], _with(draft, path[:-1], dict(items)))


def _with(draft: Draft, path: Path, value: Any) -> Any:
    """What the file says, with `value` at `path`."""
    if not path:
        return value
    found = plain(draft.value)
    home = found
    for step in path[:-1]:
        home = home[step]
    home[path[-1]] = value
    return found


def _no_place(draft: Draft, path: Path) -> CannotEdit:
    words = ".".join(map(str, path))
    return CannotEdit(f"{draft.document.file} has no place for {words}", hint="look at what stands there")
