"""Seats in a database: one conditional UPDATE decides who gets the last one, and a CHECK stands behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, text, update

from entitlements.clock import from_us, to_us
from entitlements.source.changing import is_storable
from entitlements.source.seats import (
    Answer,
    Difference,
    Hold,
    Room,
    Start,
    begun_with,
    difference,
    mended,
    same_again,
)
from entitlements.source.sql.database import Database
from entitlements.source.sql.tables import SEAT_COUNTS, SEAT_HOLDS

_COUNT, _HOLD = SEAT_COUNTS.c, SEAT_HOLDS.c
_KEPT = (_HOLD.name, _HOLD.n, _HOLD.since_at, _HOLD.until_at, _HOLD.done_by, _HOLD.because)
# Whoever does this first goes first: all others of this room wait until its transaction ends. A count that
# has not begun is NULL: nothing is added to it, and no limit is above it.
_LOCK = text(
    "INSERT INTO entitlements_seat_counts AS known (subject, cap, period, held) "
    "VALUES (:subject, :cap, :period, NULL) "
    "ON CONFLICT (subject, cap, period) DO UPDATE SET held = known.held RETURNING held"
)
_TAKE = text(
    "UPDATE entitlements_seat_counts SET held = held + :n, allowed = :allowed "
    "WHERE subject = :subject AND cap = :cap AND period = :period "
    "AND (CAST(:allowed AS BIGINT) IS NULL OR held + :n <= CAST(:allowed AS BIGINT)) RETURNING held"
)
# These are done for each seat, so they are not put together anew each time.
_KEPT_OR_ENDED = text(
    "SELECT name, n, since_at, until_at, done_by, because, period FROM entitlements_seat_holds "
    "WHERE subject = :subject AND cap = :cap AND (name = :name OR until_at <= :at)"
)
_KEEP = text(
    "INSERT INTO entitlements_seat_holds "
    "(subject, cap, name, period, n, since_at, until_at, done_by, because) "
    "VALUES (:subject, :cap, :name, :period, :n, :since_at, :until_at, :done_by, :because)"
)


class SqlSeats:
    """The seats of a SqlStore. Errors on a connection that a caller passes stay what SQLAlchemy raises,

    so that the caller's own ways to try a transaction again know them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def reserve(
        self,
        room: Room,
        wish: Hold,
        *,
        limit: int | None = None,
        starts_at: Start = None,
        connection: Connection | None = None,
    ) -> Answer:
        where, at = _where(room), wish.since
        with self._writing(connection) as own:
            held: int | None = own.execute(_LOCK, where).scalar_one()
            if held is None and isinstance(starts_at, int):
                held = _mend(own, room, starts_at, at)
            kept = own.execute(_KEPT_OR_ENDED, {**where, "name": wish.key, "at": to_us(at)}).all()
            mine = next((row for row in kept if _hold(row).holds_at(at)), None)
            if len(kept) > (mine is not None):
                freed = _end_leases(own, room, at)
                held = held - freed if held is not None else None
            if mine is not None:
                again = same_again(room, _hold(mine), wish.n)
                mine_here = again.n if mine[-1] == where["period"] else 0
                return Answer(again, held - mine_here if held is not None else None)
            wanted = {**where, "n": wish.n, "allowed": limit}
            if (held is None and starts_at is None) or own.execute(_TAKE, wanted).first() is None:
                if connection is None:
                    own.rollback()
                return Answer(None, held)
            own.execute(_KEEP, _row(room, wish))
            return Answer(wish, held)

    def commit(
        self, room: Room, key: str, *, at: datetime, connection: Connection | None = None
    ) -> Hold | None:
        with self._writing(connection) as own:
            settled = update(SEAT_HOLDS).where(*_of(room), _HOLD.name == key, _alive(at))
            row = own.execute(settled.values(until_at=None).returning(*_KEPT)).first()
        return _hold(row) if row is not None else None

    def release(
        self, room: Room, key: str, *, at: datetime, connection: Connection | None = None
    ) -> Hold | None:
        where = _where(room)
        with self._writing(connection) as own:
            # The count is locked before the hold, as in `reserve`, so that no two wait for each other.
            own.execute(update(SEAT_COUNTS).where(*_count_of(room)).values(held=_COUNT.held))
            gone = delete(SEAT_HOLDS).where(*_of(room), _HOLD.name == key, _alive(at))
            row = own.execute(gone.where(_HOLD.period == where["period"]).returning(*_KEPT)).first()
            if row is None:
                return None
            own.execute(update(SEAT_COUNTS).where(*_count_of(room)).values(held=_COUNT.held - row.n))
        return _hold(row)

    def used(self, room: Room, *, at: datetime, starts_at: int | None = None) -> int | None:
        if not is_storable(room.subject):
            return starts_at
        ended = select(func.coalesce(func.sum(_HOLD.n), 0)).where(*_in(room), ~_alive(at))
        counted = select(_COUNT.held - ended.scalar_subquery()).where(*_count_of(room))
        held: int | None = self._database.read(lambda connection: connection.scalar(counted))
        if held is not None or starts_at is None:
            return held
        return begun_with(self._database.read(lambda connection: _holds_in(connection, room, at)), starts_at)

    def holds(self, subject: str, cap: str, *, at: datetime, most: int | None = None) -> list[Hold]:
        if not is_storable(subject):
            return []
        wanted = _alive_holds(Room(subject, cap), at).limit(most)
        return self._database.read(lambda connection: [_hold(row) for row in connection.execute(wanted)])

    def reconcile(
        self,
        room: Room,
        counted: int | Mapping[str, int],
        *,
        at: datetime,
        mend: bool = False,
        by: str | None = None,
        because: str | None = None,
        connection: Connection | None = None,
    ) -> Difference:
        if not mend:
            return difference(self.holds(room.subject, room.cap, at=at), counted)
        with self._writing(connection) as own:
            own.execute(_LOCK, _where(room))
            found = difference(_holds_in(own, room, at), counted)
            _end_leases(own, room, at)
            _mend(own, room, counted, at, by, because)
        return found

    @contextmanager
    def _writing(self, connection: Connection | None) -> Iterator[Connection]:
        if connection is not None:
            yield connection
            return
        with self._database.writing(hasty=True) as own:
            yield own


