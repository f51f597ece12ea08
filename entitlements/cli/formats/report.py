"""What there is to write about a catalog folder, once all of it has been found out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from entitlements.catalog.codes import known_codes
from entitlements.catalog.editing.fixes import Mended
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
    #: What was mended, or with a diff would be, before these problems were left.
    fixed: tuple[Mended, ...] = ()
    #: What would be changed, if that was asked for.
    diff: str | None = None

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


@dataclass(frozen=True, slots=True)
class Kind:
    """A problem code among the findings."""

    code: str
    #: Empty for a code of a plugin.
    title: str
    number: int


def by_code(problems: Iterable[Problem]) -> list[Kind]:
    """The codes there are, the most frequent first."""
    counts = Counter(problem.code for problem in problems).most_common()
    return [Kind(code, title_of(code), number) for code, number in counts]


def title_of(code: str) -> str:
    """What `code` means in a few words; nothing for a code of a plugin."""
    known = known_codes().get(code)
    return known.title if known is not None else ""


def fingerprints(problems: Iterable[Problem]) -> list[str]:
    """What each problem is known by: the same when lines move, another for an equal one further down."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for problem in problems:
        same = (problem.code, problem.mark.file, problem.message)
        seen[same] += 1
        found.append(hashlib.sha256(json.dumps([*same, seen[same]]).encode()).hexdigest())
    return found
