"""Caps and the features they belong to: a plan has both of a pair, or neither."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.amounts import CapTerms
from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.versions import cap_words
from entitlements.model import Cap, Catalog, Plan
from entitlements.problems import Related


def feature_of_which_none_may_be_used(catalog: Catalog, _: Places) -> Iterator[Finding]:
    """A plan that includes a feature and nothing of the cap that belongs to it."""
    for plan, cap, feature, terms in _pairs(catalog):
        nothing = terms is None or terms.included in (0, "none")
        inherited = _says_so_above(catalog, plan, cap, feature)
        if not nothing or inherited or feature not in plan.features or _raised(catalog, plan, cap):
            continue
        here = plan.features[feature]
        mark = terms.mark if terms is not None and terms.mark.file == plan.mark.file else here
        yield Finding(
            f'plan "{plan.key}" includes feature "{feature}", but {_none_of(cap, terms)}',
            mark,
            "include some, or take the feature out",
            (plan.key, cap.key, feature),
            () if mark is here else (Related(here, f'"{feature}" is included here'),),
        )


def cap_of_a_feature_that_is_not_there(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A plan that includes some of a cap, and not the feature that the cap belongs to."""
    for plan, cap, feature, terms in _pairs(catalog):
        some = terms is not None and terms.included != "none" and (terms.included != 0 or not terms.hard)
        inherited = _says_so_above(catalog, plan, cap, feature)
        if terms is None or not some or inherited or feature in plan.features:
            continue
        if any(feature in catalog.add_ons[key].features for key in _sold_with(catalog, plan)):
            continue
        own = terms.mark.file == plan.mark.file
        yield Finding(
            f'plan "{plan.key}" has cap "{cap.key}" of {cap_words(terms)}, but not its feature "{feature}"',
            terms.mark if own else places.taken_away(plan, feature),
            f"include the feature, or write {cap.key}: none",
            (plan.key, cap.key, feature),
            (Related(cap.mark, f'the cap "{cap.key}" belongs to "{feature}"'),),
        )


def _pairs(catalog: Catalog) -> Iterator[tuple[Plan, Cap, str, CapTerms | None]]:
    """Each plan that works, with each cap that belongs to a feature, and the plan's terms of it."""
    belonging = [(cap, cap.feature) for cap in catalog.caps.values() if cap.feature is not None]
    for plan in catalog.plans.values():
        for cap, feature in belonging if not plan.suspends else ():
            yield plan, cap, feature, plan.caps.get(cap.key)


def _says_so_above(catalog: Catalog, plan: Plan, cap: Cap, feature: str) -> bool:
    """Whether all of it is taken over from a plan of which the same is said."""
    parent = catalog.plans.get(plan.extends or "")
    return (
        parent is not None
        and not parent.suspends
        and parent.caps.get(cap.key) is plan.caps.get(cap.key)
        and parent.features.get(feature) is plan.features.get(feature)
    )


def _raised(catalog: Catalog, plan: Plan, cap: Cap) -> bool:
    return any(cap.key in catalog.add_ons[key].caps for key in _sold_with(catalog, plan))


def _sold_with(catalog: Catalog, plan: Plan) -> Iterator[str]:
    return (key for key, add_on in catalog.add_ons.items() if plan.key in add_on.sold_with)


def _none_of(cap: Cap, terms: CapTerms | None) -> str:
    if terms is None or terms.included == "none":
        return f'none of its cap "{cap.key}"'
    charged = "" if terms.hard else ", so that each one is charged"
    return f'0 of its cap "{cap.key}"{charged}'
