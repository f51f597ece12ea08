"""The plan tests of one catalog folder, made ready to run, and what keeps them from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from entitlements.plugin_manager import Plugins
from entitlements.problems import Problem
from entitlements.testing.findings import Findings, findings_in
from entitlements.testing.plan_tests import PlanTest
from entitlements.testing.run import Runner

#: Checkers that are missing, or refuse their parameters: no engine opens.
_NO_ENGINE = ("R307", "P501")


@dataclass(frozen=True, slots=True)
class Suite:
    """What a catalog folder holds of plan tests."""

    found: Findings
    plugins: Plugins
    #: The findings that matter here: a catalog under work may break versions, and samples are not asked.
    problems: tuple[Problem, ...]

    @property
    def tests(self) -> tuple[PlanTest, ...]:
        return self.found.tests

    def runner(self, at: datetime | None = None) -> Runner | None:
        """What runs the tests, for the instant `at` if they give none; None where no engine opens."""
        catalog = self.found.reading.catalog
        if catalog is None or any(problem.code in _NO_ENGINE for problem in self.problems):
            return None
        return Runner(catalog, self.tests, self.plugins, at=at)


def suite_in(folder: Path, plugins: Plugins) -> Suite:
    """The plan tests in `folder`; raises nothing for what its files hold."""
    found = findings_in(folder, plugins)
    samples = {document.file for document in found.reading.of_kind("subjects")}
    problems = [
        problem
        for problem in found.problems
        if (problem.code[0] in "YSRT" or problem.code in _NO_ENGINE) and problem.mark.file not in samples
    ]
    return Suite(found, plugins, tuple(problems))
