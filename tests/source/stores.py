"""Stores for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from entitlements import SqlStore
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import upgrade

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def opened(url: str) -> SqlStore:
    """A store at `url`, with tables."""
    database = Database(url)
    upgrade(database)
    database.close()
    return SqlStore(url)
