"""Advice on a catalog that loads: what is allowed and yet most likely a slip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from entitlements.catalog.document import Document, Map
from entitlements.catalog.versions import cap_words, gives_less
from entitlements.model import Catalog, Plan
from entitlements.problems import Mark, Problem, Related, Severity, in_file_order


class Places:
    """Where the working files say what the catalog knows only as a value."""

    def __init__(self, documents: Iterable[tuple[str, Document]]) -> None:
        self._plans: dict[str, Map] = {}
        self._head: Any = {}
        for kind, document in documents:
            if kind == "plan":
                self._plans[document.value["plan"]] = document.value
            elif kind == "catalog":
                self._head = document.value

    def stated(self, plan: Plan, field: str) -> Mark:
        """The value of `field` in the file of `plan`; where it is inherited, the line that does so."""
        given = self._plans[plan.key]
        return next((given.value_mark(name) for name in (field, "extends") if name in given), plan.mark)

    def taken_away(self, plan: Plan, feature: str) -> Mark:
        """Where `without` names `feature`; else the plan."""
        listed: Any = self._plans[plan.key].get("without") or ()
        return listed.item_mark(listed.index(feature)) if feature in listed else plan.mark

    def baa_needs(self) -> Mark:
        mark: Mark = self._head["baa"].value_mark("needs")
        return mark


Finding = tuple[str, Mark, str, tuple[Related, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it gives are message, mark, hint and related places."""

    code: str
    severity: Severity
    find: Callable[[Catalog, Places], Iterator[Finding]]


def lint(catalog: Catalog, documents: Iterable[tuple[str, Document]]) -> tuple[Problem, ...]:
    """What the rules below find, in file order. `documents` are those the catalog was built of."""
    places = Places(documents)
    return in_file_order(
        Problem(rule.code, message, mark, rule.severity, hint, related)
        for rule in RULES
        for message, mark, hint, related in rule.find(catalog, places)
    )


def _baa_without_its_features(catalog: Catalog, places: Places) -> Iterator[Finding]:
    for plan in catalog.plans.values():
        missing = [feature for feature in catalog.baa_needs if feature not in plan.features]
        if plan.baa and missing:
            message = f'plan "{plan.key}" offers a BAA without what it stands on: {", ".join(missing)}'
            hint = "include it, or write baa: not_offered"
            yield (
                message,
                places.stated(plan, "baa"),
                hint,
                (Related(places.baa_needs(), "what a BAA needs"),),
            )


def _feature_that_nobody_gets(catalog: Catalog, _: Places) -> Iterator[Finding]:
    given = {feature for plan in catalog.versions.values() for feature in plan.features}
    given.update(feature for add_on in catalog.add_ons.values() for feature in add_on.features)
    for feature in catalog.features.values():
        if feature.key not in given and feature.listed != "no":
            message = f'feature "{feature.key}" is in no plan and no add-on'
            yield message, feature.mark, 'put it into a plan, or write listed: "no" if it is internal', ()


def _higher_plan_that_gives_less(catalog: Catalog, places: Places) -> Iterator[Finding]:
    for lower, higher in pairwise(catalog.plans[key] for key in catalog.ladder):
        for what, mark, place in _given_up(catalog, lower, higher, places):
            message = (
                f'plan "{higher.key}" gives less than "{lower.key}", the plan below it on the ladder: {what}'
            )
            hint = "give at least as much, or change the order of the ladder"
            yield message, mark, hint, (Related(place, f'what "{lower.key}" gives'),)


def _given_up(
    catalog: Catalog, lower: Plan, higher: Plan, places: Places
) -> Iterator[tuple[str, Mark, Mark]]:
    """In words, the line of the higher plan, and that of the lower."""
    for feature, place in lower.features.items():
        if feature not in higher.features:
            yield f'it lacks feature "{feature}"', places.taken_away(higher, feature), place
    for cap, terms in lower.caps.items():
        ours = higher.caps[cap]
        if gives_less(terms, ours):
            yield f'cap "{cap}" is {cap_words(ours)}, not {cap_words(terms)}', ours.mark, terms.mark
    levels = catalog.support_levels
    if levels[higher.support].rank < levels[lower.support].rank:
        what = f'support is "{higher.support}", not "{lower.support}"'
        yield what, places.stated(higher, "support"), places.stated(lower, "support")
    if lower.baa and not higher.baa:
        yield "no BAA is offered", places.stated(higher, "baa"), places.stated(lower, "baa")


RULES = (
    Rule("L401", "error", _baa_without_its_features),
    Rule("L402", "warning", _feature_that_nobody_gets),
    Rule("L403", "warning", _higher_plan_that_gives_less),
)
