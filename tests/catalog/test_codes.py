"""The list of problem codes: complete, and its examples are what they say."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from entitlements import Checker, Feature, hookimpl
from entitlements.catalog.codes import known_codes
from entitlements.catalog.load import read_catalog
from entitlements.catalog.shape.schema import KINDS
from entitlements.engine.compile import compile_program
from entitlements.errors import CatalogError
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import findings_in
from tests.small_catalog import FILES, overlaid, write

ROOT = Path(__file__).resolve().parents[2]
INVALID = ROOT / "tests" / "example-files" / "invalid"
#: The file of the small catalog that an example of each kind is about.
HOMES = {
    "any": "pro.yaml",
    "add-ons": "add_ons/more.yaml",
    "catalog": "catalog.yaml",
    "features": "features/more.yaml",
    "lang": "lang/fr.yaml",
    "next": "next/pro.yaml",
    "plan": "pro.yaml",
    "plan-tests": "tests/plans.yaml",
    "published": "published/pro@0.yaml",
    "subjects": "samples/spaces.yaml",
}
NEXT = overlaid(FILES["pro.yaml"], "version: 2\neffective_from: 2099-01-01\nexisting_subscribers: at_once\n")
GROUP = "group: {key: more, title: More}\n"
MESSAGES = """\
caps:
  users: {title: Users, unit: {one: user, other: users}, counted_by: seats}
  messages: {title: Messages, unit: {one: message, other: messages}, counted_by: usage}
"""
OF_EXPORTS = """\
caps:
  users: {title: Users, unit: {one: user, other: users}, counted_by: seats, feature: exports}
