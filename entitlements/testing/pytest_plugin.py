"""Plan tests as pytest items: pointing pytest at a catalog's `tests/*.yaml` runs them.

Loaded by pytest wherever this package is installed, so nothing heavy is imported before there is such a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from entitlements.problems import Problem
    from entitlements.testing.plan_tests import PlanTest
    from entitlements.testing.run import Result, Runner
    from entitlements.testing.suite import Suite

_SUITES = pytest.StashKey[dict[Path, "_Opened"]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where catalogs are that a plain `pytest` runs too, and where the host's plugins are."""
    parser.addini(
        "entitlements_catalogs",
        "catalog folders whose plan tests run with the tests of this project",
        type="paths",
        default=[],
    )
    group = parser.getgroup("entitlements", "plan tests of entitlements catalogs")
    group.addoption(
        "--entitlements-plugins",
        metavar="DIR",
        type=Path,
        help="folder of plugin files that the plan tests' catalogs need, besides the installed plugins",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Adds the catalogs of the ini file to what is run when nothing in particular is asked for."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return
    for folder in config.getini("entitlements_catalogs"):
        if not (folder / "catalog.yaml").is_file():
            msg = f"entitlements_catalogs: {folder} holds no catalog.yaml, so it is not a catalog folder"
            raise pytest.UsageError(msg)
        if (folder / "tests").is_dir():
            config.args.append(str(folder / "tests"))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PlanTestFile | None:
    """A plan test file, if this is one: `tests/*.yaml` of a folder that holds a catalog.yaml."""
    if file_path.suffix not in (".yaml", ".yml") or file_path.name.startswith("."):
        return None
    for folder in file_path.parents:
        if folder.name == "tests" and (folder.parent / "catalog.yaml").is_file():
            return PlanTestFile.from_parent(parent, path=file_path, catalog=folder.parent)
    return None


class PlanTestFile(pytest.File):
    """One file of plan tests."""

    def __init__(self, *, catalog: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.catalog = catalog

    def collect(self) -> Iterator[PlanTestItem]:
        opened = _opened(self.config, self.catalog)
        problems = opened.problems_for(self.path)
        if problems:
            raise self.CollectError("\n".join(map(str, problems)))
        if opened.runner is None:
            msg = f"{self.catalog.name} cannot be used; the first error of its plan tests says why"
            raise self.CollectError(msg)
        for test in opened.tests_in(self.path):
            yield PlanTestItem.from_parent(self, name=test.name, test=test, runner=opened.runner)


class PlanTestItem(pytest.Item):
    """One plan test."""

    def __init__(self, *, test: PlanTest, runner: Runner, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.test = test
        self.runner = runner

    def runtest(self) -> None:
        result = self.runner.run(self.test)
        if not result.passed:
            raise _NotAsExpected(result)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.test.mark.line - 1, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from entitlements.testing.telling import told

        error = excinfo.value
        if isinstance(error, _NotAsExpected):
            return "\n\n".join("\n".join(told(failure)) for failure in error.result.failures)
        return super().repr_failure(excinfo, style)


class _NotAsExpected(Exception):
    """A plan test that failed; shown in its own words, without a traceback."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.test.name)
        self.result = result


class _Opened:
    """A catalog whose plan tests are run, read once however many files it has."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._paths = {shown: path.resolve() for shown, path in suite.found.reading.paths.items()}
        self._untold = True
        self.runner = suite.runner()

    def problems_for(self, path: Path) -> list[Problem]:
        """What is wrong with the file at `path`; for whoever asks first, with the rest of the catalog too."""
        others, self._untold = self._untold, False
        files = {document.file for document in self._suite.found.reading.of_kind("plan-tests")}
        return [
            problem
            for problem in self._suite.problems
            if (
                self._paths.get(problem.mark.file) == path.resolve() if problem.mark.file in files else others
            )
        ]

    def tests_in(self, path: Path) -> list[PlanTest]:
        return [test for test in self._suite.tests if self._paths[test.mark.file] == path.resolve()]


def _opened(config: pytest.Config, catalog: Path) -> _Opened:
    from entitlements.errors import PluginError
    from entitlements.plugin_manager import load_plugins
    from entitlements.testing.suite import suite_in

    opened = config.stash.setdefault(_SUITES, {})
    if catalog not in opened:
        try:
            plugins = load_plugins(folder=config.getoption("entitlements_plugins"))
        except PluginError as error:
            raise pytest.Collector.CollectError(str(error)) from None
        # Messages name files as seen from where pytest was started, so that an editor can open them.
        here = Path.cwd()
        shown = Path(os.path.relpath(catalog, here)) if catalog.is_relative_to(here) else catalog
        opened[catalog] = _Opened(suite_in(shown, plugins))
    return opened[catalog]
