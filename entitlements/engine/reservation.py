"""What reserving gives, and what it raises when a cap has no room."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from entitlements.decision import Decision
from entitlements.errors import AccessDenied
from entitlements.source.seats import Hold


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was reserved. Equal for one key however often it is asked; what it costs is as of the asking."""

    subject: str
    cap: str
    hold: Hold
    #: Why it was allowed; for what lies beyond a soft cap, in words what it costs.
    decision: Decision = field(compare=False)
    #: How many of these lie beyond what the plan includes; None while nobody said how many there are.
    over: int | None = field(compare=False)
    #: A month's price of each of them.
    extra_price: Decimal | Literal["by_rate"] | None = field(compare=False)

    @property
    def monthly_charge(self) -> Decimal | None:
        """What those beyond cost a month; None where no fixed price or no known number says so."""
        if self.over == 0:
            return Decimal(0)
        if self.over is None or not isinstance(self.extra_price, Decimal):
            return None
        return self.extra_price * self.over


class CapReached(AccessDenied):
    """What reserving raises when a hard cap has no room: `held` of `allowed` are taken, by `holders`.

    The decision names what has more room. Nothing was reserved.
    """

    def __init__(
        self,
        decision: Decision,
        subject: str,
        *,
        cap: str,
        wanted: int,
        held: int | None,
        allowed: int,
        holders: tuple[Hold, ...],
    ) -> None:
        named = ", ".join(f"{hold.key} ({hold.n:,})" for hold in holders)
        super().__init__(
            decision, subject, says=f" {wanted:,} wanted. Latest holders: {named}." if named else ""
        )
        self.cap = cap
        self.wanted = wanted
        self.held = held
        self.allowed = allowed
        #: The latest few of those who hold something.
        self.holders = holders
