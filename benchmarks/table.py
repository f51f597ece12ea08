"""The rows of the table, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import dropwhile
from typing import Any

_HEADINGS = ("what", "at most", "reached", "ok")


@dataclass(frozen=True)
class Row:
    """One thing measured: a figure for each number of subjects, or a single one, against its bound."""

    what: str
    unit: str
    reached: tuple[float, ...]
    #: The bound of every figure; None for one that is only told.
    at_most: float | None = None

    @property
    def ok(self) -> bool:
        return self.at_most is None or all(figure <= self.at_most for figure in self.reached)

    def cells(self) -> tuple[str, str, str, str]:
        bound = "" if self.at_most is None else f"{self.at_most:g} {self.unit}"
        verdict = "" if self.at_most is None else "yes" if self.ok else "over"
        return self.what, bound, f"{' / '.join(map(_figure, self.reached))} {self.unit}", verdict


def as_text(rows: Sequence[Row]) -> str:
    table = [_HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(cells[i]) for cells in table) for i in range(len(_HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) for cells in table
    ]
    return "\n".join(line.rstrip() for line in (lines[0], "  ".join("-" * w for w in widths), *lines[1:]))


def as_markdown(rows: Sequence[Row]) -> str:
    table = [_HEADINGS, ("---",) * len(_HEADINGS), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in table)


def updated(text: str, rows: Sequence[Row]) -> str:
    """`text`, a page of Markdown, with the table of `rows` in place of the one that it has."""
    first = as_markdown(()).splitlines()[0]
    before, heading, after = text.partition(f"{first}\n")
    if not heading:
        msg = f"there is no table {first}"
        raise ValueError(msg)
    kept = dropwhile(lambda line: line.startswith("|"), after.splitlines(keepends=True))
    return f"{before}{as_markdown(rows)}\n{''.join(kept)}"


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{**asdict(row), "ok": row.ok} for row in rows]


def _figure(number: float) -> str:
    return f"{number:.2f}" if number < 10 else f"{number:.1f}" if number < 100 else f"{number:,.0f}"
