"""Charges and the lines that they are made of, each with the line of a file that states it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from entitlements.amounts import Price
from entitlements.engine.resolve import Resolved, add_ons_held, resolve
from entitlements.lifecycle.periods import Cadence
from entitlements.model import Catalog
from entitlements.problems import Mark
from entitlements.subject import SubjectRecord


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A part of a charge, in the catalog's currency; `amount` is None where `unknown` says why."""

    #: A refund is what is paid back of the price of a plan or add-on.
    what: Literal["plan", "add_on", "cap", "refund", "credits"]
    #: `pro@1`, or the key of the add-on or cap.
    key: str
    amount: Decimal | None
    mark: Mark
    unknown: str | None = None
    #: Of a cap: how many are charged, and the price of each a month.
    count: int | None = None
    unit_price: Decimal | None = None
    #: Of a year that ends early: how many of its days are charged, or paid back.
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What is charged on one day; None for a day that nothing tells. Below zero, it is paid back."""

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


def holdings(catalog: Catalog, record: SubjectRecord, on: datetime) -> Resolved:
    """What the subject will have at `on`, as its record stands now."""
    return resolve(catalog.at(on), record, on)


def prices_at(
    catalog: Catalog, record: SubjectRecord, on: datetime, cadence: Cadence
) -> Iterator[ChargeLine]:
    """The prices of the plan and the add-ons held at `on`, each for a whole period."""
    has = holdings(catalog, record, on)
    yield _priced(ChargeLine("plan", has.plan.ref, None, has.plan.mark), has.plan.price, cadence)
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
