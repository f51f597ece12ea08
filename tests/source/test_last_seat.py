"""Of many who want the last seat at the same time, exactly one gets it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.source.last_seat import RACES, TAKEN
from tests.source.stores import opened

SCRIPT = Path(__file__).parent / "last_seat.py"
#: In each race one wins; the last winner holds the one seat that the others left.
RIGHT = f"1 1 1 1 {TAKEN + 1}"


def outcomes(url: str, processes: int, rooms: int, *kind: str, minutes: int = 3) -> Counter[str]:
    """How often each outcome of a room came up."""
    opened(url).close()
    command = [sys.executable, str(SCRIPT), url, str(processes), str(rooms), *kind]
    began = time.monotonic()
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60 * minutes, cwd=SCRIPT.parents[2]
    )
    assert done.returncode == 0, done.stderr
    found = Counter(done.stdout.splitlines())
    right = found[RIGHT] * RACES
    print(  # noqa: T201  the figures of the proof
        f"{url.partition(':')[0]}: {rooms * RACES:,} races of {processes} processes {' '.join(kind)}: "
        f"{right:,} with one winner, {time.monotonic() - began:.0f} s"
    )
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_one_of_sixteen_gets_the_last_seat(kind: str, request: pytest.FixtureRequest) -> None:
    url: Callable[[], str] = request.getfixturevalue(kind)
    assert outcomes(url(), 16, 100) == {RIGHT: 100}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_reading_first_and_then_taking_is_caught(kind: str, request: pytest.FixtureRequest) -> None:
    url: Callable[[], str] = request.getfixturevalue(kind)
    assert outcomes(url(), 16, 8, "naive")[RIGHT] < 4


@pytest.mark.stress
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_one_of_sixty_four_gets_the_last_seat(kind: str, request: pytest.FixtureRequest) -> None:
    url: Callable[[], str] = request.getfixturevalue(kind)
    assert outcomes(url(), 64, 334, minutes=20) == {RIGHT: 334}
