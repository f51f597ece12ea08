"""Whoever is asked with the token of a change never answers by what was before it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.source.stores import opened

SCRIPT = Path(__file__).with_name("new_enemy.py")
KINDS = ["sqlite", "postgres"]


def wrong(url: str, trials: int, *kind: str) -> int:
    """How many of so many answers were wrong."""
    opened(url).close()
    command = [sys.executable, str(SCRIPT), url, str(trials), *kind]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, cwd=SCRIPT.parents[2]
    )
    assert done.returncode == 0, done.stderr
    found = int(done.stdout)
    asked = "without token" if kind else "with token"
    print(f"{url.partition(':')[0]}: {trials:,} trials {asked}: {found:,} wrong")  # noqa: T201  the figures
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_token_no_answer_is_older(kind: str, request: pytest.FixtureRequest) -> None:
    url: Callable[[], str] = request.getfixturevalue(kind)
    assert wrong(url(), 150) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_token_the_race_is_lost(kind: str, request: pytest.FixtureRequest) -> None:
    url: Callable[[], str] = request.getfixturevalue(kind)
    assert wrong(url(), 50, "blind") > 0


@pytest.mark.stress
@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_times_no_answer_is_older(kind: str, request: pytest.FixtureRequest) -> None:
    url: Callable[[], str] = request.getfixturevalue(kind)
    assert wrong(url(), 2_000) == 0
