"""What Entitlements hold: the subject's plan, support, BAA and dates, as values to read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from entitlements.clock import Clock, from_ns, told
from entitlements.engine.resolve import BAA, Resolved
from entitlements.engine.row import Row
from entitlements.model import Origin, Plan, SupportLevel
from entitlements.subject import SubjectRecord, Subscription, zone_of

if TYPE_CHECKING:
    from entitlements.engine.era import Era
    from entitlements.engine.last_good import Reading
    from entitlements.engine.live import Live


class Held:
    """The part of Entitlements that is looked up without deciding anything."""

    __slots__ = ("_at", "_clock", "_era", "_has", "_live", "_read_at", "_record", "keepable", "row")

    def __init__(
        self,
        live: Live,
        era: Era,
        record: SubjectRecord,
        has: Resolved,
        row: Row,
        at: int,
        clock: Clock,
        reading: Reading,
    ) -> None:
        self.row = row
        self._live = live
        self._era = era
        self._record = record
        self._has = has
        self._at = at
        self._clock = clock
        self._read_at = reading.read_at
        #: False when the record could not be read just now.
        self.keepable = not reading.stale

    @property
    def subject(self) -> str:
        return self._record.subject

    @property
    def record(self) -> SubjectRecord:
        """What is stored of the subject, on which all of this rests."""
        return self._record

    @property
    def at(self) -> datetime:
        """The instant this was made for, in UTC."""
        return from_ns(self._at)

    @property
    def plan(self) -> Plan:
        return self._has.plan

    @property
    def subscription(self) -> Subscription | None:
        """The subscription in force; None on the default plan."""
        return self._has.subscription

    @property
    def support(self) -> SupportLevel:
        return self._era.program.catalog.support_levels[self._has.support]

    @property
    def baa(self) -> BAA:
        return self._has.baa

    @property
    def overrides(self) -> tuple[Origin, ...]:
        """The overrides that give or take something now, sorted."""
        found = {
            *self._has.included.values(),
            *self._has.removed.values(),
            self._has.support_origin,
            *(given.origin for given in self._has.caps.values()),
        }
        return tuple(sorted((o for o in found if o.kind == "override"), key=repr))

    @property
    def valid_until(self) -> datetime | None:
        """The first instant at which any answer that needs no asking may change; None for never."""
        return told(self.row.until)

    @property
    def expired(self) -> bool:
        """Whether `valid_until` has passed; `refreshed()` gives what holds now."""
        return self.row.until <= self._clock()

    @property
    def time_zone(self) -> str:
        """The subject's own, else the catalog's."""
        return zone_of(self._record, self._era.program.catalog)

    @property
    def stale(self) -> bool:
        """Whether the source is away, so that what is held here may have changed meanwhile."""
        return not self.keepable or self._live.is_cut_off

    @property
    def as_of(self) -> datetime:
        """When the record behind this was read from the source, or saved in the snapshot it comes from."""
        return from_ns(self._read_at)

    @property
    def revision(self) -> int:
        return self._record.revision
