"""Add-ons: worth their price with each plan they are sold with."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.amounts import NO_CAP, CapTerms
from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.versions import gives_less
from entitlements.model import AddOn, Catalog, Plan
from entitlements.problems import Related


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
        feature, terms = catalog.caps[cap].feature, plan.caps.get(cap, NO_CAP)
        if feature is not None and feature not in reachable:
            continue
        if given.add and terms.included != "unlimited":
            return True
        if given.at_least is not None and gives_less(CapTerms(given.at_least, hard=True), terms):
            return True
    return False
