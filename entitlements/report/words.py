"""The words of a catalog as people read them: prices, caps, what a loss does, features by group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final, Literal

from entitlements.amounts import CapRaise, CapTerms, Price
from entitlements.catalog.money import money_words
from entitlements.change.compare import amount_words
from entitlements.clock import day_words
from entitlements.model import Cap, Catalog, Feature, Plan

_PERIODS: Final = {"calendar_month": "a month", "billing_month": "a billing month"}
_SOLD: Final = {
    "self_service": "self-service",
    "by_sales": "sold by sales",
    "trial": "a trial",
    "internal": "not sold",
    "no": "not sold",
}


def and_list(items: Sequence[str], word: str = "and") -> str:
    """`Pro`, `Pro and Advanced`, `Standard, Pro and Advanced`."""
    return f" {word} ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def counted(number: int, one: str, other: str | None = None) -> str:
    """`1 feature`, `17 features`, `no features`."""
    return f"{number or 'no'} {one if number == 1 else other or f'{one}s'}"


def price_words(price: Price, currency: str) -> str:
    """`free`, `on request`, `600.00 USD a month, or 6,000.00 USD a year`."""
    if price.monthly is None:
        return "on request"
    if price.free:
        return "free"
    monthly = f"{money_words(price.monthly, currency)} a month"
    if price.annual_total is None:
        return monthly
    return f"{monthly}, or {money_words(price.annual_total, currency)} a year"


def included_words(cap: Cap, terms: CapTerms) -> str:
    """`250`, `50 a month`, `unlimited`, `none`."""
    per = _PERIODS.get(cap.period or "", "") if isinstance(terms.included, int) else ""
    return f"{amount_words(terms.included)} {per}".rstrip()


def extra_words(terms: CapTerms, currency: str) -> str:
    """What one more than included costs: `2.00 USD a month`, `by rate`, `not possible`, or nothing."""
    if not isinstance(terms.included, int):
        return ""
    if terms.hard:
        return "not possible"
    if isinstance(terms.extra, Decimal):
        return f"{money_words(terms.extra, currency)} a month"
    return "by rate"


def cap_words(cap: Cap, terms: CapTerms, currency: str) -> str:
    """`250, then 2.00 USD a month each`, `5 at most`, `unlimited`."""
    included = included_words(cap, terms)
    if not isinstance(terms.included, int):
        return included
    if terms.hard:
        return f"{included} at most"
    each = " each" if isinstance(terms.extra, Decimal) else ""
    return f"{included}, then {extra_words(terms, currency)}{each}"


def baa_words(plan_offers: bool) -> str:
    """`offered` or `not offered`."""
    return "offered" if plan_offers else "not offered"


def sold_words(plan: Plan, catalog: Catalog) -> str:
    """How one comes to this version: `self-service`, `sold by sales`, `no longer sold`, `sold from …`."""
    if not is_current(plan, catalog) and catalog.upcoming.get(plan.key) is plan and plan.effective_from:
        return f"sold from {day_words(plan.effective_from, catalog.time_zone)}"
    return _SOLD[plan.sold] if is_current(plan, catalog) else "no longer sold"


def is_current(plan: Plan, catalog: Catalog) -> bool:
    """Whether this is the version of its plan that is sold now."""
    current = catalog.plans.get(plan.key)
    return current is not None and current.version == plan.version


def plan_words(catalog: Catalog, plan: Plan, lang: str | None) -> str:
    """`Pro (pro@1)`."""
    return f"{catalog.text(f'plan.{plan.key}.title', plan.title, lang)} ({plan.ref})"


def in_ladder_order(catalog: Catalog, plans: Iterable[Plan]) -> list[Plan]:
    """Plans low to high, then those off the ladder; the newest version of each first."""
    rank = {key: number for number, key in enumerate(catalog.ladder)}
    return sorted(plans, key=lambda plan: (rank.get(plan.key, len(rank)), plan.key, -plan.version))


def client_words(catalog: Catalog, key: str) -> str:
    """`CommCare Export (commcare-export)`."""
    client = catalog.clients.get(key)
    return f"{client.title} ({key})" if client else key


def named(catalog: Catalog, kind: Literal["feature", "cap", "add_on"], key: str, lang: str | None) -> str:
    """`API Access (api_access)`."""
    return f"{catalog.title_of(kind, key, lang)} ({key})"


def loss_words(feature: Feature) -> str:
    """What becomes of a feature's things when it is lost, whether they come back, and what to do about it."""
    things, verb, they = "What was made with it", "is", "it is"
    if feature.counts is not None:
        things, verb, they = feature.counts.other, "are", "they are"
        things = things[0].upper() + things[1:]
    policy = feature.on_loss
    parts = [
        {
            "closed": "It can no longer be used; all data is kept.",
            "deactivated": f"{things} {verb} switched off; all data is kept.",
            "read_only": f"{things} can be seen and exported, but no longer changed.",
            "deleted": f"{things} {verb} deleted for good.",
            "charged": "It goes on and is charged.",
        }[policy.effect]
    ]
    if policy.effect == "deactivated":
        parts.append(
            {
                "offered": f"With a plan that has it again, {they} switched on again if you wish.",
                "by_hand": f"With a plan that has it again, {they} switched on by hand.",
                "no": "A plan that has it again does not bring this back.",
            }[policy.restores]
        )
    return " ".join([*parts, *([policy.advice] if policy.advice else [])])


def loss_phrase(feature: Feature) -> str:
    """The same in a few words: `reminders are switched off, data kept; comes back by hand`."""
    things = f"{feature.counts.other} are " if feature.counts is not None else ""
    policy = feature.on_loss
    words = {
        "closed": "closed, data kept",
        "deactivated": f"{things}switched off, data kept",
        "read_only": "can be seen and exported, not changed",
        "deleted": f"{things}deleted for good",
        "charged": "goes on and is charged",
    }[policy.effect]
    back = {"offered": "comes back if you wish", "by_hand": "comes back by hand", "no": "does not come back"}
    return f"{words}; {back[policy.restores]}" if policy.effect == "deactivated" else words


def by_group(catalog: Catalog, features: Iterable[str], lang: str | None) -> list[tuple[str, list[str]]]:
    """(title of the group, its features by title) for those groups that have some, by title."""
    groups: dict[str, list[str]] = {}
    for key in features:
        groups.setdefault(catalog.features[key].group, []).append(key)
    titled = [(catalog.title_of("group", group, lang), keys) for group, keys in groups.items()]
    by_title = [
        (title, sorted(keys, key=lambda key: (catalog.title_of("feature", key, lang).casefold(), key)))
        for title, keys in titled
    ]
    return sorted(by_title, key=lambda pair: pair[0].casefold())


def raise_words(cap: Cap, given: CapRaise) -> str:
    """`at least 15 reports`, `100 more messages`."""
    parts = [f"at least {amount_words(given.at_least)}"] if given.at_least is not None else []
    parts += [f"{given.add:,} more"] if given.add else []
    return f"{and_list(parts)} {cap.unit.other}"


def ways_to_reduce(cap: Cap) -> Iterator[str]:
    """A sentence on how to have fewer, what can be undone first; nothing where no way is known."""
    ways = [
        f"{way.do} some ({'can' if way.reversible else 'cannot'} be undone; {_data(way.data)})"
        for way in sorted(cap.to_reduce, key=lambda way: not way.reversible)
    ]
    if ways:
        yield f"To have fewer {cap.unit.other}: {and_list(ways, 'or')}."


def _data(said: str) -> str:
    return "data is kept" if said == "kept" else said
