"""A comparison of two plans as a person would tell it, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from entitlements.amounts import Price, size
from entitlements.catalog.money import money_words
from entitlements.change.compare import CapChange, PlanComparison, amount_words
from entitlements.loss import HARM
from entitlements.model import Catalog, Plan
from entitlements.report.words import and_list, counted, plan_words, price_words

#: So many features are named; of more than these, the ones whose loss does most harm.
_NAMED = 3
_AMONG = 2


def told(catalog: Catalog, change: PlanComparison, before: Plan, after: Plan, lang: str | None) -> str:
    """`Moving from Pro to Standard loses 17 features, among them …; it costs 300.00 USD a month less.`"""
    parts = [_features(catalog, change, lang), *_terms(catalog, change, lang)]
    cost = price_told(before.price, after.price, catalog.currency)
    if change.direction == "same" and not change.caps:
        parts = ["changes nothing in features, caps, support and BAA"]
    return f"Moving from {_names(catalog, before, after, lang)} {'; '.join([*parts, *cost])}."


def price_told(before: Price, after: Price, currency: str) -> list[str]:
    """`it costs 300.00 USD a month less`, or nothing if the price by the month stays."""
    if before.monthly == after.monthly:
        return []
    if after.monthly is None:
        return [f"its price is on request, {_price(before, currency)} before"]
    if before.monthly is None:
        return [f"it costs {_price(after, currency)}, on request before"]
    if after.free or before.free:
        return [f"it costs {_price(after, currency)}, {_price(before, currency)} before"]
    return [f"it costs {difference(before.monthly, after.monthly, currency, 'month')}"]


def difference(before: Decimal, after: Decimal, currency: str, per: str) -> str:
    """`300.00 USD a month less`."""
    words = f"{money_words(abs(after - before), currency)} a {per}"
    return f"{words} {'less' if after < before else 'more'}"


def _price(price: Price, currency: str) -> str:
    if price.monthly is None or price.free:
        return price_words(price, currency).replace("free", "nothing")
    return f"{money_words(price.monthly, currency)} a month"


def _names(catalog: Catalog, before: Plan, after: Plan, lang: str | None) -> str:
    old, new = (catalog.text(f"plan.{p.key}.title", p.title, lang) for p in (before, after))
    if old == new:
        old, new = plan_words(catalog, before, lang), plan_words(catalog, after, lang)
    return f"{old} to {new}"


def _features(catalog: Catalog, change: PlanComparison, lang: str | None) -> str:
    said = [
        f"{verb} {counted(len(keys), 'feature')}{_among(catalog, keys, lang)}"
        for verb, keys in (("loses", change.lost), ("gains", change.gained))
        if keys
    ]
    return ", and ".join(said) or "keeps every feature"


def _among(catalog: Catalog, keys: Sequence[str], lang: str | None) -> str:
    """The features by name if they are few, else those whose loss does most harm."""
    harm = {key: HARM.index(catalog.features[key].on_loss.effect) for key in keys}
    titles = {key: catalog.title_of("feature", key, lang) for key in keys}
    named = sorted(keys, key=lambda key: (harm[key], titles[key].casefold()))
    few = len(keys) <= _NAMED
    words = and_list([titles[key] for key in (named if few else named[:_AMONG])])
    return f" ({words})" if few else f", among them {words}"


def _terms(catalog: Catalog, change: PlanComparison, lang: str | None) -> Iterator[str]:
    yield from (words for cap in change.caps for words in _cap(catalog, cap))
    before, after = change.before, change.after
    if before.support != after.support:
        old, new = (catalog.title_of("support", terms.support, lang) for terms in (before, after))
        yield f"support goes from {old} to {new}"
    if before.baa != after.baa:
        yield "a BAA can be signed" if after.baa else "a BAA is no longer offered"


def _cap(catalog: Catalog, change: CapChange) -> Iterator[str]:
    old, new = change.before.included, change.after.included
    if old == new:
        return
    cap = catalog.caps[change.cap]
    units = f"{cap.unit.other} a month" if cap.period else cap.unit.other
    verb = "fall" if size(new) < size(old) else "rise"
    yield f"{units} included {verb} from {amount_words(old)} to {amount_words(new)}"
