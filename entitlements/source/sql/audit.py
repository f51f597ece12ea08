"""Reading the audit log: as the feed of changes, row by row, and to verify it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sqlalchemy import Connection, func, null, select, union_all

from entitlements.source.audit import NO_HASH, AuditRow, Broken, broken
from entitlements.source.protocol import Changes
from entitlements.source.sql.database import Database
from entitlements.source.sql.tables import AUDIT, AUDIT_HEAD, SUBJECTS

ALL_SUBJECTS = select(SUBJECTS.c.subject).order_by(SUBJECTS.c.subject)
_AT_ONCE = 1_000
#: Whoever puts rows in may well number them below 1.
_BEFORE_ALL = -(2**63)


def changes(connection: Connection, since: int | None) -> Changes:
    """Which subjects changed after `since`. Head and rows are read in one statement, so they fit together."""
    head = select(AUDIT_HEAD.c.seq, null())
    if since is None:
        return Changes(connection.execute(head).one()[0], ())
    later = (
        select(func.max(AUDIT.c.seq), AUDIT.c.subject).where(AUDIT.c.seq > since).group_by(AUDIT.c.subject)
    )
    rows = connection.execute(union_all(head, later)).all()
    position = next(number for number, name in rows if name is None)
    if since > position:
        # What was told beyond here is no more, so nothing is known of anybody.
        return Changes(position, tuple(connection.scalars(ALL_SUBJECTS)))
    return Changes(position, tuple(sorted(name for _, name in rows if name is not None)))


def audit_rows(database: Database, subject: str | None = None, *, since: int = 0) -> Iterator[AuditRow]:
    """The rows after number `since`, read some at a time, so that a long log fills no memory."""
    while True:
        rows = database.read(partial(_some_rows, since=since, subject=subject))
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        since = rows[-1].seq


def broken_within(connection: Connection) -> Iterator[Broken]:
    """Every place where the log is not as it was written, as the one snapshot of `connection` shows it."""
    head = connection.execute(select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash)).first()
    return broken(_all_rows(connection), tuple(head) if head else (0, NO_HASH))


def _all_rows(connection: Connection) -> Iterator[AuditRow]:
    since = _BEFORE_ALL
    while rows := _some_rows(connection, since):
        yield from rows
        since = rows[-1].seq


def _some_rows(connection: Connection, since: int, subject: str | None = None) -> list[AuditRow]:
    wanted = select(AUDIT).where(AUDIT.c.seq > since).order_by(AUDIT.c.seq).limit(_AT_ONCE)
    if subject is not None:
        wanted = wanted.where(AUDIT.c.subject == subject)
    return [AuditRow(*row) for row in connection.execute(wanted)]
