"""Features: given to somebody, and lost without harm."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.model import Catalog


def feature_that_nobody_gets(catalog: Catalog, _: Places) -> Iterator[Finding]:
    """A feature that is in no plan, now or earlier, and in no add-on."""
    given = {feature for plan in catalog.versions.values() for feature in plan.features}
    given.update(feature for add_on in catalog.add_ons.values() for feature in add_on.features)
    for feature in catalog.features.values():
        if feature.key not in given and feature.listed != "no":
            yield Finding(
                f'feature "{feature.key}" is in no plan and no add-on',
                feature.mark,
                'put it into a plan, or write listed: "no" if it is internal',
                (feature.key,),
            )
