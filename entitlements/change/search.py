"""All that is sold, searched for the cheapest plan with add-ons that gives what is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from entitlements.amounts import NO_CAP, how_many, size
from entitlements.change.costs import Cost, cost_of, year_of
from entitlements.engine.resolve import Offers, Resolved, resolve
from entitlements.lifecycle.periods import Cadence
from entitlements.model import Catalog, Plan
from entitlements.subject import AddOnPeriod, SubjectRecord, Subscription, Usage

#: Orders choices, the best first.
_Rank = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan with add-ons, and what they cost."""

    plan: Plan
    add_ons: tuple[str, ...]
    cost: Cost

    @property
    def ask_sales(self) -> bool:
        """Whether one cannot buy it by oneself."""
        return self.cost.on_request or self.plan.sold != "self_service"

    def to_json(self) -> dict[str, Any]:
        return {
            "plan": self.plan.key,
            "version": self.plan.version,
            "add_ons": list(self.add_ons),
            "ask_sales": self.ask_sales,
            **self.cost.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Needs:
    """What a choice must give."""

    features: frozenset[str]
    #: Cap → how many are in use.
    caps: Mapping[str, int]
    #: Caps that must stay as large as they are, since nobody knows how much of them is used.
    large: frozenset[str]
    baa: bool

    @property
    def nothing(self) -> bool:
        return not (self.features or any(self.caps.values()) or self.large or self.baa)


class Search:
    """All that is sold, for one subject at one instant."""

    def __init__(
        self,
        catalog: Catalog,
        record: SubjectRecord,
        usage: Mapping[str, Usage],
        at: datetime,
        cadence: Cadence,
        has: Resolved,
        offers: Offers,
    ) -> None:
        self._catalog = catalog
        self._record = record
        self._usage = usage
        self._at = at
        self._cadence: Cadence = cadence
        self._has = has
        self._offers = offers
        self._plans = [(rank, plan) for rank, plan in enumerate(catalog.offered) if not plan.suspends]
        self._widest = [
            self._resolved(plan, tuple(key for key, a in catalog.add_ons.items() if plan.key in a.sold_with))
            for _, plan in self._plans
        ]

    def sells(self, feature: str) -> bool:
        """Whether anything on sale lets one use `feature`."""
        return any(self._covers(has, feature) for has in self._widest)

    def best(self, needs: Needs) -> Choice | None:
        """The best choice that gives all of `needs`."""
        if needs.nothing:
            plan = self._catalog.plans[self._catalog.default_plan]
            return self._choice(plan, (), self._resolved(plan, ()))
        found: tuple[_Rank, Choice] | None = None
        for rank, plan in self._plans:
            found = self._among(plan, rank, needs, (), self._helpful(plan, needs), found)
        return None if found is None else found[1]

    def _among(
        self,
        plan: Plan,
        rank: int,
        needs: Needs,
        chosen: tuple[str, ...],
        rest: tuple[str, ...],
        found: tuple[_Rank, Choice] | None,
    ) -> tuple[_Rank, Choice] | None:
        """The better of `found` and whatever `plan` with `chosen` and some of `rest` gives."""
        has = self._resolved(plan, chosen)
        if self.keeps(has, needs):
            choice = self._choice(plan, chosen, has)
            ranked = (_rank(choice, rank, choice.cost.yearly), choice)
            found = ranked if found is None or ranked[0] < found[0] else found
        if rest and (found is None or self._least(plan, rank, chosen) <= found[0]):
            for place, key in enumerate(rest):
                found = self._among(plan, rank, needs, (*chosen, key), rest[place + 1 :], found)
        return found

    def _least(self, plan: Plan, rank: int, chosen: tuple[str, ...]) -> _Rank:
        """No choice with more than `chosen` can rank before this: each further add-on only costs more."""
        prices = [plan.price, *(self._catalog.add_ons[key].price for key in chosen)]
        years = [year_of(price, self._cadence) for price in prices]
        cost = Cost(sum((year for year in years if year is not None), Decimal(0)), (), None in years)
        return _rank(Choice(plan, chosen, cost), rank, cost.yearly)

    def _helpful(self, plan: Plan, needs: Needs) -> tuple[str, ...]:
        """The add-ons sold with `plan` that may make a difference, sorted."""
        features = set(needs.features).union(
            *(self._catalog.features[key].requires for key in needs.features)
        )
        lacking = features - plan.features.keys()
        included = {cap: size(plan.caps.get(cap, NO_CAP).included) for cap in self._catalog.caps}
        short = {*(cap for cap, number in needs.caps.items() if number > max(included[cap], 0)), *needs.large}
        return tuple(
            key
            for key, add_on in sorted(self._catalog.add_ons.items())
            if plan.key in add_on.sold_with
            and (lacking & add_on.features.keys() or short & add_on.caps.keys())
        )

    def keeps(self, has: Resolved, needs: Needs) -> bool:
        """Whether `has` gives all of `needs`."""
        if needs.baa and not has.baa.offered:
            return False
        if not all(self._covers(has, feature) for feature in needs.features):
            return False
        for cap, number in needs.caps.items():
            terms = has.caps[cap].terms
            if terms.hard and number > how_many(terms.included):
                return False
        return all(
            size(has.caps[cap].terms.included) >= size(self._has.caps[cap].terms.included)
            for cap in needs.large
        )

    def _covers(self, has: Resolved, feature: str) -> bool:
        wanted = (feature, *self._catalog.features[feature].requires)
        return all(key in has.included and key not in has.removed for key in wanted)

    def _resolved(self, plan: Plan, add_ons: tuple[str, ...]) -> Resolved:
        held = tuple(AddOnPeriod(key) for key in add_ons)
        bought = Subscription(plan.ref, cadence=self._cadence, add_ons=held)
        return resolve(self._catalog, replace(self._record, subscriptions=(bought,)), self._at, self._offers)

    def _choice(self, plan: Plan, add_ons: tuple[str, ...], has: Resolved) -> Choice:
        return Choice(plan, add_ons, cost_of(self._catalog, has, self._at, self._cadence, self._usage))


def _rank(choice: Choice, rank: int, yearly: Decimal) -> _Rank:
    if choice.cost.on_request:
        # Nobody knows what these cost, so the lowest plan with the fewest add-ons is asked for first.
        return 1, rank, len(choice.add_ons), yearly, choice.add_ons
    return 0, yearly, -rank, len(choice.add_ons), choice.add_ons
