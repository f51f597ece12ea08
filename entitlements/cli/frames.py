"""Code frames: the lines that a problem is about, with carets under what is meant, in plain text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from entitlements.catalog.reading.document import MAX_BYTES
from entitlements.catalog.reading.files import CannotRead, read_inside
from entitlements.cli.output import symbol
from entitlements.problems import Mark

#: Characters shown in front of a span that lies far to the right.
_BEFORE = 20


class Texts:
    """The lines of the files that problems are about; each is read once, and never outside `root`.

    `edited` are files as they would be after an edit.
    """

    def __init__(
        self, root: Path, paths: Mapping[str, Path], edited: Mapping[Path, bytes | None] | None = None
    ) -> None:
        self._root = root
        self._paths = paths
        self._edited = edited or {}
        self._lines: dict[str, list[str]] = {}

    @classmethod
    def of(cls, file: str, text: str) -> Self:
        """The lines of one text that is at hand."""
        texts = cls(Path(), {})
        texts._lines[file] = text.split("\n")
        return texts

    def lines(self, file: str) -> list[str]:
        """The lines of `file`, none if it cannot be read."""
        if file not in self._lines:
            try:
                path = self._paths[file]
                data = self._edited.get(path) or read_inside(path, self._root, MAX_BYTES)
            except (CannotRead, KeyError):
                data = b""
            text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
            self._lines[file] = text.split("\n")
        return self._lines[file]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a frame. Its text is safe to print and fits into the room there was."""

    kind: Literal["context", "line", "carets", "skipped"]
    #: Number of the line; None for carets and where lines are skipped.
    number: int | None
    text: str

    def plain(self, gutter: int) -> str:
        """The row with its number in a column `gutter` wide."""
        return f"{'' if self.number is None else self.number:>{gutter}} | {self.text}".rstrip()


def frame(
    mark: Mark,
    texts: Texts,
    *,
    room: int,
    beside: Sequence[Mark] = (),
    context: bool = True,
    caret: str = "^",
) -> list[Row]:
    """The lines of `mark` with carets, and a line of context above and below that is not blank.

    Marks `beside` on the same line are underlined too. Nothing is shown of a line that is blank or no text.
    """
    lines = texts.lines(mark.file)
    first, last = mark.line, _last_line(mark)
    if not 1 <= first <= last <= len(lines) or not _worth_showing(lines[first - 1]):
        return []
    head, tail = lines[first - 1].rstrip("\r"), lines[last - 1].rstrip("\r")
    end = mark.end_column - 1 if mark.end_line == first else len(head.rstrip())
    spans = [(caret, mark.column - 1, end)]
    spans += [("-", other.column - 1, other.end_column - 1) for other in beside]
    begin = _begin(head, mark.column - 1, end, room)
    rows = [*_marked(first, head, begin, spans, room)]
    if last > first:
        if last > first + 1:
            rows.append(Row("skipped", None, symbol("…", "...")))
        stop = mark.end_column - 1 if mark.end_line == last else len(tail)
        spans = [(caret, len(tail) - len(tail.lstrip()), stop)]
        rows += _marked(last, tail, 0, spans, room)
    if context and begin == 0:
        above, below = [*_context(lines, first - 1, room)], [*_context(lines, last + 1, room)]
        rows = [*above, *rows, *below]
    return rows


def gutter(rows: Sequence[Row]) -> int:
    """The width of the column of numbers."""
    return max((len(str(row.number)) for row in rows if row.number is not None), default=0)


def printable(text: str) -> str:
    """`text` in one line, with nothing that a terminal would obey: no controls, no marks of direction."""
    return "".join(
        char if char.isprintable() else " " if char in "\t\r\n" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _last_line(mark: Mark) -> int:
    """The last line with a character of `mark`; an end in front of a line belongs to the one before."""
    before = mark.end_line > mark.line and mark.end_column == 1
    return max(mark.line, mark.end_line - before)


def _worth_showing(line: str) -> bool:
    return bool(line.strip()) and "\0" not in line


def _context(lines: list[str], number: int, room: int) -> Iterator[Row]:
    if 1 <= number <= len(lines) and _worth_showing(lines[number - 1]):
        yield Row("context", number, _cut(lines[number - 1].rstrip("\r"), 0, room))


def _marked(
    number: int, line: str, begin: int, spans: Sequence[tuple[str, int, int]], room: int
) -> Iterator[Row]:
    """The line from character `begin`, and below it the carets of `spans`."""
    shown = _cut(line, begin, room)
    yield Row("line", number, shown)
    # One character in front tells that the line is cut there.
    lead = 1 if begin else 0
    carets = [" "] * (room + 1)
    for caret, start, end in reversed(spans):
        left = _cells(shown[: max(0, start - begin) + lead])
        right = _cells(shown[: max(0, max(end, start + 1) - begin) + lead])
        for cell in range(min(left, room), max(min(right, room), min(left, room) + 1)):
            carets[cell] = caret
    yield Row("carets", None, "".join(carets).rstrip())


def _begin(line: str, start: int, end: int, room: int) -> int:
    """The first character to show, so that the span is in sight."""
    if _cells(line[: room + 1]) <= room or _cells(line[: min(end, room) + 1]) < room:
        return 0
    begin = start - _BEFORE
    if line.isascii():
        begin = min(begin, len(line) - room + 1)  # the rest of the line fits, so more of what is before it
    return max(0, begin)


def _cut(line: str, begin: int, room: int) -> str:
    """At most `room` cells of `line` from character `begin`, with an ellipsis where something is left out."""
    more = symbol("…", "~")
    # A line may be megabytes long, and marks above letters take no room at all.
    text = (more if begin else "") + printable(line[begin : begin + 4 * room])
    if begin + 4 * room >= len(line) and _cells(text) <= room:
        return text
    used, kept = 1, []
    for char in text:
        used += _cells(char)
        if used > room:
            break
        kept.append(char)
    return "".join(kept) + more


def _cells(text: str) -> int:
    """Columns that `text` takes on a screen."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.category(char) in ("Mn", "Me") for char in text)
