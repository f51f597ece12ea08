"""SqlStore: subject records in SQLite or PostgreSQL, with their audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import URL, select

from entitlements.clock import Clock
from entitlements.source.audit import AuditRow, Broken
from entitlements.source.changing import (
    audited,
    changed_record,
    is_storable,
    refuse_unstorable,
    values_refused,
)
from entitlements.source.protocol import Changes, Entry, Rule, Token
from entitlements.source.rows import rows_of
from entitlements.source.sql.audit import ALL_SUBJECTS, audit_rows, broken_within, changes
from entitlements.source.sql.database import Database, url_of_file
from entitlements.source.sql.journal import SqlJournal
from entitlements.source.sql.migrate import open_tables
from entitlements.source.sql.reading import Reading
from entitlements.source.sql.seats import SqlSeats
from entitlements.source.sql.tables import SUBJECTS
from entitlements.source.sql.usage import SqlUsage
from entitlements.source.sql.writing import NOTIFY, append, lock, write
from entitlements.subject import SubjectRecord

if TYPE_CHECKING:
    from entitlements.source.sql.notices import Notices


class SqlStore:
    """The store at `url`: `sqlite:///entitlements.db`, or `postgresql://…` where many machines share it."""

    clock: Clock | None = None
    #: Seconds that a check may wait for a record; all in all it then takes no tenth of one.
    deadline: float | None = 0.08

    def __init__(self, url: str | URL) -> None:
        self.database = Database(url)
        open_tables(self.database)
        self._reading = Reading(self.database)
        self.seat_book = SqlSeats(self.database)
        self.usage_book = SqlUsage(self.database)
        self.journal = SqlJournal(self.database)
        self._listeners: list[Callable[[str], None]] = []

    @classmethod
    def in_file(cls, path: str | Path) -> Self:
        """The store in the SQLite file at `path`, whatever characters that has."""
        return cls(url_of_file(path))

    def close(self) -> None:
        """Close the connections that are open. The store opens new ones if it is asked again."""
        self.database.close()

    def load(self, subject: str) -> SubjectRecord | None:
        return self._reading.one(subject)

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        return self._reading.many(subjects)

    def subjects(self) -> Iterable[str]:
        return self.database.read(lambda connection: list(connection.scalars(ALL_SUBJECTS)))

    def revision(self, subject: str) -> int | None:
        if not is_storable(subject):
            return None
        asked = select(SUBJECTS.c.revision).where(SUBJECTS.c.subject == subject)
        return self.database.read(lambda connection: connection.scalar(asked))

    def listen(self, changed: Callable[[str], None]) -> None:
        """Have `changed(subject)` called after each change that is made through this very object."""
        self._listeners.append(changed)

    def change(self, subject: str, rule: Rule, entry: Entry) -> Token:
        refuse_unstorable(subject)
        with self.database.writing() as connection:
            known = lock(connection, subject)
            before = self._reading.within(connection, subject) if known else None
            blank = SubjectRecord(subject)
            after = changed_record(before or blank, rule, known=known)
            if after is None:
                connection.rollback()
                return Token(subject, (before or blank).revision)
            with values_refused():
                write(connection, rows_of(before or blank), rows_of(after))
                append(connection, audited(before, after, entry))
            if not self.database.is_sqlite:
                connection.execute(NOTIFY)
        for changed in self._listeners:
            changed(subject)
        return Token(subject, after.revision)

    def notices(self) -> Notices | None:
        """What comes in when anybody changes something; None on SQLite, which sends nothing."""
        if self.database.is_sqlite:
            return None
        from entitlements.source.sql.notices import Notices

        return Notices(self.database)

    def changes(self, since: int | None) -> Changes:
        return self.database.read(lambda connection: changes(connection, since))

    def audit(self, subject: str | None = None, *, since: int = 0) -> Iterator[AuditRow]:
        return audit_rows(self.database, subject, since=since)

    def verify(self) -> Iterator[Broken]:
        with self.database.snapshot() as connection:
            yield from broken_within(connection)
