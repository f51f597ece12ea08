"""How much of the plans and features the plan tests speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from entitlements.model import Catalog
from entitlements.testing.plan_tests import PlanTest

#: A plan now sold, by key, and a feature.
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Plans and features of the catalog, and which of them tests name."""

    catalog: Catalog
    plans: frozenset[str]
    features: frozenset[str]
    #: Each pair that a test expects something of → `allowed`, `denied`, or both, in different situations.
    pairs: Mapping[Pair, frozenset[str]]

    @property
    def all_pairs(self) -> int:
        return len(self.catalog.plans) * len(self.catalog.features)

    @property
    def percent(self) -> float:
        """The share of pairs that tests speak of; 100 where there is none to speak of."""
        return round(100 * len(self.pairs) / self.all_pairs, 1) if self.all_pairs else 100.0

    def plans_in_order(self) -> list[str]:
        """The ladder, then the other plans by key."""
        ladder = [key for key in self.catalog.ladder if key in self.catalog.plans]
        return [*ladder, *sorted(self.catalog.plans.keys() - {*ladder})]

    def missing(self) -> dict[str, list[str]]:
        """Plan → the features of which no test says whether it has them; plans without gaps are left out."""
        gaps = {
            plan: [feature for feature in sorted(self.catalog.features) if (plan, feature) not in self.pairs]
            for plan in self.plans_in_order()
        }
        return {plan: features for plan, features in gaps.items() if features}

    def untested_plans(self) -> list[str]:
        return sorted(self.catalog.plans.keys() - self.plans)

    def untested_features(self) -> list[str]:
        return sorted(self.catalog.features.keys() - self.features)

    def to_json(self) -> dict[str, Any]:
        return {
            "plans": {"of": len(self.catalog.plans), "untested": self.untested_plans()},
            "features": {"of": len(self.catalog.features), "untested": self.untested_features()},
            "pairs": {"of": self.all_pairs, "tested": len(self.pairs)},
            "percent": self.percent,
            "missing": self.missing(),
        }


def coverage_of(catalog: Catalog, tests: Iterable[PlanTest]) -> Coverage:
    """What `tests` speak of. Only the versions now sold count; tests of older ones cover no pair."""
    plans: set[str] = set()
    features: set[str] = set()
    pairs: dict[Pair, set[str]] = {}
    for test in tests:
        refs = [test.record.subscriptions[0].plan, *([test.change_to] if test.change_to else [])]
        plans.update(catalog.plan(ref).key for ref in refs)
        own = test.expect.keys() & catalog.features.keys()
        effects = {key.removeprefix("effect.") for key in test.expect}
        moved = (*test.expect.get("lost", ()), *test.expect.get("gained", ()))
        features.update((own | effects | {*moved}) & catalog.features.keys())
        for ref, feature, word in _said(test, own):
            plan = catalog.plan(ref)
            if catalog.plans.get(plan.key) == plan:
                pairs.setdefault((plan.key, feature), set()).add(word)
    found = {pair: frozenset(words) for pair, words in pairs.items()}
    return Coverage(catalog, frozenset(plans), frozenset(features), found)


def _said(test: PlanTest, own: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(plan, feature, `allowed` or `denied`) as a test says of plans alone, also by what a change moves."""
    subscription = test.record.subscriptions[0]
    if test.context or test.record.overrides or subscription.add_ons:
        return  # It speaks of what goes beyond the plan.
    yield from ((subscription.plan, feature, test.expect[feature]) for feature in own)
    moves = (("lost", "allowed", "denied"), ("gained", "denied", "allowed"))
    for key, before, after in moves if test.change_to is not None else ():
        for feature in test.expect.get(key, ()):
            yield subscription.plan, feature, before
            yield str(test.change_to), feature, after
