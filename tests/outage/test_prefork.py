"""Workers forked from a process whose engine and store are open answer, hear of changes, and write."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.source.stores import opened


def serves_workers(url: str) -> None:
    store = opened(url)
    command = [sys.executable, str(Path(__file__).with_name("prefork.py")), url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "[0, 0, 0, 0] True", done.stderr
    assert not list(store.verify())
    store.close()


def test_workers_on_sqlite(sqlite: Callable[[], str]) -> None:
    serves_workers(sqlite())


def test_workers_on_postgresql(postgres: Callable[[], str]) -> None:
    serves_workers(postgres())
