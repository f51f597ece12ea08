"""What is charged of subscriptions by the year: each year whole, but for one that is given up early.

The catalog says in `terms.annual` whether a year is paid as it begins or when it is over, and for how many
days a subscription may be given up early: then those days alone are charged, and the rest is paid back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from entitlements.charges.lines import Charge, ChargeLine, prices_at
from entitlements.clock import day_of
from entitlements.lifecycle.periods import Periods, days_later
from entitlements.model import EMPTY, Catalog
from entitlements.problems import NOWHERE, Mark
from entitlements.subject import SubjectRecord, Subscription, in_force, pays

_TICK = timedelta(microseconds=1)
_CENT = Decimal("0.01")


def year_charges(record: SubjectRecord, catalog: Catalog, at: datetime, zone: str) -> Iterator[Charge]:
    """The next payment of a year after `at`, and what is paid back of years that are given up."""
    years = [
        _Years(held.start, held.end, refund_until(held, catalog, zone), zone)
        for held in record.subscriptions
        if held.start is not None and held.cadence == "annual" and pays(held) == "subscriber"
    ]
    rule = catalog.places.get("terms.annual", NOWHERE)
    if catalog.terms.get("annual", EMPTY).get("paid") == "in_arrears":
        ends = [(end, one) for one in years if (end := one.next_end(at)) is not None]
        if ends:
            end, one = min(ends, key=lambda found: found[0])
            prices = prices_at(catalog, record, end - _TICK, "annual")
            yield Charge(end, tuple(_in_part(prices, one) if one.given_up == end else prices))
        return
    begins = [begin for one in years if (begin := one.next_begin(at)) is not None]
    if begins:
        yield Charge(min(begins), tuple(prices_at(catalog, record, min(begins), "annual")))
    for one in years:
        if one.given_up is not None and one.given_up > at:
            paid = prices_at(catalog, record, one.start, "annual")
            yield Charge(one.given_up, tuple(_paid_back(paid, one, rule)))


def refund_until(held: Subscription, catalog: Catalog, zone: str) -> datetime | None:
    """Before when it may be given up for its days alone; None if it never may."""
    days = catalog.terms.get("annual", EMPTY).get("refund_days")
    if days is None or held.start is None or held.cadence != "annual" or pays(held) != "subscriber":
        return None
    return days_later(held.start, days, zone)


@dataclass(frozen=True, slots=True)
class _Years:
    """The years of one subscription."""

    start: datetime
    end: datetime | None
    refund_until: datetime | None
    zone: str

    @property
    def given_up(self) -> datetime | None:
        """When it ends, if that is so early that its days alone are charged."""
        if self.end is None or self.refund_until is None or not self.start < self.end < self.refund_until:
            return None
        return self.end

    def next_begin(self, at: datetime) -> datetime | None:
        begin = self.start if self.start > at else self._periods.next_after(at)
        return begin if in_force(self.start, self.end, begin) else None

    def next_end(self, at: datetime) -> datetime | None:
        """The next end of a year: its anniversary, or the end of all."""
        year = self._periods.next_after(at)
        end = year if self.end is None else min(year, self.end)
        return end if end > max(at, self.start) else None

    def share(self) -> tuple[int, int]:
        """How many days of the first year have begun at the end, and how many it has."""
        first = day_of(self.start, self.zone)
        end = self.end or self._periods.begin(1)
        begun = (day_of(end, self.zone) - first).days
        if days_later(self.start, begun, self.zone) < end:
            begun += 1
        return begun, (day_of(self._periods.begin(1), self.zone) - first).days

    @property
    def _periods(self) -> Periods:
        return Periods(self.start, "annual", self.zone)


def _in_part(prices: Iterator[ChargeLine], years: _Years) -> Iterator[ChargeLine]:
    """The prices of a whole year, cut down to the days of the one that was given up."""
    days, whole = years.share()
    for line in prices:
        yield replace(line, amount=_part(line.amount, days, whole), days=days)


def _paid_back(prices: Iterator[ChargeLine], years: _Years, rule: Mark) -> Iterator[ChargeLine]:
    """What is left of the prices of a whole year after the days of the one that was given up."""
    days, whole = years.share()
    for line in prices:
        if line.amount != 0:
            kept = _part(line.amount, days, whole)
            back = None if line.amount is None or kept is None else kept - line.amount
            yield replace(line, what="refund", amount=back, days=whole - days, mark=rule)


def _part(amount: Decimal | None, days: int, whole: int) -> Decimal | None:
    return None if amount is None else (amount * days / whole).quantize(_CENT, ROUND_HALF_UP)
