"""Where the fault plugins are installed, and how code runs beside them in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.worlds import ROOT, install

INSTALLED = (
    "witness",
    "fault_answers",
    "fault_measures",
    "fault_deeds",
    "fault_hooks",
    "fault_load",
    "fault_prints",
    "fault_no_metadata",
)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages, as `pip install --target` leaves it."""
    target = install(tmp_path_factory.mktemp("site"), *INSTALLED)
    next(target.glob("fault_no_metadata-*/METADATA")).unlink()
    return target


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The fault plugins can be found by this process while the test runs."""
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.fixture
def apart(site: Path, tmp_path: Path) -> Callable[..., Any]:
    """`apart(code)`: what Python prints as JSON in a process that finds the plugins, within 10 s."""

    def run(code: str) -> Any:
        paths = os.pathsep.join([str(site), str(ROOT)])
        environment = {**os.environ, "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
