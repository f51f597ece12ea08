"""The list of what is wrong with one file, filled while it is read and closed when it gets too long."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from entitlements.catalog.reading.nodes import Lines
from entitlements.problems import Fix, Problem, Related

MAX_PROBLEMS = 50
_MOST_PLACES = 10

#: Start and end as character positions.
Place = tuple[int, int]


class ReadingStops(Exception):
    """Nothing more of this file is worth reading; its findings say why."""


class Findings:
    """The problems of one text, in the order they were found."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.problems: list[Problem] = []

    def add(
        self,
        code: str,
        message: str,
        place: Place,
        *,
        hint: str,
        fix: str | None = None,
        safe: bool = True,
        first: Place | None = None,
    ) -> None:
        """Note a problem at `place`. `fix` may replace what stands there; `first` is an earlier place.

        Raises ReadingStops when there are enough.
        """
        mark = self.lines.mark(*place)
        if len(self.problems) == MAX_PROBLEMS:
            message = f"more than {MAX_PROBLEMS} problems in one file: reading stopped here"
            self.problems.append(Problem("Y109", message, mark, hint="mend those above first"))
            raise ReadingStops
        related = (Related(self.lines.mark(*first), "first given here"),) if first else ()
        mend = Fix(mark, fix, safe=safe) if fix is not None else None
        self.problems.append(Problem(code, message, mark, hint=hint, related=related, fix=mend))

    def widen(self, at: int, message: str, hint: str, first: Place) -> None:
        """Say something else of the problem noted as number `at`, which has one more earlier place."""
        known = self.problems[at]
        related = (*known.related, Related(self.lines.mark(*first), "first given here"))
        self.problems[at] = replace(known, message=message, hint=hint, related=related[:_MOST_PLACES])

    def stop(self, code: str, message: str, place: Place, *, hint: str) -> NoReturn:
        """Note a problem after which reading cannot go on, and raise ReadingStops."""
        mark = self.lines.mark(*place)
        here = (mark.line, mark.column)
        # What broke the text may have been noted already, and an item out of place breaks all that follows.
        told = any((p.mark.line, p.mark.column) == here or p.code == "Y123" for p in self.problems)
        if not told:
            self.add(code, message, place, hint=hint)
        raise ReadingStops
