"""Plans by themselves and side by side: promises they cannot keep, and plans that nobody would choose."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.model import Catalog
from entitlements.problems import Related


def baa_without_its_features(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A plan that offers the agreement, but not what the agreement stands on."""
    for plan in catalog.plans.values():
        missing = [feature for feature in catalog.baa_needs if feature not in plan.features]
        if plan.baa and missing:
            yield Finding(
                f'plan "{plan.key}" offers a BAA without what it stands on: {", ".join(missing)}',
                places.stated(plan, "baa"),
                "include it, or write baa: not_offered",
                (plan.key, *missing),
                (Related(places.baa_needs(), "what a BAA needs"),),
            )
