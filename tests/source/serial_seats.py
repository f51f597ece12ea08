"""What stores must agree with: seats as one would count them by hand, one operation after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from entitlements.errors import StoreConflict
from entitlements.source.seats import COUNTED, Answer, Hold, Start


@dataclass
class SerialSeats:
    """The seats of one cap of one subject."""

    held: dict[str, Hold] = field(default_factory=dict)
    begun: bool = False

    def reserve(self, wish: Hold, limit: int | None, starts_at: Start) -> Answer:
        now, begun = self.alive(wish.since), self.begun
        if isinstance(starts_at, int) and not begun:
            now, begun = begun_with(now, starts_at, wish.since), True
        others = sum(hold.n for hold in now.values() if hold.key != wish.key) if begun else None
        hold = now.get(wish.key, wish)
        if hold.n != wish.n:
            msg = f"{wish.key} holds another number"
            raise StoreConflict(msg)
        if wish.key not in now:
            if others is None and starts_at is None:
                return Answer(None, None)
            if limit is not None and (others is None or others + wish.n > limit):
                return Answer(None, others)
        self.held, self.begun = {**now, wish.key: hold}, begun
        return Answer(hold, others)

    def commit(self, key: str, at: datetime) -> Hold | None:
        hold = self.alive(at).get(key)
        if hold is not None:
            hold = self.held[key] = Hold(key, hold.n, hold.since, None)
        return hold

    def release(self, key: str, at: datetime) -> Hold | None:
        return self.held.pop(key) if key in self.alive(at) else None

    def used(self, at: datetime, starts_at: int | None = None) -> int | None:
        now = self.alive(at)
        if not self.begun:
            if starts_at is None:
                return None
            now = begun_with(now, starts_at, at)
        return sum(hold.n for hold in now.values())

    def alive(self, at: datetime) -> dict[str, Hold]:
        return {key: hold for key, hold in self.held.items() if hold.until is None or at < hold.until}


def begun_with(held: dict[str, Hold], starts_at: int, at: datetime) -> dict[str, Hold]:
    """What is held once a host has said that there are `starts_at`; leases are not among those."""
    named = sum(hold.n for hold in held.values() if hold.until is None)
    return {**held, COUNTED: Hold(COUNTED, starts_at - named, at)} if starts_at > named else held
