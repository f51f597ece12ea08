"""From a folder to a catalog: which files are read, under which names, and what is not there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from entitlements import CatalogError, load_catalog
from entitlements.catalog.load import read_catalog, shipped_folder
from tests.small_catalog import FILES, edited, write


def test_the_shipped_catalog_loads_with_nothing_to_say() -> None:
    reading = read_catalog(shipped_folder())
    assert reading.problems == ()
    assert load_catalog().key == "commcare"


def test_files_are_named_as_the_person_named_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a" / "small")
    monkeypatch.chdir(tmp_path)
    relative, absolute = read_catalog(Path("a/small")), read_catalog(tmp_path / "a" / "small")
    assert relative.documents[0][1].file == "a/small/add_ons/more.yaml"
    assert absolute.documents[0][1].file == "small/add_ons/more.yaml"
    monkeypatch.chdir(tmp_path / "a" / "small")
    assert read_catalog(Path()).documents[0][1].file == "add_ons/more.yaml"
    assert list(relative.paths) == [document.file for _, document in relative.documents]


def test_files_are_known_by_where_they_lie(tmp_path: Path) -> None:
    reading = read_catalog(write(tmp_path))
    kinds = {document.file.partition("/")[2]: kind for kind, document in reading.documents}
    assert kinds == {
        "add_ons/more.yaml": "add-ons",
        "catalog.yaml": "catalog",
        "community.yaml": "plan",
        "features/core.yaml": "features",
        "lang/fr.yaml": "lang",
        "pro.yaml": "plan",
        "published/pro@0.yaml": "published",
        "samples/spaces.yaml": "subjects",
        "tests/plans.yaml": "plan-tests",
    }


def test_a_running_engine_reads_neither_tests_nor_samples(tmp_path: Path) -> None:
    files = {**FILES, "tests/plans.yaml": "[", "samples/spaces.yaml": "["}
    folder = write(tmp_path, files)
    assert load_catalog(folder).key == "small"
    assert [problem.code for problem in read_catalog(folder).problems] == ["Y108", "Y108"]
    assert read_catalog(folder).catalog is not None


def test_what_editors_leave_behind_is_not_read(tmp_path: Path) -> None:
    files = {**FILES, ".#pro.yaml": "x", "pro.yaml~": "x", ".pro.yaml.swp": "x", "notes.md": "x"}
    assert read_catalog(write(tmp_path, files)).problems == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Feature/x.yaml", [("Feature", "error")]),
        ("next_/sub/x.YML", [("next_", "error")]),
        ("test/x.yaml", [("test", "error")]),
        ("drafts/x.yaml", [("drafts", "warning")]),
        ("published/pro@1.YAML", [("published/pro@1.YAML", "error")]),
        ("x.yml.TXT", [("x.yml.TXT", "error")]),
        ("x.yalm", [("x.yalm", "error")]),
        ("x.yaml.orig", []),
        ("images/x.png", []),
        ("features/old/x.txt", []),
        (".git/x.YAML", []),
    ],
)
def test_what_seems_to_belong_to_the_catalog_and_is_not_read_is_told(
    name: str, found: list[tuple[str, str]], tmp_path: Path
) -> None:
    problems = read_catalog(write(tmp_path / "small", {**FILES, name: "x"})).problems
    assert [(p.mark.file.removeprefix("small/"), p.severity) for p in problems] == found
    assert {problem.code for problem in problems} <= {"Y125"}


def test_an_engine_runs_beside_folders_that_it_would_not_read_anyway(tmp_path: Path) -> None:
    assert load_catalog(write(tmp_path, {**FILES, "test/x.yaml": "x", "drafts/x.yaml": "x"})).key == "small"
    with pytest.raises(CatalogError, match='did you mean "published"'):
        load_catalog(write(tmp_path, {"publised/x.yaml": "x"}))


def test_a_file_with_the_other_ending_is_not_left_out(tmp_path: Path) -> None:
    files = dict(FILES)
    files["pro.yml"] = files.pop("pro.yaml")
    catalog = load_catalog(write(tmp_path, files))
    assert str(catalog.plan("pro").mark).endswith("/pro.yml:1")


@pytest.mark.parametrize("name", ["nowhere", "catalog.yaml", "features"])
def test_a_folder_that_is_no_catalog_is_one_problem(name: str, tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(CatalogError) as error:
        load_catalog(tmp_path / name)
    assert [problem.code for problem in error.value.problems] == ["Y122"]


@pytest.mark.skipif(sys.platform == "win32", reason="rights work otherwise there")
def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    (problem,) = read_catalog(write(tmp_path)).problems
    assert (problem.code, problem.message) == ("Y119", "the folder cannot be read: Permission denied")


def test_all_problems_come_with_the_error_in_file_order(tmp_path: Path) -> None:
    files = edited("pro.yaml", "[reports,", "[reprots,")
    files["community.yaml"] += "colour: blue\n"
    with pytest.raises(CatalogError) as error:
        load_catalog(write(tmp_path, files))
    assert [problem.code for problem in error.value.problems] == ["S201", "R301"]
    assert "2 problem(s) found" in str(error.value)


def test_files_are_taken_as_they_would_be_after_an_edit(tmp_path: Path) -> None:
    folder = write(tmp_path / "small")
    new = FILES["add_ons/more.yaml"].replace("more_users", "many_users").encode()
    pro = FILES["pro.yaml"].replace("version: 1", "version: 2").encode()
    edits = {
        folder / "add_ons" / "many.yaml": new,
        folder / "pro.yaml": pro,
        folder / "lang" / "fr.yaml": None,
        folder / "notes.txt": b"not ours",
    }
    catalog = read_catalog(folder, edited=edits).catalog
    assert catalog is not None
    assert sorted(catalog.add_ons) == ["many_users", "more_users"]
    assert catalog.plans["pro"].version == 2
    assert not catalog.texts
    assert read_catalog(folder).catalog != catalog


def test_progress_names_each_file(tmp_path: Path) -> None:
    seen: list[str] = []
    read_catalog(write(tmp_path / "c"), progress=seen.append)
    assert len(seen) == len(FILES)
    assert seen[0] == "c/add_ons/more.yaml"
