"""The cases in `tests/example-files`: right catalogs pass, wrong ones draw just the findings written there.

`python -m tests.catalog.test_examples --write CASE …` writes `expected.txt` of these cases anew, or of all
without a name, to be looked over before they are kept; without `--write` it only prints the findings.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

import pytest

from entitlements.catalog.codes import known_codes
from tests.example_files import Case, cases, in_lines

CODES = known_codes()
VALID, INVALID = cases("valid"), cases("invalid")
#: What no file can show → the test that makes it.
MADE_ELSEWHERE = {"Y121": "tests/catalog/test_files.py"}
ROOT = Path(__file__).resolve().parents[2]


def lines_of(case: Case, folder: Path) -> str:
    catalog = case.laid_out(folder)
    return in_lines(case.found(catalog), catalog)


def primary_code(lines: str) -> str:
    """The code of the first error; of the first warning if there is none."""
    found = re.findall(r"^(error|warning) \S+:\d+:\d+: ([A-Z]\d{3}) ", lines, re.MULTILINE)
    return min(found, key=lambda severity_code: severity_code[0], default=("", "none"))[1]


@pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
def test_nothing_is_found_in_a_catalog_that_is_right(case: Case, tmp_path: Path) -> None:
    assert lines_of(case, tmp_path) == ""


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)
def test_exactly_what_is_expected_is_found_where_a_mistake_is(case: Case, tmp_path: Path) -> None:
    assert lines_of(case, tmp_path) == case.expected


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)
def test_a_case_is_named_after_what_is_found_first_in_it(case: Case) -> None:
    assert re.fullmatch(r"[A-Z]\d{3}(-[a-z0-9]+)+", case.name)
    assert primary_code(case.expected) == case.code


def test_every_code_has_a_case_that_shows_it() -> None:
    found = {code for case in INVALID for code in re.findall(r": ([A-Z]\d{3}) ", case.expected)}
    assert sorted(set(CODES) - found) == sorted(MADE_ELSEWHERE)


@pytest.mark.parametrize("code", MADE_ELSEWHERE)
def test_what_no_file_can_show_is_made_by_a_test(code: str) -> None:
    assert f'"{code}"' in (ROOT / MADE_ELSEWHERE[code]).read_text(encoding="utf-8")


def main() -> None:
    """Print the findings of the cases named, or write them down as expected."""
    parser = argparse.ArgumentParser(prog="python -m tests.catalog.test_examples")
    parser.add_argument("names", metavar="CASE", nargs="*", help="folder in invalid/ (default: all)")
    parser.add_argument("--write", action="store_true", help="write expected.txt anew")
    given = parser.parse_args()
    for case in INVALID:
        if given.names and case.name not in given.names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            lines = lines_of(case, Path(folder))
        if given.write:
            (case.folder / "expected.txt").write_text(lines, encoding="utf-8", newline="")
        sys.stdout.write(f"{case.name}\n{lines}\n")


if __name__ == "__main__":
    main()
