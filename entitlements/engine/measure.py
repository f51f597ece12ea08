"""How much is in use: what was counted, else what checkers measure, else what the record says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from entitlements.engine.compile import Program
from entitlements.errors import StoreError
from entitlements.source.protocol import Source
from entitlements.source.seats import Room
from entitlements.subject import SubjectRecord, Usage


def measure(program: Program, source: Source, record: SubjectRecord, key: str, at: datetime) -> Usage | None:
    """What was measured of feature or cap `key`; count None if that failed. None: nobody measures it."""
    for asker in program.measurers.get(key, ()):
        usage = asker.measure(record.subject, key, at)
        if usage is not None:
            return usage
    return _recorded(source, record).get(key)


def counted(source: Source, room: Room, at: datetime, measured: Callable[[], Usage | None]) -> Usage | None:
    """What is held in `room`; before counting begins there, what it would begin with."""
    book = getattr(source, "seat_book", None)
    if book is None:
        return measured()
    try:
        used = book.used(room, at=at)
        if used is not None:
            return Usage(used, measured_at=at)
        found = measured()
        start = start_of(room, found)
        used = None if start is None else book.used(room, at=at, starts_at=start)
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


def _recorded(source: Source, record: SubjectRecord) -> dict[str, Usage]:
    """A store is asked anew, for what is measured bumps no revision."""
    book = getattr(source, "usage_book", None)
    try:
        return dict(record.usage if book is None else book.current(record.subject))
    except StoreError:
        return dict(record.usage)
