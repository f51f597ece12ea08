"""50,000 damaged files a run: whatever the bytes, there comes a value, or problems with their places.

`ENTITLEMENTS_SEED` repeats a run, `ENTITLEMENTS_FUZZ` says how many files it has.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from entitlements.catalog.build_plans import build_plans
from entitlements.catalog.reading import nodes, reader
from entitlements.catalog.reading.document import Document, read_bytes
from entitlements.catalog.shape import schema
from entitlements.problems import Mark
from tests.fuzz import judging
from tests.fuzz.judging import complaint, shrunk
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import Seed, seeds

FILES, MANY = 50_000, 500_000
PARTS = 4
#: One in so many is built into a catalog with the files around it, which takes longer than reading it.
IN_FOLDER = 32


def first_complaint(seed: int, numbers: range) -> str | None:
    """What is wrong with how the first of the files is received that is received wrongly."""
    for number in numbers:
        file, in_folder = mutated(seed, number), number // PARTS % IN_FOLDER == 0
        wrong = complaint(file, in_folder=in_folder)
        if wrong is not None:
            small = shrunk(file, in_folder=in_folder)
            again = complaint(small, in_folder=in_folder)
            return f"ENTITLEMENTS_SEED={seed}, file {number}, a {file.kind}: {wrong}\n{small}\n{again}"
    return None


def fuzz(part: int, files: int) -> None:
    files = int(os.environ.get("ENTITLEMENTS_FUZZ", files))
    seed = int(os.environ.get("ENTITLEMENTS_SEED") or secrets.randbelow(2**32))
    print(f"ENTITLEMENTS_SEED={seed} repeats this, part {part}")  # noqa: T201
    wrong = first_complaint(seed, range(part, files, PARTS))
    assert wrong is None, wrong


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_file_is_a_value_or_problems_with_places(part: int) -> None:
    fuzz(part, FILES)


@pytest.mark.stress
@pytest.mark.parametrize("part", range(PARTS))
def test_very_many_damaged_files_are_values_or_problems_with_places(part: int) -> None:
    fuzz(part, MANY)


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.file)
def test_no_seed_draws_a_complaint_as_it_is(seed: Seed) -> None:
    assert complaint(seed, in_folder=True) is None


def test_a_number_always_makes_the_same_file() -> None:
    assert [mutated(7, n) for n in range(200)] == [mutated(7, n) for n in range(200)]
    assert len({mutated(7, n).data for n in range(200)}) > 150


def test_most_files_differ_from_their_seeds_and_many_can_still_be_read() -> None:
    files = [mutated(7, n) for n in range(500)]
    untouched = {seed.data for seed in seeds()}
    read = [read_bytes(file.data, file.file) for file in files]
    assert sum(file.data in untouched for file in files) < 50
    assert sum(not document.problems for document in read) > 100


def _raises_on_numbers(text: str) -> object:
    if re.fullmatch("[0-9]+", text):
        return int(text) // (len(text) - 13)
    return text


def _raising_on_two_problems(document: Document, kind: str) -> Any:
    found = schema.violations(document, kind)
    return (found[0], found[len(found)]) if len(found) > 3 else found


def _marks_with(**changes: Any) -> Callable[..., Mark]:
    really = nodes.Lines.mark
    return lambda lines, start, end: replace(really(lines, start, end), **changes)


FAULTS: dict[str, tuple[object, str, Callable[..., Any]]] = {
    "columns count from 0": (nodes.Lines, "mark", _marks_with(column=0)),
    "a mark lies behind the end": (nodes.Lines, "mark", _marks_with(end_column=10**6)),
    "another file is named": (nodes.Lines, "mark", _marks_with(file="pro.yaml")),
    "a number raises": (reader, "plain_value", _raises_on_numbers),
    "a control character passes": (reader, "control_character", lambda _: None),
    "many problems raise": (judging, "violations", _raising_on_two_problems),
    "a broken file is built all the same": (
        judging,
        "build_catalog",
        lambda pairs: build_plans([document for kind, document in pairs if kind == "plan"], None),  # type: ignore[arg-type]
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judging._shipped()  # which is read rightly
    where, name, planted = FAULTS[fault]
    monkeypatch.setattr(where, name, planted)
    assert any(complaint(mutated(7, n), in_folder=n % 8 == 0) for n in range(1000))
