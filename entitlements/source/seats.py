"""Who holds how many of a cap: seats, and metered use, which is held for a month and never given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from entitlements.errors import StoreConflict

#: The key of what was counted but not named: what counting began with, or what `reconcile` was told.
COUNTED = "(counted)"


#: What counting begins with.
Start = int | Literal["unknown"] | None


@dataclass(frozen=True, slots=True)
class Room:
    """What is counted together: one cap of one subject, and of a metered one, the month from `period` on."""

    subject: str
    cap: str
    period: datetime | None = None

    @property
    def counted_key(self) -> str:
        """COUNTED, once a month: no two months hold anything under one key."""
        return COUNTED if self.period is None else f"{COUNTED} {self.period.isoformat()}"


@dataclass(frozen=True, slots=True)
class Hold:
    """`n` that are held under `key` since some instant: until it is released, or at most `until`, a lease."""

    key: str
    n: int
    since: datetime
    until: datetime | None = None
    #: Who asked for it and why, where that was said.
    by: str | None = None
    because: str | None = None

    def holds_at(self, at: datetime) -> bool:
        return self.until is None or at < self.until


class Answer(NamedTuple):
    """What became of a wish for room: the hold, None if there is no room, and what others hold of it."""

    hold: Hold | None
    #: None: counting has not begun, so there may be more than are held.
    others: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a store holds against what a host counts. Leases under way are in neither."""

    held: int
    leased: int
    counted: int
    #: Key → number, of what the host has and the store does not hold so.
    missing: Mapping[str, int]
    #: Key → number, of what the store holds and the host does not have so.
    surplus: Mapping[str, int]

    @property
    def agrees(self) -> bool:
        return self.held == self.counted and not self.missing and not self.surplus


class SeatBook(Protocol):
    """The part of a store that holds seats. Nothing here alters a record, its revision or the feed.

    `at` is now, as the caller's clock has it. With `connection` it happens in the caller's own transaction.
    """

    def reserve(
        self,
        room: Room,
        wish: Hold,
        *,
        limit: int | None = None,
        starts_at: Start = None,
        connection: Any = None,
    ) -> Answer:
        """Hold what is wished, all or none, so that all together are at most `limit` (None: any number).

        What is held under its key already is the answer once more; StoreConflict if that is another number.
        Where counting has not begun, it begins with the `starts_at` that there are. Without, nothing is held,
        and `others` of the answer is None; "unknown" holds it all the same if there is no limit.
        """
        ...

    def commit(self, room: Room, key: str, *, at: datetime, connection: Any = None) -> Hold | None:
        """Take the end off the lease of `key`; None if nothing is held under it."""
        ...

    def release(self, room: Room, key: str, *, at: datetime, connection: Any = None) -> Hold | None:
        """Give back what is held under `key`; None if nothing is."""
        ...

    def used(self, room: Room, *, at: datetime, starts_at: int | None = None) -> int | None:
        """How many there are; None if counting has not begun, which is not zero.

        Then with `starts_at`, how many there would be if it began so.
        """
        ...

    def holds(self, subject: str, cap: str, *, at: datetime, most: int | None = None) -> list[Hold]:
        """What is held, the latest first."""
        ...

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
        """Compare with what the host counts, by key or only their number.

        `mend` makes that what is held; counting begins with it where it has not.
        """
        ...


def refuses(others: int | None, n: int, limit: int | None, starts_at: Start) -> bool:
    """Whether there is no room for `n` beside what `others` hold."""
    if others is None:
        return limit is not None or starts_at != "unknown"
    return limit is not None and others + n > limit


def same_again(room: Room, held: Hold, n: int) -> Hold:
    """The answer to a key that is held already. Raises StoreConflict if it asks for another number."""
    if held.n == n:
        return held
    msg = f'"{held.key}" holds {held.n:,} of {room.cap} for "{room.subject}" already, not {n:,}'
    raise StoreConflict(msg, hint="use another key for what is added, or release this one first")


def difference(holds: list[Hold], counted: int | Mapping[str, int]) -> Difference:
    """The Difference of what is held now."""
    settled = {hold.key: hold.n for hold in holds if hold.until is None}
    held, leased = sum(settled.values()), sum(hold.n for hold in holds if hold.until is not None)
    if isinstance(counted, int):
        return Difference(held, leased, counted, {}, {})
    missing = {key: n for key, n in counted.items() if settled.get(key) != n}
    surplus = {key: n for key, n in settled.items() if counted.get(key) != n}
    return Difference(held, leased, sum(counted.values()), missing, surplus)


def begun_with(holds: list[Hold], starts_at: int) -> int:
    """How many there are when counting begins: the host has what is settled, and leases will come to it."""
    leased = sum(hold.n for hold in holds if hold.until is not None)
    return leased + max(starts_at, sum(hold.n for hold in holds) - leased)


def mended(
    room: Room,
    holds: list[Hold],
    counted: int | Mapping[str, int],
    at: datetime,
    by: str | None = None,
    because: str | None = None,
) -> tuple[list[str], list[Hold]]:
    """Keys that go and holds that come, so that the store agrees with what the host counts.

    Of a mere number, what no key names is held as COUNTED; none is taken from a key that names it.
    """
    found = difference(holds, counted)
    if not isinstance(counted, int):
        come = [Hold(key, n, at, by=by, because=because) for key, n in found.missing.items()]
        return [*found.surplus, *(hold.key for hold in holds if hold.key in found.missing)], come
    unnamed = next((hold.n for hold in holds if hold.key == room.counted_key), 0)
    wanted = max(unnamed + counted - found.held, 0)
    if wanted == unnamed:
        return [], []
    come = [Hold(room.counted_key, wanted, at, by=by, because=because)] if wanted else []
    return [room.counted_key], come
