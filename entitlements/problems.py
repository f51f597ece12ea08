"""Findings in plan files: a Problem, the Mark where it is, and the near-miss suggestions it offers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


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


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that has to do with a problem, such as the first of two declarations."""

    mark: Mark
    message: str


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that removes a problem: put `text` in place of what stands at `mark`."""

    mark: Mark
    text: str


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
        mark, fix = self.mark, self.fix
        return {
            "code": self.code,
            "severity": self.severity,
            **_place(mark),
            "message": self.message,
            "hint": self.hint,
            "related": [{**_place(other.mark), "message": other.message} for other in self.related],
            "fix": {**_place(fix.mark), "text": fix.text} if fix else None,
            "about": list(self.about),
        }


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The same problems without repetitions, sorted by place and then by code."""
    return tuple(sorted(dict.fromkeys(problems), key=_place_key))


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `name` when case, hyphens and underscores are set aside, else None."""
    folded: dict[str, str] = {}
    for candidate in sorted(known):
        folded.setdefault(_fold(candidate), candidate)
    matches = difflib.get_close_matches(_fold(name), folded, n=1, cutoff=0.6)
    return folded[matches[0]] if matches else None


def suggestion(name: str, known: Iterable[str], *, limit: int = 10) -> str | None:
    """The hint for an unknown name: what may be meant, else what is allowed if at most `limit` names."""
    names = sorted(set(known))
    near = did_you_mean(name, names)
    if near is not None:
        return f'did you mean "{near}"?'
    return f"allowed: {', '.join(names)}" if 0 < len(names) <= limit else None


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
