"""Published versions keep their word: edits by hand and narrowing in place are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from entitlements import CatalogError, Engine, load_catalog
from entitlements.catalog.digest import terms_digest
from entitlements.catalog.load import read_catalog
from entitlements.problems import Problem
from tests.small_catalog import FILES, Files, edited, write

PUBLISHED = "published/pro@0.yaml"


def problems(folder: Path, files: Files) -> tuple[Problem, ...]:
    return read_catalog(write(folder / "c", files)).problems


def under_version_0(old: str, new: str, name: str = "pro.yaml") -> dict[str, str]:
    """The working file at the published number, with one edit."""
    files = edited("pro.yaml", "version: 1", "version: 0")
    return edited(name, old, new, files)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[exports, reports, security]", "[exports, security]"),
        ("included: 50", "included: 60"),
        ('"2.00"', '"2.50"'),
        ("support: email", "support: forum"),
        ("baa: offered", "baa: not_offered"),
        ("baa: offered", "baa: offered\nsuspends: true"),
    ],
)
def test_an_edit_of_a_published_file_is_found_with_the_right_digest_as_fix(
    old: str, new: str, tmp_path: Path
) -> None:
    (problem,) = problems(tmp_path, edited(PUBLISHED, old, new))
    assert str(problem).startswith("c/published/pro@0.yaml:3:9: V601 pro@0 was edited by hand")
    assert problem.fix is not None
    right = edited(PUBLISHED, old, new)
    line = right[PUBLISHED].splitlines()[2]
    right = {**right, PUBLISHED: right[PUBLISHED].replace(line, f"digest: {problem.fix.text}")}
    assert problems(tmp_path, right) == ()


def test_comments_and_order_are_no_edit(tmp_path: Path) -> None:
    text = "# sold until 2024\n" + FILES[PUBLISHED].replace("[exports, reports,", "[reports, exports,")
    assert problems(tmp_path, {**FILES, PUBLISHED: text}) == ()


def test_an_edited_file_with_another_mistake_has_only_that_one(tmp_path: Path) -> None:
    files = edited(PUBLISHED, "[exports, ", "[exprots, ")
    assert [problem.code for problem in problems(tmp_path, files)] == ["R301"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[reports, security]", "[security]", 'feature "reports" is taken away'),
        ("included: 50", "included: 49", 'cap "users" goes from 50 to 49'),
        (
            '{included: 50, extra: "2.00"}',
            "{included: 50, hard: true}",
            'cap "users" goes from 50 to 50 at most',
        ),
        ('{included: 50, extra: "2.00"}', "none", 'cap "users" goes from 50 to none'),
        ('extra: "2.00"', 'extra: "3.00"', 'cap "users" costs 3.00 for each extra one, not 2.00'),
        (
            '"100.00"',
            '"90.00"',
            "the price goes from 100.00 a month, 1000.00 a year to 90.00 a month, 1000.00 a year",
        ),
        ("support: email", "support: forum", 'support goes from "email" to "forum"'),
        ("baa: offered", "baa: not_offered", "the BAA is no longer offered"),
        ("baa: offered", "baa: offered\nsuspends: true", "it now suspends every feature"),
    ],
)
def test_what_a_published_number_would_lose_is_named(old: str, new: str, words: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, under_version_0(old, new))
    assert (str(problem.mark), problem.mark.column, problem.code) == ("c/pro.yaml:2", 10, "V602")
    assert problem.message == f"pro@0 is published, and this changes it: {words}"
    assert problem.related[0].mark.file == "c/published/pro@0.yaml"
    assert problem.fix is not None
    assert problem.fix.text == "1"


def test_a_feature_misspelt_above_is_not_taken_away_as_well(tmp_path: Path) -> None:
    files = under_version_0("features: [exports]", "features: [exprots]", "community.yaml")
    assert [problem.code for problem in problems(tmp_path, files)] == ["R301"]


def test_a_child_that_loses_through_extends_is_named(tmp_path: Path) -> None:
    files = under_version_0("features: [exports]", "features: []", "community.yaml")
    (problem,) = problems(tmp_path, files)
    assert str(problem).startswith("c/pro.yaml:2:10: V602 pro@0 is published, and this changes it: feature")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("included: 50", "included: 51"),
        ('{included: 50, extra: "2.00"}', "unlimited"),
        ("title: Pro", "title: Professional"),
    ],
)
def test_widening_in_place_is_fine(old: str, new: str, tmp_path: Path) -> None:
    assert problems(tmp_path, under_version_0(old, new)) == ()


def test_a_new_number_may_take_away(tmp_path: Path) -> None:
    assert problems(tmp_path, edited("pro.yaml", "included: 50", "included: 5")) == ()


def test_an_engine_refuses_a_broken_promise_and_a_look_at_it_does_not(tmp_path: Path) -> None:
    folder = write(tmp_path, under_version_0("included: 50", "included: 49"))
    with pytest.raises(CatalogError, match="V602"):
        Engine.open(folder)
    with pytest.raises(CatalogError, match="V602"):
        load_catalog(folder)
    assert load_catalog(folder, check_versions=False).plan("pro").caps["users"].included == 49


def test_the_shipped_versions_are_as_they_were_published() -> None:
    catalog = load_catalog()
    assert len(catalog.versions) > len(catalog.plans)
    assert terms_digest(catalog.plan("pro@0")).startswith("sha256:")
