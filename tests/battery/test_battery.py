"""Each key and value of each shipped file with a small mistake: one problem, on its line, in good words.

The mutants are always the same ones unless `ENTITLEMENTS_SEED` says how letters are chosen; a normal run
judges a sample, of as many as `ENTITLEMENTS_BATTERY` says. `make stress` judges all.
`python -m tests.battery.test_battery` judges all in one go and prints the rates: six minutes on two cores.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

import pytest

from entitlements.catalog import unknown_names
from entitlements.catalog.names import Names
from entitlements.problems import Problem
from tests.battery.exceptions import EXCEPTIONS, exception_of
from tests.battery.judging import Rates, Verdict, rates_of, shipped

SEED = int(os.environ.get("ENTITLEMENTS_SEED", "1"))
SAMPLE = int(os.environ.get("ENTITLEMENTS_BATTERY", "300"))
PARTS = 8
#: The least share of mutants with exactly one problem, on the right line, and with the right name.
ONE_PROBLEM, RIGHT_LINE, RIGHT_NAME = 0.999, 0.999, 0.99


def judged(part: int) -> list[Verdict]:
    mutants = list(shipped().mutants(SEED))[part::PARTS]
    return [shipped().judge(mutant) for mutant in mutants]


def surprises(verdicts: list[Verdict]) -> list[str]:
    """What was received wrongly without being listed."""
    return [str(verdict) for verdict in verdicts if verdict.faults and exception_of(verdict) is None]


def tell(verdicts: list[Verdict]) -> None:
    """What a failing or verbose run shows: the seed, the rates, and each mutant that nothing explains."""
    print(f"ENTITLEMENTS_SEED={SEED}", rates_of(verdicts).table(), *surprises(verdicts), sep="\n")  # noqa: T201


def hold(rates: Rates, *, one_problem: float = ONE_PROBLEM, right_line: float = RIGHT_LINE) -> None:
    row = rates.merged()
    assert row["one"] >= one_problem * row["judged"]
    assert row["line"] >= right_line * row["lines"]
    assert row["name"] >= RIGHT_NAME * row["names"]


def test_a_sample_of_small_mistakes_is_told_once_at_its_line_with_the_name_meant() -> None:
    mutants = Random(SEED).sample(list(shipped().mutants(SEED)), SAMPLE)  # noqa: S311  nothing secret
    verdicts = [shipped().judge(mutant) for mutant in mutants]
    tell(verdicts)
    hold(rates_of(verdicts), one_problem=0.99, right_line=0.99)


@pytest.mark.stress
@pytest.mark.parametrize("part", range(PARTS))
def test_every_small_mistake_is_told_once_at_its_line_with_the_name_meant(part: int) -> None:
    verdicts = judged(part)
    tell(verdicts)
    hold(rates_of(verdicts))


def test_the_catalog_draws_no_complaint_as_it_is() -> None:
    first = next(shipped().mutants(SEED))
    original = next(document for _, document in shipped().documents if document.file == first.file)
    verdict = shipped().judge(replace(first, text=original.value.lines.text))
    assert (verdict.problems, verdict.silence) == ((), "it means the same as before")


def test_a_seed_always_makes_the_same_mutants_and_another_seed_others() -> None:
    mutants = [str(mutant) for mutant in shipped().mutants(1)]
    assert mutants == [str(mutant) for mutant in shipped().mutants(1)]
    assert mutants != [str(mutant) for mutant in shipped().mutants(2)]
    assert len(mutants) > 15_000


def test_a_name_told_at_every_place_that_has_it_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def everywhere(names: Names) -> list[Problem]:
        return [unknown_names._problem(unknown, ()) for unknown in names.unknown]

    monkeypatch.setattr("entitlements.testing.findings.unknown_name_problems", everywhere)
    declared = [m for m in shipped().mutants(1) if m.kind == "features" and m.unit.path[-1] == "api_access"]
    assert surprises([shipped().judge(mutant) for mutant in declared if mutant.unit.role == "key"])


def test_what_is_said_of_a_part_can_be_handed_from_one_process_to_another() -> None:
    verdicts = [shipped().judge(mutant) for mutant in islice(shipped().mutants(SEED), 3)]
    part = Part(rates_of(verdicts), Counter(["so it is"]), surprises(verdicts))
    again = pickle.loads(pickle.dumps((part, verdicts)))  # noqa: S301  our own
    assert again == (part, verdicts)
    assert (part.rates + part.rates).merged()["mutants"] == 6


@dataclass(frozen=True, slots=True)
class Part:
    """What there is to say of some of the mutants, without their texts."""

    rates: Rates
    #: The reasons of the exceptions that were met.
    exempt: Counter[str]
    surprises: list[str]


def part_of_all(part: int) -> Part:
    verdicts = judged(part)
    met = (exception_of(verdict) for verdict in verdicts if verdict.faults)
    exempt = Counter(exception.reason for exception in met if exception is not None)
    return Part(rates_of(verdicts), exempt, surprises(verdicts))


def main() -> None:
    """Judge all mutants, and print the rates and each exception."""
    with ProcessPoolExecutor() as pool:
        parts = list(pool.map(part_of_all, range(PARTS)))
    rates = sum((part.rates for part in parts), Rates())
    exempt = sum((part.exempt for part in parts), Counter[str]())
    lines = [f"ENTITLEMENTS_SEED={SEED}", rates.table(), "", "exceptions:"]
    lines += [f"{exempt[exception.reason]:7,}  {exception.reason}" for exception in EXCEPTIONS]
    sys.stdout.write("\n".join([*lines, "", *(line for part in parts for line in part.surprises), ""]))


if __name__ == "__main__":
    main()
