"""What a subject will be charged next: an estimate, with the use of today.

Each charge is worked out as things will stand on its day, so that what is to begin or end by then counts.
What cannot be told has no amount, and says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from entitlements.amounts import how_many
from entitlements.charges.lines import Charge, ChargeLine, holdings, prices_at
from entitlements.charges.years import year_charges
from entitlements.clock import day_of, first_instant
from entitlements.engine.entitlements import Entitlements
from entitlements.lifecycle.periods import Periods
from entitlements.model import Catalog
from entitlements.problems import NOWHERE
from entitlements.subject import SubjectRecord, pays


def charges_of(space: Entitlements, catalog: Catalog, time_zone: str) -> tuple[Charge, ...]:
    """The next invoice, the next payment of a year and what is paid back, by day; credits are used up."""
    record, at = space.record, space.at
    invoice = _next_invoice(record, catalog, at, time_zone)
    by_day = {invoice: [*_invoice_lines(space, catalog, invoice or at)]}
    for charge in year_charges(record, catalog, at, time_zone):
        by_day.setdefault(charge.on, []).extend(charge.lines)
    due = [Charge(on, tuple(lines)) for on, lines in by_day.items() if lines]
    return tuple(_less_credits(sorted(due, key=lambda charge: charge.on or at), record, catalog))


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


def _invoice_lines(space: Entitlements, catalog: Catalog, on: datetime) -> Iterator[ChargeLine]:
    """The price of a month, where it is the subscriber who pays for the plan; and what is used beyond caps.

    Whoever pays for the plan, what goes beyond it is charged, unless an exception raises the cap.
    """
    has = holdings(catalog, space.record, on)
    held = has.subscription
    if held is None or (held.cadence == "monthly" and pays(held) == "subscriber"):
        yield from prices_at(catalog, space.record, on, "monthly")
    for cap, given in has.caps.items():
        terms, allowance = given.terms, space.cap(cap)
        if terms.extra is None or terms.included == "unlimited":
            continue
        if allowance.used is None:
            yield ChargeLine("cap", cap, None, terms.mark, unknown=allowance.unknown)
            continue
        over = int(allowance.used - how_many(terms.included))
        if over <= 0:
            continue
        if terms.extra == "by_rate":
            yield ChargeLine("cap", cap, None, terms.mark, "the price depends on the rate", over)
        else:
            yield ChargeLine("cap", cap, over * terms.extra, terms.mark, None, over, terms.extra)


def _less_credits(charges: Iterable[Charge], record: SubjectRecord, catalog: Catalog) -> Iterator[Charge]:
    left = record.credits
    # A store has no lines; what is done with credits stands in the catalog.
    mark = record.mark if record.mark.file else catalog.places.get("terms.credits", NOWHERE)
    for charge in charges:
        used = max(min(left, charge.at_least), Decimal(0))
        left -= used
        credit = ChargeLine("credits", "credits", -used, mark)
        yield replace(charge, lines=(*charge.lines, credit)) if used > 0 else charge
