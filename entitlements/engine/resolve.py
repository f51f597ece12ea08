"""What one subject has at one instant: plan, features, caps, support, BAA, and where each comes from."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from entitlements.amounts import NO_CAP, Amount, CapTerms, how_many, size
from entitlements.clock import NEVER, to_ns
from entitlements.errors import UnknownPlan
from entitlements.model import EMPTY, Catalog, Origin, Plan
from entitlements.subject import Override, SubjectRecord, Subscription, in_force
from entitlements.succession import boundaries, version_of

_log = logging.getLogger("entitlements")
_MOST_OFFERS = 10_000


@dataclass(frozen=True, slots=True)
class CapGiven:
    """The terms of one cap for one subject, and what decides how much is included."""

    terms: CapTerms
    origin: Origin


@dataclass(frozen=True, slots=True)
class BAA:
    """Business Associate Agreement: offered by the plan, signed and ended by the subject."""

    offered: bool
    signed_on: datetime | None
    ended_on: datetime | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What a plan version with some add-ons gives to all without exceptions; worked out once, then shared."""

    origin: Origin
    included: Mapping[str, Origin]
    caps: Mapping[str, CapGiven]
    #: As it is while nothing is signed.
    baa: BAA


#: (plan version, add-ons) → what they offer.
Offers = dict[tuple[str, tuple[str, ...]], Offer]


@dataclass(frozen=True, slots=True)
class Resolved:
    """Everything that follows from catalog, record and instant, before any checker is asked."""

    plan: Plan
    plan_origin: Origin
    subscription: Subscription | None
    included: Mapping[str, Origin]
    removed: Mapping[str, Origin]
    caps: Mapping[str, CapGiven]
    support: str
    support_origin: Origin
    baa: BAA
    #: The first instant (ns) at which any of this may change.
    until: int
    #: Equal for subjects to whom every line above but subscription, BAA and `until` applies alike.
    key: Hashable


def resolve(catalog: Catalog, record: SubjectRecord, at: datetime, offers: Offers | None = None) -> Resolved:
    """What `record` gives at `at`. Never fails: a subscription to a plan that is gone counts as ended.

    `catalog` has the versions sold at that instant as its plans, as `Catalog.at` gives it. `offers` keeps
    what subjects have in common from one call to the next; it belongs to one catalog.
    """
    subscription = record.subscription_at(at)
    plan = _plan_of(catalog, record, subscription, at)
    add_ons = add_ons_held(catalog, subscription, at)
    offer = _offer(catalog, plan, add_ons, {} if offers is None else offers)
    overrides = sorted((o for o in record.overrides if in_force(o.start, o.end, at)), key=_by_content)
    zone = record.time_zone
    given = {o.give: origin_of(o, zone) for o in reversed(overrides) if o.give and o.give in catalog.features}
    removed = {
        o.remove: origin_of(o, zone) for o in reversed(overrides) if o.remove and o.remove in catalog.features
    }
    altered = {o.cap for o in overrides if o.cap in catalog.caps}
    instants = chain(record.boundaries(), boundaries(catalog.successions.values()))
    changes_next = min((instant for instant in instants if instant > at), default=None)
    support, support_origin = _support(catalog, plan, offer.origin, overrides, zone)
    return Resolved(
        plan=plan,
        plan_origin=offer.origin,
        subscription=subscription,
        # Where several give a feature, the plan or add-on is named before an override.
        included={**given, **offer.included} if given else offer.included,
        removed=removed or EMPTY,
        caps={
            cap: _cap(catalog, cap, plan, add_ons, overrides, zone) if cap in altered else offered
            for cap, offered in offer.caps.items()
        }
        if altered
        else offer.caps,
        support=support,
        support_origin=support_origin,
        baa=offer.baa if record.baa_signed_on is record.baa_ended_on is None else _baa(plan, record, at),
        until=NEVER if changes_next is None else to_ns(changes_next),
        # With the places and days of overrides, since an answer names the line that decides and until when.
        key=(
            offer.origin.key,
            add_ons,
            *overrides,
            *(override.mark for override in overrides),
            zone if overrides else None,
        ),
    )


def _offer(catalog: Catalog, plan: Plan, add_ons: tuple[str, ...], offers: Offers) -> Offer:
    key = (plan.ref, add_ons)
    found = offers.get(key)
    if found is None:
        found = Offer(
            origin=Origin("plan", plan.ref, plan.mark),
            included=_included(catalog, plan, add_ons),
            caps={cap: _cap(catalog, cap, plan, add_ons) for cap in catalog.caps},
            baa=BAA(offered=plan.baa, signed_on=None, ended_on=None, in_force=False),
        )
        if len(offers) >= _MOST_OFFERS:
            offers.clear()
        offers[key] = found
    return found


