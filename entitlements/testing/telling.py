"""What a failed plan test shows: the line that expects it, what was expected, what holds, and why."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.problems import Mark
from entitlements.testing.run import Failure

#: Columns of a quoted line; in a longer one what stands around the place is shown.
_ROOM = 68
_BEFORE = 30


def told(failure: Failure) -> Iterator[str]:
    """The lines of one failure, the first with its place; those that follow are indented."""
    yield f"{failure.mark}: {failure.about}"
    yield from quoted(failure.source, failure.mark)
    yield f"  expected {failure.expected}, got {failure.got}"
    yield from (f"    {line}" for line in failure.why.split("\n"))


def quoted(line: str, mark: Mark) -> Iterator[str]:
    """The line of `mark` and, below it, a caret for each character meant."""
    start = mark.column - 1
    end = mark.end_column - 1 if mark.end_line == mark.line else len(line)
    begin = max(0, start - _BEFORE) if len(line) > _ROOM else 0
    shown = line[begin : begin + _ROOM]
    if begin + _ROOM < len(line):
        shown = f"{shown[:-1]}…"
    carets = "^" * max(1, min(end, begin + len(shown)) - start)
    margin = " " * len(str(mark.line))
    yield f"  {mark.line} | {shown}"
    yield f"  {margin} | {' ' * (start - begin)}{carets}"