"""
CODES = known_codes()
SHOWN = [
    code
    for code, found in CODES.items()
    if not re.search(r"^# (?!in published|where catalog)", found.bad, re.MULTILINE)
]


class OfficeHours(Checker):
    name = "office_hours"

    def problems(self, feature: Feature, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        assert feature.key
        if not re.fullmatch(r"\d\d:\d\d", params.get("from", "")):
            yield "from", "write a time such as 08:00"


def with_example(folder: Path, code: str, example: str) -> Path:
    files = dict(FILES)
    home = HOMES[CODES[code].kind]
    if code == "R313":
        home, files["catalog.yaml"] = "community.yaml", overlaid(files["catalog.yaml"], MESSAGES)
    if code in ("L404", "L405"):
        files["catalog.yaml"] = overlaid(files["catalog.yaml"], OF_EXPORTS)
    if code == "L404":
        home = "community.yaml"
    if home == "next/pro.yaml":
        files[home] = overlaid(NEXT, example)
    elif home == "features/more.yaml":
        files[home] = GROUP + example
    elif home == "samples/spaces.yaml":
        files[home] = example
    else:
        files[home] = overlaid(files[home], example)
    return write(folder, files)


def found_in(folder: Path, *plugins: object) -> tuple[Problem, ...]:
    return findings_in(folder, load_plugins([OfficeHours(), *plugins], entry_points=False)).problems


def test_every_code_in_the_source_is_listed_and_every_listed_one_is_used() -> None:
    used = {
        code
        for folder in ("entitlements", "plugins")
        for path in (ROOT / folder).rglob("*.py")
        for code in re.findall(r'"([YSRLPVT][0-9]{3})"', path.read_text(encoding="utf-8"))
    }
    assert used == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_an_entry_is_complete(code: str) -> None:
    entry = CODES[code]
    assert entry.kind == "any" or entry.kind in KINDS
    assert not entry.title.endswith(".")
    assert entry.explanation.endswith(".")
    assert 1 <= len(re.findall(r"[.;](?= |$)", entry.explanation)) <= 4
    assert entry.bad != entry.good
    assert max(map(len, f"{entry.bad}{entry.good}".splitlines())) <= 78, "wider than a screen has room for"


@pytest.mark.parametrize("code", SHOWN)
def test_the_bad_example_has_this_problem_and_no_other_error(code: str, tmp_path: Path) -> None:
    problems = found_in(with_example(tmp_path, code, CODES[code].bad))
    assert {problem.code for problem in problems if problem.code == code or problem.severity == "error"} == {
        code
    }


@pytest.mark.parametrize("code", [code for code in SHOWN if CODES[code].at])
def test_the_place_in_the_bad_example_is_where_the_problem_is_found(code: str, tmp_path: Path) -> None:
    folder = with_example(tmp_path, code, CODES[code].bad)
    mark = next(problem.mark for problem in found_in(folder) if problem.code == code)
    text = (folder.parent / mark.file).read_bytes().decode()
    above = text.removesuffix(CODES[code].bad).count("\n")
    assert list(CODES[code].at) == [mark.line - above, mark.column, mark.end_line - above, mark.end_column]


def test_each_bad_example_that_holds_more_than_remarks_points_into_them() -> None:
    for code, found in CODES.items():
        lines = found.bad.splitlines()
        if code == "V601" or all(line.startswith("#") for line in lines):
            continue  # of V601 the digest is meant, a line that no screen has room for
        assert found.at, code
        line, column, end_line, end = found.at
        assert (end_line, column < end <= len(lines[line - 1]) + 1) == (line, True), code
        assert not lines[line - 1].startswith("#"), code


@pytest.mark.parametrize("code", SHOWN)
def test_the_good_example_has_no_error(code: str, tmp_path: Path) -> None:
    problems = found_in(with_example(tmp_path, code, CODES[code].good))
    assert not [problem for problem in problems if problem.code == code or problem.severity == "error"]


def as_bytes(data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "pro.yaml").write_bytes(data)


def linked(folder: Path) -> None:
    outside = folder.parent / "outside.yaml"
    (folder / "pro.yaml").rename(outside)
    (folder / "pro.yaml").symlink_to(outside)


def broken_link(folder: Path) -> None:
    (folder / "pro.yaml").unlink()
    (folder / "pro.yaml").symlink_to(folder / "gone.yaml")


def a_folder(folder: Path) -> None:
    (folder / "pro.yaml").unlink()
    (folder / "pro.yaml").mkdir()


def as_in_case(name: str) -> Callable[[Path], object]:
    return lambda folder: shutil.copytree(INVALID / name, folder, dirs_exist_ok=True)


def in_another_folder(folder: Path) -> None:
    (folder / "features" / "core.yaml").rename(folder / "core.yaml")


def waiting(**fields: str) -> Callable[[Path], object]:
    text = overlaid(NEXT, "".join(f"{key}: {value}\n" for key, value in fields.items()))
    return lambda folder: write(folder, {"next/pro.yaml": text})


def dated(folder: Path, *, published: bool) -> None:
    text = FILES["pro.yaml"] + "effective_from: 2025-06-01\nexisting_subscribers: keep\n"
    write(folder, {"pro.yaml": text})
    if not published:
        (folder / "published/pro@0.yaml").unlink()


def out_of_order(folder: Path) -> None:
    dated(folder, published=True)
    waiting(effective_from="2025-01-01")(folder)


NOT_SHOWN: dict[str, Callable[[Path], object]] = {
    "Y101": as_bytes("title: Communauté\n".encode("latin-1")),
    "Y102": as_bytes("title: Pro\n".encode("utf-16")),
    "Y105": as_bytes(b"plan: pro\rversion: 1\r"),
    "Y114": as_bytes(b"# nothing but this line\n"),
    "Y118": linked,
    "Y119": broken_link,
    "Y120": a_folder,
    "S209": in_another_folder,
    "V605": waiting(existing_subscribers="keep"),
    "V607": lambda folder: dated(folder, published=False),
    "V608": out_of_order,
    "Y122": lambda folder: (folder / "catalog.yaml").unlink(),
    "Y125": as_in_case("Y125-ending-in-capitals"),
    "V610": as_in_case("V610-euros-in-place-of-dollars"),
    "V609": as_in_case("V609-published-child-loses-a-feature"),
    "L431": as_in_case("L431-parent-dropped-what-its-child-goes-without"),
    "L430": as_in_case("L430-plan-not-sold-stays-on-the-ladder"),
    "L412": as_in_case("L412-exempt-from-what-everybody-has"),
    "L416": as_in_case("L416-parent-published-without-its-child"),
}


@pytest.mark.parametrize("code", NOT_SHOWN)
def test_what_an_example_cannot_show_has_this_problem_and_no_other(code: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "small")
    NOT_SHOWN[code](folder)
    assert [problem.code for problem in found_in(folder)] == [code]


def test_every_code_is_shown_or_made_somewhere() -> None:
    # Y121 is a race, which tests/catalog/test_files.py makes.
    assert set(CODES) == {*SHOWN, *NOT_SHOWN, "R318", "P502", "Y121"}


def test_a_feature_that_the_host_expects_is_missed(tmp_path: Path) -> None:
    catalog = read_catalog(write(tmp_path)).catalog
    assert catalog is not None
    with pytest.raises(CatalogError) as error:
        compile_program(catalog, load_plugins(entry_points=False), expects=["reports", "report"])
    assert [problem.code for problem in error.value.problems] == ["R318"]


class Falling:
    @hookimpl
    def entitlements_lint(self) -> None:
        msg = "out of order"
        raise SystemExit(msg)


def test_a_lint_hook_that_fails_is_named_and_the_rest_stays(tmp_path: Path) -> None:
    folder = with_example(tmp_path / "small", "L402", CODES["L402"].bad)
    problems = found_in(folder, Falling())
    assert [problem.code for problem in problems] == ["P502", "L402"]
    assert "Falling" in problems[0].message
    assert "out of order" in problems[0].message
