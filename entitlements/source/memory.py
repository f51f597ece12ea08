"""Subject records in memory: for tests, and for hosts that keep them elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from entitlements.clock import Clock
from entitlements.fork_safety import renew_after_fork
from entitlements.subject import SubjectRecord


class MemorySource:
    """Holds records in a dict; `put` replaces one and tells every engine that listens."""

    def __init__(self, records: Iterable[SubjectRecord] = (), *, clock: Clock | None = None) -> None:
        self.clock = clock
        self._records = {record.subject: record for record in records}
        self._listeners: list[Callable[[str], None]] = []
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Make the lock anew; the records are replaced one by one, so they are whole."""
        self._lock = threading.Lock()

    def load(self, subject: str) -> SubjectRecord | None:
        return self._records.get(subject)

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        found = {subject: self._records.get(subject) for subject in subjects}
        return {subject: record for subject, record in found.items() if record is not None}

    def subjects(self) -> Iterable[str]:
        return sorted(self._records)

    def listen(self, changed: Callable[[str], None]) -> None:
        self._listeners.append(changed)

    def put(self, record: SubjectRecord) -> None:
        """Store `record` in place of what was known of its subject; its revision grows."""
        with self._lock:
            old = self._records.get(record.subject)
            revision = max(record.revision, old.revision + 1 if old else 0)
            self._records[record.subject] = replace(record, revision=revision)
        for changed in self._listeners:
            changed(record.subject)

    def remove(self, subject: str) -> None:
        """Forget `subject`."""
        with self._lock:
            self._records.pop(subject, None)
        for changed in self._listeners:
            changed(subject)
