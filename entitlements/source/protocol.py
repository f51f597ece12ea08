"""What the engine asks of wherever subject records are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from entitlements.clock import Clock
from entitlements.subject import SubjectRecord


class Source(Protocol):
    """Reads subject records. Any object with these methods will do."""

    #: A clock that replaces the system's, for sample data with a fixed `now`; None otherwise.
    clock: Clock | None

    def load(self, subject: str) -> SubjectRecord | None:
        """The record of `subject`; None if it is not known here."""
        ...

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        """The records of those `subjects` that are known."""
        ...

    def subjects(self) -> Iterable[str]:
        """All known subjects, sorted."""
        ...

    def listen(self, changed: Callable[[str], None]) -> None:
        """Have `changed(subject)` called after each change of a record."""
        ...
