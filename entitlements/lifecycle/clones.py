"""What plans that were cloned for one subscriber differ in, and the exceptions that would do instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from entitlements.lifecycle.refusals import must_be_known
from entitlements.model import Catalog, Plan


@dataclass(frozen=True, slots=True)
class Proposal:
    """A cloned plan as a plan of the catalog with exceptions."""

    clone: str
    plan: str
    #: Features that the clone has and the plan lacks, and the other way round.
    give: tuple[str, ...]
    remove: tuple[str, ...]


def proposal(catalog: Catalog, clone: str, features: Iterable[str], plan: str | None = None) -> Proposal:
    """The plan of the ladder that takes the fewest exceptions, else `plan`, and these exceptions.

    Of two that take as many, the one that takes less away; then the lower one.
    """
    wanted = frozenset(features)
    for feature in sorted(wanted):
        must_be_known("unknown_feature", feature, catalog.features)
    plans = [catalog.plans[key] for key in catalog.ladder] if plan is None else [catalog.plan(plan)]
    return min(
        (_between(clone, wanted, one) for one in plans),
        key=lambda found: (len(found.give) + len(found.remove), len(found.remove)),
    )


def _between(clone: str, wanted: frozenset[str], plan: Plan) -> Proposal:
    has = plan.features.keys()
    return Proposal(clone, plan.ref, tuple(sorted(wanted - has)), tuple(sorted(has - wanted)))
