"""What stores must agree with: seats as one would count them by hand, one operation after the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from entitlements.errors import StoreConflict
from entitlements.source.seats import Answer, Hold


@dataclass
class SerialSeats:
    """The seats of one cap of one subject."""

    held: dict[str, Hold] = field(default_factory=dict)
    counted: bool = False

    def reserve(self, key: str, n: int, at: datetime, until: datetime | None, limit: int | None) -> Answer:
        now = self.alive(at)
        others = sum(hold.n for hold in now.values() if hold.key != key)
        if key in now:
            if now[key].n != n:
                raise StoreConflict
            return Answer(now[key], others)
        if limit is not None and others + n > limit:
            return Answer(None, others)
        self.held = {**now, key: Hold(key, n, at, until)}
        self.counted = True
        return Answer(self.held[key], others)

    def commit(self, key: str, at: datetime) -> Hold | None:
        hold = self.alive(at).get(key)
        if hold is not None:
            hold = self.held[key] = Hold(key, hold.n, hold.since, None)
        return hold

    def release(self, key: str, at: datetime) -> Hold | None:
        return self.held.pop(key) if key in self.alive(at) else None

    def used(self, at: datetime) -> int | None:
        return sum(hold.n for hold in self.alive(at).values()) if self.counted else None

    def alive(self, at: datetime) -> dict[str, Hold]:
        return {key: hold for key, hold in self.held.items() if hold.until is None or at < hold.until}
