"""What a YAML text turns into: maps and lists that know where each part stands, numbers that keep their text.

Places are kept as character positions, two integers a node; marks are worked out when somebody asks.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import Any, Self

from entitlements.problems import Mark

_STRETCH = 1024


class Lines:
    """One text and its line breaks: gives the mark of a stretch of characters."""

    __slots__ = ("_counts", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        #: How many lines end before each stretch of the text; far smaller than a table of all lines.
        self._counts: list[int] | None = None

    def mark(self, start: int, end: int) -> Mark:
        line, column = self._place(start)
        # Most stretches lie within a line, where one look tells both ends.
        if start <= end <= len(self.text) and self.text.find("\n", start, end) < 0:
            return Mark(self.file, line, column, line, column + end - start)
        return Mark(self.file, line, column, *self._place(end))

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        end = self.text.find("\n", index)
        return len(self.text) if end < 0 else end

    def _place(self, index: int) -> tuple[int, int]:
        text = self.text
        if self._counts is None:
            stretches = range(0, len(text), _STRETCH)
            self._counts = list(
                accumulate((text.count("\n", at, at + _STRETCH) for at in stretches), initial=0)
            )
        index = min(index, len(text))
        stretch = index // _STRETCH
        line = 1 + self._counts[stretch] + text.count("\n", stretch * _STRETCH, index)
        return line, index - text.rfind("\n", 0, index)


class Number(float):
    """A number with a decimal point or an exponent; `text` is how it was written, such as `2.50`."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        return (self.text,)


class Map(dict[str, Any]):
    """A YAML map. Keys are always text: `1` and `"1"` are the same key."""

    __slots__ = ("_rows", "end", "lines", "spans", "start")

    def __init__(self, lines: Lines, start: int) -> None:
        self.lines = lines
        self.start = self.end = start
        #: Start and end of each key and of its value, four integers a key, in the order of the keys.
        self.spans = array("I")
        self._rows: dict[str, int] | None = None

    @property
    def mark(self) -> Mark:
        return self.lines.mark(self.start, self.end)

    def key_mark(self, key: str) -> Mark:
        """The place of a key. KeyError if the map was not read with that key."""
        row = self._row(key)
        return self.lines.mark(self.spans[row], self.spans[row + 1])

    def value_mark(self, key: str) -> Mark:
        """The place of a key's value; of no width after the colon if nothing was written."""
        row = self._row(key)
        return self.lines.mark(self.spans[row + 2], self.spans[row + 3])

    def span(self, number: int) -> tuple[int, int]:
        """Start and end of the value of key `number`, from 0, as character positions."""
        return self.spans[4 * number + 2], self.spans[4 * number + 3]

    def _row(self, key: str) -> int:
        if self._rows is None:
            self._rows = {known: 4 * number for number, known in enumerate(self)}
        return self._rows[key]


class Seq(list[Any]):
    """A YAML list."""

    __slots__ = ("end", "lines", "spans", "start")

    def __init__(self, lines: Lines, start: int) -> None:
        super().__init__()
        self.lines = lines
        self.start = self.end = start
        #: Start and end of each item.
        self.spans = array("I")

    @property
    def mark(self) -> Mark:
        return self.lines.mark(self.start, self.end)

    def item_mark(self, index: int) -> Mark:
        """The place of an item. IndexError if the list was not read with that item."""
        index = range(len(self.spans) // 2)[index]
        return self.lines.mark(self.spans[2 * index], self.spans[2 * index + 1])

    def span(self, number: int) -> tuple[int, int]:
        """Start and end of item `number`, from 0, as character positions."""
        return self.spans[2 * number], self.spans[2 * number + 1]
