"""Seats in memory: what MemoryStore holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from entitlements.errors import StoreError
from entitlements.fork_safety import renew_after_fork
from entitlements.source.seats import (
    Answer,
    Difference,
    Hold,
    Room,
    Start,
    begun_with,
    difference,
    mended,
    refuses,
    same_again,
)


class MemorySeats:
    """Seats that are forgotten with the process."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], dict[str, tuple[Room, Hold]]] = {}
        self._begun: set[Room] = set()
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        self._lock = threading.Lock()

    def reserve(
        self,
        room: Room,
        wish: Hold,
        *,
        limit: int | None = None,
        starts_at: Start = None,
        connection: Any = None,
    ) -> Answer:
        _refuse_connection(connection)
        with self._lock:
            held = self._held.setdefault((room.subject, room.cap), {})
            for ended in [k for k, (_, hold) in held.items() if not hold.holds_at(wish.since)]:
                del held[ended]
            begins = starts_at if isinstance(starts_at, int) and room not in self._begun else None
            total = self._total(room, wish.since, begins)
            where, mine = held.get(wish.key, (room, None))
            others = total if total is None or mine is None or where != room else total - mine.n
            if mine is not None:
                same_again(room, mine, wish.n)
            elif refuses(others, wish.n, limit, starts_at):
                return Answer(None, others)
            if begins is not None:
                self._mend(room, begins, wish.since)
            if mine is None:
                held[wish.key] = room, wish
            return Answer(mine or wish, others)

    def commit(self, room: Room, key: str, *, at: datetime, connection: Any = None) -> Hold | None:
        return self._put(room, key, at, connection, lambda hold: replace(hold, until=None))

    def release(self, room: Room, key: str, *, at: datetime, connection: Any = None) -> Hold | None:
        return self._put(room, key, at, connection, lambda _: None)

    def used(self, room: Room, *, at: datetime, starts_at: int | None = None) -> int | None:
        with self._lock:
            return self._total(room, at, starts_at)

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
        by: str | None = None,
        because: str | None = None,
        connection: Any = None,
    ) -> Difference:
        _refuse_connection(connection)
        with self._lock:
            holds = self._holds_in(room, at)
            if mend:
                self._mend(room, counted, at, by, because)
            return difference(holds, counted)

    def _mend(
        self,
        room: Room,
        counted: int | Mapping[str, int],
        at: datetime,
        by: str | None = None,
        because: str | None = None,
    ) -> None:
        held = self._held.setdefault((room.subject, room.cap), {})
        gone, come = mended(room, self._holds_in(room, at), counted, at, by, because)
        for key in gone:
            held.pop(key, None)
        held.update({hold.key: (room, hold) for hold in come})
        self._begun.add(room)

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

    def _total(self, room: Room, at: datetime, starts_at: int | None) -> int | None:
        holds = self._holds_in(room, at)
        if room in self._begun:
            return sum(hold.n for hold in holds)
        return None if starts_at is None else begun_with(holds, starts_at)

    def _holds_in(self, room: Room, at: datetime) -> list[Hold]:
        return [hold for where, hold in self._alive(room.subject, room.cap, at) if where == room]

    def _alive(self, subject: str, cap: str, at: datetime) -> Iterator[tuple[Room, Hold]]:
        return (kept for kept in self._held.get((subject, cap), {}).values() if kept[1].holds_at(at))


def _refuse_connection(connection: Any) -> None:
    if connection is not None:
        msg = "what is kept in memory has no part in a transaction"
        raise StoreError(msg, hint="leave `connection` out, or open the engine on a SqlStore")
