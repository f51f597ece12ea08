"""How much of a cap one subject has: included, in use, left, and what more would cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from entitlements.amounts import Amount, how_many
from entitlements.decision import Decision
from entitlements.engine.resolve import CapGiven
from entitlements.model import Origin
from entitlements.subject import Usage


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of a cap a subject has. Numbers count in the cap's unit; prices are a month's."""

    cap: str
    included: Amount
    hard: bool
    extra_price: Decimal | Literal["by_rate"] | None
    used: int | None
    #: Why `used` is None: the measuring failed, or nobody measures it.
    unknown: str | None
    source: Origin
    _room_for: Callable[[int], Decision] = field(repr=False, compare=False)

    @property
    def remaining(self) -> int | Literal["unlimited"] | None:
        """What is left of the included amount; None while usage is unknown."""
        if self.included == "unlimited":
            return "unlimited"
        return None if self.used is None else max(how_many(self.included) - self.used, 0)

    @property
    def over(self) -> int | None:
        """How many are in use beyond the included amount; None while usage is unknown."""
        if self.included == "unlimited":
            return 0
        return None if self.used is None else max(self.used - how_many(self.included), 0)

    @property
    def monthly_charge(self) -> Decimal | None:
        """What the excess costs a month; None where no fixed price or no known usage says so."""
        if self.over == 0:
            return Decimal(0)
        if self.over is None or not isinstance(self.extra_price, Decimal):
            return None
        return self.extra_price * self.over

    def room_for(self, adding: int = 1) -> Decision:
        """Whether `adding` more may be added to what is in use."""
        return self._room_for(adding)


def allowance_of(
    cap: str, given: CapGiven, usage: Usage | None, room_for: Callable[[int], Decision]
) -> Allowance:
    """The Allowance of a subject that is `given` so much of `cap` and uses so much of it."""
    used = usage.count if usage is not None else None
    unknown = None if used is not None else (usage.unknown if usage is not None else None) or "not measured"
    terms = given.terms
    return Allowance(cap, terms.included, terms.hard, terms.extra, used, unknown, given.origin, room_for)
