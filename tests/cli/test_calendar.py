"""`entitlements calendar`: what starts and ends when, in order of date and with the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.small_catalog import FILES, overlaid, write

DATES = "version: 2\neffective_from: 2027-01-01\nexisting_subscribers: at_once\n"
SPACES = """\
- now: 2026-12-01
- subject: team
  plan: pro
  start: 2026-12-24
  end: 2027-02-01
  kind: trial
  add_ons: [{add_on: more_users, start: 2026-12-25, end: never}]
  overrides:
    - {kind: pro_bono, give: reports, because: Good., by: ops, start: 2026-01-01, end: 2027-01-01}
  baa_signed_on: 2026-12-26
"""
ACCEPT = "accept: [{rule: L405, because: So be it., until: 2027-01-15}]\n"
FILLED = {
    **FILES,
    "pro.yaml": FILES["pro.yaml"] + ACCEPT,
    "next/pro.yaml": overlaid(FILES["pro.yaml"], DATES),
}


@pytest.fixture
def asked(cli: Any, tmp_path: Path) -> Any:
    write(tmp_path / "plans", FILLED)
    (tmp_path / "spaces.yaml").write_text(SPACES)
    return lambda *arguments: cli("--source", "spaces.yaml", "calendar", *arguments)


def test_dates_come_in_order_with_their_lines(asked: Any) -> None:
    found = [
        (entry["at"][:10], entry["subject"], entry["kind"], entry["what"], f"{entry['file']}:{entry['line']}")
        for entry in asked("--json").document["entries"]
    ]
    assert found == [
        ("2026-12-24", "team", "trial", "trial subscription to pro starts", "spaces.yaml:3"),
        ("2026-12-25", "team", "add_on", "add-on more_users starts", "spaces.yaml:3"),
        ("2026-12-26", "team", "baa", "BAA starts", "spaces.yaml:2"),
        (
            "2027-01-01",
            None,
            "version",
            "pro@2 is sold instead of pro@1; all who have pro@1 come along",
            "plans/next/pro.yaml:1",
        ),
        ("2027-01-01", "team", "override", "pro_bono exception giving reports ends", "spaces.yaml:9"),
        ("2027-01-15", None, "acceptance", "accepting L405 ends: So be it.", "plans/pro.yaml:12"),
        ("2027-02-01", "team", "trial", "trial subscription to pro ends", "spaces.yaml:3"),
    ]


@pytest.mark.parametrize(
    ("arguments", "dates"),
    [
        (("--days", "31"), ["2026-12-24", "2026-12-25", "2026-12-26"]),
        (("--from", "2027-01-01", "--to", "2027-02-01"), ["2027-01-01", "2027-01-01", "2027-01-15"]),
        (("--from", "2027-01-01T00:00:00.000001Z", "--to", "2027-02-01"), ["2027-01-15"]),
        (("--from", "2028-01-01"), []),
    ],
)
def test_the_first_day_counts_and_the_last_does_not(
    arguments: tuple[str, ...], dates: list[str], asked: Any
) -> None:
    assert [entry["at"][:10] for entry in asked(*arguments, "--json").document["entries"]] == dates


def test_the_table_is_read_by_people(asked: Any) -> None:
    ran = asked("--days", "31")
    assert ran.lines[0].split() == ["Date", "Whose", "What", "Where"]
    assert "3 dates from 2026-12-01 to 2027-01-01." in ran.words
    assert asked("--from", "2028-01-01").words == "Nothing starts or ends from 2028-01-01 to 2028-03-31."


def test_two_ways_to_stop_are_one_too_many(asked: Any) -> None:
    ran = asked("--to", "2027-01-01", "--days", "3")
    assert (ran.code, "give one of them" in ran.err) == (2, True)
    assert "--from" in asked("--from", "soon").err
