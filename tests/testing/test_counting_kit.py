"""A store that counts with one fault is caught by the rule for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from entitlements import Entry, MemoryStore, StoreConflict
from entitlements.source.memory_seats import MemorySeats
from entitlements.source.seats import Answer, Difference, Hold, Room
from entitlements.source.usage import MemoryUsage
from entitlements.testing import counting_conformance, counting_findings

ENTRY = Entry("count", "a fault", None, datetime(2026, 3, 1, tzinfo=UTC))
reserve, used, commit = MemorySeats.reserve, MemorySeats.used, MemorySeats.commit


def seats(**methods: Any) -> Callable[[], Any]:
    """A maker of memory stores whose seats have other methods."""
    return lambda: with_books(seat_book=type("Seats", (MemorySeats,), methods)())


def usage(**methods: Any) -> Callable[[], Any]:
    """A maker of memory stores whose usage has other methods."""
    book = type("Usage", (MemoryUsage,), methods)

    def make() -> Any:
        store = MemoryStore()
        store.usage_book = book(store._records, lambda: store._lock)
        return store

    return make


def with_books(**books: Any) -> Any:
    store = MemoryStore()
    for name, book in books.items():
        setattr(store, name, book)
    return store


def one_too_many(self: Any, room: Room, wish: Hold, *, limit: int | None = None, **more: Any) -> Answer:
    return reserve(self, room, wish, limit=None if limit is None else limit + 1, **more)


def a_part(self: Any, room: Room, wish: Hold, **more: Any) -> Answer:
    answer = reserve(self, room, wish, **more)
    return answer if answer.hold or wish.n == 1 else a_part(self, room, replace(wish, n=wish.n - 1), **more)


def from_nothing(self: Any, room: Room, wish: Hold, *, starts_at: Any = None, **more: Any) -> Answer:
    return reserve(self, room, wish, starts_at=0 if starts_at is None else starts_at, **more)


def any_number(self: Any, room: Room, wish: Hold, **more: Any) -> Answer:
    try:
        return reserve(self, room, wish, **more)
    except StoreConflict:
        return Answer(wish, 0)


def by_month(self: Any, room: Room, wish: Hold, **more: Any) -> Answer:
    return reserve(self, room, replace(wish, key=f"{wish.key} {room.period}"), **more)


def ends_late(self: Any, room: Room, *, at: datetime, starts_at: int | None = None) -> int | None:
    return used(self, room, at=at.replace(second=0), starts_at=starts_at)


def stays_a_lease(self: Any, room: Room, key: str, *, at: datetime, **_: Any) -> Hold | None:
    found = next((h for h in self.holds(room.subject, room.cap, at=at) if h.key == key), None)
    return found and replace(found, until=None)


def keeps(self: Any, room: Room, key: str, *, at: datetime, **_: Any) -> Hold | None:
    return next((h for h in self.holds(room.subject, room.cap, at=at) if h.key == key), None)


def any_case(self: Any, room: Room, wish: Hold, **more: Any) -> Answer:
    return reserve(self, replace(room, subject=room.subject.lower()), wish, **more)


def mends_at_once(self: Any, room: Room, counted: Any, *, mend: bool = False, **more: Any) -> Difference:  # noqa: ARG001
    return MemorySeats.reconcile(self, room, counted, mend=True, **more)


def reads_then_takes(self: Any, room: Room, wish: Hold, *, limit: int | None = None, **more: Any) -> Answer:
    there = self.used(room, at=wish.since)
    if limit is not None and there is not None and there + wish.n > limit:
        return Answer(None, there)
    time.sleep(0.001)
    return reserve(self, room, wish, limit=limit if there is None else None, **more)


def keeps_the_last(self: Any, measured: Any, *, time_zone: str) -> int:
    rows = list(measured)
    for row in rows:
        self._records.pop(row.subject, None)
    return MemoryUsage.put(self, rows, time_zone=time_zone)


def row_by_row(self: Any, measured: Any, *, time_zone: str) -> int:
    return sum(MemoryUsage.put(self, [row], time_zone=time_zone) for row in measured)


def in_utc(self: Any, measured: Any, *, time_zone: str) -> int:
    rows = list(measured)
    zones = {row.subject: self._records[row.subject] for row in rows if row.subject in self._records}
    self._records.update({name: replace(record, time_zone=None) for name, record in zones.items()})
    put = MemoryUsage.put(self, rows, time_zone=time_zone)
    for name, record in zones.items():
        self._records[name] = replace(self._records[name], time_zone=record.time_zone)
    return put


def loud() -> Any:
    """Counting changes the record."""
    store = MemoryStore()

    def put(self: Any, measured: Any, *, time_zone: str) -> int:
        rows = list(measured)
        for row in rows:
            store.change(row.subject, lambda record: replace(record, credits=record.credits + 1), ENTRY)
        return MemoryUsage.put(self, rows, time_zone=time_zone)

    store.usage_book = type("Usage", (MemoryUsage,), {"put": put})(store._records, lambda: store._lock)
    return store


FAULTS = {
    "limit": [seats(reserve=one_too_many), seats(reserve=a_part)],
    "unknown": [seats(reserve=from_nothing)],
    "key": [seats(reserve=any_number), seats(reserve=by_month)],
    "lease": [seats(used=ends_late), seats(commit=stays_a_lease)],
    "release": [seats(release=keeps)],
    "rooms": [seats(reserve=any_case)],
    "reconcile": [seats(reconcile=mends_at_once)],
    "threads": [seats(reserve=reads_then_takes)],
    "quiet": [loud],
    "usage": [usage(put=keeps_the_last), usage(put=row_by_row)],
    "days": [usage(put=in_utc)],
}


@pytest.mark.parametrize(
    ("rule", "number"), [(rule, number) for rule, faults in FAULTS.items() for number in range(len(faults))]
)
def test_a_fault_is_caught_by_its_rule(rule: str, number: int) -> None:
    found = counting_findings(FAULTS[rule][number])
    assert rule in found.rules, str(found)


def test_findings_are_raised_together() -> None:
    with pytest.raises(AssertionError, match=r"MemoryStore: \d+ finding"):
        counting_conformance(seats(reserve=one_too_many))
