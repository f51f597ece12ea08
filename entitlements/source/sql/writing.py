"""What a change writes within its transaction: the rows that differ, and the audit row."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, delete, insert, select, text, update

from entitlements.source.audit import next_row
from entitlements.source.rows import Rows
from entitlements.source.sql.tables import AUDIT, AUDIT_HEAD, OF_RECORD, SUBJECTS

# Both databases read this alike: it locks the subject until the transaction ends, whether known or not. A
# subject of which only usage is known has revision 0.
_LOCK = text(
    "INSERT INTO entitlements_subjects AS known (subject, revision) VALUES (:subject, -1) "
    "ON CONFLICT (subject) DO UPDATE SET revision = known.revision RETURNING revision"
)
#: What PostgreSQL sends to all who listen, when the transaction commits.
CHANNEL = "entitlements_changes"
NOTIFY = text(f"NOTIFY {CHANNEL}")
_HEAD = select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash).with_for_update()
_PARTS = tuple((part, table) for part, table in OF_RECORD.items() if table is not SUBJECTS)


def lock(connection: Connection, subject: str) -> bool:
    """Let nobody else change `subject` before the transaction ends; whether it is known."""
    revision: int = connection.execute(_LOCK, {"subject": subject}).scalar_one()
    return revision >= 0


def write(connection: Connection, old: Rows, new: Rows) -> None:
    """Write what differs. All that goes is gone before anything comes, so that nothing collides midway."""
    for part, table in reversed(_PARTS):
        if gone := [row for row in old[part] if row not in new[part]]:
            connection.execute(_deletes(table), [_key_of(table, row) for row in gone])
    (subject,) = new["subjects"]
    values = dict(zip(SUBJECTS.c.keys(), subject, strict=True))
    connection.execute(update(SUBJECTS).where(SUBJECTS.c.subject == subject[0]).values(values))
    for part, table in _PARTS:
        if come := [row for row in new[part] if row not in old[part]]:
            connection.execute(insert(table), [dict(zip(table.c.keys(), row, strict=True)) for row in come])


def append(connection: Connection, values: tuple[Any, ...]) -> None:
    """Add the audit row of `values`. From here to the commit, every other change waits at this point."""
    seq, previous = connection.execute(_HEAD).one()
    row = next_row((seq, previous), values)
    connection.execute(insert(AUDIT), asdict(row))
    connection.execute(update(AUDIT_HEAD).values(seq=row.seq, hash=row.hash))


def _deletes(table: Table) -> Any:
    same = (column == bindparam(f"old_{column.name}") for column in table.primary_key)
    return delete(table).where(and_(*same))


def _key_of(table: Table, row: tuple[Any, ...]) -> dict[str, Any]:
    """The parameters of `_deletes`; the columns of a primary key come first in each table."""
    return {f"old_{column.name}": row[place] for place, column in enumerate(table.primary_key)}
