"""References between files: each mistake at its place, once, with the word that was meant."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal
from pathlib import Path

import pytest

from entitlements import Catalog
from entitlements.catalog.load import Reading, read_catalog
from tests.small_catalog import FILES, Files, edited, write

MESSAGES = """\
  messages:
    title: Messages
    unit: {one: message, other: messages}
    counted_by: usage
"""


def reading(folder: Path, files: Files = FILES) -> Reading:
    return read_catalog(write(folder / "c", files))


def found(folder: Path, files: Files) -> list[str]:
    """`pro.yaml:11:12 R301` for each problem."""
    return [
        f"{problem.mark.file.removeprefix('c/')}:{problem.mark.line}:{problem.mark.column} {problem.code}"
        for problem in reading(folder, files).problems
    ]


def catalog_of(folder: Path, files: Files = FILES) -> Catalog:
    catalog = reading(folder, files).catalog
    assert catalog is not None
    return catalog


def one_feature(key: str, group: str = "more") -> str:
    entry = f"  {key}: {{title: One, description: One., on_loss: {{effect: closed}}}}\n"
    return f"group: {{key: {group}, title: More}}\nfeatures:\n{entry}"


def test_nothing_is_wrong_with_the_small_catalog(tmp_path: Path) -> None:
    assert reading(tmp_path).problems == ()
    assert list(catalog_of(tmp_path).versions) == ["community@0", "pro@0", "pro@1"]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected", "hint"),
    [
        ("pro.yaml", "[reports,", "[reprots,", "pro.yaml:11:12 R301", 'did you mean "reports"?'),
        ("pro.yaml", ", security]", ", xyz]", "pro.yaml:11:21 R301", "allowed: exports, reports, security"),
        (
            "pro.yaml",
            "extends: community",
            "extends: comunity",
            "pro.yaml:5:10 R302",
            'did you mean "community"?',
        ),
        ("pro.yaml", "  users:", "  user:", "pro.yaml:10:3 R303", 'did you mean "users"?'),
        ("pro.yaml", "support: email", "support: e_mial", "pro.yaml:7:10 R304", 'did you mean "email"?'),
        (
            "features/core.yaml",
            "client: export-tool",
            "client: export_tol",
            "features/core.yaml:12:23 R305",
            'did you mean "export-tool"?',
        ),
        ("pro.yaml", "extends: community", "extends: pro", "pro.yaml:5:10 R308", "take one `extends` away"),
        (
            "pro.yaml",
            "features: [reports, security]",
            "features: [reports]\nwithout: [security]",
            "pro.yaml:12:11 R309",
            '"community", which it extends, does not give it: take it out of `without`',
        ),
        (
            "catalog.yaml",
            "[community, pro]",
            "[community, prro]",
            "catalog.yaml:6:21 R310",
            'did you mean "pro"?',
        ),
        (
            "catalog.yaml",
            "[community, pro]",
            "[community, xyz]",
            "catalog.yaml:6:21 R310",
            "add a file xyz.yaml, or take it off the ladder",
        ),
        (
            "catalog.yaml",
            "default_plan: community",
            "default_plan: comunity",
            "catalog.yaml:7:15 R302",
            'did you mean "community"?',
        ),
        (
            "catalog.yaml",
            "after_end: community",
            "after_end: comunity",
            "catalog.yaml:8:12 R302",
            'did you mean "community"?',
        ),
        (
            "catalog.yaml",
            "{free: community}",
            "{free: gratis}",
            "catalog.yaml:9:17 R302",
            "allowed: community, pro",
        ),
        (
            "catalog.yaml",
            "needs: [security]",
            "needs: [secrity]",
            "catalog.yaml:10:15 R301",
            'did you mean "security"?',
        ),
        (
            "catalog.yaml",
            "    counted_by: seats",
            "    counted_by: seats\n    feature: report",
            "catalog.yaml:21:14 R301",
            'did you mean "reports"?',
        ),
        (
            "catalog.yaml",
            "currency: USD",
            "currency: USD\nterms: {trial: {days: 9, plan: por}}",
            "catalog.yaml:5:32 R302",
            'did you mean "pro"?',
        ),
        (
            "community.yaml",
            'caps:\n  users: {included: 10, extra: "2.00"}\n',
            "",
            "community.yaml:1:1 R313",
            "under `caps:` add `users: {included: …, extra: …}`, `users: unlimited` or `users: none`",
        ),
        (
            "pro.yaml",
            '"1000.00"',
            '"83.33"',
            "pro.yaml:6:42 R314",
            "annual_total is the price of twelve months, not of one",
        ),
        (
            "catalog.yaml",
            "{free: community}",
            "{pro: community}",
            "catalog.yaml:9:11 R316",
            "choose another word",
        ),
        (
            "features/core.yaml",
            "on_loss: {effect: deactivated}",
            "on_loss: {effect: deactivated}\n    requires: [reports]",
            "features/core.yaml:7:3 R319",
            "take one of the requirements away",
        ),
        (
            "features/core.yaml",
            "on_loss: {effect: deactivated}",
            "on_loss: {effect: deactivated}\n    requires: [xyz]",
            "features/core.yaml:12:16 R301",
            "allowed: exports, reports, security",
        ),
        ("pro.yaml", '"100.00"', '"100.005"', "pro.yaml:6:18 R320", "write 100.00"),
        ("pro.yaml", '"2.00"', '"0.00125"', "pro.yaml:10:32 R320", "write 0.0012"),
        (
            "catalog.yaml",
            "time_zone: UTC",
            "time_zone: Mars/Base",
            "catalog.yaml:5:12 R321",
            'write one such as "UTC" or "Africa/Nairobi"',
        ),
        (
            "lang/fr.yaml",
            "plan.pro.title",
            "plan.por.title",
            "lang/fr.yaml:3:3 R322",
            'did you mean "plan.pro.title"?',
        ),
        (
            "lang/fr.yaml",
            "feature.reports",
            "featur.reports",
            "lang/fr.yaml:4:3 R322",
            'did you mean "feature.reports.title"?',
        ),
        (
            "add_ons/more.yaml",
            "sold_with: [pro]",
            "sold_with: [por]",
            "add_ons/more.yaml:5:17 R302",
            'did you mean "pro"?',
        ),
        (
            "add_ons/more.yaml",
            "caps: {users:",
            "caps: {user:",
            "add_ons/more.yaml:6:12 R303",
            'did you mean "users"?',
        ),
        (
            "published/pro@0.yaml",
            "[exports, ",
            "[export, ",
            "published/pro@0.yaml:9:12 R301",
            'did you mean "exports"?',
        ),
        (
            "published/pro@0.yaml",
            "version: 0",
            "version: 3",
            "published/pro@0.yaml:1:7 R315",
            "name it pro@3.yaml",
        ),
    ],
)
def test_a_wrong_reference_is_the_one_problem(
    name: str, old: str, new: str, expected: str, hint: str, tmp_path: Path
) -> None:
    files = edited(name, old, new)
    assert found(tmp_path, files) == [expected]
    only = reading(tmp_path, files).problems[0]
    assert only.hint == hint
    assert reading(tmp_path, files).catalog is None


def test_a_feature_declared_twice_shows_both_places(tmp_path: Path) -> None:
    files = {**FILES, "features/more.yaml": one_feature("exports")}
    assert found(tmp_path, files) == ["features/more.yaml:3:3 R311"]
    only = reading(tmp_path, files).problems[0]
    assert [str(related.mark) for related in only.related] == ["c/features/core.yaml:3"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("second.yaml", FILES["community.yaml"], "second.yaml:1:7 R311"),
        ("features/z.yaml", one_feature("users", group="core"), "features/z.yaml:1:14 R311"),
        ("features/z.yaml", one_feature("users"), "features/z.yaml:3:3 R312"),
        ("add_ons/z.yaml", FILES["add_ons/more.yaml"], "add_ons/z.yaml:2:3 R311"),
        ("lang/z.yaml", FILES["lang/fr.yaml"], "lang/z.yaml:1:7 R311"),
    ],
)
def test_two_files_cannot_declare_the_same(name: str, text: str, expected: str, tmp_path: Path) -> None:
    assert expected in found(tmp_path, {**FILES, name: text})


def test_a_support_level_listed_twice_is_declared_twice(tmp_path: Path) -> None:
    files = edited("catalog.yaml", "key: email", "key: forum")
    assert found(tmp_path, files)[0] == "catalog.yaml:13:11 R311"


def test_plans_in_a_circle_are_one_problem_that_shows_the_way(tmp_path: Path) -> None:
    files = edited("community.yaml", "sold:", "extends: pro\nsold:")
    assert found(tmp_path, files) == ["community.yaml:4:10 R308"]
    only = reading(tmp_path, files).problems[0]
    assert only.message == "plans extend each other in a circle: community → pro → community"
    assert [str(related.mark) for related in only.related] == ["c/pro.yaml:5"]


def test_a_long_line_of_plans_is_no_danger(tmp_path: Path) -> None:
    child = "plan: p{0}\nversion: 0\ntitle: P\nsold: internal\nprice: free\nextends: {1}\n"
    plans = {f"p{n}.yaml": child.format(n, "pro" if n == 1200 else f"p{n + 1}") for n in range(1201)}
    assert catalog_of(tmp_path, {**FILES, **plans}).plans["p0"].support == "email"


# one problem per mistake


def test_a_cap_misspelt_in_a_plan_is_not_missing_as_well(tmp_path: Path) -> None:
    assert found(tmp_path, edited("community.yaml", "  users:", "  user:")) == ["community.yaml:9:3 R303"]


def test_a_cap_that_the_lower_plan_leaves_unstated_is_its_mistake_alone(tmp_path: Path) -> None:
    files = {**FILES, "catalog.yaml": FILES["catalog.yaml"] + MESSAGES}
    assert found(tmp_path, files) == ["community.yaml:1:1 R313"]


def test_a_feature_misspelt_above_is_not_missed_by_without(tmp_path: Path) -> None:
    files = edited("community.yaml", "[exports]", "[exprots]")
    files["pro.yaml"] += "without: [exports]\n"
    assert found(tmp_path, files) == ["community.yaml:10:12 R301"]


@pytest.mark.parametrize(
    "name", ["features/core.yaml", "catalog.yaml", "community.yaml", "add_ons/more.yaml"]
)
def test_what_an_unreadable_file_may_declare_is_not_missed(name: str, tmp_path: Path) -> None:
    files = {**FILES, name: FILES[name] + "}\n"}
    assert [line.split()[-1] for line in found(tmp_path, files)] == ["Y108"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("features/core.yaml", "features:\n", "featrues:\n"),
        ("catalog.yaml", "caps:\n", "cap:\n"),
        ("community.yaml", "plan: community", "plann: community"),
        ("features/core.yaml", "    title: Reports\n", "    titel: Reports\n"),
    ],
)
def test_what_a_misspelt_part_may_declare_is_not_missed(
    name: str, old: str, new: str, tmp_path: Path
) -> None:
    assert [line.split()[-1] for line in found(tmp_path, edited(name, old, new))] == ["S201"]


def test_a_mistake_below_a_broken_plan_is_found_all_the_same(tmp_path: Path) -> None:
    files = edited("community.yaml", "title: Community", "titel: Community")
    files["pro.yaml"] = files["pro.yaml"].replace("[reports,", "[reprots,")
    assert found(tmp_path, files) == ["community.yaml:3:1 S201", "pro.yaml:11:12 R301"]


def test_all_mistakes_are_told_at_once_in_file_order(tmp_path: Path) -> None:
    files = edited("pro.yaml", "[reports,", "[reprots,")
    files["community.yaml"] = files["community.yaml"].replace("support: forum", "support: form")
    files["features/core.yaml"] = files["features/core.yaml"].replace("effect: deactivated", "effect: gone")
    assert found(tmp_path, files) == [
        "community.yaml:6:10 R304",
        "features/core.yaml:11:23 S204",
        "pro.yaml:11:12 R301",
    ]


# what is built


def test_a_plan_has_what_it_inherits_and_what_it_says_itself(tmp_path: Path) -> None:
    pro = catalog_of(tmp_path).plan("pro")
    assert {key: str(mark) for key, mark in pro.features.items()} == {
        "exports": "c/community.yaml:10",
        "reports": "c/pro.yaml:11",
        "security": "c/pro.yaml:11",
    }
    assert (pro.caps["users"].included, pro.caps["users"].extra) == (50, Decimal("2.00"))
    assert (pro.support, pro.baa, pro.ref) == ("email", True, "pro@1")


def test_requirements_are_closed_over(tmp_path: Path) -> None:
    files = edited(
        "features/core.yaml", "effect: deactivated}", "effect: deactivated}\n    requires: [security]"
    )
    files["features/core.yaml"] = files["features/core.yaml"].replace(
        "title: Security\n", "title: Security\n    requires: [exports]\n"
    )
    assert catalog_of(tmp_path, files).features["reports"].requires == ("exports", "security")


def test_a_catalog_is_frozen(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path)
    with pytest.raises(FrozenInstanceError):
        catalog.title = "Other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        catalog.plans["x"] = catalog.plans["pro"]  # type: ignore[index]
