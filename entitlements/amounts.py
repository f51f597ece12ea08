"""How much a plan includes of a cap, what an add-on adds to it, and what either costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from entitlements.problems import NOWHERE, Mark

Amount = int | Literal["unlimited", "none"]


def size(amount: Amount) -> Any:
    """A number to compare amounts by: `none` below 0, `unlimited` above everything."""
    if amount == "unlimited":
        return float("inf")
    return -1 if amount == "none" else amount


def how_many(amount: Amount) -> Any:
    """A number to count with: of `none` there is 0, of `unlimited` more than anything."""
    if amount == "unlimited":
        return float("inf")
    return 0 if amount == "none" else amount


@dataclass(frozen=True, slots=True)
class CapTerms:
    """How much of a cap a plan includes. A soft cap goes on past it at `extra` for each one more a month."""

    included: Amount
    hard: bool = False
    extra: Decimal | Literal["by_rate"] | None = None
    mark: Mark = field(default=NOWHERE, compare=False)


#: What a plan that says nothing of a cap includes of it.
NO_CAP: Final = CapTerms("none", hard=True)


@dataclass(frozen=True, slots=True)
class CapRaise:
    """What an add-on does to a cap: raise it to at least a number, or add to it."""

    at_least: Amount | None = None
    add: int = 0
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Price:
    """Amounts in the catalog's currency, by cadence; both None when the price is on request."""

    monthly: Decimal | None
    annual_total: Decimal | None
    mark: Mark = field(default=NOWHERE, compare=False)

    @property
    def on_request(self) -> bool:
        return self.monthly is None

    @property
    def free(self) -> bool:
        return self.monthly == 0


FREE: Final = Price(Decimal(0), Decimal(0))
ON_REQUEST: Final = Price(None, None)
