"""Whether a store is sound: what its program and its triggers see to, looked at from outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, func, inspect, select, text

from entitlements.errors import StoreError
from entitlements.source.record_json import record_json
from entitlements.source.sql.audit import ALL_SUBJECTS, broken_within
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import upgrade_command, version_within
from entitlements.source.sql.reading import Reading
from entitlements.source.sql.tables import AUDIT, METADATA, SEAT_COUNTS, SEAT_HOLDS, SUBJECTS, VERSION
from entitlements.source.triggers import OVERLAPPING, TRIGGERS
from entitlements.subject import SubjectRecord

_AT_ONCE = 1_000
_NAME = re.compile(r"CREATE TRIGGER (\w+)")
_TRIGGERS_THERE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' AND pg_table_is_visible(tgrelid)",
}

_GONE = select(AUDIT.c.subject).where(AUDIT.c.subject.not_in(select(SUBJECTS.c.subject))).distinct()


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at, and what is wrong with it."""

    what: str
    words: str
    wrong: tuple[str, ...]


def checked(database: Database) -> Iterator[Checked]:
    """All there is to look at, as it was at one moment. What rests on a thing that is wrong is left out."""
    with database.snapshot() as connection:
        if database.is_sqlite:
            file = Checked("file", "the file", _of_file(connection))
            yield file
            if file.wrong:
                return
        tables = Checked("tables", f"the tables, of version {VERSION}", _of_tables(database, connection))
        yield tables
        if tables.wrong:
            return
        triggers = _of_triggers(database, connection)
        yield Checked("triggers", "the triggers that refuse what must not be", triggers)
        yield Checked("overlaps", "one subscription at a time", _of_overlaps(connection))
        broken = tuple(str(found) for found in broken_within(connection))
        yield Checked("audit", "the audit log, row by row", broken)
        yield Checked("seats", "the seats, held against who holds them", _of_seats(connection))
        records = tuple(_of_records(database, connection))
        yield Checked("records", "the records, held against the audit log", records)


def _of_file(connection: Connection) -> tuple[str, ...]:
    found = connection.scalars(text("PRAGMA integrity_check")).all()
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    broken = (line for line in found if line != "ok")
    return (*broken, *(f"row {row} of {table} belongs to no {parent}" for table, row, parent, _ in orphans))


def _of_tables(database: Database, connection: Connection) -> tuple[str, ...]:
    found = version_within(connection)
    if found is None:
        return (f"there are none yet; run: {upgrade_command(database)}",)
    if found != VERSION:
        way_out = "install the newer release" if found > VERSION else f"run: {upgrade_command(database)}"
        return (f"they are of version {found}, and this program is for {VERSION}; {way_out}",)
    there = set(inspect(connection).get_table_names())
    return tuple(f"{name} is missing" for name in METADATA.tables if name not in there)


def _of_triggers(database: Database, connection: Connection) -> tuple[str, ...]:
    kind = database.url.get_backend_name()
    there = set(connection.scalars(text(_TRIGGERS_THERE[kind])))
    wanted = chain.from_iterable(_NAME.findall(statement) for statement in TRIGGERS[kind])
    return tuple(f"the trigger {name} is missing or off" for name in wanted if name not in there)


def _of_overlaps(connection: Connection) -> tuple[str, ...]:
    return tuple(f'"{subject}" has two at once' for subject in connection.scalars(text(OVERLAPPING)))


def _of_seats(connection: Connection) -> tuple[str, ...]:
    """A count that has not begun says nothing, so it cannot be wrong."""
    count, hold = SEAT_COUNTS.c, SEAT_HOLDS.c
    room = count.subject, count.cap, count.period
    same = [column == hold[column.name] for column in room]
    held = select(func.coalesce(func.sum(hold.n), 0)).where(*same).scalar_subquery()
    wrong = select(count.subject, count.cap, count.held, held).where(count.held != held).order_by(*room)
    return tuple(
        f'"{subject}": {counted} of {cap} are counted, and {there} held'
        for subject, cap, counted, there in connection.execute(wrong)
    )


def _of_records(database: Database, connection: Connection) -> Iterator[str]:
    for subject in connection.scalars(_GONE):
        yield f'"{subject}" is gone without a row in the log'
    reading = Reading(database)
    subjects = connection.scalars(ALL_SUBJECTS).all()
    for start in range(0, len(subjects), _AT_ONCE):
        some = subjects[start : start + _AT_ONCE]
        logged = _last_rows(connection, some)
        for subject, record in _records(reading, connection, some):
            wrong = record if isinstance(record, str) else _compared(record, logged.get(subject))
            if wrong:
                yield f'"{subject}": {wrong}'


def _records(
    reading: Reading, connection: Connection, subjects: Sequence[str]
) -> Iterator[tuple[str, SubjectRecord | str]]:
    """Each subject with its record, or with what is wrong with its rows."""
    try:
        yield from reading.many_within(connection, subjects).items()
    except StoreError:
        for subject in subjects:
            try:
                yield from reading.many_within(connection, [subject]).items()
            except StoreError as error:
                yield subject, str(error)


def _last_rows(connection: Connection, subjects: Sequence[str]) -> dict[str, tuple[int, str]]:
    newest = select(func.max(AUDIT.c.seq)).where(AUDIT.c.subject.in_(subjects)).group_by(AUDIT.c.subject)
    rows = connection.execute(
        select(AUDIT.c.subject, AUDIT.c.revision, AUDIT.c.after).where(AUDIT.c.seq.in_(newest))
    )
    return {subject: (revision, after) for subject, revision, after in rows}


def _compared(record: SubjectRecord, logged: tuple[int, str] | None) -> str | None:
    """What is wrong with `record`, given the revision and record of the last row about it."""
    revision, after = logged or (0, record_json(SubjectRecord(record.subject)))
    if record.revision != revision:
        return f"it is at revision {record.revision}, and the log at {revision}"
    held, told = _but_usage(record_json(record)), _but_usage(after)
    differing = sorted(key for key in held.keys() | told.keys() if held.get(key) != told.get(key))
    return f"{', '.join(differing)} changed without a row in the log" if differing else None


def _but_usage(record: str) -> dict[str, Any]:
    """What is counted is written often, and not logged."""
    values: dict[str, Any] = json.loads(record)
    values.pop("usage", None)
    return values
