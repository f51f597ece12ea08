"""JSON lines: what is not plain is read as carefully as in a small file, on any number of processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from entitlements.errors import CatalogError
from entitlements.fleet import line_files
from entitlements.fleet.line_files import count_lines
from entitlements.fleet.outcome import Outcomes
from entitlements.fleet.tally import Tally
from tests.catalog.test_diff import COMING, DATED, catalog
from tests.fleet.fleets import AT, Edit, write_lines
from tests.small_catalog import FILES

EDIT = Edit(7)
GOOD = {"subject": "good", "plan": "free", "start": "2026-01-01", "usage": {"seats": 3}}


def count(path: Path, *, large: int = 1 << 40, edit: Edit = EDIT) -> Tally:
    tally, outcomes = Tally(), Outcomes(edit.old, edit.new, AT)
    count_lines(
        path, outcomes, tally, time_zone="UTC", shown=path.name, progress=lambda *_: None, large=large
    )
    return tally


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('{"subject": "bad"', "Y108"),
        ('{"subject": "bad", "plan": "free", "plan": "pro"}', "Y110"),
        ('{"subject": "bad", "usage": {"seats": 1, "seats": 2}}', "Y110"),
        ('{"subject": "bad", "usage": {"seats": 1, "seats" : 2}, "plan": "free\\u003a"}', "Y110"),
        ('{"subject": "bad", "usage": {"seats": -1}}', "S"),
        ('{"subject": "bad", "usage": {"seats": true}}', "S"),
        ('{"subject": "bad", "usage": {"seats": 1.5}}', "S"),
        ('{"subject": "bad", "usage": {"Seats": 1}}', "S"),
        ('{"subject": "bad", "usage": {"seats": {"count": 1, "exemt": 1}}}', "S"),
        ('{"subject": "bad", "usage": {"seats": {"exempt": 1}}}', "S"),
        ('{"subject": "bad", "usage": {"seats": {"count": 1, "exempt": -1}}}', "S"),
        ('{"subject": "bad", "usage": {"seats": {"count": 1, "last_used": "soon"}}}', "S"),
        ('{"subject": "bad", "usage": {"seats": "unknwon"}}', "S"),
        ('{"subject": " "}', "S"),
        ('{"plan": "free"}', "S"),
        ('{"subject": "bad", "plan": null}', "S"),
        ('{"subject": "bad", "plan": "Free plan"}', "S"),
        ('{"subject": "bad", "cadence": "weekly", "plan": "free"}', "S"),
        ('{"subject": "bad", "plan": "free", "start": "20260101"}', "S"),
        ('{"subject": "bad", "plan": "free", "start": "2026-02-30"}', "S"),
        ('{"subject": "bad", "plan": "free", "start": "2026-01-01T00:00:00"}', "S"),
        ('{"subject": "bad", "plan": "free", "subscriptions": [{"plan": "free"}]}', "S"),
        ('{"subject": "bad", "plan": "free", "time_zone": "Mars/Olympus"}', "R321"),
        ('{"subject": "bad", "planet": "free"}', "S"),
        (
            '{"subject": "bad", "overrides": [{"give": "f0", "kind": "gift", "by": "x", "end": "never"}]}',
            "S",
        ),
        ('["subject"]', "S"),
        ("7", "S"),
        ("NaN", "Y116"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read_too(line: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "spaces.jsonl"
    # Twice, so that a line like one that is known is judged no less.
    lines = [json.dumps(GOOD), json.dumps({**GOOD, "subject": "fine"}), line, "", "{"]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CatalogError) as raised:
        count(path)
    first, last = raised.value.problems[0], raised.value.problems[-1]
    assert first.code.startswith(code), first
    assert (first.mark.file, first.mark.line) == ("spaces.jsonl", 3)
    assert (last.code, last.mark.line) == ("Y108", 5)


def test_a_line_like_a_known_one_but_for_its_reason_is_judged(tmp_path: Path) -> None:
    override = {
        "kind": "pro_bono",
        "because": "x",
        "by": "y",
        "start": "2026-01-01",
        "end": "never",
        "give": "f0",
    }
    rows = [{"subject": str(n), "overrides": [{**override, "because": b}]} for n, b in enumerate(["so", " "])]
    with pytest.raises(CatalogError) as raised:
        count(write_lines(tmp_path / "spaces.jsonl", rows))
    assert [problem.mark.line for problem in raised.value.problems] == [2]


def test_a_subject_given_twice_is_found_across_pieces_and_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_files, "_PIECE", 200)
    rows = [{**GOOD, "subject": f"space {n}"} for n in range(40)]
    path = write_lines(tmp_path / "spaces.jsonl", [*rows, rows[3]])
    with pytest.raises(CatalogError) as raised:
        count(path)
    (problem,) = raised.value.problems
    assert (problem.code, problem.mark.line) == ("R311", 41)
    assert "line 4" in problem.message


def test_two_processes_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_files, "_PIECE", 5_000)
    path = write_lines(tmp_path / "spaces.jsonl", EDIT.rows(200))
    one, two = count(path), count(path, large=0)
    assert (one.subjects, one.affected, one.monthly) == (two.subjects, two.affected, two.monthly)
    assert one.hits == two.hits
    assert one.affected > 100


def test_what_happens_later_is_summed_over_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit = Edit(1)
    edit.old, edit.new = (
        catalog(FILES),
        catalog({**DATED, "next/pro.yaml": COMING.replace(": keep", ": at_once")}),
    )
    rows = [{"subject": f"space {n}", "plan": "pro", "usage": {"users": 1}} for n in range(40)]
    path = write_lines(tmp_path / "spaces.jsonl", rows)
    one = count(path, edit=edit)
    monkeypatch.setattr(line_files, "_PIECE", 200)
    assert one == count(path, edit=edit) == count(path, large=0, edit=edit)
    assert [then.affected for then in one.later.values()] == [40]


def test_no_more_than_a_hundred_problems_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "spaces.jsonl"
    path.write_text("{\n" * 1000, encoding="utf-8")
    with pytest.raises(CatalogError) as raised:
        count(path)
    assert len(raised.value.problems) == 100


def test_a_bad_line_of_a_later_piece_has_its_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_files, "_PIECE", 200)
    path = write_lines(tmp_path / "spaces.jsonl", [{**GOOD, "subject": f"space {n}"} for n in range(40)])
    path.write_text(f"{path.read_text(encoding='utf-8')}{{", encoding="utf-8")
    with pytest.raises(CatalogError) as raised:
        count(path)
    assert [problem.mark.line for problem in raised.value.problems] == [41]
