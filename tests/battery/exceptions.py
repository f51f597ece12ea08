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


def _hid_what_is_accepted(verdict: Verdict) -> bool:
    """A cap that a plan stated for itself, with advice on it accepted, and that it now inherits."""
    found = [(problem.code, problem.mark.file) for problem in verdict.problems]
    file, path = verdict.mutant.file, verdict.mutant.unit.path
    is_cap = verdict.mutant.operator == "drop the line" and path[0] == "caps"
    return (
        is_cap and verdict.faults == ("more than one problem",) and found == [("L416", file), ("L420", file)]
    )


def _may_be_either(verdict: Verdict) -> bool:
    """A declaration that is misspelt, and one place that names it: there the misspelt name is offered."""
    (problem, *others), mutant = verdict.problems, verdict.mutant
    offered = f'{mutant.written}"' in (problem.hint or "") or f"{mutant.written}." in (problem.hint or "")
    is_key = mutant.unit.role == "key" and mutant.operator == "swap two letters"
    return is_key and offered and not others and verdict.faults == ("another name",)


EXCEPTIONS = (
    Exempt(
        "two true things: a cap is inherited now, and what was accepted of its own is gone",
        _hid_what_is_accepted,
    ),
    Exempt("of a declaration and the one place that names it either may be misspelt", _may_be_either),
)


def exception_of(verdict: Verdict) -> Exempt | None:
    """The exception that a verdict falls under."""
    return next((exception for exception in EXCEPTIONS if exception.covers(verdict)), None)
