"""Rows about stores: reading subjects that are in no cache, and changing one. Waiting for the disk counts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import insert

from benchmarks.table import Row
from benchmarks.world import keys, ladder, make_world, write_catalog
from entitlements import Catalog, Engine, Entry, SqlStore, SubjectRecord, load_catalog
from entitlements.source.rows import rows_of
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import upgrade
from entitlements.source.sql.tables import OF_RECORD
from tests.postgres import Server

_ENTRY = Entry("measure", "benchmarks", None, datetime(2026, 3, 1, tzinfo=UTC))
_AT_MOST_MS = {"SQLite": 1, "PostgreSQL": None}
_LOADS = 1_000
_CHANGES = 50


def store_rows(subjects: int, times: int, say: Callable[[str], None]) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder, durable_server() as server:
        plans = ladder(6, 80)
        write_catalog(Path(folder, "plans"), plans, keys("feature", 80))
        catalog = load_catalog(Path(folder, "plans"))
        urls = {"SQLite": f"sqlite:///{folder}/store.db", "PostgreSQL": server.url(server.new_database())}
        for name, url in urls.items():
            say(f"a store of {subjects:,} on {name}")
            store = _filled(url, subjects)
            each = (_loads, _load_many, partial(_spaces, catalog=catalog), _changes)
            one, many, spaces, change = (median(measured(store) for _ in range(times)) for measured in each)
            rows += [
                Row(f"a subject from {name}, one statement", "ms", (one * 1e3,), _AT_MOST_MS[name]),
                Row(f"{subjects:,} subjects from {name}, one statement", "ms", (many * 1e3,)),
                Row(f"engine.entitlements_many, {subjects:,} cold on {name}", "ms", (spaces * 1e3,)),
                Row(f"a change on {name}, audit row and disk included", "ms", (change * 1e3,)),
            ]
            store.close()
    return rows


@contextmanager
def durable_server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        server = Server(Path(folder), durable=True)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _filled(url: str, subjects: int) -> SqlStore:
    """Put in at once; change by change, each on the disk, it would take minutes."""
    database = Database(url)
    upgrade(database)
    parts = [rows_of(replace(record, revision=1)) for record in make_world(subjects, 0).records]
    with database.writing() as connection:
        for part, table in OF_RECORD.items():
            rows = [dict(zip(table.c.keys(), row, strict=True)) for one in parts for row in one[part]]
            if rows:
                connection.execute(insert(table), rows)
    database.close()
    return SqlStore(url)


def _loads(store: SqlStore) -> float:
    subjects = list(store.subjects())[:_LOADS]
    before = perf_counter()
    for subject in subjects:
        store.load(subject)
    return (perf_counter() - before) / len(subjects)


def _load_many(store: SqlStore) -> float:
    subjects = list(store.subjects())
    before = perf_counter()
    found = store.load_many(subjects)
    took = perf_counter() - before
    if len(found) != len(subjects):
        msg = f"{len(found)} of {len(subjects)} subjects were found"
        raise ValueError(msg)
    return took


def _spaces(store: SqlStore, catalog: Catalog) -> float:
    subjects = list(store.subjects())
    engine = Engine.open(catalog, store, follow=False)
    before = perf_counter()
    engine.entitlements_many(subjects)
    return perf_counter() - before


def _changes(store: SqlStore) -> float:
    def earn(record: SubjectRecord) -> SubjectRecord:
        return replace(record, credits=record.credits + 1)

    before = perf_counter()
    for _ in range(_CHANGES):
        store.change("one", earn, _ENTRY)
    return (perf_counter() - before) / _CHANGES
