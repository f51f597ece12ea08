"""How connections to SQLite are made, so that they behave as those to a server do."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError

from entitlements.errors import StoreUnavailable

#: How long a writer waits for its turn: SQLite has one at a time.
_BUSY_SECONDS = 5.0
#: Seconds between two looks whether it has come.
_BETWEEN_LOOKS = (0.0003, 0.002)
BEGIN_TO_WRITE = "BEGIN IMMEDIATE"


def sqlite_engine(url: URL, **options: Any) -> Engine:
    """Connections to the file of `url`."""
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, **options)
    file = _File(Path(url.database or ""))
    event.listen(engine, "do_connect", file.must_be_there)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "connect", file.note)
    event.listen(engine, "checkout", file.must_be_the_same)
    event.listen(engine, "begin", _begin)
    return engine


class _File:
    """The file of a store. One that is gone is not made anew, empty; one that is put in its place is read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was_there = False

    def must_be_there(self, *_: Any) -> None:
        if self._was_there:
            self._identity()

    def note(self, _: Any, record: Any) -> None:
        record.info["file"] = self._identity()
        self._was_there = True

    def must_be_the_same(self, _: Any, record: Any, _fairy: Any) -> None:
        if record.info["file"] != self._identity():
            raise DisconnectionError  # the pool makes a new connection

    def _identity(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            msg = f"the file of the store {self._path} is gone ({type(error).__name__})"
            raise StoreUnavailable(msg, hint="put it back, or a copy of it") from error
        return found.st_dev, found.st_ino


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so
    connection.execute("PRAGMA foreign_keys = ON")
    _write_ahead(connection)


def _write_ahead(connection: Any) -> None:
    """Have readers and the writer not wait for each other. SQLite itself does not wait to switch to this."""
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except connection.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _begin(connection: Connection) -> None:
    """A writer takes its turn at once: were it to read first, that may be old by the time it writes."""
    begin = connection.get_execution_options().get("begin")
    if begin == BEGIN_TO_WRITE:
        _await_turn(connection)
    elif begin:
        connection.exec_driver_sql(begin)


def _await_turn(connection: Connection) -> None:
    """Begin to write when nobody else does, and look often and at odd times whether that is so.

    SQLite itself looks the more seldom the longer it has waited: where many write all the time, the one who
    waited longest would go on waiting until its time is over.
    """
    driver: Any = connection.connection.driver_connection
    hasty = connection.get_execution_options().get("hasty")
    driver.execute(f"PRAGMA synchronous = {'NORMAL' if hasty else 'FULL'}")
    driver.execute("PRAGMA busy_timeout = 0")
    end = time.monotonic() + _BUSY_SECONDS
    try:
        while time.monotonic() < end:
            try:
                driver.execute(BEGIN_TO_WRITE)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
                time.sleep(random.uniform(*_BETWEEN_LOOKS))  # noqa: S311  no secret
            else:
                return
        connection.exec_driver_sql(BEGIN_TO_WRITE)  # what this raises is told like any other error
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(_BUSY_SECONDS * 1000)}")
