"""A store that was away when it was to be opened: it is opened as soon as it answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from entitlements.clock import Clock
from entitlements.fork_safety import renew_after_fork
from entitlements.source.protocol import Changes, Store
from entitlements.subject import SubjectRecord


class LateStore:
    """Stands for the store that `open_it` gives. Each use tries to open it, and may fail at that."""

    clock: Clock | None = None

    def __init__(self, open_it: Callable[[], Any], why: Exception, *, deadline: float | None) -> None:
        #: What the first try raised.
        self.why = why
        #: Opening is waited for no longer than an answer.
        self.deadline = deadline
        self._open_it = open_it
        self._store: Any = None
        self._listeners: list[Callable[[str], None]] = []
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        self._lock = threading.Lock()

    def load(self, subject: str) -> SubjectRecord | None:
        record: SubjectRecord | None = self._opened().load(subject)
        return record

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        return self._opened().load_many(subjects)

    def subjects(self) -> Iterable[str]:
        return self._opened().subjects()

    def revision(self, subject: str) -> int | None:
        return self._opened().revision(subject)

    def changes(self, since: int | None) -> Changes:
        return self._opened().changes(since)

    def listen(self, changed: Callable[[str], None]) -> None:
        self._listeners.append(changed)

    def __getattr__(self, name: str) -> Any:
        """All else that the store can do."""
        return getattr(self._opened(), name)

    def _opened(self) -> Store:
        if self._store is None:
            opened = self._open_it()  # without the lock, as a try may hang
            with self._lock:
                if self._store is None:
                    opened.listen(self._tell)
                    self._store = opened
                else:
                    opened.close()
        store: Store = self._store
        return store

    def _tell(self, subject: str) -> None:
        for changed in self._listeners:
            changed(subject)
