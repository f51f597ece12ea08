"""Subject records in memory: for tests, and for hosts that keep them elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from entitlements.clock import Clock
from entitlements.fork_safety import renew_after_fork
from entitlements.source.audit import NO_HASH, AuditRow, Broken, broken, next_row
from entitlements.source.changing import audited, changed_record, refuse_overlap, refuse_unstorable
from entitlements.source.journal import MemoryJournal
from entitlements.source.memory_seats import MemorySeats
from entitlements.source.protocol import Changes, Entry, Rule, Token
from entitlements.source.usage import MemoryUsage
from entitlements.subject import SubjectRecord


class _Records:
    """Records in a dict, replaced one by one, so that whoever reads without the lock finds them whole."""

    def __init__(self, records: Iterable[SubjectRecord] = (), *, clock: Clock | None = None) -> None:
        self.clock = clock
        self._records = {record.subject: record for record in records}
        self._listeners: list[Callable[[str], None]] = []
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        self._lock = threading.Lock()

    def load(self, subject: str) -> SubjectRecord | None:
        return self._records.get(subject)

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        found = {subject: self._records.get(subject) for subject in subjects}
        return {subject: record for subject, record in found.items() if record is not None}

    def subjects(self) -> Iterable[str]:
        return sorted(self._records)

    def revision(self, subject: str) -> int | None:
        record = self._records.get(subject)
        return None if record is None else record.revision

    def listen(self, changed: Callable[[str], None]) -> None:
        self._listeners.append(changed)

    def _tell(self, subject: str) -> None:
        for changed in self._listeners:
            changed(subject)


class MemorySource(_Records):
    """Holds records in a dict; `put` replaces one and tells every engine that listens."""

    def put(self, record: SubjectRecord) -> None:
        """Store `record` in place of what was known of its subject; its revision grows."""
        with self._lock:
            old = self._records.get(record.subject)
            revision = max(record.revision, old.revision + 1 if old else 0)
            self._records[record.subject] = replace(record, revision=revision)
        self._tell(record.subject)

    def remove(self, subject: str) -> None:
        """Forget `subject`."""
        with self._lock:
            self._records.pop(subject, None)
        self._tell(subject)


class MemoryStore(_Records):
    """A Store that forgets everything with the process: what SqlStore does, for tests and for trying out."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__(clock=clock)
        self._audit: list[AuditRow] = []
        self.journal = MemoryJournal()
        self.seat_book = MemorySeats()
        self.usage_book = MemoryUsage(self._records, lambda: self._lock)

    def change(self, subject: str, rule: Rule, entry: Entry) -> Token:
        refuse_unstorable(subject)
        with self._lock:
            known = self._records.get(subject)
            before = known or SubjectRecord(subject)
            after = changed_record(before, rule, known=known is not None)
            if after is None:
                return Token(subject, before.revision)
            refuse_overlap(after)
            self._audit.append(next_row(_head(self._audit), audited(known, after, entry)))
            self._records[subject] = after
        self._tell(subject)
        return Token(subject, after.revision)

    def changes(self, since: int | None) -> Changes:
        with self._lock:
            position = len(self._audit)
            if since is None:
                return Changes(position, ())
            told = self._records if since > position else (row.subject for row in self._audit[since:])
            return Changes(position, tuple(sorted(set(told))))

    def audit(self, subject: str | None = None, *, since: int = 0) -> Iterator[AuditRow]:
        with self._lock:
            rows = self._audit[since:]
        return (row for row in rows if subject in (None, row.subject))

    def verify(self) -> Iterator[Broken]:
        with self._lock:
            rows = tuple(self._audit)
        return broken(rows, _head(rows))


def _head(rows: Sequence[AuditRow]) -> tuple[int, str]:
    return (rows[-1].seq, rows[-1].hash) if rows else (0, NO_HASH)
