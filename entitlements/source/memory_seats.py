"""Seats in memory: what MemoryStore holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from entitlements.errors import StoreError
from entitlements.fork_safety import renew_after_fork
from entitlements.source.seats import Answer, Difference, Hold, Room, difference, mended, same_again


class MemorySeats:
    """Seats that are forgotten with the process."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], dict[str, tuple[Room, Hold]]] = {}
        self._counted: set[Room] = set()
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        self._lock = threading.Lock()

    def reserve(
        self,
        room: Room,
        key: str,
        n: int,
        *,
        at: datetime,
        until: datetime | None = None,
        limit: int | None = None,
        connection: Any = None,
    ) -> Answer:
        _refuse_connection(connection)
        with self._lock:
            held = self._held.setdefault((room.subject, room.cap), {})
            for ended in [k for k, (_, hold) in held.items() if not hold.holds_at(at)]:
                del held[ended]
            others = sum(hold.n for k, (where, hold) in held.items() if where == room and k != key)
            if key in held:
                return Answer(same_again(room, held[key][1], n), others)
            if limit is not None and others + n > limit:
                return Answer(None, others)
            hold = Hold(key, n, at, until)
            held[key] = room, hold
            self._counted.add(room)
            return Answer(hold, others)

    def commit(self, room: Room, key: str, *, at: datetime, connection: Any = None) -> Hold | None:
        return self._put(room, key, at, connection, lambda hold: replace(hold, until=None))

    def release(self, room: Room, key: str, *, at: datetime, connection: Any = None) -> Hold | None:
        return self._put(room, key, at, connection, lambda _: None)

    def used(self, room: Room, *, at: datetime) -> int | None:
        with self._lock:
            if not any(_not_later(counted, room) for counted in self._counted):
                return None
            return sum(hold.n for where, hold in self._alive(room.subject, room.cap, at) if where == room)

    def holds(self, subject: str, cap: str, *, at: datetime, most: int | None = None) -> list[Hold]:
        with self._lock:
            found = [hold for _, hold in self._alive(subject, cap, at)]
        return sorted(sorted(found, key=lambda h: h.key), key=lambda h: h.since, reverse=True)[:most]

    def reconcile(
        self,
        room: Room,
        counted: int | Mapping[str, int],
        *,
        at: datetime,
        mend: bool = False,
        connection: Any = None,
    ) -> Difference:
        _refuse_connection(connection)
        with self._lock:
            holds = [hold for _, hold in self._alive(room.subject, room.cap, at)]
            found = difference(holds, counted)
            if mend:
                held = self._held.setdefault((room.subject, room.cap), {})
                gone, come = mended(holds, found, at)
                for key in gone:
                    del held[key]
                held.update({hold.key: (room, hold) for hold in come})
                self._counted.add(room)
            return found

    def _put(
        self, room: Room, key: str, at: datetime, connection: Any, change: Callable[[Hold], Hold | None]
    ) -> Hold | None:
        _refuse_connection(connection)
        with self._lock:
            held = self._held.get((room.subject, room.cap), {})
            where, hold = held.get(key, (room, None))
            if hold is None or not hold.holds_at(at):
                return None
            after = change(hold)
            if after is None:
                del held[key]
                return hold
            held[key] = where, after
            return after

    def _alive(self, subject: str, cap: str, at: datetime) -> Iterator[tuple[Room, Hold]]:
        return (kept for kept in self._held.get((subject, cap), {}).values() if kept[1].holds_at(at))


def _not_later(counted: Room, room: Room) -> bool:
    same = (counted.subject, counted.cap) == (room.subject, room.cap)
    return same and (counted.period is None or room.period is None or counted.period <= room.period)


def _refuse_connection(connection: Any) -> None:
    if connection is not None:
        msg = "what is kept in memory has no part in a transaction"
        raise StoreError(msg, hint="leave `connection` out, or open the engine on a SqlStore")
