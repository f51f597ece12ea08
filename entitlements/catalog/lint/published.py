"""Published versions: a record tells all that its plan gives, also what the plan takes over."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.amounts import NO_CAP
from entitlements.catalog.build_published import build_published
from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.names import Names
from entitlements.catalog.versions import cap_words, gives_less
from entitlements.model import Catalog, Plan
from entitlements.problems import Related


def record_behind_its_parents(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A published version that lacks what its plan has got since, from a parent that was published anew."""
    # The names in records were looked at when the catalog was built.
    sound = Names(unsure={"feature", "cap", "support level"})
    recorded = build_published(places.published, dict(catalog.plans), sound)
    for plan in catalog.plans.values():
        parent, record = catalog.plans.get(plan.extends or ""), recorded.get(plan.ref)
        above = recorded.get(parent.ref) if parent is not None else None
        if parent is None or record is None or above is None:
            continue
        lacking = [*_features(plan, record, above), *_caps(plan, record, above)]
        if lacking:
            yield Finding(
                f'plan "{plan.key}" has got more through "{parent.key}" since {plan.ref} was published: '
                f"{', '.join(lacking)}",
                places.stated(plan, "extends"),
                f"publish it too: entitlements publish {plan.key}",
                (plan.key, parent.key),
                (Related(record.mark, f"the record of {plan.ref}"),),
            )


def _features(plan: Plan, record: Plan, above: Plan) -> Iterator[str]:
    for feature, mark in plan.features.items():
        inherited = mark.file != plan.mark.file
        if inherited and feature not in record.features and feature in above.features:
            yield f'feature "{feature}"'


def _caps(plan: Plan, record: Plan, above: Plan) -> Iterator[str]:
    for cap, terms in plan.caps.items():
        inherited = terms.mark.file != plan.mark.file
        recorded_above = not gives_less(terms, above.caps.get(cap, NO_CAP))
        if inherited and recorded_above and gives_less(terms, record.caps.get(cap, NO_CAP)):
            yield f'cap "{cap}" of {cap_words(terms)}'
