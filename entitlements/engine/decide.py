"""The rules of decision, once: what a subject has + what checkers say → Decision. Pure and order-free."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from entitlements.amounts import how_many, size
from entitlements.catalog.money import money_words
from entitlements.decision import PRECEDENCE, Decision, Reason
from entitlements.engine.ask import Answer, Failed
from entitlements.engine.resolve import CapGiven, Resolved
from entitlements.model import Catalog
from entitlements.subject import Usage

_BY_ORIGIN = {"plan": Reason.INCLUDED, "add_on": Reason.ADD_ON, "override": Reason.OVERRIDE}
Said = tuple[str, Answer]


@dataclass(frozen=True, slots=True)
class Unlocks:
    """What would open a feature: the lowest plan on offer, add-ons, exempt clients."""

    plan: str | None
    add_ons: tuple[str, ...]
    clients: tuple[str, ...]


def decide_feature(
    catalog: Catalog, unlocks: Unlocks, feature: str, has: Resolved, said: Iterable[Said]
) -> Decision:
    """The decision on `feature` for a subject that `has` so much, given what each checker `said`."""
    clients = unlocks.clients
    if has.plan.suspends:
        return Decision(False, feature, Reason.NOT_IN_FORCE, source=has.plan_origin, _catalog=catalog)
    if feature in has.removed:
        return Decision(
            False,
            feature,
            Reason.REMOVED_BY_OVERRIDE,
            source=has.removed[feature],
            exempt_clients=clients,
            _catalog=catalog,
        )
    origin = has.included.get(feature)
    source = origin or has.plan_origin
    denials, admissions = _sorted_out(said)
    if denials:
        _, checker, reason, because = min(denials)
        unlocked = reason is Reason.REQUIRES_FEATURE
        return Decision(
            False,
            feature,
            reason,
            checker,
            source,
            unlocks.plan if unlocked else None,
            unlocks.add_ons if unlocked else (),
            clients,
            because,
            catalog,
        )
    if origin is not None:
        return Decision(
            True, feature, _BY_ORIGIN[origin.kind], None, origin, exempt_clients=clients, _catalog=catalog
        )
    if admissions:
        _, checker, reason, because = min(admissions)
        return Decision(
            True, feature, reason, checker, source, exempt_clients=clients, detail=because, _catalog=catalog
        )
    return Decision(
        False,
        feature,
        Reason.NOT_INCLUDED,
        None,
        source,
        unlocks.plan,
        unlocks.add_ons,
        clients,
        None,
        catalog,
    )


_Ranked = tuple[int, str, Reason, str]


def _sorted_out(said: Iterable[Said]) -> tuple[list[_Ranked], list[_Ranked]]:
    """Denials and admissions as (rank of the reason, checker, reason, because); the least one is given."""
    denials: list[_Ranked] = []
    admissions: list[_Ranked] = []
    for checker, answer in said:
        if answer is None:
            continue
        if isinstance(answer, Failed):
            denials.append((PRECEDENCE[Reason.CHECKER_ERROR], checker, Reason.CHECKER_ERROR, answer.why))
            continue
        side = admissions if answer.allows else denials
        side.append((PRECEDENCE[answer.reason], checker, answer.reason, answer.because))
    return denials, admissions


def decide_cap(catalog: Catalog, cap: str, has: Resolved, usage: Usage | None, adding: int) -> Decision:
    """Whether `adding` more may be added to what is used of `cap`. A soft cap never refuses."""
    key = f"cap.{cap}"
    given = has.caps[cap]
    included, unit = given.terms.included, catalog.caps[cap].unit
    if has.plan.suspends:
        return Decision(False, key, Reason.NOT_IN_FORCE, source=has.plan_origin, _catalog=catalog)
    if included == "unlimited":
        return Decision(True, key, Reason.UNLIMITED, source=given.origin, _catalog=catalog)
    used = usage.count if usage is not None else None
    room = how_many(included)
    if used is not None and used + adding <= room:
        detail = f"{unit.counted(used)} of {room:,} in use"
        return Decision(True, key, Reason.WITHIN_CAP, source=given.origin, detail=detail, _catalog=catalog)
    if not given.terms.hard:
        return Decision(
            True,
            key,
            Reason.OVER_SOFT_CAP,
            source=given.origin,
            detail=_beyond(catalog, given, used, unit.one),
            _catalog=catalog,
        )
    if used is None and room:
        return Decision(False, key, Reason.USAGE_UNKNOWN, source=given.origin, _catalog=catalog)
    wanted = (used or 0) + adding
    detail = f"{unit.counted(used or 0)} of {room:,} in use" if room else f"The plan includes no {unit.other}"
    return Decision(
        False,
        key,
        Reason.CAP_REACHED,
        None,
        given.origin,
        plan_with_room(catalog, cap, wanted),
        _add_ons_with_room(catalog, cap, given, wanted),
        (),
        detail,
        catalog,
    )


def _beyond(catalog: Catalog, given: CapGiven, used: int | None, unit: str) -> str:
    known = f"{used:,} in use" if used is not None else "How many are in use is not known"
    extra = given.terms.extra
    price = (
        f"{money_words(extra, catalog.currency)} a month" if isinstance(extra, Decimal) else "charged by rate"
    )
    return f"{known}; each {unit} above {how_many(given.terms.included):,} is {price}"


def plan_with_room(catalog: Catalog, cap: str, wanted: int) -> str | None:
    """The lowest plan on offer that lets `wanted` of `cap` be in use."""
    for plan in catalog.offered:
        terms = plan.caps.get(cap)
        if terms is not None and (not terms.hard or size(terms.included) >= wanted):
            return plan.key
    return None


def _add_ons_with_room(catalog: Catalog, cap: str, given: CapGiven, wanted: int) -> tuple[str, ...]:
    now = how_many(given.terms.included)
    raises = {key: add_on.caps[cap] for key, add_on in catalog.add_ons.items() if cap in add_on.caps}
    return tuple(
        sorted(
            key
            for key, given_by in raises.items()
            if max(now, size(given_by.at_least or "none")) + given_by.add >= wanted
        )
    )


def unlocks_of(catalog: Catalog, feature: str) -> Unlocks:
    """What opens `feature`, from the catalog alone."""
    needed = {feature, *catalog.features[feature].requires}
    lowest = next((plan.key for plan in catalog.offered if needed <= plan.features.keys()), None)
    add_ons = tuple(sorted(key for key, add_on in catalog.add_ons.items() if feature in add_on.features))
    return Unlocks(lowest, add_ons, tuple(e.client for e in catalog.features[feature].exempt))


def denied_unknown(catalog: Catalog, feature: str) -> Decision:
    """The answer for a key that this catalog no longer has."""
    return Decision(False, feature, Reason.UNKNOWN_FEATURE, _catalog=catalog)
