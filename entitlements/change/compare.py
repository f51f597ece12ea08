"""What one set of terms has that another lacks: pure, from what is had, never from the ladder or names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from entitlements.amounts import NO_CAP, Amount, CapTerms, Price, how_many, size
from entitlements.catalog.money import money_text
from entitlements.engine.resolve import Resolved
from entitlements.loss import HARM, Effect
from entitlements.model import EMPTY, Catalog, Plan
from entitlements.subject import Usage

Direction = Literal["upgrade", "downgrade", "switch", "same"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What can be compared: of a plan version as sold, or of a subject with its add-ons and overrides."""

    name: str
    features: frozenset[str]
    caps: Mapping[str, CapTerms]
    support: str
    baa: bool
    price: Price

    @classmethod
    def of_plan(cls, plan: Plan) -> Terms:
        features = frozenset() if plan.suspends else frozenset(plan.features)
        return cls(plan.ref, features, plan.caps, plan.support, plan.baa, plan.price)

    @classmethod
    def of_subject(cls, has: Resolved) -> Terms:
        features = frozenset() if has.plan.suspends else frozenset(has.included.keys() - has.removed.keys())
        caps = {cap: given.terms for cap, given in has.caps.items()}
        return cls(has.plan.ref, features, caps, has.support, has.baa.offered, has.plan.price)


@dataclass(frozen=True, slots=True)
class CapChange:
    """A cap whose terms differ; amounts are in the cap's unit."""

    cap: str
    before: CapTerms
    after: CapTerms

    def to_json(self) -> dict[str, Any]:
        return {
            "cap": self.cap,
            "before": self.before.included,
            "after": self.after.included,
            "hard": {"before": self.before.hard, "after": self.after.hard},
            "extra_price": {"before": extra_json(self.before.extra), "after": extra_json(self.after.extra)},
        }


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """What a change from one set of terms to another loses, gains and does."""

    before: Terms
    after: Terms
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    caps: tuple[CapChange, ...]
    effects: tuple[Effect, ...]
    direction: Direction

    def to_json(self) -> dict[str, Any]:
        return {
            "schema": "entitlements/compare/1",
            "from": self.before.name,
            "to": self.after.name,
            "direction": self.direction,
            "lost": list(self.lost),
            "gained": list(self.gained),
            "caps": [change.to_json() for change in self.caps],
            "support": {"before": self.before.support, "after": self.after.support},
            "baa": {"before": baa_word(self.before.baa), "after": baa_word(self.after.baa)},
            "price": {"before": price_json(self.before.price), "after": price_json(self.after.price)},
        }


def compare(
    catalog: Catalog, before: Terms, after: Terms, usage: Mapping[str, Usage] = EMPTY
) -> PlanComparison:
    """What changes from `before` to `after`; effects only on what `usage` shows to be in use."""
    lost = tuple(sorted(before.features - after.features))
    gained = tuple(sorted(after.features - before.features))
    caps = tuple(_cap_changes(before, after))
    rank = {key: level.rank for key, level in catalog.support_levels.items()}
    support = rank[after.support] - rank[before.support]
    loses = bool(lost or support < 0 or (before.baa and not after.baa) or any(map(_narrows, caps)))
    gains = bool(gained or support > 0 or (after.baa and not before.baa) or any(map(_widens, caps)))
    directions: dict[tuple[bool, bool], Direction] = {
        (False, False): "same",
        (False, True): "upgrade",
        (True, False): "downgrade",
        (True, True): "switch",
    }
    effects = (*_feature_effects(catalog, lost, usage), *_cap_effects(after, caps, usage))
    worst_first = sorted(effects, key=lambda e: (HARM.index(e.kind), e.feature or e.cap or ""))
    return PlanComparison(before, after, lost, gained, caps, tuple(worst_first), directions[loses, gains])


def _cap_changes(before: Terms, after: Terms) -> list[CapChange]:
    keys = sorted({*before.caps, *after.caps})
    pairs = [(key, before.caps.get(key, NO_CAP), after.caps.get(key, NO_CAP)) for key in keys]
    return [CapChange(key, old, new) for key, old, new in pairs if old != new]


def _narrows(change: CapChange) -> bool:
    return size(change.after.included) < size(change.before.included) or _limit(change.after) > _limit(
        change.before
    )


def _widens(change: CapChange) -> bool:
    return size(change.after.included) > size(change.before.included) or _limit(change.after) < _limit(
        change.before
    )


def _limit(terms: CapTerms) -> bool:
    """Whether something refuses more: a hard cap does; one that is unlimited has nothing to refuse."""
    return terms.hard and terms.included != "unlimited"


def _feature_effects(catalog: Catalog, lost: tuple[str, ...], usage: Mapping[str, Usage]) -> list[Effect]:
    found = []
    for key in lost:
        count = in_use(usage.get(key))
        if count:
            policy = catalog.features[key].on_loss
            found.append(
                Effect(policy.effect, count, feature=key, restores=policy.restores, advice=policy.advice)
            )
    return found


def _cap_effects(after: Terms, caps: tuple[CapChange, ...], usage: Mapping[str, Usage]) -> list[Effect]:
    found = []
    for change in caps:
        over = in_use(usage.get(change.cap)) - how_many(after.caps.get(change.cap, NO_CAP).included)
        if over > 0:
            # Past a hard cap nothing is taken away, but no more can be added.
            found.append(Effect("closed" if change.after.hard else "charged", int(over), cap=change.cap))
    return found


def in_use(usage: Usage | None) -> int:
    """What counts as use: not what exempt clients do, and nothing that is unknown."""
    return max((usage.count or 0) - usage.exempt, 0) if usage is not None else 0


def price_json(price: Price) -> Any:
    """`free`, `on_request`, or the amounts by cadence as text."""
    if price.on_request:
        return "on_request"
    if price.free:
        return "free"
    annual = money_text(price.annual_total) if price.annual_total is not None else None
    return {"monthly": money_text(price.monthly or Decimal(0)), "annual_total": annual}


def extra_json(extra: Decimal | str | None) -> str | None:
    """The price of each one more: an amount as text, `by_rate`, or None."""
    return extra if extra is None or isinstance(extra, str) else money_text(extra)


def terms_json(terms: CapTerms) -> dict[str, Any]:
    """How much of a cap is included and what one more costs."""
    return {"included": terms.included, "hard": terms.hard, "extra_price": extra_json(terms.extra)}


def baa_word(offered: bool) -> str:
    """`offered` or `not_offered`."""
    return "offered" if offered else "not_offered"


def amount_words(amount: Amount) -> str:
    """`1,200`, `unlimited` or `none`."""
    return f"{amount:,}" if isinstance(amount, int) else amount
