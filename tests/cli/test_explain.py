"""`entitlements explain`: every problem code in words, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entitlements.catalog.codes import known_codes
from entitlements.catalog.lint import ACCEPTABLE
from entitlements.testing.record_advice import ACCEPTABLE as RECORDS
from tests.catalog.test_codes import SHOWN, found_in, with_example


@pytest.mark.parametrize("code", known_codes())
def test_a_code_is_explained_with_a_wrong_and_a_right_example(code: str, cli: Any) -> None:
    ran = cli("explain", code)
    assert ran.code == 0
    assert ran.lines[0] == f"{code}  {known_codes()[code].title}"
    assert "Wrong" in ran.lines
    assert "Right" in ran.lines
    assert "\x1b" not in ran.out
    assert len(ran.lines) <= 32, "more than a screen"


def test_examples_are_printed_as_they_are_written(cli: Any) -> None:
    assert cli("explain", "r301").lines[-6:] == [
        "Wrong",
        "  features: [reprots, security]",
        "             ^^^^^^^",
        "",
        "Right",
        "  features: [reports, security]",
    ]


def test_several_codes_are_explained_one_after_the_other(cli: Any) -> None:
    both = cli("explain", "R301", "S201", "r301")
    assert both.out == f"{cli('explain', 'R301').out}\n\n{cli('explain', 'S201').out}"
    assert [found["code"] for found in cli("explain", "R301", "S201", "--json").document["codes"]] == [
        "R301",
        "S201",
    ]


@pytest.mark.parametrize("code", sorted({*ACCEPTABLE, *RECORDS} & {*SHOWN}))
def test_advice_is_accepted_by_the_line_that_its_page_shows(code: str, cli: Any, tmp_path: Path) -> None:
    folder = with_example(tmp_path / "small", code, known_codes()[code].bad)
    files = {problem.mark.file for problem in found_in(folder) if problem.code == code}
    (line,) = [line for line in cli("explain", code).lines if line.startswith("  accept:")]
    indent = "  " if code in RECORDS else ""
    for name in files:
        with (folder.parent / name).open("a", encoding="utf-8") as file:
            file.write(f"{indent}{line.strip()}\n")
    assert not [
        problem for problem in found_in(folder) if problem.code == code or problem.severity == "error"
    ]


@pytest.mark.parametrize("code", sorted(set(known_codes()) - ACCEPTABLE - RECORDS))
def test_what_is_no_advice_has_no_such_line(code: str, cli: Any) -> None:
    assert "Or accept it" not in cli("explain", code).out


def test_what_cannot_be_seen_in_an_example_is_shown_by_a_sign(cli: Any) -> None:
    lines = cli("explain", "Y106").lines
    assert "  title:\ufffdPro" in lines
    assert "        ^" in lines


def test_without_a_code_all_are_listed_by_family(cli: Any) -> None:
    ran = cli("explain")
    assert ran.code == 0
    assert [line for line in ran.lines if line.startswith("  ")] == [
        f"  {code}  {found.title}"
        for letter in "YSRLPVT"
        for code, found in known_codes().items()
        if code[0] == letter
    ]


@pytest.mark.parametrize(("code", "near"), [("R30", "R30"), ("r399", "R39"), ("L499", "L40")])
def test_an_unknown_code_is_wrong_usage_with_near_ones(code: str, near: str, cli: Any) -> None:
    ran = cli("explain", code)
    assert ran.code == 2
    assert f'there is no problem code "{code}"' in ran.err
    assert "near it: " in ran.err or near == "R39"


def test_json_has_one_code_or_all(cli: Any) -> None:
    (only,) = cli("explain", "R301", "--json").document["codes"]
    assert (only["code"], only["kind"]) == ("R301", "plan")
    assert [found["code"] for found in cli("explain", "--json").document["codes"]] == list(known_codes())
