"""Broken lint hooks and observers, and plugins that write where the answer goes."""

from __future__ import annotations

import importlib
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from entitlements.catalog.load import shipped_folder
from entitlements.cli.main import run as run_cli
from entitlements.plugin_manager import load_plugins
from entitlements.testing.findings import Findings, findings_in
from tests.faults.worlds import ROOT, entry_points, install, opened

pytestmark = pytest.mark.usefixtures("installed")
HOOKS = entry_points("fault_hooks")
LINTS = [name for name in HOOKS if name.startswith("lint_") and name != "lint_interrupts"]
OBSERVERS = [name for name in HOOKS if name.startswith("decided_") and name != "decided_interrupts"]
SOUND_LINTS = {"lint_mutates"}


def found_with(*plugins: str) -> Findings:
    return findings_in(shipped_folder(), load_plugins(allow=plugins))


@pytest.mark.parametrize("name", LINTS)
def test_a_lint_that_fails_is_one_problem_and_the_others_stay(name: str) -> None:
    problems = found_with(name, "witness").problems
    assert "L999" in {problem.code for problem in problems}, "what the witness says"
    failed = [problem for problem in problems if problem.code == "P502"]
    assert len(failed) == (0 if name in SOUND_LINTS else 1)
    assert all(f'plugin "{name}"' in problem.message for problem in failed)
    json.dumps([problem.to_json() for problem in problems])
    assert [str(problem) for problem in problems]


def test_all_lints_that_fail_are_named_at_once() -> None:
    problems = found_with(*LINTS, "witness").problems
    named = {name for name in LINTS for p in problems if p.code == "P502" and f'"{name}"' in p.message}
    assert named == {*LINTS} - SOUND_LINTS


def test_a_lint_that_is_interrupted_is_interrupted() -> None:
    with pytest.raises(KeyboardInterrupt):
        found_with("lint_interrupts")


def test_a_lint_cannot_change_the_catalog() -> None:
    reading = found_with("lint_mutates", "witness").reading
    assert reading.catalog is not None
    assert reading.catalog.key == "commcare"
    assert "pro" in reading.catalog.plans
    assert "api_access" in reading.catalog.plans["pro"].features


@pytest.mark.parametrize("name", OBSERVERS)
def test_an_observer_that_fails_changes_nothing(name: str, caplog: pytest.LogCaptureFixture) -> None:
    hooks: Any = importlib.import_module("fault_hooks")
    witness: Any = importlib.import_module("witness")
    engine = opened(name, "witness")
    hooks.engine = engine
    hooks.told.clear()
    witness.heard.clear()
    with caplog.at_level(logging.ERROR, "entitlements"):
        for _ in range(20):
            assert engine.check("space", "witnessed").allowed
            assert engine.check("space", "shut").checker == "witness"
            assert engine.allows("space", "witnessed")
    assert witness.heard[-1:] == ["shut"]
    lines = [record for record in caplog.records if name in record.getMessage()]
    fails = name.split("_", 1)[1] in {"raises", "exits", "recurses", "exhausts", "silent"}
    assert len(lines) == (1 if fails else 0), "one line a minute"
    assert "secret-canary" not in caplog.text


def test_an_observer_that_is_interrupted_is_interrupted() -> None:
    engine = opened("decided_interrupts")
    with pytest.raises(KeyboardInterrupt):
        engine.check("space", "api_access")
    assert engine.allows("space", "api_access")


def test_observers_that_ask_again_do_not_ask_for_ever(apart: Any) -> None:
    told = apart("""
import json, logging, importlib, time
logging.disable()
hooks = importlib.import_module("fault_hooks")
from tests.faults.worlds import opened
hooks.engine = engine = opened("decided_asks", "decided_asks_again", "witness")
begun = time.monotonic()
allowed = engine.check("space", "api_access").allowed
print(json.dumps({"allowed": allowed, "told": len(hooks.told), "took": time.monotonic() - begun}))
""")
    assert told["allowed"]
    assert told["took"] < 5


COMMANDS = [
    ["check", "demo-health", "api_access", "--json"],
    ["check", "demo-health", "cap.mobile_users", "--json"],
    ["plugins", "--json"],
    ["plugins", "--feature", "api_access", "--json"],
    ["validate", "--json"],
    ["validate", "nowhere", "--json"],
    ["test", "--json"],
    ["show", "plan", "pro", "--json"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_json_stays_json_whatever_a_plugin_prints(command: list[str], tmp_path: Path) -> None:
    site = install(tmp_path / "site", "fault_prints")
    plans = tmp_path / "plans"
    shutil.copytree(shipped_folder(), plans, ignore=shutil.ignore_patterns("__*"))
    core = plans / "features" / "core.yaml"
    text = core.read_text(encoding="utf-8")
    core.write_text(
        text.replace("  api_access:\n", "  api_access:\n    checks: {loud: {}}\n"), encoding="utf-8"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-m", "entitlements", *command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert json.loads(done.stdout)["schema"].startswith("entitlements/")
    if command[0] == "check":
        assert "printed in check" in done.stderr or "usage" in done.stderr, "what is printed is not lost"


def test_the_command_line_runs_without_a_real_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_cli(["--catalog", "shipped", "show", "plan", "pro", "--json"])
    assert json.loads(capsys.readouterr().out)
