"""What an edit does to all who hold the same terms; with what one of them uses, what it does to that one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final, Literal, NamedTuple

from entitlements.amounts import NO_CAP, CapTerms, Price, how_many
from entitlements.change.compare import Terms, baa_word
from entitlements.engine.resolve import Offers, Resolved, add_ons_held, resolve
from entitlements.model import Catalog
from entitlements.subject import SubjectRecord, Subscription, pays
from entitlements.succession import boundaries

#: Money is counted in these, so that a twelfth of a year's price is exact: 1 is a twelfth of 0.0001.
UNITS: Final = 120_000
_TICK = timedelta(microseconds=1)
HitKind = Literal[
    "feature_lost_in_use",
    "feature_lost_use_unknown",
    "cap_exceeded",
    "cap_lowered_use_unknown",
    "bill_rises",
    "bill_falls",
    "bill_unknown",
    "support_lowered",
    "support_raised",
    "baa_lost_in_force",
    "baa_lost",
    "baa_offered",
    "feature_gained",
    "cap_raised",
]
#: In the order in which they are told.
KINDS: Final[tuple[HitKind, ...]] = HitKind.__args__  # type: ignore[attr-defined]


class Hit(NamedTuple):
    """One thing that an edit does to a subject. Equal ones are counted together."""

    kind: HitKind
    key: str | None = None
    before: str | None = None
    after: str | None = None


class Loss(NamedTuple):
    """A feature that is lost, with what to say where it is in use and where nobody knows."""

    feature: str
    in_use: Hit
    unknown: Hit


class CapStep(NamedTuple):
    """A cap whose terms change; `charged` if that may be felt on a bill."""

    cap: str
    before: CapTerms
    after: CapTerms
    charged: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What changes for the holders of some terms, whatever they use."""

    lost: tuple[Loss, ...]
    caps: tuple[CapStep, ...]
    #: How much more a month the plan and its add-ons cost, in UNITS; None if that cannot be told.
    price: int | None
    #: What does not depend on use: support, BAA and what is gained.
    always: tuple[Hit, ...]
    #: What it does besides on each later day on which another version starts.
    later: tuple[tuple[datetime, Outcome], ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.lost or self.caps or self.always) and self.price == 0

    def beyond(self, earlier: Outcome) -> Outcome:
        """What of this `earlier` does not do yet."""
        steps = {step.cap: step for step in earlier.caps}
        return Outcome(
            lost=tuple(loss for loss in self.lost if loss not in earlier.lost),
            caps=tuple(
                _going_on(steps.get(step.cap), step) for step in self.caps if step not in earlier.caps
            ),
            price=_further(earlier.price, self.price),
            always=tuple(hit for hit in self.always if hit not in earlier.always),
        )


class Outcomes:
    """Gives the Outcome of a record, at one instant and on the later days on which another version starts."""

    def __init__(self, old: Catalog, new: Catalog, at: datetime) -> None:
        starts = {*boundaries(old.successions.values()), *boundaries(new.successions.values())}
        #: The later days, in order.
        self.days = tuple(sorted(start for start in starts if start > at))
        self._now = OutcomesAt(old, new, at)
        # Just before a day nothing but that day is missing, whatever begins or ends until then.
        self._later = {
            day: (OutcomesAt(old, new, day - _TICK), OutcomesAt(old, new, day)) for day in self.days
        }
        #: The instants before and after which a date of a record means different things.
        self.turns = sorted({at, *starts, *(day - _TICK for day in self.days)})

    def of(self, record: SubjectRecord) -> Outcome:
        """What the edit does to whoever holds the terms of `record`; its usage is not looked at."""
        later = tuple(
            (day, then.of(record).beyond(before.of(record))) for day, (before, then) in self._later.items()
        )
        return replace(self._now.of(record), later=later)


class OutcomesAt:
    """Gives the Outcome of a record: `old` and `new` terms as the engine resolves them at one instant."""

    def __init__(self, old: Catalog, new: Catalog, at: datetime) -> None:
        self.old, self.new, self.at = old.at(at), new.at(at), at
        self._old_offers: Offers = {}
        self._new_offers: Offers = {}

    def of(self, record: SubjectRecord) -> Outcome:
        """What the edit does at that instant to whoever holds the terms of `record`."""
        had = resolve(self.old, record, self.at, self._old_offers)
        has = resolve(self.new, record, self.at, self._new_offers)
        before, after = Terms.of_subject(had), Terms.of_subject(has)
        # Whoever pays for the plan, what is used beyond it is charged.
        priced = had.subscription is None or pays(had.subscription) == "subscriber"
        steps = [
            CapStep(cap, old, new, charged=_charged(old, new))
            for cap in sorted({*before.caps, *after.caps})
            if (old := before.caps.get(cap, NO_CAP)) != (new := after.caps.get(cap, NO_CAP))
        ]
        return Outcome(
            lost=tuple(map(_loss, sorted(before.features - after.features))),
            caps=tuple(steps),
            price=self._price_step(had, has) if priced else 0,
            always=(
                *self._support_step(had, has),
                *_baa_step(had, has),
                *(Hit("feature_gained", key) for key in sorted(after.features - before.features)),
                *(Hit("cap_raised", one.cap) for one in steps if limit(one.after) > limit(one.before)),
            ),
        )

    def _price_step(self, had: Resolved, has: Resolved) -> int | None:
        before = _prices(self.old, had, self.at)
        after = _prices(self.new, has, self.at)
        if before == after:
            return 0
        old, new = _monthly(before, had.subscription), _monthly(after, has.subscription)
        return None if old is None or new is None else new - old

    def _support_step(self, had: Resolved, has: Resolved) -> Iterator[Hit]:
        if had.support != has.support:
            ranks = {**self.old.support_levels, **self.new.support_levels}
            higher = ranks[has.support].rank > ranks[had.support].rank
            kind: HitKind = "support_raised" if higher else "support_lowered"
            yield Hit(kind, None, had.support, has.support)


