"""Plan tests under pytest, in a process of their own, as in a project that has this package installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.small_catalog import FILES, edited, write

ROOT = Path(__file__).resolve().parents[2]
WRONG = edited("tests/plans.yaml", "{reports: allowed,", "{reports: denied,")
SECOND = "tests:\n  - name: Community is for free\n    given: {plan: free}\n    expect: {cap.users: 10}\n"
CHECKED = edited(
    "features/core.yaml",
    "{effect: closed}\n  reports",
    "{effect: closed}\n    checks: {never: {}}\n  reports",
)
CHECKER = """\
from entitlements import Checker, deny, hookimpl


class Never(Checker):
    name = "never"

    def check(self, question):
        return deny("Not ever")


@hookimpl
def entitlements_checkers():
    return [Never()]
"""
Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_pytest(tmp_path: Path) -> Pytest:
    """`run_pytest("plans/tests")` in a folder of its own; warnings are errors there, as they are here."""

    def called(*arguments: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        plugin = ("-p", "entitlements.testing.pytest_plugin")
        # The entry point of an installed package does the same; asking twice for one plugin is asking once.
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        environment.pop("PYTEST_ADDOPTS", None)
        command = (
            sys.executable,
            "-m",
            "pytest",
            *plugin,
            "-p",
            "no:cacheprovider",
            "-W",
            "error",
            *arguments,
        )
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)

    return called


@pytest.mark.parametrize("pointed_at", [".", "plans", "plans/tests", "plans/tests/plans.yaml"])
def test_each_test_is_an_item_when_pytest_is_pointed_at_them(
    pointed_at: str, run_pytest: Pytest, tmp_path: Path
) -> None:
    write(tmp_path / "plans", FILES)
    done = run_pytest(pointed_at, "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "plans/tests/plans.yaml::Pro has reports PASSED" in done.stdout
    assert "1 passed" in done.stdout


def test_a_failure_shows_line_expectation_answer_and_why_without_a_traceback(
    run_pytest: Pytest, tmp_path: Path
) -> None:
    write(tmp_path / "plans", WRONG)
    done = run_pytest("plans")
    assert done.returncode == 1
    shown = done.stdout.partition("Pro has reports")[2].partition("short test summary")[0]
    assert shown.splitlines()[1:-1] == [
        "plans/tests/plans.yaml:4: reports",
        "  4 |     expect: {reports: denied, cap.users: 50, support: email, baa: o…",
        "    |                       ^^^^^^",
        "  expected denied, got allowed",
        "    1. plan: plan pro@1 (plans/pro.yaml:1); product subscription, open-ended",
        "    2. inclusion: given by plan pro@1 (plans/pro.yaml:11)",
        "    → included: Reports is included in the Pro plan.",
    ]
    assert "FAILED plans/tests/plans.yaml::Pro has reports" in done.stdout


def test_a_word_chooses_tests_by_name(run_pytest: Pytest, tmp_path: Path) -> None:
    write(tmp_path / "plans", {**FILES, "tests/more.yaml": SECOND})
    assert "1 passed, 1 deselected" in run_pytest("plans", "-k", "free").stdout


def test_a_mistake_in_a_test_file_is_a_collection_error_in_plain_words(
    run_pytest: Pytest, tmp_path: Path
) -> None:
    files = edited("tests/plans.yaml", "{reports: allowed,", "{reprots: allowed,")
    write(tmp_path / "plans", {**files, "tests/more.yaml": SECOND})
    done = run_pytest("plans", "--continue-on-collection-errors")
    assert done.returncode == 1
    assert (
        'plans/tests/plans.yaml:4:14: T701 the test expects something of the unknown feature "reprots"; '
        'did you mean "reports"?'
    ) in done.stdout
    assert "1 passed, 1 error" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_mistake_in_the_catalog_is_told_once(run_pytest: Pytest, tmp_path: Path) -> None:
    files = edited("pro.yaml", "[reports,", "[reprots,")
    write(tmp_path / "plans", {**files, "tests/more.yaml": SECOND})
    done = run_pytest("plans")
    assert done.returncode == 2
    assert done.stdout.count('plans/pro.yaml:11:12: R301 plan "pro"') == 1
    assert "plans cannot be used; the first error of its plan tests says why" in done.stdout
    assert "2 errors" in done.stdout


def test_yaml_outside_a_catalog_is_left_alone(run_pytest: Pytest, tmp_path: Path) -> None:
    write(tmp_path, {"tests/plans.yaml": SECOND, "other.yaml": "a: 1\n"})
    assert "no tests ran" in run_pytest().stdout


def test_a_project_that_points_nowhere_near_a_catalog_pays_nothing(
    run_pytest: Pytest, tmp_path: Path
) -> None:
    found = "[m for m in sys.modules if m.startswith('entitlements.cat')]"
    code = f"import sys\n\ndef test_it():\n    assert not {found}\n"
    write(tmp_path, {"tests/test_it.py": code} | {f"plans/{name}": text for name, text in FILES.items()})
    done = run_pytest("tests")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_catalogs_of_the_ini_file_run_with_a_plain_pytest(run_pytest: Pytest, tmp_path: Path) -> None:
    ini = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\nentitlements_catalogs = ["software/plans"]\n'
    code = "def test_it():\n    pass\n"
    write(tmp_path, {"pyproject.toml": ini, "tests/test_it.py": code})
    write(tmp_path / "software" / "plans", FILES)
    assert "2 passed" in run_pytest().stdout
    assert "1 passed" in run_pytest("tests").stdout
    assert "2 passed" in run_pytest("-p", "xdist", "-n", "2").stdout


def test_an_ini_file_that_names_no_catalog_is_wrong_usage(run_pytest: Pytest, tmp_path: Path) -> None:
    write(tmp_path, {"pytest.ini": "[pytest]\nentitlements_catalogs = planz\n"})
    done = run_pytest()
    assert done.returncode == 4
    assert "planz holds no catalog.yaml, so it is not a catalog folder" in done.stderr


def test_xdist_runs_them_too(run_pytest: Pytest, tmp_path: Path) -> None:
    write(tmp_path / "plans", {**WRONG, "tests/more.yaml": SECOND})
    done = run_pytest("plans", "-p", "xdist", "-n", "2")
    assert "1 failed, 1 passed" in done.stdout
    assert "expected denied, got allowed" in done.stdout


def test_plugins_of_the_host_take_part(run_pytest: Pytest, tmp_path: Path) -> None:
    tests = "tests:\n  - name: A checker shuts it\n    given: {plan: pro}\n    expect: {exports: denied}\n"
    write(tmp_path / "plans", {**CHECKED, "tests/plans.yaml": tests})
    write(tmp_path / "checkers", {"never.py": CHECKER})
    done = run_pytest("plans")
    assert done.returncode == 2
    assert "R307" in done.stdout
    done = run_pytest("plans", "--entitlements-plugins", "checkers")
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_plugin_that_cannot_be_used_is_a_collection_error(run_pytest: Pytest, tmp_path: Path) -> None:
    write(tmp_path / "plans", FILES)
    write(tmp_path / "checkers", {"broken.py": "import nowhere_to_be_found\n"})
    done = run_pytest("plans", "--entitlements-plugins", "checkers")
    assert done.returncode == 2
    assert "nowhere_to_be_found" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_catalog_elsewhere_is_named_in_full(run_pytest: Pytest, tmp_path: Path) -> None:
    write(tmp_path / "plans", WRONG)
    (tmp_path / "here").mkdir()
    done = run_pytest(str(tmp_path / "plans"), cwd=tmp_path / "here")
    assert done.returncode == 1
    assert "plans/tests/plans.yaml:4: reports" in done.stdout
