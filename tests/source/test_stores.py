"""Every store obeys one contract; a store with one fault is caught by the rule for it."""

from __future__ import annotations

from collections.abc import Callable

from entitlements import MemoryStore
from entitlements.testing import counting_conformance, store_conformance
from tests.source.stores import opened


def test_a_memory_store_conforms() -> None:
    assert store_conformance(MemoryStore).notes == ()


def test_a_store_on_sqlite_conforms(sqlite: Callable[[], str]) -> None:
    assert store_conformance(lambda: opened(sqlite())).notes == ()


def test_a_store_on_postgresql_conforms(postgres: Callable[[], str]) -> None:
    assert store_conformance(lambda: opened(postgres())).notes == ()


def test_a_memory_store_counts() -> None:
    counting_conformance(MemoryStore)


def test_a_store_on_sqlite_counts(sqlite: Callable[[], str]) -> None:
    counting_conformance(lambda: opened(sqlite()))


def test_a_store_on_postgresql_counts(postgres: Callable[[], str]) -> None:
    counting_conformance(lambda: opened(postgres()))
