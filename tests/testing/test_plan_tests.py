"""Plan tests: what passes, what fails and why, and what is no test at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from entitlements.catalog.load import read_catalog, shipped_folder
from entitlements.catalog.references import Known
from entitlements.catalog.unknown_names import unknown_name_problems
from entitlements.problems import Problem
from entitlements.testing.coverage import coverage_of
from entitlements.testing.plan_tests import PlanTest, read_plan_tests
from entitlements.testing.run import Failure, Result, run_plan_tests
from tests.small_catalog import FILES, write

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def with_test(given: str, expect: str, *, change_to: str | None = None) -> dict[str, str]:
    change = f"    change_to: {change_to}\n" if change_to else ""
    entry = f"tests:\n  - name: A test\n    given: {{{given}}}\n{change}    expect: {{{expect}}}\n"
    return {**FILES, "tests/plans.yaml": entry}


def read(folder: Path, files: dict[str, str]) -> tuple[list[PlanTest], list[Problem]]:
    reading = read_catalog(write(folder / "c", files))
    known = Known(reading.documents)
    tests, problems = read_plan_tests(reading.of_kind("plan-tests"), known)
    return tests, [*problems, *unknown_name_problems(known.names)]


def run(folder: Path, files: dict[str, str], at: datetime | None = NOW) -> list[Result]:
    tests, problems = read(folder, files)
    assert problems == []
    catalog = read_catalog(folder / "c").catalog
    assert catalog is not None
    return run_plan_tests(catalog, tests, at=at)


def failures(folder: Path, files: dict[str, str], at: datetime | None = NOW) -> list[Failure]:
    return [failure for result in run(folder, files, at) for failure in result.failures]


def test_every_shipped_plan_test_passes() -> None:
    reading = read_catalog(shipped_folder())
    known = Known(reading.documents)
    tests, problems = read_plan_tests(reading.of_kind("plan-tests"), known)
    assert problems == []
    assert known.names.unknown == []
    assert reading.catalog is not None
    results = run_plan_tests(reading.catalog, tests)
    assert len(results) > 50
    assert [failure for result in results for failure in result.failures] == []


@pytest.mark.parametrize(
    ("given", "expect", "got"),
    [
        ("plan: pro", "reports: denied", "allowed"),
        ("plan: community", "reports: allowed", "denied"),
        ("plan: free", "reports: allowed", "denied"),
        ("plan: pro@0", "exports: denied", "allowed"),
        ("plan: community, client: export-tool", "reports: denied", "allowed"),
        ("plan: pro", "cap.users: 49", "50"),
        ("plan: pro, add_ons: [more_users]", "cap.users: 50", "150"),
        ("plan: pro", "cap.users: unlimited", "50"),
        ("plan: pro", "support: forum", "email"),
        ("plan: pro", "baa: not_offered", "offered"),
        ("plan: community", "baa: offered", "not_offered"),
        ("plan: community, overrides: [{give: reports}]", "reports: denied", "allowed"),
        ("plan: community, overrides: [{cap: users, set: 7}]", "cap.users: 10", "7"),
        ("plan: community, overrides: [{support: email}]", "support: forum", "email"),
        (
            "plan: pro, date: 2026-02-01, overrides: [{remove: reports, end: 2026-02-02}]",
            "reports: allowed",
            "denied",
        ),
        (
            "plan: pro, date: 2026-02-02, overrides: [{remove: reports, end: 2026-02-02}]",
            "reports: denied",
            "allowed",
        ),
    ],
)
def test_an_expectation_that_is_not_met_says_what_holds(
    given: str, expect: str, got: str, tmp_path: Path
) -> None:
    (failure,) = failures(tmp_path, with_test(given, expect))
    about, _, expected = expect.partition(": ")
    assert (failure.about, failure.expected, failure.got) == (about, expected, got)
    assert (failure.mark.file, failure.mark.line) == ("c/tests/plans.yaml", 4)
    assert failure.mark.column == len("    expect: {") + len(about) + len(": ") + 1


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ("plan: pro", "reports: allowed, exports: allowed, cap.users: 50, support: email, baa: offered"),
        ("plan: community", "reports: denied, cap.users: 10, support: forum, baa: not_offered"),
        ("plan: pro, kind: trial, baa_signed_on: 2026-01-01", "baa: offered"),
        ("plan: pro, usage: {users: 3, security: unknown}", "reports: allowed"),
    ],
)
def test_what_holds_passes(given: str, expect: str, tmp_path: Path) -> None:
    (result,) = run(tmp_path, with_test(given, expect))
    assert result.passed
    assert result.to_json() == {
        "name": "A test",
        "file": "c/tests/plans.yaml",
        "line": 2,
        "passed": True,
        "failures": [],
    }


def test_why_is_the_whole_derivation(tmp_path: Path) -> None:
    (failure,) = failures(tmp_path, with_test("plan: community", "reports: allowed"))
    assert "1. plan: plan community@0 (c/community.yaml:1)" in failure.why
    assert failure.why.endswith("→ not_included: " + failure.why.partition("not_included: ")[2])


def test_why_names_the_line_of_a_cap(tmp_path: Path) -> None:
    (failure,) = failures(tmp_path, with_test("plan: pro", "cap.users: 1"))
    assert failure.why == "by plan pro@1 (c/pro.yaml:10)"


# changes of plan


@pytest.mark.parametrize(
    ("expect", "about", "got"),
    [
        ("lost: [reports, exports]", "exports", "kept"),
        ("gained: [reports]", "reports", "lost"),
        ("direction: upgrade", "direction", "downgrade"),
        ("effect.reports: closed", "effect.reports", "deactivated"),
        ("effect.security: closed", "effect.security", "no effect"),
        ("effect.users: closed", "effect.users", "charged"),
    ],
)
def test_a_change_that_does_otherwise_fails(expect: str, about: str, got: str, tmp_path: Path) -> None:
    files = with_test("plan: pro, usage: {reports: 3, users: 40}", expect, change_to="community")
    (failure,) = failures(tmp_path, files)
    assert (failure.about, failure.got) == (about, got)
    assert failure.why.startswith("pro@1 → community@0: loses reports, security; users 50 → 10")


def test_a_list_that_fails_points_at_its_item(tmp_path: Path) -> None:
    files = with_test("plan: pro", "lost: [reports, exports, security]", change_to="community")
    (failure,) = failures(tmp_path, files)
    assert failure.mark.column == len("    expect: {lost: [reports, ") + 1


def test_a_change_keeps_exceptions_and_the_add_ons_sold_with_the_target(tmp_path: Path) -> None:
    given = "plan: pro@0, add_ons: [more_users], overrides: [{give: security}]"
    files = with_test(given, "direction: same", change_to="pro")
    assert failures(tmp_path, files) == []
    files = with_test(given, "direction: same", change_to="community")
    (failure,) = failures(tmp_path, files)
    assert "loses reports; users 150 → 10" in failure.why


def test_what_is_given_holds_before_the_change(tmp_path: Path) -> None:
    files = with_test("plan: pro", "reports: allowed, cap.users: 50", change_to="community")
    assert failures(tmp_path, files) == []


def test_a_test_without_a_date_is_run_for_the_instant_asked_or_now(tmp_path: Path) -> None:
    files = with_test("plan: community, overrides: [{give: reports, end: 2026-02-01}]", "reports: allowed")
    assert failures(tmp_path, files, datetime(2026, 1, 31, tzinfo=UTC)) == []
    assert len(failures(tmp_path, files, datetime(2026, 2, 1, tzinfo=UTC))) == 1
    assert len(failures(tmp_path, files, None)) == 1


# what is no test


@pytest.mark.parametrize(
    ("given", "expect", "place", "words"),
    [
        ("plan: por", "reports: allowed", "3:19", 'the test has the unknown plan "por"; did you mean "pro"?'),
        (
            "plan: pro@7",
            "reports: allowed",
            "3:19",
            'the test has the unknown plan "pro@7"; did you mean "pro@1"?',
        ),
        (
            "plan: pro, add_ons: [more_user]",
            "reports: allowed",
            "3:34",
            'the test has the unknown add-on "more_user"; did you mean "more_users"?',
        ),
        (
            "plan: pro, client: nobody",
            "reports: allowed",
            "3:32",
            'the test asks as the unknown client "nobody"; allowed: export-tool',
        ),
        (
            "plan: pro, usage: {report: 1}",
            "reports: allowed",
            "3:32",
            'the test uses the unknown feature or cap "report"; did you mean "reports"?',
        ),
        (
            "plan: pro, overrides: [{give: report}]",
            "reports: allowed",
            "3:43",
            'the test has an override of the unknown feature "report"; did you mean "reports"?',
        ),
        (
            "plan: pro, overrides: [{cap: user, set: 1}]",
            "reports: allowed",
            "3:42",
            'the test has an override of the unknown cap "user"; did you mean "users"?',
        ),
        (
            "plan: pro",
            "report: allowed",
            "4:14",
            'the test expects something of the unknown feature "report"; did you mean "reports"?',
        ),
        (
            "plan: pro",
            "cap.user: 1",
            "4:14",
            'the test expects something of the unknown cap "user"; did you mean "cap.users"?',
        ),
        (
            "plan: pro",
            "support: e_mial",
            "4:23",
            'the test expects something of the unknown support level "e_mial"; did you mean "email"?',
        ),
    ],
)
def test_an_unknown_name_is_a_problem_at_its_place(
    given: str, expect: str, place: str, words: str, tmp_path: Path
) -> None:
    tests, problems = read(tmp_path, with_test(given, expect))
    assert tests == []
    assert [str(problem) for problem in problems] == [f"c/tests/plans.yaml:{place}: T701 {words}"]


@pytest.mark.parametrize(
    ("expect", "place"),
    [("lost: [report]", "5:21"), ("gained: [reports, report]", "5:32"), ("effect.report: closed", "5:14")],
)
def test_an_unknown_name_in_a_change_is_a_problem_at_its_place(
    expect: str, place: str, tmp_path: Path
) -> None:
    _, problems = read(tmp_path, with_test("plan: pro", expect, change_to="community"))
    assert [str(problem).split(" the test")[0] for problem in problems] == [
        f"c/tests/plans.yaml:{place}: T701"
    ]


def test_an_unknown_target_is_a_problem(tmp_path: Path) -> None:
    _, problems = read(tmp_path, with_test("plan: pro", "direction: same", change_to="comunity"))
    assert [str(problem).split(" the test")[0] for problem in problems] == ["c/tests/plans.yaml:4:16: T701"]


@pytest.mark.parametrize("expect", ["lost: [reports]", "direction: same", "effect.reports: closed"])
def test_a_change_expected_without_one_is_a_problem(expect: str, tmp_path: Path) -> None:
    tests, problems = read(tmp_path, with_test("plan: pro", expect))
    assert tests == []
    assert [problem.code for problem in problems] == ["T702"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("plan: pro, date: 0001-01-01T00:00:00+14:00", "S206"),
        ("plan: pro, baa_signed_on: 0001-01-01T00:00:00+14:00", "S205"),
    ],
)
def test_a_day_beyond_all_calendars_is_a_problem(given: str, code: str, tmp_path: Path) -> None:
    tests, problems = read(tmp_path, with_test(given, "reports: allowed"))
    assert (tests, [problem.code for problem in problems]) == ([], [code])


def test_names_that_a_broken_file_may_declare_are_not_missed(tmp_path: Path) -> None:
    files = with_test("plan: pro, client: x, add_ons: [y]", "z: allowed")
    files |= dict.fromkeys(("catalog.yaml", "features/core.yaml", "add_ons/more.yaml"), "[")
    assert read(tmp_path, files)[1] == []


def test_a_version_that_a_broken_file_may_record_is_not_missed(tmp_path: Path) -> None:
    files = with_test("plan: pro@7", "reports: allowed") | {"published/pro@7.yaml": "["}
    assert read(tmp_path, files)[1] == []


def test_coverage_counts_plans_features_and_pairs(tmp_path: Path) -> None:
    files = with_test(
        "plan: pro, usage: {reports: 1}",
        "exports: allowed, effect.reports: deactivated",
        change_to="community",
    )
    tests, _ = read(tmp_path, files)
    catalog = read_catalog(tmp_path / "c").catalog
    assert catalog is not None
    assert coverage_of(catalog, tests).to_json() == {
        "plans": {"of": 2, "untested": []},
        "features": {"of": 3, "untested": ["security"]},
        "pairs": {"of": 6, "tested": 1},
        "percent": 16.7,
        "missing": {"community": ["exports", "reports", "security"], "pro": ["reports", "security"]},
    }
    assert coverage_of(catalog, []).untested_plans() == ["community", "pro"]


def test_what_a_change_moves_covers_both_plans(tmp_path: Path) -> None:
    tests, _ = read(tmp_path, with_test("plan: pro", "lost: [reports]", change_to="community"))
    catalog = read_catalog(tmp_path / "c").catalog
    assert catalog is not None
    assert coverage_of(catalog, tests).pairs == {
        ("pro", "reports"): {"allowed"},
        ("community", "reports"): {"denied"},
    }


@pytest.mark.parametrize(
    "given",
    [
        "plan: community, client: export-tool",
        "plan: community, overrides: [{give: reports}]",
        "plan: pro, add_ons: [more_users]",
        "plan: pro, action: read",
        "plan: pro@0",
    ],
)
def test_an_exception_or_an_older_version_says_nothing_of_the_plan(given: str, tmp_path: Path) -> None:
    tests, _ = read(tmp_path, with_test(given, "reports: allowed"))
    catalog = read_catalog(tmp_path / "c").catalog
    assert catalog is not None
    coverage = coverage_of(catalog, tests)
    assert coverage.pairs == {}
    assert "reports" not in coverage.untested_features()


def test_an_effect_without_use_says_what_the_test_lacks(tmp_path: Path) -> None:
    files = with_test("plan: pro", "effect.reports: deactivated", change_to="community")
    (failure,) = failures(tmp_path, files)
    assert failure.got == "no effect"
    assert failure.why.endswith("nothing of reports is in use: under `given` write `usage: {reports: 1}`")


@pytest.mark.parametrize("key", ["lost", "gained"])
def test_an_empty_list_is_a_problem(key: str, tmp_path: Path) -> None:
    tests, problems = read(tmp_path, with_test("plan: pro", f"{key}: []", change_to="community"))
    assert tests == []
    assert [problem.code for problem in problems] == ["T703"]