def _going_on(earlier: CapStep | None, step: CapStep) -> CapStep:
    """`step` from where `earlier` has already led."""
    if earlier is None or earlier.before != step.before:
        return step
    charged = (earlier.charged or step.charged) and _charged(earlier.after, step.after)
    return CapStep(step.cap, earlier.after, step.after, charged)


def _further(earlier: int | None, price: int | None) -> int | None:
    """How much more is paid than with `earlier`; nothing where the two catalogs agree again."""
    if price in (0, earlier):
        return 0
    return None if price is None or earlier is None else price - earlier


@cache
def _loss(feature: str) -> Loss:
    return Loss(feature, Hit("feature_lost_in_use", feature), Hit("feature_lost_use_unknown", feature))


def _baa_step(had: Resolved, has: Resolved) -> Iterator[Hit]:
    if had.baa.offered != has.baa.offered:
        lost: HitKind = "baa_lost_in_force" if had.baa.in_force else "baa_lost"
        kind: HitKind = "baa_offered" if has.baa.offered else lost
        yield Hit(kind, None, baa_word(had.baa.offered), baa_word(has.baa.offered))


def _prices(catalog: Catalog, has: Resolved, at: datetime) -> tuple[Price, ...]:
    """What is paid for: the plan and the add-ons held."""
    add_ons = (catalog.add_ons[key].price for key in add_ons_held(catalog, has.subscription, at))
    return has.plan.price, *add_ons


def _monthly(prices: tuple[Price, ...], subscription: Subscription | None) -> int | None:
    """A month's share of all `prices` on the cadence of the subscription, in UNITS."""
    annual = subscription is not None and subscription.cadence == "annual"
    total = 0
    for price in prices:
        if price.monthly is None:
            return None
        if annual and price.annual_total is not None:
            total += int(price.annual_total * (UNITS // 12))
        else:
            total += int(price.monthly * UNITS)
    return total


def _charged(before: CapTerms, after: CapTerms) -> bool:
    """Whether the change may be felt on a bill."""
    return _rate(before) != _rate(after)


def _rate(terms: CapTerms) -> object:
    """What each one costs beyond how many; None where nothing is ever charged."""
    if terms.extra is None or terms.included == "unlimited":
        return None
    return limit(terms), terms.extra


def limit(terms: CapTerms) -> float:
    """How many are included, as a number; infinity for unlimited."""
    included: float = how_many(terms.included)
    return included


def charge(terms: CapTerms, used: int) -> int | None:
    """What `used` costs a month beyond what is included, in UNITS; None where the rate is not known."""
    over = used - limit(terms)
    if over <= 0 or terms.extra is None:
        return 0
    return int(terms.extra * UNITS) * int(over) if isinstance(terms.extra, Decimal) else None


def _puts_over(step: CapStep, used: int | None) -> bool:
    """Whether use is, or may be, beyond what is included afterwards and was not before."""
    before, after = limit(step.before), limit(step.after)
    return after < before if used is None else after < used <= before


def _charge_step(step: CapStep, used: int | None) -> int | None:
    if used is None:
        return None
    before, after = charge(step.before, used), charge(step.after, used)
    return None if before is None or after is None else after - before


def hits_of(
    outcome: Outcome, in_use: Callable[[str], int | None], used: Callable[[str], int | None]
) -> tuple[list[Hit], int]:
    """What the edit does to one holder, and how much more that costs a month, in UNITS.

    `in_use` is what counts as use of a feature, `used` how much of a cap is taken; None if not known.
    """
    hits: list[Hit] = []
    for feature, found_in_use, unknown in outcome.lost:
        count = in_use(feature)
        if count:
            hits.append(found_in_use)
        elif count is None:
            hits.append(unknown)
    more = outcome.price
    for step in outcome.caps:
        count = used(step.cap)
        if _puts_over(step, count):
            hits.append(Hit("cap_lowered_use_unknown" if count is None else "cap_exceeded", step.cap))
        if step.charged:
            charged = _charge_step(step, count)
            more = None if more is None or charged is None else more + charged
    if more is None:
        hits.append(Hit("bill_unknown"))
    elif more:
        hits.append(Hit("bill_rises" if more > 0 else "bill_falls"))
    return [*hits, *outcome.always], more or 0
