"""Who holds how many of a cap: seats, and metered use, which is held for a month and never given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from entitlements.errors import StoreConflict

#: The key of what a host counts but does not name; `reconcile` with a number keeps it.
COUNTED = "(counted)"


@dataclass(frozen=True, slots=True)
class Room:
    """What is counted together: one cap of one subject, and of a metered one, the month from `period` on."""

    subject: str
    cap: str
    period: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """`n` that are held under `key` since some instant: until it is released, or at most `until`, a lease."""

    key: str
    n: int
    since: datetime
    until: datetime | None = None

    def holds_at(self, at: datetime) -> bool:
        return self.until is None or at < self.until


class Answer(NamedTuple):
    """What became of a wish for room: the hold, None if there is no room, and what others hold of it."""

    hold: Hold | None
    others: int


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
        key: str,
        n: int,
        *,
        at: datetime,
        until: datetime | None = None,
        limit: int | None = None,
        connection: Any = None,
    ) -> Answer:
        """Hold `n` under `key`, all or none, so that all together are at most `limit` (None: any number).

        What is held under `key` already is the answer once more; StoreConflict if that is another number.
        """
        ...

    def commit(self, room: Room, key: str, *, at: datetime, connection: Any = None) -> Hold | None:
        """Take the end off the lease of `key`; None if nothing is held under it."""
        ...

    def release(self, room: Room, key: str, *, at: datetime, connection: Any = None) -> Hold | None:
        """Give back what is held under `key`; None if nothing is."""
        ...

    def used(self, room: Room, *, at: datetime) -> int | None:
        """How many are held; None if nobody ever counted here, which is not zero."""
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
        connection: Any = None,
    ) -> Difference:
        """Compare with what the host counts, by key or only their number; `mend` makes it what is held."""
        ...


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


def mended(holds: list[Hold], found: Difference, at: datetime) -> tuple[list[str], list[Hold]]:
    """Keys that go and holds that come, so that a host that named its keys agrees.

    Of one that gave a number, what no key names is held under COUNTED; named holds are not chosen from.
    """
    if found.missing or found.surplus:
        return [*found.surplus], [Hold(key, n, at) for key, n in found.missing.items()]
    unnamed = next((hold.n for hold in holds if hold.key == COUNTED), 0)
    wanted = max(unnamed + found.counted - found.held, 0)
    return ([COUNTED] if unnamed else []), ([Hold(COUNTED, wanted, at)] if wanted else [])