_DROP = text(
    "DELETE FROM entitlements_seat_holds WHERE subject = :subject AND cap = :cap "
    "AND period = :period AND name = :name"
)


def _where(room: Room) -> dict[str, Any]:
    return {"subject": room.subject, "cap": room.cap, "period": to_us(room.period) or 0}


def _of(room: Room) -> tuple[Any, ...]:
    return _HOLD.subject == room.subject, _HOLD.cap == room.cap


def _in(room: Room) -> tuple[Any, ...]:
    return *_of(room), _HOLD.period == _where(room)["period"]


def _count_of(room: Room) -> tuple[Any, ...]:
    return tuple(_COUNT[name] == value for name, value in _where(room).items())


def _alive(at: datetime) -> Any:
    return or_(_HOLD.until_at.is_(None), _HOLD.until_at > to_us(at))


def _alive_holds(room: Room, at: datetime) -> Any:
    return select(*_KEPT).where(*_of(room), _alive(at)).order_by(_HOLD.since_at.desc(), _HOLD.name)


def _holds_in(connection: Connection, room: Room, at: datetime) -> list[Hold]:
    wanted = _alive_holds(room, at).where(_HOLD.period == _where(room)["period"])
    return [_hold(row) for row in connection.execute(wanted)]


def _mend(
    connection: Connection,
    room: Room,
    counted: int | Mapping[str, int],
    at: datetime,
    by: str | None = None,
    because: str | None = None,
) -> int:
    """Hold what was counted, whatever the plan allows; how many that is, with the leases."""
    gone, come = mended(room, _holds_in(connection, room, at), counted, at, by, because)
    if gone:
        connection.execute(_DROP, [{**_where(room), "name": key} for key in gone])
    if come:
        connection.execute(_KEEP, [_row(room, hold) for hold in come])
    total = select(func.coalesce(func.sum(_HOLD.n), 0)).where(*_in(room)).scalar_subquery()
    counts = update(SEAT_COUNTS).where(*_count_of(room)).values(held=total, allowed=None)
    held: int = connection.execute(counts.returning(_COUNT.held)).scalar_one()
    return held


def _end_leases(connection: Connection, room: Room, at: datetime) -> int:
    """Give back what leases held that are over; how many seats that were."""
    over = delete(SEAT_HOLDS).where(*_of(room), _HOLD.until_at <= to_us(at)).returning(_HOLD.n)
    freed: int = sum(connection.scalars(over))
    if freed:
        connection.execute(update(SEAT_COUNTS).where(*_count_of(room)).values(held=_COUNT.held - freed))
    return freed


def _hold(row: Sequence[Any]) -> Hold:
    name, n, since, until, by, because = row[:6]
    return Hold(name, n, from_us(since), from_us(until), by, because)


def _row(room: Room, hold: Hold) -> dict[str, Any]:
    return {
        **_where(room),
        "name": hold.key,
        "n": hold.n,
        "since_at": to_us(hold.since),
        "until_at": to_us(hold.until),
        "done_by": hold.by,
        "because": hold.because,
    }
