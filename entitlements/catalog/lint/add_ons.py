"""Add-ons: worth their price with each plan they are sold with."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.versions import gives_less
from entitlements.model import AddOn, CapTerms, Catalog, Plan
from entitlements.problems import Related

_NONE = CapTerms("none", hard=True)


def add_on_twice(catalog: Catalog, _: Places) -> Iterator[Finding]:
    """Two add-ons that give the same, for the same price, with the same plans."""
    first: dict[object, AddOn] = {}
    for add_on in catalog.add_ons.values():
        raises = tuple((cap, given.at_least, given.add) for cap, given in add_on.caps.items())
        same = first.setdefault((tuple(add_on.features), raises, add_on.price, add_on.sold_with), add_on)
        if same is not add_on:
            yield Finding(
                f'add-on "{add_on.key}" is the same as "{same.key}" in all but its name',
                add_on.mark,
                "make them differ, or take one out",
                (add_on.key, same.key),
                (Related(same.mark, f'"{same.key}"'),),
            )


def add_on_that_adds_nothing(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """An add-on that gives nothing beyond what a plan it is sold with has already."""
    for add_on in catalog.add_ons.values():
        vain = [key for key in add_on.sold_with if not _adds(catalog, add_on, catalog.plans[key])]
        if not vain:
            continue
        if len(vain) == len(add_on.sold_with):
            yield Finding(
                f'add-on "{add_on.key}" adds nothing to any plan it is sold with: {", ".join(vain)}',
                add_on.mark,
                "let it give more, or take it out",
                (add_on.key, *vain),
            )
            continue
        for key in vain:
            yield Finding(
                f'add-on "{add_on.key}" adds nothing to plan "{key}", with which it is sold',
                places.sold_with(add_on.key, key),
                "let it give more, or do not sell it with this plan",
                (add_on.key, key),
                (Related(catalog.plans[key].mark, f'"{key}"'),),
            )


def _adds(catalog: Catalog, add_on: AddOn, plan: Plan) -> bool:
    """Whether who has `plan` gets anything by `add_on`; a cap only counts together with its feature."""
    if plan.suspends:
        return False
    if add_on.features.keys() - plan.features.keys():
        return True
    together = [other for other in catalog.add_ons.values() if plan.key in other.sold_with]
    reachable = plan.features.keys() | {feature for other in together for feature in other.features}
    for cap, given in add_on.caps.items():
        feature, terms = catalog.caps[cap].feature, plan.caps.get(cap, _NONE)
        if feature is not None and feature not in reachable:
            continue
        if given.add and terms.included != "unlimited":
            return True
        if given.at_least is not None and gives_less(CapTerms(given.at_least, hard=True), terms):
            return True
    return False
