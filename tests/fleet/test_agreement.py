"""Records, JSON lines and Parquet give one answer, and it is the engine's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from entitlements.fleet.affected import count_affected
from entitlements.fleet.outcome import Hit
from entitlements.fleet.tally import Tally
from tests.catalog.test_diff import COMING, DATED, catalog
from tests.fleet.fleets import AT, Edit, Row, by_the_engine, write_lines, write_parquet, write_yaml
from tests.small_catalog import FILES

Listed = dict[str, tuple[set[Hit], Fraction]]


def counted(edit: Edit, path: Path) -> tuple[Tally, Listed]:
    listed: Listed = {}

    def keep(subject: str, hits: Iterable[Hit], monthly: int, day: datetime | None) -> None:
        name = subject if day is None else f"{subject} from {day:%Y-%m-%d}"
        listed[name] = set(hits), Fraction(monthly)

    tally = Tally(3, keep)
    count_affected(edit.old, edit.new, path, tally, at=AT, progress=lambda *_: None)
    return tally, listed


def sums(tally: Tally) -> Any:
    hits = {hit: (found.subjects, found.names, found.monthly) for hit, found in tally.hits.items()}
    return (
        tally.subjects,
        tally.affected,
        tally.monthly,
        hits,
        {day: sums(then) for day, then in tally.later.items()},
    )


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


@pytest.mark.parametrize("moves", ["keep", "at_once"])
@pytest.mark.parametrize("day", [-1, 0, 1])
def test_dated_versions_count_for_those_who_have_them(moves: str, day: int, tmp_path: Path) -> None:
    starts = AT + timedelta(days=day)
    coming = COMING.replace("2027-01-01", f"{starts:%Y-%m-%d}").replace(": keep", f": {moves}")
    edit = Edit(1)
    edit.old, edit.new = catalog(FILES), catalog({**DATED, "next/pro.yaml": coming})
    days = ["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05", None]
    rows: list[Row] = [
        {"subject": f"{plan} since {start}", "plan": plan, **({"start": start} if start else {}), "usage": {}}
        for plan in ("pro", "pro@0", "pro@1", "pro@2", "community")
        for start in days
    ]
    rows += [{"subject": "one more", "plan": "pro", "usage": {"users": 1}}]
    small = write_yaml(tmp_path / "spaces.yaml", rows)
    tally, listed = counted(edit, small)
    for subject, hits, monthly in by_the_engine(edit, small):
        assert listed.get(subject, (set(), Fraction(0))) == (hits, monthly), subject
    assert counted(edit, write_lines(tmp_path / "spaces.jsonl", rows))[1] == listed
    assert counted(edit, write_parquet(tmp_path / "spaces.parquet", rows))[1] == listed
    assert tally.subjects == len(rows)
    assert list(tally.later) == ([starts] if day == 1 else [])
    for then in tally.later:
        sides = [by_the_engine(edit, small, at) for at in (then - timedelta(microseconds=1), then)]
        for (subject, before, paid), (_, hits, monthly) in zip(*sides, strict=True):
            expected = hits - before, monthly - paid
            assert listed.get(f"{subject} from {then:%Y-%m-%d}", (set(), Fraction(0))) == expected, subject
    who = {subject for subject in listed if subject.startswith("pro since")}
    assert any("from" in subject for subject in who) == (day == 1)
    assert any("from" not in subject for subject in who) == (day <= 0)
