"""What there is to write about a catalog folder, once all of it has been found out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entitlements.catalog.lint.acceptance import Accepted
from entitlements.cli.frames import Texts
from entitlements.cli.words import counted
from entitlements.problems import Problem


@dataclass(frozen=True, slots=True)
class Report:
    """Findings that are complete, and the lines of the files they are about."""

    #: In file order.
    problems: tuple[Problem, ...]
    #: Every file read, by its name in marks.
    files: tuple[str, ...]
    #: The digest of the catalog; None if there is none.
    digest: str | None
    texts: Texts
    #: Warnings, too, are failures.
    strict: bool = False
    #: Advice that the files accept; none of it is among the problems.
    accepted: tuple[Accepted, ...] = ()

    def fails(self, problem: Problem) -> bool:
        """Whether `problem` is a reason to leave with 1."""
        return self.strict or problem.severity == "error"

    @property
    def failed(self) -> bool:
        return any(map(self.fails, self.problems))


def totals(problems: Iterable[Problem], files: int) -> str:
    """`2 errors, 1 warning in 17 files`."""
    found = list(problems)
    numbers = {word: sum(problem.severity == word for problem in found) for word in ("error", "warning")}
    words = ", ".join(counted(number, word) for word, number in numbers.items() if number)
    return f"{words or 'no problems'} in {counted(files, 'file')}"
