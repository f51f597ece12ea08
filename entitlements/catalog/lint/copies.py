"""Plans and add-ons that are the same as another in all but their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.model import AddOn, Catalog, Plan
from entitlements.problems import Related

Sold = TypeVar("Sold", Plan, AddOn)


def plan_twice(catalog: Catalog, _: Places) -> Iterator[Finding]:
    """Two plans of the same terms and price, sold the same way."""

    def content(plan: Plan) -> object:
        return frozenset(plan.features), beside_features(plan), plan.price, plan.sold

    ranked = sorted(catalog.plans.values(), key=lambda plan: _standing(catalog, plan))
    yield from _copies("plan", ranked, content)


def add_on_twice(catalog: Catalog, _: Places) -> Iterator[Finding]:
    """Two add-ons that give the same, for the same price, with the same plans."""

    def content(add_on: AddOn) -> object:
        raises = tuple((cap, given.at_least, given.add) for cap, given in add_on.caps.items())
        return tuple(add_on.features), raises, add_on.price, add_on.sold_with

    yield from _copies("add-on", catalog.add_ons.values(), content)


def beside_features(plan: Plan) -> tuple[Any, ...]:
    """All that a plan gives but its features, as a value that compares."""
    caps = tuple((cap, terms.included, terms.hard, terms.extra) for cap, terms in plan.caps.items())
    return caps, plan.support, plan.baa, plan.suspends


def _copies(noun: str, all_of_them: Iterable[Sold], content: Callable[[Sold], object]) -> Iterator[Finding]:
    """A finding for each that is like one before it."""
    first: dict[object, Sold] = {}
    for one in all_of_them:
        same = first.setdefault(content(one), one)
        if same is not one:
            yield Finding(
                f'{noun} "{one.key}" is the same as "{same.key}" in all but its name',
                one.mark,
                "make them differ, or take one out",
                (one.key, same.key),
                (Related(same.mark, f'"{same.key}"'),),
            )


def _standing(catalog: Catalog, plan: Plan) -> tuple[bool, int, str]:
    """Of two that are the same, the one beside the ladder, or further from what it extends, is the copy."""
    parents = 0
    above = plan
    while above.extends is not None:
        above, parents = catalog.plans[above.extends], parents + 1
    return plan.key not in catalog.ladder, parents, plan.key
