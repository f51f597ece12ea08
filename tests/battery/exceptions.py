"""The mutants that are received otherwise than they should be, by rule, each with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.battery.judging import Verdict


@dataclass(frozen=True, slots=True)
class Exempt:
    """A kind of mutant, and why it cannot be received better."""

    reason: str
    covers: Callable[[Verdict], bool]


def _accepts(verdict: Verdict) -> bool:
    return any(problem.code == "L420" for problem in verdict.problems)


def _joins_the_block_above(verdict: Verdict) -> bool:
    return verdict.mutant.operator == "drop the line" and verdict.mutant.kind in (
        "catalog",
        "add-ons",
        "subjects",
    )


def _named_once(verdict: Verdict) -> bool:
    is_declared = (
        verdict.mutant.kind in ("features", "catalog", "add-ons") and verdict.mutant.unit.role == "key"
    )
    return is_declared and len(verdict.problems) == 1 and verdict.problems[0].mark.file != verdict.mutant.file


EXCEPTIONS = (
    Exempt("an acceptance loses its advice by the same edit that calls for other advice", _accepts),
    Exempt("the entries of a block whose first line is gone join the block above", _joins_the_block_above),
    Exempt("a declared name that one place names: either of the two may be misspelt", _named_once),
)


def exception_of(verdict: Verdict) -> Exempt | None:
    """The exception that a verdict falls under."""
    return next((exception for exception in EXCEPTIONS if exception.covers(verdict)), None)
