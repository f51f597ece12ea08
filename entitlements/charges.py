"""What a subject will be charged next: an estimate in whole periods, with the use of today.

Each charge is worked out as things will stand on its day, so that what is to begin or end by then counts.
Nothing is pro rata. What cannot be told has no amount, and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from entitlements.amounts import Price
from entitlements.clock import day_of, first_instant
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.resolve import Resolved, add_ons_held, resolve, size
from entitlements.lifecycle.periods import Cadence, Periods
from entitlements.model import Catalog
from entitlements.problems import Mark
from entitlements.subject import SubjectRecord, in_force, pays


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A part of a charge, in the catalog's currency; `amount` is None where `unknown` says why."""

    what: Literal["plan", "add_on", "cap", "credits"]
    #: `pro@1`, or the key of the add-on or cap.
    key: str
    amount: Decimal | None
    mark: Mark
    unknown: str | None = None
    #: Of a cap: how many are charged, and the price of each a month.
    count: int | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What is charged on one day; None for a day that nothing tells."""

    on: datetime | None
    lines: tuple[ChargeLine, ...]

    @property
    def at_least(self) -> Decimal:
        """The sum of what can be told."""
        return sum((line.amount for line in self.lines if line.amount is not None), Decimal(0))

    @property
    def total(self) -> Decimal | None:
        """The sum; None if some part of it cannot be told."""
        return None if any(line.amount is None for line in self.lines) else self.at_least


def charges_of(space: Entitlements, catalog: Catalog, time_zone: str) -> tuple[Charge, ...]:
    """The next invoice and, where a year begins, the next payment of a year, by day; credits are used up."""
    record = space.record
    invoice = _next_invoice(record, catalog, space.at, time_zone)
    year = _next_year(record, space.at, time_zone)
    charges = [Charge(invoice, tuple(_invoice_lines(space, catalog, invoice or space.at)))]
    if year is not None:
        charges.append(
            Charge(year, tuple(_price_lines(catalog, _then(catalog, record, year), year, "annual")))
        )
    due = sorted((c for c in charges if c.lines), key=lambda c: c.on or space.at)
    return tuple(_less_credits(due, record))


def _next_invoice(record: SubjectRecord, catalog: Catalog, at: datetime, zone: str) -> datetime | None:
    """The next invoice day; where the catalog names none, the next month of the subscription."""
    day = catalog.terms.get("invoice_day")
    if day is None:
        held = record.subscription_at(at)
        if held is None or held.start is None:
            return None
        return Periods(held.start, "monthly", zone).next_after(at)
    first = day_of(at, zone).replace(day=day)
    while first_instant(first, zone) <= at:
        first = (first.replace(day=1) + timedelta(days=32)).replace(day=day)
    return first_instant(first, zone)


def _next_year(record: SubjectRecord, at: datetime, zone: str) -> datetime | None:
    """When the next year begins that the subscriber pays in advance."""
    begins = []
    for held in record.subscriptions:
        if held.cadence == "annual" and pays(held) == "subscriber" and held.start is not None:
            year = held.start if held.start > at else Periods(held.start, "annual", zone).next_after(at)
            begins += [year] if in_force(held.start, held.end, year) else []
    return min(begins, default=None)


def _then(catalog: Catalog, record: SubjectRecord, on: datetime) -> Resolved:
    return resolve(catalog.at(on), record, on)


def _invoice_lines(space: Entitlements, catalog: Catalog, on: datetime) -> Iterator[ChargeLine]:
    has = _then(catalog, space.record, on)
    held = has.subscription
    if held is not None and pays(held) != "subscriber":
        return
    if held is None or held.cadence == "monthly":
        yield from _price_lines(catalog, has, on, "monthly")
    for cap, given in has.caps.items():
        terms, allowance = given.terms, space.cap(cap)
        if terms.extra is None or terms.included == "unlimited":
            continue
        if allowance.used is None:
            yield ChargeLine("cap", cap, None, terms.mark, unknown=allowance.unknown)
            continue
        over = int(allowance.used - max(size(terms.included), 0))
        if over <= 0:
            continue
        if terms.extra == "by_rate":
            yield ChargeLine("cap", cap, None, terms.mark, "the price depends on the rate", over)
        else:
            yield ChargeLine("cap", cap, over * terms.extra, terms.mark, None, over, terms.extra)


def _price_lines(catalog: Catalog, has: Resolved, on: datetime, cadence: Cadence) -> Iterator[ChargeLine]:
    plan = has.plan
    yield _priced(ChargeLine("plan", plan.ref, None, plan.mark), plan.price, cadence)
    for key in add_ons_held(catalog, has.subscription, on):
        add_on = catalog.add_ons[key]
        yield _priced(ChargeLine("add_on", key, None, add_on.mark), add_on.price, cadence)


def _priced(line: ChargeLine, price: Price, cadence: Cadence) -> ChargeLine:
    amount = price.monthly if cadence == "monthly" else price.annual_total
    unknown = None
    if amount is None:
        unknown = "the price is on request" if price.on_request else f"no {cadence} price is stated"
    mark = price.mark if price.mark.file else line.mark
    return replace(line, amount=amount, unknown=unknown, mark=mark)


def _less_credits(charges: Iterable[Charge], record: SubjectRecord) -> Iterator[Charge]:
    left = record.credits
    for charge in charges:
        used = min(left, charge.at_least)
        left -= used
        credit = ChargeLine("credits", "credits", -used, record.mark)
        yield replace(charge, lines=(*charge.lines, credit)) if used > 0 else charge
