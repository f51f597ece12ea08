"""How much is in use: what was counted, else what checkers measure, else what the record says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from entitlements.engine.compile import Program
from entitlements.engine.guard import Guard
from entitlements.errors import StoreError
from entitlements.source.seats import Room
from entitlements.source.usage import UsageBook
from entitlements.subject import SubjectRecord, Usage


def usages_of(
    program: Program, guard: Guard, record: SubjectRecord, rooms: Mapping[str, Room | None], at: datetime
) -> dict[str, Usage]:
    """What is in use of each key by its room, for those that somebody measures; the store is read once."""
    recorded = cache(partial(_recorded, guard, record))
    found = {}
    for key, room in rooms.items():
        measured = partial(_measured, program, record.subject, key, at, recorded)
        usage = measured() if room is None else counted(guard, room, at, measured)
        if usage is not None:
            found[key] = usage
    return found


def measure(program: Program, guard: Guard, record: SubjectRecord, key: str, at: datetime) -> Usage | None:
    """What was measured of feature or cap `key`; count None if that failed. None: nobody measures it."""
    return _measured(program, record.subject, key, at, partial(_recorded, guard, record))


def _measured(
    program: Program, subject: str, key: str, at: datetime, recorded: Callable[[], Mapping[str, Usage]]
) -> Usage | None:
    for asker in program.measurers.get(key, ()):
        usage = asker.measure(subject, key, at)
        if usage is not None:
            return usage
    return recorded().get(key)


def counted(guard: Guard, room: Room, at: datetime, measured: Callable[[], Usage | None]) -> Usage | None:
    """What is held in `room`; before counting begins there, what it would begin with."""
    try:
        counts, used = guard.ask(lambda source: _counted_now(source, room, at))
        if used is not None:
            return Usage(used, measured_at=at)
        found = measured()
        start = start_of(room, found)
        if counts and start is not None:
            used = guard.ask(lambda source: _seat_book(source).used(room, at=at, starts_at=start))
    except StoreError:
        return Usage(None, unknown="the store does not answer")
    if used is None:
        return found
    same = found is not None and found.count == start
    return replace(found, count=used) if found is not None and same else Usage(used, measured_at=at)


def _counted_now(source: Any, room: Room, at: datetime) -> tuple[bool, int | None]:
    """Whether `source` counts at all, and what it has counted in `room`."""
    book = _seat_book(source)
    return book is not None, None if book is None else book.used(room, at=at)


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
