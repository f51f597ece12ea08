"""Stores for tests."""

from __future__ import annotations

from entitlements import SqlStore
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import upgrade


def opened(url: str) -> SqlStore:
    """A store at `url`, with tables."""
    upgrade(Database(url))
    return SqlStore(url)
