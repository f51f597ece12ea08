"""What is counted: seats that are held, metered use by the month, and what hosts measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, cast

from entitlements.amounts import how_many
from entitlements.clock import Clock, aware, from_ns
from entitlements.decision import Decision, Reason
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.reservation import CapReached, Reservation
from entitlements.errors import AccessDenied, StoreConflict, StoreError, UnknownFeature
from entitlements.model import Catalog
from entitlements.problems import suggestion
from entitlements.source.changing import refuse_unstorable
from entitlements.source.protocol import Source
from entitlements.source.seats import Answer, Difference, Hold, Room, SeatBook
from entitlements.source.usage import Measured, UsageBook, UsageDay
from entitlements.subject import Usage

_MOST_AT_ONCE = 10**12
_HOLDERS_TOLD = 5


class Counting:
    """The verbs of an Engine that count. None of them alters what a subject may do, nor its revision.

    Each raises UnknownFeature for a key that the catalog lacks, and StoreError on a source that cannot count.
    """

    source: Source
    _clock: Clock

    @property
    def catalog(self) -> Catalog:
        raise NotImplementedError

    def entitlements(self, subject: str, *, at: datetime | None = None) -> Entitlements:
        raise NotImplementedError

    def seats(self, subject: str, cap: str) -> Seats:
        """The seats of a cap that is `counted_by: seats`."""
        self._must_know(cap, self.catalog.caps, "cap")
        if self.catalog.caps[cap].period is not None or self.catalog.caps[cap].counted_by != "seats":
            msg = f'"{cap}" is not counted by seats'
            raise StoreError(msg, hint="use it up with engine.use(…), or record what was measured of it")
        return Seats(self, subject, cap)

    def use(
        self,
        subject: str,
        cap: str,
        n: int = 1,
        *,
        key: str,
        by: str | None = None,
        because: str | None = None,
        connection: Any = None,
    ) -> Reservation:
        """Use `n` of what a metered cap has for this month. A key is used once, in whatever month.

        Raises CapReached, or AccessDenied for a plan that suspends everything.
        """
        self._must_know(cap, self.catalog.caps, "cap")
        if self.catalog.caps[cap].period is None:
            msg = f'"{cap}" is not used up by the month'
            raise StoreError(msg, hint="reserve it with engine.seats(…), or give the cap a `period`")
        wish = Hold(key, n, self.now(), by=by, because=because)
        return self.take(subject, cap, wish, connection=connection)

    def set_usage(
        self, subject: str, key: str, usage: Usage | int, *, measured_at: datetime | None = None
    ) -> None:
        """Record what was measured of feature or cap `key`, now unless it says when."""
        given = Usage(usage) if isinstance(usage, int) else usage
        at = measured_at or given.measured_at or from_ns(self._clock())
        self.import_usage([Measured(subject, key, replace(given, measured_at=aware(at)))])

    def import_usage(self, measured: Iterable[Measured]) -> int:
        """Record many measurements, all or nothing; how many there were."""
        rows, catalog = list(measured), self.catalog
        for key in {row.key for row in rows} - catalog.caps.keys():
            self._must_know(key, catalog.features, "feature")
        for subject in {row.subject for row in rows}:
            refuse_unstorable(subject)
        return self._usage_book().put(rows, time_zone=catalog.time_zone)

    def usage_days(self, subject: str, key: str, *, since: date | None = None) -> Sequence[UsageDay]:
        """What was measured day by day: the highest and the last count of each day that has any."""
        return self._usage_book().days(subject, key, since=since)

    def take(
        self, subject: str, cap: str, wish: Hold, *, starts_at: int | None = None, connection: Any = None
    ) -> Reservation:
        """Hold what is wished of `cap`: what `use` and `Seats.reserve` have in common."""
        _must_be_sound(wish.n, wish.key)
        refuse_unstorable(subject)
        space = self.entitlements(subject)
        allowed = space.judge(cap, 0, 0)
        if not allowed and (not space.keepable or space.plan.suspends):
            raise AccessDenied(allowed, subject)
        terms, room = space.compared_terms().caps[cap].terms, cast("Room", space.room(cap, wish.since))
        included = how_many(terms.included)
        limit = included if terms.hard and terms.included != "unlimited" else None
        reserve = partial(self.seat_book().reserve, room, wish, limit=limit, connection=connection)
        answer: Answer = reserve()
        if answer == (None, None):  # counting has not begun, which happens once
            measured = space.begins_with(room, wish.since)
            start = starts_at if measured is None else measured
            answer = reserve(starts_at="unknown" if start is None else start)
        decision = space.judge(cap, answer.others, wish.n)
        if answer.hold is None:
            raise self._refusal(decision, room, wish, answer.others, included)
        over = None if answer.others is None else min(max(answer.others + wish.n - included, 0), wish.n)
        return Reservation(
            subject,
            cap,
            answer.hold,
            decision,
            over=0 if terms.included == "unlimited" else over,
            extra_price=terms.extra,
        )

    def _refusal(
        self, decision: Decision, room: Room, wish: Hold, held: int | None, included: int
    ) -> AccessDenied:
        if decision.reason is Reason.USAGE_UNKNOWN:
            hint = (
                f"say how many there are: entitlements seats reconcile {room.subject} {room.cap} --count N; "
                "or, of a new one, reserve(…, starts_at=0)"
            )
            return AccessDenied(decision, room.subject, hint=hint)
        holders: list[Hold] = []
        if room.period is None:
            holders = self.seat_book().holds(room.subject, room.cap, at=wish.since, most=_HOLDERS_TOLD)
        return CapReached(
            decision,
            room.subject,
            cap=room.cap,
            wanted=wish.n,
            held=held,
            allowed=included,
            holders=tuple(holders),
        )

    def seat_book(self) -> SeatBook:
        """Where seats are kept. Raises StoreError for a source that keeps none."""
        book: SeatBook | None = getattr(self.source, "seat_book", None)
        if book is None:
            raise _cannot_count(self.source)
        return book

    def now(self) -> datetime:
        """The instant of the engine's clock."""
        return from_ns(self._clock())

    def _usage_book(self) -> UsageBook:
        book: UsageBook | None = getattr(self.source, "usage_book", None)
        if book is None:
            raise _cannot_count(self.source)
        return book

    def _must_know(self, key: str, known: Mapping[str, object], kind: str) -> None:
        if key not in known:
            hint = suggestion(key, known)
            msg = f'the catalog "{self.catalog.key}" has no {kind} "{key}"' + (f"; {hint}" if hint else "")
            raise UnknownFeature(msg, hint=hint)


