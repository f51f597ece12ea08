"""A store that is open while a process forks serves parent and children alike."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.source.stores import opened


def hold_after_forks(url: str) -> None:
    store = opened(url)
    command = [sys.executable, str(Path(__file__).with_name("forking.py")), url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    acknowledged, failed = map(int, done.stdout.split())
    assert failed == 0, done.stderr
    found = store.load("shared")
    assert found is not None
    assert found.credits == found.revision == acknowledged
    assert not list(store.verify())
    assert len(list(store.audit())) == acknowledged


def test_a_store_on_sqlite_is_safe_over_forks(sqlite: Callable[[], str]) -> None:
    hold_after_forks(sqlite())


def test_a_store_on_postgresql_is_safe_over_forks(postgres: Callable[[], str]) -> None:
    hold_after_forks(postgres())
