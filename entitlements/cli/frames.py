"""Code frames: the lines that a problem is about, with carets under what is meant."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from entitlements.catalog.document import MAX_BYTES
from entitlements.catalog.files import CannotRead, read_inside
from entitlements.cli.output import screen_width, styled
from entitlements.problems import Mark

#: Characters shown in front of a span that lies far to the right.
_BEFORE = 20


class Texts:
    """The lines of the files that problems are about; each is read once, and never outside `root`."""

    def __init__(self, root: Path, paths: Mapping[str, Path]) -> None:
        self._root = root
        self._paths = paths
        self._lines: dict[str, list[str]] = {}

    def lines(self, file: str) -> list[str]:
        """The lines of `file`, none if it cannot be read."""
        if file not in self._lines:
            try:
                data = read_inside(self._paths[file], self._root, MAX_BYTES)
            except (CannotRead, KeyError):
                data = b""
            text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
            self._lines[file] = text.split("\n")
        return self._lines[file]


def frame(mark: Mark, texts: Texts, colour: str) -> Iterator[str]:
    """The line of `mark`, and below it a caret for each character meant."""
    lines = texts.lines(mark.file)
    text = lines[mark.line - 1] if mark.line <= len(lines) else ""
    if not text.strip() or "\0" in text:
        return
    start = mark.column - 1
    end = mark.end_column - 1 if mark.end_line == mark.line else len(text)
    number = str(mark.line)
    room = screen_width() - len(number) - len("   |  ") - 1
    begin = max(0, start - _BEFORE) if len(text) > room else 0
    shown = _printable(text[begin : begin + room])
    span = _cells(shown[start - begin : max(end, start + 1) - begin]) or 1
    yield styled(f"  {number} | ", dim=True) + shown
    gap = " " * _cells(shown[: start - begin])
    yield styled(f"  {' ' * len(number)} | ", dim=True) + gap + styled("^" * span, fg=colour, bold=True)


def _printable(text: str) -> str:
    return "".join(
        char if char.isprintable() else " " if char in "\t\r" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _cells(text: str) -> int:
    """Columns that `text` takes on a screen."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) != 0 for char in text)
