"""All that is stored of one subject, as a Source hands it over. Every period is half-open [start, end)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from entitlements.amounts import Amount
from entitlements.clock import aware
from entitlements.model import EMPTY, Catalog
from entitlements.problems import NOWHERE, Mark

if TYPE_CHECKING:
    from collections.abc import Iterable

SubscriptionKind = Literal["product", "bundle", "pro_bono", "developer", "trial"]
Payer = Literal["subscriber", "agreement", "nobody"]


def in_force(start: datetime | None, end: datetime | None, at: datetime) -> bool:
    """Whether `at` lies in [start, end); None is open. A period whose end is its start is never in force."""
    return (start is None or start <= at) and (end is None or at < end)


def is_over(end: datetime | None, at: datetime) -> bool:
    """Whether a period that ends at `end` has ended by `at`; None is open."""
    return end is not None and end <= at


def _must_be_aware(*instants: datetime | None) -> None:
    """Raises ValueError, with the fix, for a datetime without a time zone."""
    for instant in instants:
        if instant is not None:
            aware(instant)


@dataclass(frozen=True, slots=True)
class AddOnPeriod:
    """An add-on and when the subject has it, within its subscription."""

    key: str
    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        _must_be_aware(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A plan version held from `start` until `end` (None: open)."""

    plan: str
    start: datetime | None = None
    end: datetime | None = None
    cadence: Literal["monthly", "annual"] = "monthly"
    kind: SubscriptionKind = "product"
    add_ons: tuple[AddOnPeriod, ...] = ()
    mark: Mark = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        _must_be_aware(self.start, self.end)


def pays(subscription: Subscription) -> Payer:
    """Who pays for the plan: the subscriber for a product, its agreement for a bundle, for others nobody."""
    if subscription.kind == "product":
        return "subscriber"
    return "agreement" if subscription.kind == "bundle" else "nobody"


@dataclass(frozen=True, slots=True)
class Override:
    """An exception for one subject. Exactly one of `give`, `remove`, `cap`, `support` is set."""

    kind: str
    because: str
    by: str
    start: datetime | None
    end: datetime | None
    give: str | None = None
    remove: str | None = None
    cap: str | None = None
    set_to: Amount | None = None
    at_least: Amount | None = None
    support: str | None = None
    mark: Mark = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        _must_be_aware(self.start, self.end)

    def does(self, quote: str = "") -> str:
        """What it does, in the middle of a sentence: `raises cap sms to at least 500`, names in `quote`."""
        if self.give is not None:
            return f"gives {quote}{self.give}{quote}"
        if self.remove is not None:
            return f"removes {quote}{self.remove}{quote}"
        if self.support is not None:
            return f"raises support to {quote}{self.support}{quote}"
        cap = f"cap {quote}{self.cap}{quote}"
        return (
            f"sets {cap} to {self.set_to}"
            if self.set_to is not None
            else f"raises {cap} to at least {self.at_least}"
        )


@dataclass(frozen=True, slots=True)
class Example:
    """One thing that uses a feature: what it is called and, where there is one, a link to it."""

    label: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of a feature or cap is used. `count` None means asked and failed; `unknown` says why."""

    count: int | None
    exempt: int = 0
    examples: tuple[Example, ...] = ()
    last_used: datetime | None = None
    measured_at: datetime | None = None
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """One subject as stored. `revision` grows with each change that may alter an answer."""

    subject: str
    subscriptions: tuple[Subscription, ...] = ()
    overrides: tuple[Override, ...] = ()
    baa_signed_on: datetime | None = None
    baa_ended_on: datetime | None = None
    contacts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    credits: Decimal = Decimal(0)
    time_zone: str | None = None
    usage: Mapping[str, Usage] = field(default_factory=lambda: EMPTY)
    revision: int = 0
    mark: Mark = field(default=NOWHERE, compare=False)

    def __post_init__(self) -> None:
        _must_be_aware(self.baa_signed_on, self.baa_ended_on)

    def subscription_at(self, at: datetime) -> Subscription | None:
        """The subscription in force at `at`; of several, the one that started last."""
        running = [s for s in self.subscriptions if in_force(s.start, s.end, at)]
        return max(running, key=_by_start) if running else None

    def had_subscription_before(self, at: datetime) -> bool:
        """Whether some subscription has come to its end by `at`."""
        return any(_really_ran(s) and is_over(s.end, at) for s in self.subscriptions)

    def boundaries(self) -> Iterable[datetime]:
        """Every instant at which something of this record starts or ends."""
        periods: list[Any] = [*self.subscriptions, *self.overrides]
        periods.extend(add_on for s in self.subscriptions for add_on in s.add_ons)
        for period in periods:
            yield from (instant for instant in (period.start, period.end) if instant is not None)
        yield from (instant for instant in (self.baa_signed_on, self.baa_ended_on) if instant is not None)


def zone_of(record: SubjectRecord, catalog: Catalog) -> str:
    """The time zone in which the days of `record` begin."""
    return record.time_zone or catalog.time_zone


def _by_start(subscription: Subscription) -> tuple[Any, ...]:
    start = subscription.start
    # The plan and then all the rest break a tie, so that the order of records never matters.
    add_ons = sorted(map(str, subscription.add_ons))
    rest = str((subscription.end, subscription.cadence, subscription.kind, add_ons))
    return start is not None, start or 0, subscription.plan, rest


def _really_ran(subscription: Subscription) -> bool:
    return subscription.start is None or subscription.end is None or subscription.start < subscription.end
