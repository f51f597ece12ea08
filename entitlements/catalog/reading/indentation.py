"""Lines that do not line up: which of them is wrong, since parsing stops only at the last."""

from __future__ import annotations

import re
from collections.abc import Iterator

from entitlements.catalog.reading.nodes import Lines

_DASH_LINE = re.compile(r"\n *(- +\S.*)")
#: Code, message, hint, and the place (start, end).
Said = tuple[str, str, str, int, int]


def out_of_step(lines: Lines, above: int, below: int) -> Said | None:
    """Of the line at `above` and a later one, that does not line up with it, the first if its spaces are odd.

    Plan files are indented by two, and of one line and all those below it the one is more likely wrong.
    """
    if _depth(lines, above) % 2 == 0 or _depth(lines, below) % 2:
        return None
    hint = "give it as many spaces in front as the lines it belongs to have"
    message = f"this line and line {lines.mark(below, below).line} below it do not line up"
    return "Y108", message, hint, *_shown(lines, above)


def without_its_head(lines: Lines, above: int, below: int) -> Said | None:
    """The block that begins at `above`, if the lines from `below` on show that its own first line is missing.

    They are as deep as that line should be, and blocks as deep as this one begin in them.
    """
    depth, outer = _depth(lines, above), _depth(lines, below)
    if (
        outer % 2
        or depth <= outer
        or not any(_is_head(lines, at, outer, depth) for at in _beside(lines, below, outer))
    ):
        return None
    what = '"- "' if lines.text[below + outer] == "-" else "key"
    message = f"the line with the {what} that these lines belong to is missing above"
    hint = f"write it, with as many spaces in front as line {lines.mark(below, below).line} has"
    return "Y108", message, hint, *_shown(lines, above)


def item_in_text(lines: Lines, start: int, end: int) -> Said | None:
    """A line that looks like an item of a list, and goes on a text without quotes."""
    match = _DASH_LINE.search(lines.text, start, end)
    if match is None or lines.text[start] == "-":
        return None
    # What follows it would be told of as well, but for this code.
    if said := out_of_step(lines, start, match.start(1)):
        return "Y123", *said[1:]
    message = 'this line begins with "- ", but it stands so far right that it goes on the text above'
    hint = "give it as many spaces in front as the other items have, below the key of its list"
    return "Y123", message, hint, *match.span(1)


def block_between(lines: Lines, outer: int, below: int) -> int | None:
    """Where the last block begins that stands in the map at `outer` above the line at `below`.

    None if that line has as many spaces in front as the keys of the map.
    """
    least, found = outer - lines.line_start(outer), below
    if _depth(lines, below) <= least:
        return None
    at = below
    while at > 0:
        at = lines.line_start(at - 1)
        if not _is_bare(lines, at):
            if _depth(lines, at) <= least:
                break
            found = at
    return found


def first_line(lines: Lines) -> int:
    """Where the first line begins that holds something."""
    at = 0
    while at < len(lines.text) and _is_bare(lines, at):
        at = lines.line_end(at) + 1
    return at


def _beside(lines: Lines, at: int, depth: int) -> Iterator[int]:
    """The lines of the block from `at` on that are `depth` deep."""
    while at < len(lines.text):
        here = _depth(lines, at)
        if here == depth:
            yield at
        elif here < depth and not _is_bare(lines, at):
            return
        at = lines.line_end(at) + 1


def _is_head(lines: Lines, at: int, outer: int, depth: int) -> bool:
    """Whether what begins in the line at `at` goes on `depth` deep: `key:` alone, or an item of a list."""
    line = lines.text[at : lines.line_end(at)].strip()
    if line.startswith("- "):
        return outer + len(line) - len(line[1:].lstrip()) == depth
    if line.startswith("#") or not line.partition(" #")[0].rstrip().endswith(":"):
        return False
    below = lines.line_end(at) + 1
    while below < len(lines.text) and _is_bare(lines, below):
        below = lines.line_end(below) + 1
    return below < len(lines.text) and _depth(lines, below) == depth


def _is_bare(lines: Lines, at: int) -> bool:
    """Whether a line holds nothing, or a comment."""
    line = lines.text[at : lines.line_end(at)].strip()
    return not line or line.startswith("#")


def _depth(lines: Lines, at: int) -> int:
    line = lines.text[lines.line_start(at) : lines.line_end(at)]
    return len(line) - len(line.lstrip(" "))


def _shown(lines: Lines, at: int) -> tuple[int, int]:
    """A line without the spaces around it."""
    start, end = lines.line_start(at), lines.line_end(at)
    return start + _depth(lines, at), start + len(lines.text[start:end].rstrip())
