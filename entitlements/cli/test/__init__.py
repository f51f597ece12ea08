"""`entitlements test`: the plan tests of a catalog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from entitlements.cli.app import App, Command
from entitlements.cli.formats.report import totals
from entitlements.cli.formats.text import block
from entitlements.cli.frames import Texts
from entitlements.cli.output import echo, json_option, styled, wrapped, write_json
from entitlements.cli.test.coverage import show_coverage
from entitlements.model import Catalog
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.source.subjects_file import at_from
from entitlements.testing.coverage import Coverage, coverage_of
from entitlements.testing.findings import Findings
from entitlements.testing.plan_tests import PlanTest
from entitlements.testing.run import Result
from entitlements.testing.suite import suite_in
from entitlements.testing.telling import told


@click.command("test", cls=Command)
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("-k", "word", metavar="WORD", help="Only the tests that have WORD in their name.")
@click.option(
    "--coverage",
    "with_coverage",
    is_flag=True,
    help="The table of plans and features, with what no test mentions.",
)
@click.option(
    "--fail-under",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    help="Leave with 1 if tests speak of fewer pairs of plan and feature.",
)
@json_option
@click.pass_obj
def command(
    app: App,
    *,
    folder: str | None,
    word: str | None,
    with_coverage: bool,
    fail_under: float | None,
    as_json: bool,
) -> int:
    """Run the plan tests of the catalog in DIR, ./plans if not given.

    They lie in DIR/tests/*.yaml. Leaves with 0 if all pass, 1 if one fails or cannot be run.

    \b
    Examples:
      entitlements test
      entitlements test plans -k export
      entitlements test --coverage --fail-under 40
    """  # noqa: D301  click looks for the character itself
    path = app.authoring_folder(folder)
    suite = suite_in(path, load_plugins(folder=app.plugins))
    found, problems, catalog = suite.found, suite.problems, suite.found.reading.catalog
    tests = _chosen(suite.tests, word)
    runner = suite.runner(_instant(app, catalog)) if catalog is not None else None
    results = [runner.run(test) for test in tests] if runner is not None else []
    wanted = with_coverage or fail_under is not None
    coverage = coverage_of(catalog, tests) if wanted and catalog is not None else None
    too_little = coverage is not None and fail_under is not None and coverage.percent < fail_under
    failed = [result for result in results if not result.passed]
    if as_json:
        write_json(_document(results, problems, coverage))
    else:
        texts = Texts(path, found.reading.paths)
        for problem in problems:
            echo(f"{block(problem, texts)}\n")
        for result in failed:
            _show(result)
        _summary(results, problems, found, coverage if with_coverage else None)
        if coverage is not None and too_little:
            words = (
                f"Tests speak of {coverage.percent:g} % of the pairs of plan and feature, "
                f"and --fail-under asks for {fail_under:g} %."
            )
            echo(styled(wrapped(words), fg="red", bold=True))
    return 1 if failed or problems or too_little else 0


def _chosen(tests: Sequence[PlanTest], word: str | None) -> list[PlanTest]:
    chosen = [test for test in tests if word is None or word.casefold() in test.name.casefold()]
    if word is not None and tests and not chosen:
        msg = f'no plan test has "{word}" in its name'
        raise click.UsageError(msg)
    return chosen


def _instant(app: App, catalog: Catalog) -> datetime | None:
    try:
        return at_from(app.at, catalog.time_zone) if app.at is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from None


def _document(
    results: list[Result], problems: Sequence[Problem], coverage: Coverage | None
) -> dict[str, Any]:
    """The document `entitlements/test/1`."""
    passed = sum(result.passed for result in results)
    return {
        "schema": "entitlements/test/1",
        "passed": passed,
        "failed": len(results) - passed,
        "coverage": coverage.to_json() if coverage is not None else None,
        "results": [result.to_json() for result in results],
        "problems": [problem.to_json() for problem in problems],
    }


def _show(result: Result) -> None:
    echo(f"{styled('FAILED', fg='red', bold=True)} {result.test.mark}: {result.test.name}")
    for failure in result.failures:
        place, line, carets, verdict, *why = told(failure)
        echo(f"  {styled(place, bold=True)}")
        echo(f"  {line}")
        echo(f"  {styled(carets, fg='red', bold=True)}")
        echo(f"  {verdict}")
        for step in why:
            echo(wrapped(step.strip(), "      "))
    echo()


def _summary(
    results: list[Result], problems: Sequence[Problem], found: Findings, coverage: Coverage | None
) -> None:
    if problems:
        echo(styled(totals(problems, len(found.reading.documents)), fg="red", bold=True))
    if coverage is not None:
        show_coverage(coverage)
    failed = sum(not result.passed for result in results)
    words = [styled(f"{failed} failed", fg="red", bold=True)] if failed else []
    if results:
        echo(", ".join([*words, styled(f"{len(results) - failed} passed", fg="green", bold=True)]))
    elif not problems:
        echo("no plan tests: write some in tests/*.yaml of the catalog folder")
