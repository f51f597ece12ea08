"""Records, JSON lines and Parquet give one answer, and it is the engine's."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from entitlements.fleet.affected import count_affected
from entitlements.fleet.outcome import Hit
from entitlements.fleet.tally import Tally
from tests.fleet.fleets import AT, Edit, by_the_engine, write_lines, write_parquet, write_yaml

Listed = dict[str, tuple[set[Hit], Fraction]]


def counted(edit: Edit, path: Path) -> tuple[Tally, Listed]:
    listed: Listed = {}

    def keep(subject: str, hits: Iterable[Hit], monthly: int) -> None:
        listed[subject] = set(hits), Fraction(monthly)

    tally = Tally(3, keep)
    count_affected(edit.old, edit.new, path, tally, at=AT, progress=lambda *_: None)
    return tally, listed


def sums(tally: Tally) -> Any:
    hits = {hit: (found.subjects, found.names, found.monthly) for hit, found in tally.hits.items()}
    return tally.subjects, tally.affected, tally.monthly, hits


@pytest.mark.parametrize("number", range(40))
def test_every_form_of_file_gives_what_the_engine_says(number: int, tmp_path: Path) -> None:
    edit = Edit(number)
    rows = edit.rows(100)
    small = write_yaml(tmp_path / "spaces.yaml", rows)
    tally, listed = counted(edit, small)
    assert tally.subjects == len(rows)
    for subject, hits, monthly in by_the_engine(edit, small):
        assert listed.get(subject, (set(), Fraction(0))) == (hits, monthly), subject
    lines = counted(edit, write_lines(tmp_path / "spaces.jsonl", rows))
    nested = counted(edit, write_parquet(tmp_path / "nested.parquet", rows))
    flat = counted(edit, write_parquet(tmp_path / "flat.parquet", rows, flat=True, per_group=7))
    assert sums(lines[0]) == sums(nested[0]) == sums(flat[0]) == sums(tally)
    assert lines[1] == nested[1] == flat[1] == listed
