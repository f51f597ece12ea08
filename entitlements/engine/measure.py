"""How much is in use: what was counted, else what checkers measure, else what the record says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from entitlements.engine.compile import Program
from entitlements.engine.guard import Guard
from entitlements.errors import StoreError
from entitlements.source.seats import Room
from entitlements.source.usage import UsageBook
from entitlements.subject import SubjectRecord, Usage


def measure(program: Program, guard: Guard, record: SubjectRecord, key: str, at: datetime) -> Usage | None:
    """What was measured of feature or cap `key`; count None if that failed. None: nobody measures it."""
    for asker in program.measurers.get(key, ()):
        usage = asker.measure(record.subject, key, at)
        if usage is not None:
            return usage
    return _recorded(guard, record).get(key)


def counted(guard: Guard, room: Room, at: datetime, measured: Callable[[], Usage | None]) -> Usage | None:
    """What is held in `room`; before counting begins there, what it would begin with."""
    try:
        if guard.ask(_seat_book) is None:
            return measured()
        used = guard.ask(lambda source: _seat_book(source).used(room, at=at))
        if used is not None:
            return Usage(used, measured_at=at)
        found = measured()
        start = start_of(room, found)
        if start is not None:
            used = guard.ask(lambda source: _seat_book(source).used(room, at=at, starts_at=start))
    except StoreError:
        return Usage(None, unknown="the store does not answer")
    if used is None:
        return found
    same = found is not None and found.count == start
    return replace(found, count=used) if found is not None and same else Usage(used, measured_at=at)


def start_of(room: Room, measured: Usage | None) -> int | None:
    """What counting begins with; None if that is not known. A month begins with 0."""
    if room.period is not None:
        at = measured.measured_at if measured is not None else None
        if measured is None or (at is not None and at < room.period):
            return 0
    return measured.count if measured is not None else None


def _recorded(guard: Guard, record: SubjectRecord) -> Mapping[str, Usage]:
    """A store is asked anew, for what is measured bumps no revision."""

    def current(source: Any) -> Mapping[str, Usage]:
        book: UsageBook | None = getattr(source, "usage_book", None)
        return record.usage if book is None else book.current(record.subject)

    try:
        return guard.ask(current, patient=not record.usage)
    except StoreError:
        return record.usage


def _seat_book(source: Any) -> Any:
    return getattr(source, "seat_book", None)
