"""The rules of seats and of use by the month, for `counting_conformance`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from entitlements.source.protocol import CountingStore
from entitlements.source.seats import COUNTED, Answer, Hold, Room, SeatBook, Start
from entitlements.testing.conformance import Wants, in_threads

_NOON = datetime(2026, 3, 1, 12, 30, 15, 999_999, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_LEASE = timedelta(minutes=5)
_ROOM = Room("space", "mobile_users")


def _limit(store: CountingStore, want: Wants) -> None:
    seats = _begun(store)
    ann, ben = Hold("ann", 3, _NOON), Hold("ben", 3, _NOON)
    want("3 of 5", seats.reserve(_ROOM, ann, limit=5), Answer(ann, 0))
    want("3 more of 5", seats.reserve(_ROOM, ben, limit=5), Answer(None, 3))
    want("after a refusal there are", seats.used(_ROOM, at=_NOON), 3)
    two = replace(ben, n=2)
    want("2 more of 5", seats.reserve(_ROOM, two, limit=5), Answer(two, 3))
    cat = Hold("cat", 7, _NOON)
    want("7 more without a limit", seats.reserve(_ROOM, cat), Answer(cat, 5))
    want("1 more under a limit that is passed", seats.reserve(_ROOM, Hold("d", 1, _NOON), limit=5).hold, None)
    want("in the end there are", seats.used(_ROOM, at=_NOON), 12)
    held = {hold.key: hold.n for hold in seats.holds("space", "mobile_users", at=_NOON)}
    want("in the end these hold", held, {"ann": 3, "ben": 2, "cat": 7})


def _unknown(store: CountingStore, want: Wants) -> None:
    seats = store.seat_book
    want("what was never counted", seats.used(_ROOM, at=_NOON), None)
    want("what 4 would begin with", seats.used(_ROOM, at=_NOON, starts_at=4), 4)
    ann, ben = Hold("ann", 1, _NOON), Hold("ben", 2, _NOON, _NOON + _LEASE)
    starts: tuple[Start, ...] = (None, "unknown")
    for start in starts:
        want(
            f"a limit, starts_at={start!r}", seats.reserve(_ROOM, ann, limit=9, starts_at=start), (None, None)
        )
    want("no limit and no start", seats.reserve(_ROOM, ann), Answer(None, None))
    want("held all the same", seats.reserve(_ROOM, ann, starts_at="unknown"), Answer(ann, None))
    want("a lease", seats.reserve(_ROOM, ben, starts_at="unknown"), Answer(ben, None))
    want("what is held, but not all", seats.used(_ROOM, at=_NOON), None)
    # A host that counts 4 has counted what is settled, and not the leases.
    want("what 4 would begin with now", seats.used(_ROOM, at=_NOON, starts_at=4), 6)
    cat = Hold("cat", 1, _NOON)
    want("a refusal", seats.reserve(_ROOM, cat, limit=6, starts_at=4), Answer(None, 6))
    want("a start that was refused", seats.used(_ROOM, at=_NOON), None)
    want("a start", seats.reserve(_ROOM, cat, limit=7, starts_at=4), Answer(cat, 6))
    want("another start", seats.reserve(_ROOM, Hold("d", 1, _NOON), limit=8, starts_at=0).others, 7)
    unnamed = {hold.key: hold.n for hold in seats.holds("space", "mobile_users", at=_NOON)}.get(COUNTED)
    want("what no key names", unnamed, 3)


def _key(store: CountingStore, want: Wants) -> None:
    seats = _begun(store)
    ann = Hold("ann", 2, _NOON, by="ada", because="New")
    seats.reserve(_ROOM, ann, limit=3)
    again = seats.reserve(_ROOM, Hold("ann", 2, _NOON + _TICK), limit=1)
    want("the same again", again, Answer(ann, 0))
    with want.conflict("another number under the same key"):
        seats.reserve(_ROOM, replace(ann, n=1))
    want("after that there are", seats.used(_ROOM, at=_NOON), 2)
    other = Hold("Ann", 1, _NOON)
    want("a key in another case", seats.reserve(_ROOM, other), Answer(other, 2))
    march, april = (Room("space", "sms", datetime(2026, month, 1, tzinfo=UTC)) for month in (3, 4))
    message = Hold("message", 1, _NOON)
    seats.reserve(march, message, starts_at=0)
    again = seats.reserve(april, replace(message, since=_NOON + _TICK), starts_at=0)
    want("a key used in another month", again, Answer(message, 0))
    want("the other month", seats.used(april, at=_NOON), 0)


def _lease(store: CountingStore, want: Wants) -> None:
    seats = _begun(store)
    end = _NOON + _LEASE
    for key in ("ann", "ben"):
        seats.reserve(_ROOM, Hold(key, 1, _NOON, end), limit=2)
    want("just before the end", seats.used(_ROOM, at=end - _TICK), 2)
    want("a full room", seats.reserve(_ROOM, Hold("cat", 1, end - _TICK), limit=2).hold, None)
    settled = seats.commit(_ROOM, "ann", at=end - _TICK)
    want("what was committed", settled, Hold("ann", 1, _NOON))
    want("at the end", seats.used(_ROOM, at=end), 1)
    want("a lease that is over", seats.commit(_ROOM, "ben", at=end), None)
    want("one that is over is released", seats.release(_ROOM, "ben", at=end), None)
    cat = Hold("cat", 1, end)
    want("the room that it left", seats.reserve(_ROOM, cat, limit=2), Answer(cat, 1))
    later = Hold("ben", 2, end)
    want("its key again", seats.reserve(_ROOM, later), Answer(later, 2))
    want("long after", seats.used(_ROOM, at=end + 100 * _LEASE), 4)


def _release(store: CountingStore, want: Wants) -> None:
    seats = _begun(store)
    ann = Hold("ann", 2, _NOON)
    seats.reserve(_ROOM, ann, limit=2)
    want("what is given back", seats.release(_ROOM, "ann", at=_NOON), ann)
    want("the second time", seats.release(_ROOM, "ann", at=_NOON), None)
    want("what never was", seats.release(_ROOM, "nobody", at=_NOON), None)
    want("then there are", seats.used(_ROOM, at=_NOON), 0)
    want("the same key again", seats.reserve(_ROOM, replace(ann, n=1), limit=2).others, 0)


def _rooms(store: CountingStore, want: Wants) -> None:
    months = [datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4)]
    rooms = [
        Room("a", "b"),
        Room("A", "b"),
        Room("a", "B"),
        Room("b", "a"),
        *(Room("a", "c", at) for at in months),
    ]
    for n, room in enumerate(rooms, 1):
        hold = Hold(f"key {n if room.period else ''}", n, _NOON)
        answer = store.seat_book.reserve(room, hold, limit=n, starts_at=0)
        want(f"{n} in {room}", answer, Answer(hold, 0))
    for n, room in enumerate(rooms, 1):
        want(f"in the end in {room}", store.seat_book.used(room, at=_NOON), n)
    want("a room nobody was in", store.seat_book.used(Room("c", "b"), at=_NOON), None)


def _reconcile(store: CountingStore, want: Wants) -> None:
    seats = _begun(store)
    seats.reserve(_ROOM, Hold("ann", 2, _NOON))
    seats.reserve(_ROOM, Hold("ben", 1, _NOON))
    seats.reserve(_ROOM, Hold("cat", 4, _NOON, _NOON + _LEASE))
    wanted = {"ben": 1, "dan": 3, "ann": 1}
    for mend in (False, True):
        found = seats.reconcile(_ROOM, wanted, at=_NOON, mend=mend)
        told = (found.held, found.leased, found.counted, dict(found.missing), dict(found.surplus))
        want(f"what differs, mend={mend}", told, (3, 4, 5, {"dan": 3, "ann": 1}, {"ann": 2}))
    want("once mended it agrees", seats.reconcile(_ROOM, wanted, at=_NOON).agrees, True)
    want("with the lease there are", seats.used(_ROOM, at=_NOON), 9)
    seats.reconcile(_ROOM, 8, at=_NOON, mend=True, by="ada", because="Audit")
    want("8 by number, and the lease", seats.used(_ROOM, at=_NOON), 12)
    unnamed = [hold for hold in seats.holds("space", "mobile_users", at=_NOON) if hold.key == COUNTED]
    want("what no key names", unnamed, [Hold(COUNTED, 3, _NOON, by="ada", because="Audit")])
    seats.reconcile(_ROOM, 2, at=_NOON, mend=True)
    want("none is taken from who names it", seats.used(_ROOM, at=_NOON), 9)


def _threads(store: CountingStore, want: Wants) -> None:
    store.seat_book.reconcile(_ROOM, 4, at=_NOON, mend=True)
    won: list[int] = []

    def run(number: int) -> None:
        if store.seat_book.reserve(_ROOM, Hold(f"thread-{number}", 1, _NOON), limit=5).hold is not None:
            won.append(number)

    in_threads(run)
    want("winners of the last seat", len(won), 1)
    want("then there are", store.seat_book.used(_ROOM, at=_NOON), 5)


def _begun(store: CountingStore) -> SeatBook:
    store.seat_book.reconcile(_ROOM, 0, at=_NOON, mend=True)
    return store.seat_book


SEATS: dict[str, Callable[[CountingStore, Wants], None]] = {
    "limit": _limit,
    "unknown": _unknown,
    "key": _key,
    "lease": _lease,
    "release": _release,
    "rooms": _rooms,
    "reconcile": _reconcile,
    "threads": _threads,
}
