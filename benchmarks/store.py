"""Rows about stores: reading subjects that are in no cache, and changing one. Waiting for the disk counts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from sqlalchemy import insert

from benchmarks.table import Row
from benchmarks.world import make_world
from entitlements import Entry, SqlStore, SubjectRecord
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
    with tempfile.TemporaryDirectory() as folder, _server() as server:
        urls = {"SQLite": f"sqlite:///{folder}/store.db", "PostgreSQL": server.url(server.new_database())}
        for name, url in urls.items():
            say(f"a store of {subjects:,} on {name}")
            store = _filled(url, subjects)
            one, many, change = (
                median(each(store) for _ in range(times)) for each in (_loads, _load_many, _changes)
            )
            rows += [
                Row(f"a subject from {name}, one statement", "ms", (one * 1e3,), _AT_MOST_MS[name]),
                Row(f"{subjects:,} subjects from {name}, one statement", "ms", (many * 1e3,)),
                Row(f"a change on {name}, audit row and disk included", "ms", (change * 1e3,)),
            ]
            store.close()
    return rows


@contextmanager
def _server() -> Iterator[Server]:
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


def _changes(store: SqlStore) -> float:
    def earn(record: SubjectRecord) -> SubjectRecord:
        return replace(record, credits=record.credits + 1)

    before = perf_counter()
    for _ in range(_CHANGES):
        store.change("one", earn, _ENTRY)
    return (perf_counter() - before) / _CHANGES
