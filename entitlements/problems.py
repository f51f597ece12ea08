"""Findings in plan files: a Problem, the Mark where it is, and the near-miss suggestions it offers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

Severity = Literal["error", "warning"]
_LETTERS_A_SLIP = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file. Lines and columns count from 1, columns in characters; the end is exclusive."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


NOWHERE: Final = Mark(file="")


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that has to do with a problem, such as the first of two declarations."""

    mark: Mark
    message: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put `text` in place of what stands at `mark`."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that removes a problem: put `text` in place of what stands at `mark`."""

    mark: Mark
    text: str
    #: Whether this is surely what was meant, so that `validate --fix` makes it. Others a person decides.
    safe: bool = True
    #: What has to be replaced together with it.
    also: tuple[Replacement, ...] = ()

    @property
    def replacements(self) -> tuple[Replacement, ...]:
        """All of it, the first part included."""
        return Replacement(self.mark, self.text), *self.also

    def to_json(self) -> dict[str, Any]:
        also = [{**_place(other.mark), "text": other.text} for other in self.also]
        return {**_place(self.mark), "text": self.text, "safe": self.safe, "also": also}


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in a plan file. `code` is stable for ever; its letter names the family.

    `Y` reading, `S` shape, `R` references, `L` lint, `P` plugin parameters, `V` versions, `T` plan tests.
    """

    code: str
    message: str
    mark: Mark
    severity: Severity = "error"
    hint: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    #: Keys of what it is about, such as a plan and a feature; an acceptance may name one of them.
    about: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The one-line form: `plans/pro.yaml:14:5: R301 plan "pro" includes unknown feature …`."""
        text = f"{self.mark.file}:{self.mark.line}:{self.mark.column}: {self.code} {self.message}"
        return f"{text}; {self.hint}" if self.hint else text

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "severity": self.severity,
            **_place(self.mark),
            "message": self.message,
            "hint": self.hint,
            "related": [{**_place(other.mark), "message": other.message} for other in self.related],
            "fix": self.fix.to_json() if self.fix else None,
            "about": list(self.about),
        }


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The same problems without repetitions, sorted by place and then by code."""
    return tuple(sorted(dict.fromkeys(problems), key=_place_key))


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `name` when case, hyphens and underscores are set aside, else None.

    Of several that are near, one with the same digits, and of these the one with the fewest slips.
    """
    return _nearest(name, _typeable(known))


def suggestion(name: str, known: Iterable[str], *, limit: int = 10) -> str | None:
    """The hint for an unknown name: what may be meant, else what is allowed if at most `limit` names."""
    names = _typeable(known)
    near = _nearest(name, names)
    if near is not None:
        return f'did you mean "{near}"?'
    return f"allowed: {', '.join(names)}" if 0 < len(names) <= limit else None


def _typeable(known: Iterable[str]) -> list[str]:
    """The names in order; a misspelt one may hold what nobody can type."""
    return sorted(filter(str.isprintable, set(known)))


def _nearest(name: str, names: Iterable[str]) -> str | None:
    folded: dict[str, str] = {}
    for candidate in names:
        folded.setdefault(_fold(candidate), candidate)
    wanted = _fold(name)
    matches = difflib.get_close_matches(wanted, folded, n=3, cutoff=0.6)
    near = min(
        matches, key=lambda match: (_digits(match) != _digits(wanted), _slips(wanted, match)), default=None
    )
    return folded[near] if near is not None else None


def surely_meant(name: str, known: Iterable[str]) -> str | None:
    """The one known name of which `name` is a slip of the pen: one letter in four differs, and no digit."""
    names = sorted(known)
    meant = did_you_mean(name, names)
    if meant is None or _digits(meant) != _digits(name):
        return None
    folded = _fold(name)
    slips = _slips(folded, _fold(meant))
    near = difflib.get_close_matches(folded, map(_fold, names), n=3, cutoff=0.6)
    as_near = [other for other in near if _slips(folded, other) <= slips]
    return meant if as_near == [_fold(meant)] and slips <= len(folded) // _LETTERS_A_SLIP else None


def _slips(one: str, other: str) -> int:
    """How many letters were left out, added, changed, or swapped with the next."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, wanted in enumerate(other, start=1):
            fewest = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and wanted == one[i - 2]:
                fewest = min(fewest, rows[-2][j - 2] + 1)
            row.append(fewest)
        rows.append(row)
    return rows[-1][-1]


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def _fold(name: str) -> str:
    return "".join(char for char in name.casefold() if char not in "_- ")


def _place(mark: Mark) -> dict[str, Any]:
    return {
        "file": mark.file,
        "line": mark.line,
        "column": mark.column,
        "end_line": mark.end_line,
        "end_column": mark.end_column,
    }


def _place_key(problem: Problem) -> tuple[str, int, int, str, str]:
    mark = problem.mark
    return mark.file, mark.line, mark.column, problem.code, problem.message
