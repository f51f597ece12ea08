"""What the tests of stores share: empty databases of both kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from entitlements import Engine, FixedClock, MemoryStore
from tests.postgres import postgres, postgres_server
from tests.source.stores import NOON, opened

__all__ = ["postgres", "postgres_server"]


@pytest.fixture
def sqlite(tmp_path: Path) -> Callable[[], str]:
    """Gives the URL of a new empty database each time it is called."""
    numbers = count()
    return lambda: f"sqlite:///{tmp_path}/{next(numbers)}.db"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[Engine]:
    """On the shipped plans; "hill" has Pro, which includes 5 reports, hard, and 250 mobile users, soft."""
    if request.param == "memory":
        made = Engine.open(source=MemoryStore(), clock=clock)
        made.subscribe("hill", "pro", by="ada")
        yield made
        return
    store = opened(request.getfixturevalue({"sqlite": "sqlite", "postgresql": "postgres"}[request.param])())
    made = Engine.open(source=store, clock=clock)
    made.subscribe("hill", "pro", by="ada")
    yield made
    store.close()
