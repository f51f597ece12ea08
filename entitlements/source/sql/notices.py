"""Notices of changes from PostgreSQL. They say that there is something to hear; the feed says what."""

from __future__ import annotations

import psycopg

from entitlements.errors import StoreUnavailable
from entitlements.source.sql.database import Database
from entitlements.source.sql.writing import CHANNEL


class Notices:
    """A connection of its own to the database, on which notices come in."""

    def __init__(self, database: Database) -> None:
        self._connection = database.own_connection()
        try:
            self._connection.autocommit = True
            self._connection.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error as error:
            self.close()
            msg = f"the store {database} gives no notices ({type(error).__name__})"
            raise StoreUnavailable(msg) from error

    def wait(self, seconds: float) -> bool:
        """Whether a change was made, as soon as it is. Raises StoreUnavailable if the connection broke."""
        try:
            return any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error as error:
            msg = "the connection for notices broke"
            raise StoreUnavailable(msg) from error

    def close(self) -> None:
        self._connection.close()
