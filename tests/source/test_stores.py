"""Every store obeys one contract; a store with one fault is caught by the rule for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from entitlements.source.memory import MemoryStore
from entitlements.source.protocol import Store
from entitlements.source.sql.store import SqlStore
from entitlements.testing import store_conformance

MakeStore = Callable[[], Store]


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[MakeStore]:
    made: list[SqlStore] = []
    numbers = count()

    def make() -> Store:
        made.append(SqlStore(f"sqlite:///{tmp_path}/{next(numbers)}.db"))
        return made[-1]

    yield make
    for store in made:
        store.close()


def test_a_memory_store_conforms() -> None:
    assert store_conformance(MemoryStore).notes == ()


def test_a_store_on_sqlite_conforms(sqlite: MakeStore) -> None:
    assert store_conformance(sqlite).notes == ()
