"""How much of the plans and features the plan tests speak of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from entitlements.model import Catalog
from entitlements.testing.plan_tests import PlanTest


@dataclass(frozen=True, slots=True)
class Coverage:
    """Plans and features of the catalog, and which of them tests name."""

    catalog: Catalog
    plans: frozenset[str]
    features: frozenset[str]
    #: (plan, feature) pairs of which a test expects allowed or denied.
    pairs: frozenset[tuple[str, str]]

    @property
    def all_pairs(self) -> int:
        return len(self.catalog.plans) * len(self.catalog.features)

    def untested_plans(self) -> list[str]:
        return sorted(self.catalog.plans.keys() - self.plans)

    def untested_features(self) -> list[str]:
        return sorted(self.catalog.features.keys() - self.features)

    def to_json(self) -> dict[str, Any]:
        return {
            "plans": {"of": len(self.catalog.plans), "untested": self.untested_plans()},
            "features": {"of": len(self.catalog.features), "untested": self.untested_features()},
            "pairs": {"of": self.all_pairs, "tested": len(self.pairs)},
        }


def coverage_of(catalog: Catalog, tests: Iterable[PlanTest]) -> Coverage:
    """What `tests` speak of. Only the versions now sold count; tests of older ones cover no pair."""
    plans: set[str] = set()
    features: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for test in tests:
        plan = catalog.plan(test.record.subscriptions[0].plan)
        plans.update(catalog.plan(ref).key for ref in (plan.key, test.change_to) if ref is not None)
        own = test.expect.keys() & catalog.features.keys()
        effects = {key.removeprefix("effect.") for key in test.expect}
        moved = (*test.expect.get("lost", ()), *test.expect.get("gained", ()))
        features.update((own | effects | {*moved}) & catalog.features.keys())
        if catalog.plans.get(plan.key) == plan:
            pairs.update((plan.key, feature) for feature in own)
    return Coverage(catalog, frozenset(plans), frozenset(features), frozenset(pairs))
