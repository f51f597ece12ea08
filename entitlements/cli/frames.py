"""How problems are shown to a person: what is wrong, the line it is in, and what to do about it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from entitlements.catalog.document import MAX_BYTES
from entitlements.catalog.files import CannotRead, read_inside
from entitlements.cli.output import echo, screen_width, styled, symbol, wrapped
from entitlements.cli.words import counted
from entitlements.problems import Mark, Problem

_COLOURS = {"error": "red", "warning": "yellow"}
#: Characters shown in front of a span that lies far to the right.
_BEFORE = 20


class Frames:
    """Shows problems with the lines they mean; each file is read once, and never outside `root`."""

    def __init__(self, root: Path, paths: Mapping[str, Path]) -> None:
        self._root = root
        self._paths = paths
        self._texts: dict[str, list[str]] = {}

    def show(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            echo(_headline(problem))
            for line in self._frame(problem.mark, _COLOURS[problem.severity]):
                echo(line)
            for related in problem.related:
                echo(styled(wrapped(f"{_place(related.mark)}: {related.message}", "  "), dim=True))
            if problem.hint:
                echo(wrapped(f"{symbol('→', '=')} {problem.hint}", "  "))
            echo()

    def _frame(self, mark: Mark, colour: str) -> Iterable[str]:
        """The line of `mark`, and below it a caret for each character meant."""
        lines = self._lines(mark.file)
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

    def _lines(self, file: str) -> list[str]:
        if file not in self._texts:
            try:
                data = read_inside(self._paths[file], self._root, MAX_BYTES)
            except (CannotRead, KeyError):
                data = b""
            text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
            self._texts[file] = text.split("\n")
        return self._texts[file]


def totals(problems: Iterable[Problem], files: int) -> str:
    """`2 errors, 1 warning in 17 files`."""
    found = list(problems)
    numbers = {word: sum(problem.severity == word for problem in found) for word in _COLOURS}
    words = ", ".join(counted(number, word) for word, number in numbers.items() if number)
    return f"{words} in {counted(files, 'file')}"


def _headline(problem: Problem) -> str:
    severity = "" if problem.severity == "error" else f"{problem.severity}: "
    place = f"{_place(problem.mark)}:{problem.mark.column}"
    code = styled(problem.code, fg=_COLOURS[problem.severity], bold=True)
    return f"{place}: {code} {severity}{problem.message}"


def _place(mark: Mark) -> str:
    return f"{mark.file}:{mark.line}"


def _printable(text: str) -> str:
    return "".join(
        char if char.isprintable() else " " if char in "\t\r" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _cells(text: str) -> int:
    """Columns that `text` takes on a screen."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) != 0 for char in text)
