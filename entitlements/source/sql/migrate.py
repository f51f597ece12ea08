"""Making the tables."""

from __future__ import annotations

from sqlalchemy import insert, inspect

from entitlements.source.audit import NO_HASH
from entitlements.source.sql.database import Database
from entitlements.source.sql.tables import AUDIT_HEAD, METADATA
from entitlements.source.sql.triggers import POSTGRESQL, SQLITE


def migrate(database: Database) -> None:
    """Make the tables, unless they are there."""
    with database.writing() as connection:
        if inspect(connection).has_table("audit_head"):
            return
        METADATA.create_all(connection)
        connection.execute(insert(AUDIT_HEAD).values(id=1, seq=0, hash=NO_HASH))
        for trigger in SQLITE if database.is_sqlite else POSTGRESQL:
            connection.exec_driver_sql(trigger)
