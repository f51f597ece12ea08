"""How much is in use: asked of the checkers that measure, else of the store, else read from the record."""

from __future__ import annotations

from datetime import datetime

from entitlements.engine.compile import Program
from entitlements.errors import StoreError
from entitlements.source.protocol import Source
from entitlements.source.seats import Room
from entitlements.subject import SubjectRecord, Usage


def measure(program: Program, subject: str, key: str, at: datetime) -> Usage | None:
    """Usage of feature or cap `key`; count None if measuring it failed. None: no checker measures it."""
    for asker in program.measurers.get(key, ()):
        usage = asker.measure(subject, key, at)
        if usage is not None:
            return usage
    return None


def kept_usage(
    source: Source, record: SubjectRecord, key: str, room: Room | None, at: datetime
) -> Usage | None:
    """Usage as it was counted in `room` or recorded. A store is asked anew: counting bumps no revision."""
    seats, book = getattr(source, "seat_book", None), getattr(source, "usage_book", None)
    try:
        used = seats.used(room, at=at) if seats is not None and room is not None else None
    except StoreError:
        return Usage(None, unknown="the store does not answer")
    if used is not None:
        return Usage(used, measured_at=at)
    try:
        usage: Usage | None = (record.usage if book is None else book.current(record.subject)).get(key)
    except StoreError:
        return record.usage.get(key)
    return usage
