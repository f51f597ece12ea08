"""What a plan with its add-ons costs: an estimate in whole periods, with the use of today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from entitlements.amounts import Price, how_many
from entitlements.catalog.money import money_text
from entitlements.change.compare import in_use
from entitlements.engine.resolve import Resolved, add_ons_held
from entitlements.lifecycle.periods import Cadence
from entitlements.model import Catalog
from entitlements.subject import Usage, pays

_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Cost:
    """What can be told of a cost, in the catalog's currency, and what cannot."""

    #: Of twelve months, so that no cent is lost where a year is divided.
    yearly: Decimal
    #: Why it is more than that, as parts of a sentence; empty where all of it is told.
    unknown: tuple[str, ...] = ()
    #: Whether the plan or an add-on has no stated price.
    on_request: bool = False

    @property
    def monthly(self) -> Decimal:
        """A twelfth of it, in whole cents."""
        return (self.yearly / 12).quantize(_CENT, ROUND_HALF_UP)

    @property
    def known(self) -> bool:
        return not self.unknown

    def to_json(self) -> dict[str, Any]:
        told = money_text(self.monthly)
        return {
            "monthly_total": told if self.known else None,
            "at_least": told,
            "unknown": list(self.unknown),
        }


def cost_of(
    catalog: Catalog, has: Resolved, at: datetime, cadence: Cadence, usage: Mapping[str, Usage]
) -> Cost:
    """What `has` costs at `at`: what the subscriber pays for of plan and add-ons, and use beyond the caps."""
    held = has.subscription
    yearly, unknown = Decimal(0), []
    priced = [
        (catalog.title_of("plan", has.plan.key), has.plan.price),
        *((catalog.title_of("add_on", k), catalog.add_ons[k].price) for k in add_ons_held(catalog, held, at)),
    ]
    for title, price in priced if held is None or pays(held) == "subscriber" else ():
        amount = year_of(price, cadence)
        if amount is None:
            unknown.append(f"the price of {title} is on request")
        else:
            yearly += amount
    on_request = bool(unknown)
    for cap, given in has.caps.items():
        terms, unit = given.terms, catalog.caps[cap].unit
        if terms.extra is None or terms.included == "unlimited":
            continue
        used = usage.get(cap)
        if used is None or used.count is None:
            unknown.append(f"how many {unit.other} are in use is not known")
            continue
        over = in_use(used) - int(how_many(terms.included))
        if over > 0 and terms.extra == "by_rate":
            unknown.append(f"the price of {unit.counted(over)} more depends on the rate")
        elif over > 0 and isinstance(terms.extra, Decimal):
            yearly += 12 * over * terms.extra
    return Cost(yearly, tuple(unknown), on_request)


def year_of(price: Price, cadence: Cadence) -> Decimal | None:
    """A year at `price`, paid by that cadence; None where no such price is stated."""
    if price.free:
        return Decimal(0)
    if cadence == "annual":
        return price.annual_total
    return None if price.monthly is None else 12 * price.monthly
