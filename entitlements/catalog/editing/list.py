"""Where an item goes into a list or out of it, however the list is written: `[a, b]` or lines of `- a`."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Sequence

from entitlements.catalog.editing.text import Edit, Source, content_end, written
from entitlements.catalog.reading.nodes import Seq

_SORTED_AT_LEAST = 2
_COMMENT_LINE = re.compile(r"^[ \t]*#(.*)$", re.MULTILINE)
_COMMA = re.compile(r"\s*,")


def item_added(
    source: Source, listed: Seq, item: str, heading: str | None, headings: Iterable[str]
) -> tuple[int, list[Edit]]:
    """The index that `item` gets in the filled list, and the edits that put it there."""
    parts = _parts(source, listed, {*headings, *([heading] if heading else ())})
    begins = None
    if parts and heading is not None and heading not in parts:
        index, begins = len(listed), heading
    elif parts and heading is not None:
        ends = [start for start in parts.values() if start > parts[heading]]
        low, high = parts[heading], min(ends, default=len(listed))
        index = _place_in(listed[low:high], item) + low
    else:
        index = _place_in(listed, item)
    return index, item_inserted(source, listed, index, item, begins)


def item_removed(source: Source, listed: Seq, index: int) -> list[Edit]:
    """The edits that take the item at `index` out of a list of two or more."""
    text, start = source.text, listed.spans[2 * index]
    end = content_end(source, listed[index], start, listed.spans[2 * index + 1])
    if text[listed.start] != "[":
        dash = _dash(source, listed, index)
        begin = source.line_start(dash)
        if text[begin:dash].strip():
            # The list begins on the line of something else, which stays.
            return [Edit(dash, _dash(source, listed, index + 1), "")] if index + 1 < len(listed) else []
        if source.line_end(end) < len(text):
            return [Edit(begin, text.index("\n", end) + 1, "")]
        return [Edit(len(text[:begin].removesuffix("\n").removesuffix("\r")), len(text), "")]
    if index + 1 < len(listed):
        following = listed.spans[2 * index + 2]
        if "#" not in text[end:following]:
            return [Edit(start, following, "")]
    elif "#" not in text[listed.spans[2 * index - 1] : start]:
        return [Edit(listed.spans[2 * index - 1], end, "")]
    comma = _COMMA.match(text, end)
    return [Edit(start, comma.end() if comma else end, "")]


def item_moved(source: Source, listed: Seq, index: int) -> list[Edit]:
    """The edits that move the item at `index`, with what its line says of it, to its place in the order.

    None if that is not simple: where comment lines part the list, or a list in brackets has comments.
    """
    text, item = source.text, listed[index]
    to = bisect([*listed[:index], *listed[index + 1 :]], item)
    before = to if to < index else to + 1
    out = item_removed(source, listed, index)
    if has_parts(source, listed):
        return []
    if text[listed.start] == "[":
        has_comments = "#" in text[listed.start : listed.end]
        return [] if has_comments else [*out, *item_inserted(source, listed, before, item)]
    begin = source.line_start(_dash(source, listed, index))
    first = source.line_start(listed.start)
    if text[first : listed.start].strip():
        return []
    line = text[begin : source.line_end(listed.spans[2 * index + 1])]
    if before < len(listed):
        at = source.line_start(_dash(source, listed, before))
        return [*out, Edit(at, at, f"{line}{source.line_break}")]
    at = source.line_end(listed.spans[-1])
    return [*out, Edit(at, at, f"{source.line_break}{line}")]


def out_of_place(items: Sequence[str]) -> int | None:
    """The index of the one item that keeps `items` from alphabetical order; None if none does, or several.

    Of two neighbours that have changed places it is the latter.
    """
    if list(items) == sorted(items):
        return None
    alone = [n for n in range(len(items)) if _is_sorted([*items[:n], *items[n + 1 :]])]
    return alone[-1] if alone else None


def has_parts(source: Source, listed: Seq) -> bool:
    """Whether comment lines stand between the items, which may part the list by something else than names."""
    return _COMMENT_LINE.search(source.text, listed.start, listed.spans[-2]) is not None


def _is_sorted(items: Sequence[str]) -> bool:
    return list(items) == sorted(items)


def _place_in(items: Sequence[str], item: str) -> int:
    return bisect(items, item) if len(items) >= _SORTED_AT_LEAST and _is_sorted(items) else len(items)


def _parts(source: Source, listed: Seq, headings: set[str]) -> dict[str, int]:
    """Heading → the index of the first item below it, for the comment lines that are one of `headings`."""
    found: dict[str, int] = {}
    after = source.line_start(listed.start)
    # The first heading stands above the list.
    while after > 0 and _COMMENT_LINE.fullmatch(source.text, *_line_before(source, after)):
        after = _line_before(source, after)[0]
    for index in range(len(listed)):
        start = listed.spans[2 * index]
        for comment in _COMMENT_LINE.finditer(source.text, after, start):
            words = comment[1].lstrip("#").strip()
            if words in headings:
                found.setdefault(words, index)
        after = start
    return found


def _line_before(source: Source, start: int) -> tuple[int, int]:
    return source.line_start(start - 1), start - 1


def item_inserted(
    source: Source, listed: Seq, index: int, item: str, begins: str | None = None
) -> list[Edit]:
    """The edits that put `item` at `index` of the filled list, below a comment line that says `begins`."""
    text, item = source.text, written(item)
    if text[listed.start] == "[":
        return _into_brackets(source, listed, index, item)
    dash = listed.start
    indent = " " * (dash - source.line_start(dash))
    gap = text[dash + 1 : listed.spans[0]]
    line = f"-{gap if gap and not gap.strip(' ') else ' '}{item}"
    if index == 0:
        return [Edit(dash, dash, f"{line}{source.line_break}{indent}")]
    before = 2 * (index - 1)
    end = content_end(source, listed[index - 1], listed.spans[before], listed.spans[before + 1])
    at = source.line_end(end)
    comment = f"{source.line_break}{indent}# {begins}" if begins else ""
    return [Edit(at, at, f"{comment}{source.line_break}{indent}{line}")]


def _into_brackets(source: Source, listed: Seq, index: int, item: str) -> list[Edit]:
    text = source.text
    if index == 0:
        first = listed.spans[0]
        lead = text[source.line_start(first) : first]
        return [Edit(first, first, f"{item},{source.line_break}{lead}" if not lead.strip() else f"{item}, ")]
    start, end = listed.spans[2 * index - 2], listed.spans[2 * index - 1]
    lead = text[source.line_start(start) : start]
    comma = _COMMA.match(text, end)
    if lead.strip() or (
        comma and text[comma.end() : source.line_end(end)].lstrip(" \t")[:1] not in ("", "#")
    ):
        return [Edit(end, end, f", {item}")]
    # One item a line: it gets a line of its own, below the comment of the one before.
    at = source.line_end(comma.end() if comma else end)
    if not comma and "]" in text[end:at].split("#")[0]:
        return [Edit(end, end, f",{source.line_break}{lead}{item}")]
    edits = [] if comma else [Edit(end, end, ",")]
    return [*edits, Edit(at, at, f"{source.line_break}{lead}{item}{',' if comma else ''}")]


def _dash(source: Source, listed: Seq, index: int) -> int:
    """Where the dash of an item stands; comments may come between it and the item."""
    after = listed.start if index == 0 else listed.spans[2 * index - 1]
    column = listed.start - source.line_start(listed.start)
    at = listed.spans[2 * index]
    while at > after:
        start = source.line_start(at)
        if source.text[start + column : start + column + 1] == "-":
            return start + column
        at = start - 1
    return listed.start
