"""What the engine asks of wherever subject records are kept: to read (Source), and to change them (Store)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from entitlements.clock import Clock, aware
from entitlements.source.audit import AuditRow, Broken
from entitlements.source.seats import SeatBook
from entitlements.source.usage import UsageBook
from entitlements.subject import SubjectRecord

#: A pure function of the record as it is to the record as it shall be. What it raises stops the change.
Rule = Callable[[SubjectRecord], SubjectRecord]


@dataclass(frozen=True, slots=True)
class Token:
    """What a change gives back: a later check that carries it rests on this revision or a newer one."""

    subject: str
    revision: int

    def __str__(self) -> str:
        """`space@7`, for command lines and web requests; `Token.parse` reads it."""
        return f"{self.subject}@{self.revision}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The token that was written as `text`. Raises ValueError for anything else."""
        subject, at, revision = text.rpartition("@")
        if not at or not (revision.isascii() and revision.isdigit()):
            msg = f'"{text}" is no token; one looks like "my-space@7"'
            raise ValueError(msg)
        return cls(subject, int(revision))

    def outdates(self, record: SubjectRecord) -> bool:
        """Whether `record` is of the same subject, and of before the change this came from."""
        return record.subject == self.subject and record.revision < self.revision


@dataclass(frozen=True, slots=True)
class Entry:
    """What the audit log says of a change: the verb, who did it, why, and when."""

    what: str
    by: str
    because: str | None
    at: datetime

    def __post_init__(self) -> None:
        aware(self.at)


@dataclass(frozen=True, slots=True)
class Changes:
    """Which subjects changed after some position of the feed, and the position to ask from next."""

    position: int
    subjects: tuple[str, ...]


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

    def revision(self, subject: str) -> int | None:
        """The `revision` that `load` would find, for less than the whole record; None if it is not known."""
        ...

    def listen(self, changed: Callable[[str], None]) -> None:
        """Have `changed(subject)` called after each change of a record."""
        ...


class Store(Source, Protocol):
    """A Source that can be written. Everything is written through one method, so nothing can be forgotten."""

    def change(self, subject: str, rule: Rule, entry: Entry) -> Token:
        """Put `rule(record)` in place of the record of `subject`, its audit row with it, or nothing at all.

        A subject that nobody knows is handed over as a blank record. Nobody else changes the subject while
        the rule thinks, so it must neither wait nor come back here. The revision grows by one. Nothing is
        written if the rule raises, hands back what it was given, or an equal record of a known subject.
        Raises StoreConflict for what no store may hold, and StoreUnavailable.
        """
        ...

    def changes(self, since: int | None) -> Changes:
        """The subjects changed after `since`, in any order, once each. Of None: only the present position.

        A `since` from beyond the end, such as after an older backup was put back, brings all subjects.
        """
        ...

    def audit(self, subject: str | None = None, *, since: int = 0) -> Iterator[AuditRow]:
        """The rows of the audit log after number `since`, oldest first; of one subject, or of all."""
        ...

    def verify(self) -> Iterator[Broken]:
        """Every place where the audit log is not as it was written; nothing for one that is whole."""
        ...


class CountingStore(Store, Protocol):
    """A Store that also counts, which has ways of its own: it is done often, and alters no revision."""

    @property
    def seat_book(self) -> SeatBook:
        """Who holds seats, and what was used in a month."""
        ...

    @property
    def usage_book(self) -> UsageBook:
        """What was measured."""
        ...
