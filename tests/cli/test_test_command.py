"""`entitlements test`: what fails is shown with its line, what was expected, what holds and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.small_catalog import FILES, edited, write

WRONG = edited("tests/plans.yaml", "{reports: allowed,", "{reports: denied,")
TWO = """\
tests:
  - name: Pro has reports
    given: {plan: pro}
    expect: {reports: allowed}
  - name: Leaving Pro loses them
    given: {plan: pro, usage: {reports: 2}}
    change_to: community
    expect: {lost: [reports], effect.reports: deactivated, direction: downgrade}
"""


def test_the_shipped_plan_tests_pass(cli: Any) -> None:
    ran = cli("--catalog", "shipped", "test")
    assert ran.code == 0
    assert ran.words == "51 passed"


def test_a_failure_says_where_what_and_why(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", WRONG)
    ran = cli("test")
    assert ran.code == 1
    assert ran.lines == [
        "FAILED plans/tests/plans.yaml:2: Pro has reports",
        "  plans/tests/plans.yaml:4: reports",
        "    4 |     expect: {reports: denied, cap.users: 50, support: email, baa: o…",
        "      |                       ^^^^^^",
        "    expected denied, got allowed",
        "      1. plan: plan pro@1 (plans/pro.yaml:1); product subscription, open-ended",
        "      2. inclusion: given by plan pro@1 (plans/pro.yaml:11)",
        "      → included: Reports is included in the Pro plan.",
        "",
        "1 failed, 0 passed",
    ]


def test_json_has_results_and_failures(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", WRONG)
    ran = cli("test", "--json")
    assert ran.code == 1
    document = ran.document
    assert (document["passed"], document["failed"], document["coverage"]) == (0, 1, None)
    (result,) = document["results"]
    assert (result["file"], result["line"], result["passed"]) == ("plans/tests/plans.yaml", 2, False)
    (failure,) = result["failures"]
    assert (failure["about"], failure["expected"], failure["got"]) == ("reports", "denied", "allowed")
    assert (failure["file"], failure["line"]) == ("plans/tests/plans.yaml", 4)
    assert "given by plan pro@1" in failure["why"]


def test_a_word_chooses_tests_by_name(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", {**FILES, "tests/plans.yaml": TWO})
    assert cli("test").words == "2 passed"
    assert cli("test", "-k", "LEAVING").words == "1 passed"
    ran = cli("test", "-k", "nothing")
    assert ran.code == 2
    assert 'no plan test has "nothing" in its name' in ran.err


def test_coverage_is_a_table_of_features_by_plans(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", {**FILES, "tests/plans.yaml": TWO})
    ran = cli("test", "--coverage")
    assert ran.code == 0
    assert ran.lines == [
        "1 community, 2 pro",
        "",
        "            1 2",
        "Core",
        "  exports   · ·",
        "  reports   – ✓",
        "  security  · ·",
        "",
        "✓ tested as allowed, – as denied, ± as either, · no test says it.",
        "Tests speak of 2 of 2 plans, 1 of 3 features, and 2 of 6 pairs of plan and",
        "feature (33.3 %).",
        "No test speaks of features exports and security.",
        "2 passed",
    ]
    coverage = cli("test", "--coverage", "--json").document["coverage"]
    assert coverage["pairs"] == {"of": 6, "tested": 2}
    assert coverage["missing"]["pro"] == ["exports", "security"]


def test_coverage_of_the_shipped_catalog_fits_the_screen(cli: Any) -> None:
    ran = cli("--catalog", "shipped", "test", "--coverage")
    assert max(map(len, ran.lines)) <= 80
    assert any(line.split()[:2] == ["api_access", "–"] for line in ran.lines)


def test_too_little_coverage_leaves_with_1_and_says_so(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", {**FILES, "tests/plans.yaml": TWO})
    assert cli("test", "--fail-under", "33").code == 0
    ran = cli("test", "--fail-under", "33.4")
    assert ran.code == 1
    assert ran.words == (
        "2 passed Tests speak of 33.3 % of the pairs of plan and feature, and --fail-under asks for 33.4 %."
    )
    assert cli("test", "--fail-under", "40", "--json").document["coverage"]["percent"] == 33.3
    assert cli("test", "--fail-under", "101").code == 2


def test_an_unknown_name_leaves_with_1_and_the_other_tests_run(cli: Any, tmp_path: Path) -> None:
    write(
        tmp_path / "plans",
        {**FILES, "tests/plans.yaml": TWO.replace("{reports: allowed}", "{reprots: allowed}")},
    )
    ran = cli("test")
    assert ran.code == 1
    assert ran.lines[0].startswith("plans/tests/plans.yaml:4:14: T701")
    assert ran.lines[-2:] == ["1 error in 9 files", "1 passed"]


def test_a_broken_catalog_runs_no_test(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("pro.yaml", "[reports,", "[reprots,"))
    ran = cli("test")
    assert ran.code == 1
    assert ran.lines[0].startswith("plans/pro.yaml:11:12: R301")
    assert "passed" not in ran.out
    document = cli("test", "--json").document
    assert document["results"] == []
    assert [problem["code"] for problem in document["problems"]] == ["R301"]


def test_a_missing_checker_runs_no_test(cli: Any, tmp_path: Path) -> None:
    checks = "{effect: deactivated}\n    checks: {opening_hours: {}}"
    write(tmp_path / "plans", edited("features/core.yaml", "{effect: deactivated}", checks))
    ran = cli("test")
    assert ran.code == 1
    assert "R307" in ran.out
    assert "passed" not in ran.out


def test_versions_samples_and_advice_are_not_in_the_way(cli: Any, tmp_path: Path) -> None:
    files = edited("published/pro@0.yaml", "included: 50", "included: 5")
    files["samples/spaces.yaml"] = "["
    files["features/core.yaml"] += (
        "  idle: {title: Idle, description: Nobody has it., on_loss: {effect: closed}}\n"
    )
    ran = cli("test", str(write(tmp_path / "plans", files)))
    assert (ran.code, ran.words) == (0, "1 passed")


def test_at_is_the_instant_of_tests_without_a_date(cli: Any, tmp_path: Path) -> None:
    given = "{plan: community, overrides: [{give: reports, end: 2026-02-01}]}"
    entry = f"tests:\n  - name: A\n    given: {given}\n    expect: {{reports: allowed}}\n"
    write(tmp_path / "plans", {**FILES, "tests/plans.yaml": entry})
    assert cli("--at", "2026-01-31", "test").code == 0
    assert cli("--at", "2026-02-01", "test").code == 1
    assert cli("--at", "soon", "test").code == 2


def test_a_catalog_without_tests_says_so(cli: Any, tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if name != "tests/plans.yaml"}
    write(tmp_path / "plans", files)
    ran = cli("test")
    assert ran.code == 0
    assert ran.words.startswith("no plan tests")


def test_it_never_falls_back_to_the_shipped_catalog(cli: Any) -> None:
    assert cli("test").code == 2
