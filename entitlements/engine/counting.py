"""What is counted: seats that are held, metered use by the month, and what hosts measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, cast

from entitlements.clock import Clock, aware, from_ns
from entitlements.decision import Decision
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.resolve import size
from entitlements.errors import AccessDenied, CapReached, StoreConflict, StoreError, UnknownFeature
from entitlements.model import Catalog
from entitlements.problems import suggestion
from entitlements.source.protocol import Source
from entitlements.source.seats import Difference, Hold, Room, SeatBook
from entitlements.source.usage import Measured, UsageBook, UsageDay
from entitlements.subject import Usage

_MOST_AT_ONCE = 10**12
_HOLDERS_TOLD = 5


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was reserved. Equal for one key however often it is asked; what it costs is as of the asking."""

    subject: str
    cap: str
    hold: Hold
    #: Why it was allowed; for what lies beyond a soft cap, in words what it costs.
    decision: Decision = field(compare=False)
    #: How many of these lie beyond what the plan includes.
    over: int = field(compare=False)
    #: A month's price of each of them.
    extra_price: Decimal | Literal["by_rate"] | None = field(compare=False)

    @property
    def monthly_charge(self) -> Decimal | None:
        """What those beyond cost a month; None where no fixed price says so."""
        if not self.over:
            return Decimal(0)
        return self.extra_price * self.over if isinstance(self.extra_price, Decimal) else None


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

    def use(self, subject: str, cap: str, n: int = 1, *, key: str, connection: Any = None) -> Reservation:
        """Use `n` of what a metered cap has for this month. A key is used once, in whatever month.

        Raises CapReached, or AccessDenied for a plan that suspends everything.
        """
        self._must_know(cap, self.catalog.caps, "cap")
        if self.catalog.caps[cap].period is None:
            msg = f'"{cap}" is not used up by the month'
            raise StoreError(msg, hint="reserve it with engine.seats(…), or give the cap a `period`")
        return self.take(subject, cap, n, key=key, connection=connection)

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
        return self._usage_book().put(rows, time_zone=catalog.time_zone)

    def usage_days(self, subject: str, key: str, *, since: date | None = None) -> Sequence[UsageDay]:
        """What was measured day by day: the highest and the last count of each day that has any."""
        return self._usage_book().days(subject, key, since=since)

    def take(
        self,
        subject: str,
        cap: str,
        n: int,
        *,
        key: str,
        lease: timedelta | None = None,
        connection: Any = None,
    ) -> Reservation:
        """Hold `n` of `cap` under `key`: what `use` and `Seats.reserve` have in common."""
        _must_be_sound(n, key)
        at, space = from_ns(self._clock()), self.entitlements(subject)
        allowed = space.judge(cap, 0, 0)
        if not allowed and (not space.keepable or space.plan.suspends):
            raise AccessDenied(allowed, subject)
        terms = space.compared_terms().caps[cap].terms
        included = max(size(terms.included), 0)
        book = self.seat_book()
        answer = book.reserve(
            room := cast("Room", space.room(cap, at)),
            key,
            n,
            at=at,
            until=at + lease if lease is not None else None,
            limit=included if terms.hard and terms.included != "unlimited" else None,
            connection=connection,
        )
        decision = space.judge(cap, answer.others, n)
        if answer.hold is None:
            holders = book.holds(subject, cap, at=at, most=_HOLDERS_TOLD) if room.period is None else []
            raise CapReached(
                decision,
                subject,
                cap=cap,
                wanted=n,
                held=answer.others,
                allowed=included,
                holders=tuple(holders),
            )
        over = 0 if terms.included == "unlimited" else min(max(answer.others + n - included, 0), n)
        return Reservation(subject, cap, answer.hold, decision, over, terms.extra)

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
        self, n: int = 1, *, key: str, lease: timedelta | None = None, connection: Any = None
    ) -> Reservation:
        """Hold `n` seats under `key`: all or none, for as long as `lease`, else until they are released.

        Asked again with the same key it gives the same answer, and StoreConflict for another number. Raises
        CapReached if a hard cap has no room for them. With `connection`, a SQLAlchemy connection to the
        store's own database, it happens in the caller's transaction and is undone with it.
        """
        if lease is not None and lease <= timedelta(0):
            msg = "a lease must last some time"
            raise ValueError(msg)
        room = self._room
        return self._engine.take(room.subject, room.cap, n, key=key, lease=lease, connection=connection)

    def commit(self, key: str, *, connection: Any = None) -> Hold:
        """Hold it for good, so that its lease ends no more. Raises StoreConflict if that is over already."""
        book, at = self._engine.seat_book(), self._engine.now()
        hold = book.commit(self._room, key, at=at, connection=connection)
        if hold is None:
            msg = f'"{key}" holds no {self._room.cap} for "{self._room.subject}"'
            raise StoreConflict(msg, hint="its lease has ended, or it was never reserved: reserve it again")
        return hold

    def release(self, key: str, *, connection: Any = None) -> Hold | None:
        """Give back what is held under `key`; None if nothing is, such as the second time."""
        at = self._engine.now()
        return self._engine.seat_book().release(self._room, key, at=at, connection=connection)

    def used(self) -> int | None:
        """How many are held; None if none were ever counted here."""
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
        at, book = self._engine.now(), self._engine.seat_book()
        return book.reconcile(self._room, counted, at=at, mend=mend, connection=connection)


def _cannot_count(source: Source) -> StoreError:
    msg = f"{type(source).__name__} is only read, so nothing can be counted in it"
    return StoreError(msg, hint="open the engine on a store, such as SqlStore or MemoryStore")


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
