"""The sums over a fleet: what an edit does to how many subjects, some of them by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from entitlements.fleet.outcome import KINDS, UNITS, Hit

#: Takes each subject that is concerned, with what happens to it, how much more it pays a month in UNITS, and
#: of what happens on a later day only, that day.
Listing = Callable[[str, Iterable[Hit], int, datetime | None], None]


#: Takes how much is done, and of how much.
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Concerned:
    """How many subjects something happens to, the first by name, and what that adds to their bills."""

    subjects: int = 0
    names: list[str] = field(default_factory=list)
    #: In UNITS a month; of bills only.
    monthly: int = 0


@dataclass(slots=True)
class Tally:
    """What was counted so far."""

    #: So many names are kept of each.
    most_names: int = 5
    listing: Listing | None = None
    subjects: int = 0
    affected: int = 0
    #: In UNITS a month, over all bills that can be told.
    monthly: int = 0
    hits: dict[Hit, Concerned] = field(default_factory=dict)
    #: What happens besides on later days.
    later: dict[datetime, Tally] = field(default_factory=dict)
    #: Of one of these: which.
    day: datetime | None = None

    def on(self, day: datetime) -> Tally:
        """What is counted of a later day."""
        found = self.later.get(day)
        if found is None:
            found = self.later[day] = Tally(self.most_names, self.listing, day=day)
        return found

    def add(self, subject: str, hits: list[Hit], monthly: int) -> None:
        """Count one subject with what happens to it; nothing may."""
        self.subjects += 1
        if not hits:
            return
        self.affected += 1
        self.monthly += monthly
        for hit in hits:
            found = self.hits.get(hit)
            if found is None:
                found = self.hits[hit] = Concerned()
            found.subjects += 1
            if len(found.names) < self.most_names:
                found.names.append(subject)
            if hit.key is None and hit.kind in ("bill_rises", "bill_falls"):
                found.monthly += monthly
        if self.listing is not None:
            self.listing(subject, hits, monthly, self.day)

    def merge(self, other: Tally) -> None:
        """Count what `other` counted, whose subjects come after those counted here."""
        self.subjects += other.subjects
        self.affected += other.affected
        self.monthly += other.monthly
        for hit, found in other.hits.items():
            mine = self.hits.setdefault(hit, Concerned())
            mine.subjects += found.subjects
            mine.monthly += found.monthly
            mine.names += found.names[: self.most_names - len(mine.names)]
        for day, then in other.later.items():
            self.on(day).merge(then)

    def in_order(self) -> list[tuple[Hit, Concerned]]:
        """The gravest kind first, and of one kind what concerns most subjects."""
        return sorted(
            self.hits.items(),
            key=lambda pair: (KINDS.index(pair[0].kind), -pair[1].subjects, tuple(map(str, pair[0]))),
        )


def amount(units: int) -> Decimal:
    """So many UNITS in the catalog's currency, to the cent."""
    return (Decimal(units) / UNITS).quantize(Decimal("0.01"))
