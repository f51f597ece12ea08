"""Edits of a plan file by path: set a value, add or remove an item of a list, rename a key.

Each takes a Draft and gives another whose text differs only where it must: comments, order, quotes and line
ends stay. The new text is read again and must say what was meant, else CannotEdit is raised. A path is a
sequence of keys and indexes, as for `Document.mark_at`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from entitlements.catalog.editing.list import item_added, item_inserted, item_removed
from entitlements.catalog.editing.text import CannotEdit, Draft, Edit, Source, content_end, plain, written
from entitlements.catalog.reading.nodes import Map, Seq
from entitlements.catalog.reading.written import yaml_text

Path = Sequence[str | int]
_EMPTY_LINE = re.compile(r"\n[ \t]*\r?\n")


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


def add_block(draft: Draft, path: Path, content: Mapping[str, Any]) -> Draft:
    """A new key at the end of the map that `path` leads to without its last step, with `content` below it.

    Dicts and lists in `content` are written in lines of their own, other mappings and tuples in brackets. An
    empty line goes before, if the entries of the map are kept apart so.
    """
    *above, last = path
    home = value_at(draft, above)
    if not isinstance(home, Map) or not home or last in home or draft.source.text[home.start] == "{":
        raise _no_place(draft, path)
    source, keys = draft.source, list(home)
    start, indent = home.spans[-4], _indent(source, home)
    before = home.spans[-5] if len(keys) > 1 else start
    apart = source.line_break if _EMPTY_LINE.search(source.text, before, start) else ""
    at = source.line_end(content_end(source, home[keys[-1]], home.spans[-2], home.spans[-1]))
    lines = yaml_text({str(last): dict(content)}).splitlines()
    text = apart + "".join(f"{source.line_break}{indent}{line}" for line in lines)
    return draft.edited([Edit(at, at, text)], _with(draft, above, {**plain(home), last: plain(content)}))


def add_item(
    draft: Draft,
    path: Path,
    item: str,
    *,
    after: str | None = None,
    heading: str | None = None,
    headings: Sequence[str] = (),
) -> Draft:
    """The list at `path` with `item`; unchanged if it is there. A list that is missing or empty is begun.

    It goes behind the item `after`, if given. Else it takes its place in a list in alphabetical order. In one
    whose parts have comment lines out of `headings` above them, it goes to the end of the part under
    `heading`, which is begun if there is none. Otherwise it goes to the end.
    """
    listed = value_at(draft, path)
    if listed is None or (isinstance(listed, Seq) and not listed):
        return set_value(draft, path, [item])
    if not isinstance(listed, Seq):
        raise _no_place(draft, path)
    if item in listed:
        return draft
    if after in listed:
        index = listed.index(after) + 1
        edits = item_inserted(draft.source, listed, index, item)
    else:
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
        edit = Edit(at, at, f"{source.line_break}{_indent(source, home)}{line}")
    items = [(known, plain(inner)) for known, inner in home.items()]
    items.insert(number + 1, (key, value))
    return draft.edited([edit], _with(draft, path[:-1], dict(items)))


def _indent(source: Source, home: Map) -> str:
    """What stands before each key of a block."""
    return " " * (home.spans[0] - source.line_start(home.spans[0]))


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
    """Why nothing can be put at `path`: the last thing on the way that is there has no such parts."""
    there = max(n for n in range(len(path)) if n == 0 or value_at(draft, path[:n]) is not None)
    words, found = ".".join(map(str, path[:there])), value_at(draft, path[:there])
    what = f"{words} is" if words else "it holds"
    if isinstance(found, Map | Seq):
        kind = "a list" if isinstance(found, Seq) else "a block of keys"
        msg = f"{draft.document.file} has no place for {'.'.join(map(str, path))}: {what} {kind}"
        return CannotEdit(msg, hint="see what stands there; an item of a list is named by its number, from 0")
    msg = f"{draft.document.file}: {what} {written(found)}, which has no parts"
    return CannotEdit(msg, hint=f"put all of {words} there at once, in braces")