def origin_of(override: Override, time_zone: str | None = None) -> Origin:
    """Where a value set by `override` comes from; `time_zone` is the subject's."""
    return Origin("override", override.kind, override.mark, override.because, override.end, time_zone)


def _plan_of(
    catalog: Catalog, record: SubjectRecord, subscription: Subscription | None, at: datetime
) -> Plan:
    if subscription is not None:
        try:
            return version_of(catalog, subscription, at)
        except UnknownPlan:
            _log.warning(
                'subject "%s" subscribes to unknown plan "%s"; its subscription counts as ended',
                record.subject,
                subscription.plan,
            )
            return catalog.plan(catalog.after_end)
    return catalog.plan(catalog.after_end if record.had_subscription_before(at) else catalog.default_plan)


def add_ons_held(catalog: Catalog, subscription: Subscription | None, at: datetime) -> tuple[str, ...]:
    """The add-ons in force, sorted, of those that the catalog knows."""
    held = subscription.add_ons if subscription else ()
    return tuple(sorted({a.key for a in held if a.key in catalog.add_ons and in_force(a.start, a.end, at)}))


def _included(catalog: Catalog, plan: Plan, add_ons: tuple[str, ...]) -> Mapping[str, Origin]:
    """Feature → origin; the plan is named before an add-on."""
    found: dict[str, Origin] = {}
    for key in reversed(add_ons):
        found.update(
            {feature: Origin("add_on", key, mark) for feature, mark in catalog.add_ons[key].features.items()}
        )
    found.update({feature: Origin("plan", plan.ref, mark) for feature, mark in plan.features.items()})
    return found


def _cap(
    catalog: Catalog,
    cap: str,
    plan: Plan,
    add_ons: tuple[str, ...],
    overrides: Iterable[Override] = (),
    time_zone: str | None = None,
) -> CapGiven:
    """An override that sets it; else the largest of plan and `at_least`s, and on top what add-ons add."""
    stated = plan.caps.get(cap)
    terms = stated if stated is not None else replace(NO_CAP, mark=plan.mark)
    setting = [o for o in overrides if o.cap == cap and o.set_to is not None]
    chosen = max(setting, key=_newest_then_largest, default=None)
    if chosen is not None and chosen.set_to is not None:
        # An unlimited cap has no price for more; once it has a number, that number is where it ends.
        hard = terms.hard or terms.extra is None
        return CapGiven(replace(terms, included=chosen.set_to, hard=hard), origin_of(chosen, time_zone))
    best, origin = terms.included, Origin("plan", plan.ref, terms.mark)
    raises = [(key, catalog.add_ons[key].caps[cap]) for key in add_ons if cap in catalog.add_ons[key].caps]
    floors: list[tuple[Amount | None, Origin]] = [
        *((given.at_least, Origin("add_on", key, given.mark)) for key, given in raises),
        *((o.at_least, origin_of(o, time_zone)) for o in overrides if o.cap == cap),
    ]
    for floor, where in floors:
        if floor is not None and size(floor) > size(best):
            best, origin = floor, where
    for key, given in raises:
        if given.add and best != "unlimited":
            best, origin = how_many(best) + given.add, Origin("add_on", key, given.mark)
    return CapGiven(replace(terms, included=best) if best != terms.included else terms, origin)


def _support(
    catalog: Catalog, plan: Plan, origin: Origin, overrides: Iterable[Override], time_zone: str | None
) -> tuple[str, Origin]:
    best, where = plan.support, origin
    for override in overrides:
        level = catalog.support_levels.get(override.support or "")
        if level is not None and level.rank > catalog.support_levels[best].rank:
            best, where = level.key, origin_of(override, time_zone)
    return best, where


def _baa(plan: Plan, record: SubjectRecord, at: datetime) -> BAA:
    signed, ended = record.baa_signed_on, record.baa_ended_on
    holds = plan.baa and signed is not None and signed <= at and (ended is None or at < ended)
    return BAA(offered=plan.baa, signed_on=signed, ended_on=ended, in_force=holds)


def _newest_then_largest(override: Override) -> tuple[int, float]:
    start = to_ns(override.start) if override.start else -NEVER
    return start, size(override.set_to if override.set_to is not None else "none")


def _by_content(override: Override) -> tuple[str, ...]:
    fields = (
        override.kind,
        override.because,
        override.by,
        override.start,
        override.end,
        override.give,
        override.remove,
        override.cap,
        override.set_to,
        override.at_least,
        override.support,
    )
    return tuple(str(value) for value in fields)