class Seats:
    """The seats of one cap of one subject: reserved under a key, then committed, or released again."""

    def __init__(self, engine: Counting, subject: str, cap: str) -> None:
        self._engine = engine
        self._room = Room(subject, cap)

    def reserve(
        self,
        n: int = 1,
        *,
        key: str,
        lease: timedelta | None = None,
        starts_at: int | None = None,
        by: str | None = None,
        because: str | None = None,
        connection: Any = None,
    ) -> Reservation:
        """Hold `n` seats under `key`: all or none, for as long as `lease`, else until they are released.

        Asked again with the same key it gives the same answer, and StoreConflict for another number. Raises
        CapReached if a hard cap has no room for them, and AccessDenied if nobody knows what room it has: if
        they were never counted nor measured, `starts_at` says how many there are, of a new subject 0. With
        `connection`, a SQLAlchemy connection to the store's own database, it happens in the caller's
        transaction and is undone with it.
        """
        if lease is not None and lease <= timedelta(0):
            msg = "a lease must last some time"
            raise ValueError(msg)
        at, room = self._engine.now(), self._room
        wish = Hold(key, n, at, at + lease if lease is not None else None, by, because)
        return self._engine.take(room.subject, room.cap, wish, starts_at=starts_at, connection=connection)

    def commit(self, key: str, *, connection: Any = None) -> Hold:
        """Hold it for good, so that its lease ends no more. Raises StoreConflict if that is over already."""
        refuse_unstorable(key)
        book, at = self._engine.seat_book(), self._engine.now()
        hold = book.commit(self._room, key, at=at, connection=connection)
        if hold is None:
            msg = f'"{key}" holds no {self._room.cap} for "{self._room.subject}"'
            raise StoreConflict(msg, hint="its lease has ended, or it was never reserved: reserve it again")
        return hold

    def release(self, key: str, *, connection: Any = None) -> Hold | None:
        """Give back what is held under `key`; None if nothing is, such as the second time."""
        refuse_unstorable(key)
        at = self._engine.now()
        return self._engine.seat_book().release(self._room, key, at=at, connection=connection)

    def used(self) -> int | None:
        """How many there are; None if they were never counted."""
        return self._engine.seat_book().used(self._room, at=self._engine.now())

    def holds(self) -> list[Hold]:
        """Who holds some, the latest first."""
        at = self._engine.now()
        return self._engine.seat_book().holds(self._room.subject, self._room.cap, at=at)

    def reconcile(
        self,
        *,
        count: int | None = None,
        keys: Iterable[str] | Mapping[str, int] | None = None,
        mend: bool = False,
        by: str | None = None,
        because: str | None = None,
        connection: Any = None,
    ) -> Difference:
        """Compare with what the host has: by its keys, or only their number. `mend` makes that what is held.

        This is also how counting begins for a subject that has seats already.
        """
        if (count is None) == (keys is None):
            msg = "give either `count` or `keys`"
            raise TypeError(msg)
        counted = count if count is not None else _numbered(keys or ())
        if isinstance(counted, int) and counted < 0:
            msg = "a count is 0 or more"
            raise ValueError(msg)
        return self._engine.seat_book().reconcile(
            self._room,
            counted,
            at=self._engine.now(),
            mend=mend,
            by=by,
            because=because,
            connection=connection,
        )


def _cannot_count(source: Source) -> StoreError:
    msg = f"{type(source).__name__} keeps no counts of seats and usage"
    return StoreError(msg, hint="open the engine on a store that does, such as SqlStore or MemoryStore")


def _numbered(keys: Iterable[str] | Mapping[str, int]) -> Mapping[str, int]:
    counted = dict(keys) if isinstance(keys, Mapping) else dict.fromkeys(keys, 1)
    for key, n in counted.items():
        _must_be_sound(n, key)
    return counted


def _must_be_sound(n: int, key: str) -> None:
    if not isinstance(n, int) or isinstance(n, bool) or not 0 < n <= _MOST_AT_ONCE:
        msg = f"a whole number from 1 to {_MOST_AT_ONCE:,} can be reserved, not {n!r}"
        raise ValueError(msg)
    if not key.strip():
        msg = "a key names what the seats are for, so it cannot be empty"
        raise ValueError(msg)
    refuse_unstorable(key)
