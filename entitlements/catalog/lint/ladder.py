"""Plans on the ladder: who climbs it never loses anything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.versions import cap_words, gives_less
from entitlements.model import Catalog, Plan
from entitlements.problems import Mark, Related


def higher_plan_that_gives_less(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A plan that lacks what the plan below it has, or gives less of it."""
    for lower, higher in pairwise(catalog.plans[key] for key in catalog.ladder):
        for about, what, mark, place in _given_up(catalog, lower, higher, places):
            yield Finding(
                f'plan "{higher.key}" gives less than "{lower.key}", the plan below it on the ladder: {what}',
                mark,
                "give at least as much, or change the order of the ladder",
                (higher.key, lower.key, about),
                (Related(place, f'what "{lower.key}" gives'),),
            )


def plan_on_the_ladder_that_nobody_can_buy(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A plan of the price list that is not sold, so that nobody is pointed to it."""
    for i, key in enumerate(catalog.ladder):
        plan = catalog.plans[key]
        if not plan.on_offer:
            yield Finding(
                f'plan "{key}" is on the ladder but nobody can buy it: it says sold: {plan.sold}',
                places.head["ladder"].item_mark(i),
                "take it off the ladder, or sell it by self_service or by_sales",
                (key,),
                (Related(places.stated(plan, "sold"), "how it is sold"),),
            )


def _given_up(
    catalog: Catalog, lower: Plan, higher: Plan, places: Places
) -> Iterator[tuple[str, str, Mark, Mark]]:
    """Its key, in words, the line of the higher plan, and that of the lower."""
    for feature, place in lower.features.items():
        if feature not in higher.features:
            yield feature, f'it lacks feature "{feature}"', places.taken_away(higher, feature), place
    for cap, terms in lower.caps.items():
        ours = higher.caps[cap]
        if gives_less(terms, ours):
            yield cap, f'cap "{cap}" is {cap_words(ours)}, not {cap_words(terms)}', ours.mark, terms.mark
    levels = catalog.support_levels
    if levels[higher.support].rank < levels[lower.support].rank:
        what = f'support is "{higher.support}", not "{lower.support}"'
        yield "support", what, places.stated(higher, "support"), places.stated(lower, "support")
    if lower.baa and not higher.baa:
        yield "baa", "no BAA is offered", places.stated(higher, "baa"), places.stated(lower, "baa")
