"""Rows about seats: eight processes reserve at once, each for a subject of its own."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import text

from benchmarks.store import durable_server
from benchmarks.table import Row
from entitlements import Engine, SqlStore
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import upgrade

_PROCESSES = 8
#: A thousand a second, all processes together.
_AT_MOST_MS = {"SQLite": 1, "PostgreSQL": None}
_BARE = "UPDATE bare SET n = n + 1 WHERE id = {}"


def seat_rows(each: int, times: int, say: Callable[[str], None]) -> list[Row]:
    """What one reservation takes, while each of eight processes makes `each`; the median of `times`."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, durable_server() as server:
        urls = {"SQLite": f"sqlite:///{folder}/seats.db", "PostgreSQL": server.url(server.new_database())}
        for name, url in urls.items():
            say(f"seats from {_PROCESSES} processes on {name}")
            _prepare(url)
            found = [_round(url, f"{number}", each) for number in range(times)]
            took = median(reserving for _, reserving in found) * 1e3
            ratio = median(reserving / bare for bare, reserving in found)
            rows += [
                Row(f"a seat on {name}, of eight processes together", "ms", (took,), _AT_MOST_MS[name]),
                Row(f"a seat on {name}, to a bare UPDATE that waits for the disk", "×", (ratio,)),
            ]
    return rows


def _prepare(url: str) -> None:
    database = Database(url)
    upgrade(database)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE bare (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
        connection.execute(
            text("INSERT INTO bare VALUES (:number, 0)"), [{"number": number} for number in range(_PROCESSES)]
        )
    database.close()


def _round(url: str, name: str, each: int) -> tuple[float, float]:
    """Seconds that a bare UPDATE takes, and a reservation, all processes together."""
    context = get_context("spawn")
    barrier, told = context.Barrier(_PROCESSES), context.Queue()
    workers = [
        context.Process(
            target=_work, args=(url, f"{name}-{number}", number, each, barrier, told), daemon=True
        )
        for number in range(_PROCESSES)
    ]
    for worker in workers:
        worker.start()
    spans = [told.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    bare, reserving = (
        (max(span[kind][1] for span in spans) - min(span[kind][0] for span in spans)) / (each * _PROCESSES)
        for kind in (0, 1)
    )
    return bare, reserving


def _work(url: str, subject: str, number: int, each: int, barrier: Any, told: Any) -> None:
    """From when to when this process made its UPDATEs, and its reservations for a subject of its own."""
    with closing(SqlStore(url)) as store, closing(_connected(url)) as connection:
        seats = Engine.open(source=store, follow=False).seats(subject, "mobile_users")
        seats.reserve(key="first", starts_at=0)
        bare = _BARE.format(number)

        def update(_: int) -> None:
            connection.execute(bare)
            connection.commit()

        told.put(
            [_span(each, barrier, update), _span(each, barrier, lambda one: seats.reserve(key=f"key-{one}"))]
        )


def _span(each: int, barrier: Any, do: Callable[[int], object]) -> tuple[float, float]:
    barrier.wait(timeout=300)
    before = perf_counter()
    for one in range(each):
        do(one)
    return before, perf_counter()


def _connected(url: str) -> Any:
    """A connection of the driver itself, which waits for the disk as the store does."""
    if not url.startswith("sqlite"):
        return psycopg.connect(url)
    connection = sqlite3.connect(Path(url.removeprefix("sqlite:///")), timeout=60)
    connection.execute("PRAGMA synchronous = FULL")
    return connection
