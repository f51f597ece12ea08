"""Plans by themselves and side by side: promises they cannot keep, and plans that nobody would choose."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from entitlements.amounts import NO_CAP, CapTerms
from entitlements.catalog.lint.copies import beside_features
from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.reading.scalars import shown
from entitlements.catalog.versions import gives_less
from entitlements.model import Catalog, Plan
from entitlements.problems import Related

_SOLD = ("self_service", "by_sales")


def baa_without_its_features(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A plan that offers the agreement, but not what the agreement stands on."""
    for plan in catalog.plans.values():
        missing = [feature for feature in catalog.baa_needs if feature not in plan.features]
        parent = catalog.plans.get(plan.extends or "")
        # A plan that inherits all of it is mended with the one above.
        inherits = parent is not None and parent.baa and parent.features.keys().isdisjoint(missing)
        if plan.baa and missing and not inherits:
            yield Finding(
                f'plan "{plan.key}" offers a BAA without what it stands on: {", ".join(map(shown, missing))}',
                places.stated(plan, "baa"),
                "include it, or write baa: not_offered",
                (plan.key, *missing),
                (Related(places.baa_needs(), "what a BAA needs"),),
            )


def line_that_takes_nothing_away(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A feature that a plan goes without, and that no plan above it gives any more."""
    for plan in catalog.plans.values():
        given = places.entries["plan"][plan.key]
        parent = catalog.plans.get(plan.extends or "")
        had = {*(parent.features if parent else ()), *(given.get("features") or ())}
        for feature in given.get("without") or ():
            if feature not in had:
                yield Finding(
                    f'plan "{plan.key}" goes without "{feature}", which no plan above it gives any more',
                    places.taken_away(plan, feature),
                    "take it out of `without`",
                    (plan.key, feature),
                    (Related(parent.mark, f'"{parent.key}" gave it once'),) if parent else (),
                )


def plan_given_away(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A plan with a price that is had by all who have no subscription, and so pay nothing."""
    for field, who in (("default_plan", "never had a subscription"), ("after_end", "had one that has ended")):
        plan = catalog.plans[getattr(catalog, field)]
        if not plan.price.free:
            yield Finding(
                f'`{field}` gives "{plan.key}", which has a price, to everybody who {who}',
                places.head.value_mark(field),
                "name a plan that is free",
                (field, plan.key),
                (Related(places.stated(plan, "price"), f'what "{plan.key}" costs'),),
            )


def plan_that_nobody_would_choose(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A plan on sale that gives no more than another, and costs as much or more on each cadence."""
    on_sale = [
        plan
        for plan in catalog.plans.values()
        if plan.sold in _SOLD and not plan.suspends and not plan.price.on_request
    ]
    cheapest_first = sorted(on_sale, key=lambda plan: (plan.price.monthly, plan.key))
    # Sets of a thousand features are compared as the bits of a number.
    bits = {feature: 1 << number for number, feature in enumerate(catalog.features)}
    masks = {plan.key: sum(map(bits.__getitem__, plan.features)) for plan in on_sale}
    terms = {plan.key: (masks[plan.key], *beside_features(plan), plan.price) for plan in on_sale}
    for plan in on_sale:
        for other in cheapest_first:
            lacks, same = masks[plan.key] & ~masks[other.key], terms[plan.key] == terms[other.key]
            if not lacks and not same and _is_as_good(catalog, other, plan):
                yield Finding(
                    f'plan "{plan.key}" gives no more than "{other.key}" and costs {_cost(plan, other)}',
                    places.stated(plan, "price"),
                    "let it give more, or cost less",
                    (plan.key, other.key),
                    (Related(places.stated(other, "price"), f'what "{other.key}" costs'),),
                )
                break


def _is_as_good(catalog: Catalog, other: Plan, plan: Plan) -> bool:
    """Whether `other`, which has every feature of `plan`, gives as much of all the rest and costs no more."""
    levels = catalog.support_levels
    return (
        all(theirs <= ours for ours, theirs in _prices(plan, other))
        and levels[other.support].rank >= levels[plan.support].rank
        and other.baa >= plan.baa
        and not any(
            gives_less(terms, other.caps.get(cap, NO_CAP)) or _dearer(terms, other.caps.get(cap, NO_CAP))
            for cap, terms in plan.caps.items()
        )
    )


def _prices(plan: Plan, other: Plan) -> Iterator[tuple[Decimal, Decimal]]:
    """What both cost, on each cadence of `plan`; one that `other` lacks is paid by the month."""
    ours, theirs = plan.price, other.price
    if ours.monthly is None or theirs.monthly is None:
        return
    yield ours.monthly, theirs.monthly
    if ours.annual_total is not None:
        annual = theirs.annual_total
        yield ours.annual_total, 12 * theirs.monthly if annual is None else annual


def _dearer(before: CapTerms, after: CapTerms) -> bool:
    """Whether one more costs more, or nobody knows what, where both can be had."""
    if after.included == "unlimited" or before.extra is None or before.extra == after.extra:
        return False
    return not (isinstance(before.extra, Decimal) and isinstance(after.extra, Decimal)) or (
        after.extra > before.extra
    )


def _cost(plan: Plan, other: Plan) -> str:
    return "more" if any(theirs < ours for ours, theirs in _prices(plan, other)) else "as much"
