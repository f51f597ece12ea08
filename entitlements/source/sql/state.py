"""What there is to say of a store at a glance: where it is, its tables, and how much it holds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from entitlements.source.audit import AuditRow
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import version_within
from entitlements.source.sql.tables import AUDIT, AUDIT_HEAD, SUBJECTS, VERSION

_SERVER = {
    "sqlite": ("SQLite", "SELECT sqlite_version()"),
    "postgresql": ("PostgreSQL", "SHOW server_version"),
}


@dataclass(frozen=True, slots=True)
class StoreState:
    """A store as it was at one moment. What tables of another version do not tell is None."""

    url: str
    server: str
    #: Of the tables; None if there are none.
    version: str | None
    subjects: int | None = None
    changes: int | None = None
    last: AuditRow | None = None

    @property
    def ready(self) -> bool:
        """Whether this program can use it as it is."""
        return self.version == VERSION


def state_of(database: Database) -> StoreState:
    """What `database` holds, whether or not its tables are of this version."""
    with database.snapshot() as connection:
        version = version_within(connection)
        told = str(database), _server(database, connection), version
        if version != VERSION:
            return StoreState(*told)
        count = connection.scalar(select(func.count()).select_from(SUBJECTS))
        changes = connection.scalar(select(AUDIT_HEAD.c.seq))
        last = connection.execute(select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(1)).first()
        return StoreState(*told, count, changes, AuditRow(*last) if last else None)


def _server(database: Database, connection: Connection) -> str:
    name, ask = _SERVER[database.url.get_backend_name()]
    return f"{name} {connection.scalar(text(ask))}"
