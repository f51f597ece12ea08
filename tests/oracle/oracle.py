"""Deciding, written a second time: from the text of the rules alone, in the plainest Python.

It imports nothing of `entitlements` and shares no idea of how the engine works: no compiling, no rows, no
caches. A world is plain data: an instant `at`, a `context`, and

    catalog  {ladder: [key], default_plan: key, after_end: key, working: {key: ref},
              next: {key: {ref, from: instant, keep}}, the version of a plan that comes after the working one,
              plans: {ref: {key, suspends, features: [key], caps: {key: {included, hard}}}},
              features: {key: {requires: [key], exempt: [client], read_only, checks: {checker: param}}},
              add_ons: {key: {features: [key], caps: {key: {at_least} or {add}}}}}
    record   {subscriptions: [{plan: ref, bare: recorded without its number, start, end,
                               add_ons: [{key, start, end}]}], usage: {key: number},
              overrides: [{start, end} and give: feature, remove: feature, or cap: key with set or at_least]}
    checkers {name: {volatility, everywhere, features: [key], needs: [context key], on_error, pivot: instant,
              reads: what its verdict hangs on, verdicts: {(feature, what it reads): verdict}}}

An amount is a number, `math.inf` for unlimited, None for none. A verdict is none, deny, admit, raise or
nonsense.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

# The part of the closed list of reasons that checkers can bring about, in its order.
DENIALS = ["denied_by_checker", "requires_feature", "checker_error"]
ADMISSIONS = ["exempt_client", "kept_readable", "allowed_by_checker"]
REASONS = {"deny": "denied_by_checker", "error": "checker_error", "admit": "allowed_by_checker"}
Data = dict[str, Any]


class Answer(NamedTuple):
    """What is compared with the engine's decision on a feature."""

    allowed: bool
    reason: str
    checker: str | None = None
    unlocked_by: str | None = None
    unlocked_by_add_ons: tuple[str, ...] = ()


class CapAnswer(NamedTuple):
    """What is compared with the engine's decision on a cap."""

    allowed: bool
    reason: str
    included: float | None
    unlocked_by: str | None = None
    unlocked_by_add_ons: tuple[str, ...] = ()


def in_force(period: Data, at: Any) -> bool:
    """From its start on, and no longer at its end; a missing side is open."""
    start, end = period["start"], period["end"]
    return (start is None or start <= at) and (end is None or at < end)


def age(period: Data) -> tuple[bool, Any]:
    """Sorts what has always been before what started some day."""
    return period["start"] is not None, period["start"] or 0


def sold_ref(catalog: Data, key: str, at: Any) -> str:
    """The version of a plan that is sold at an instant."""
    coming = catalog["next"].get(key)
    return str(coming["ref"] if coming is not None and coming["from"] <= at else catalog["working"][key])


def meant(catalog: Data, subscription: Data, at: Any) -> str:
    """The version that a subscription stands for: one recorded by number, or the one sold when it began."""
    ref = subscription["plan"]
    key = catalog["plans"][ref]["key"]
    coming = catalog["next"].get(key)
    if coming is None:
        return str(ref)
    if subscription.get("bare"):
        start = subscription["start"]
        ref = catalog["working"][key] if start is None else sold_ref(catalog, key, start)
    moves = not coming["keep"] and coming["from"] <= at and ref == catalog["working"][key]
    return str(coming["ref"] if moves else ref)


def standing(world: Data) -> tuple[Data, list[str]]:
    """The plan that the subject has at the instant, and its add-ons."""
    catalog, at, subscriptions = world["catalog"], world["at"], world["record"]["subscriptions"]
    current = [s for s in subscriptions if in_force(s, at)]
    if current:
        chosen = max(current, key=lambda s: (*age(s), s["plan"]))
        return catalog["plans"][meant(catalog, chosen, at)], [
            a["key"] for a in chosen["add_ons"] if in_force(a, at)
        ]
    ended = any(
        s["end"] is not None and s["end"] <= at and (s["start"] is None or s["start"] < s["end"])
        for s in subscriptions
    )
    return catalog["plans"][sold_ref(catalog, catalog["after_end" if ended else "default_plan"], at)], []


def needed(catalog: Data, feature: str) -> set[str]:
    """Everything that a feature requires, that this requires, and so on."""
    found: set[str] = set()
    waiting = list(catalog["features"][feature]["requires"])
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(catalog["features"][key]["requires"])
    return found


def unlocks(catalog: Data, feature: str, at: Any) -> tuple[str | None, tuple[str, ...]]:
    """The lowest plan of the ladder that gives the feature with all it requires; the add-ons that give it."""
    plans = [
        (key, set(catalog["plans"][sold_ref(catalog, key, at)]["features"])) for key in catalog["ladder"]
    ]
    covering = [key for key, gives in plans if {feature, *needed(catalog, feature)} <= gives]
    sold = sorted(key for key, add_on in catalog["add_ons"].items() if feature in add_on["features"])
    return covering[0] if covering else None, tuple(sold)


def what_checker_says(world: Data, name: str, feature: str, facts: Data) -> str:
    """The answer of one checker on one feature: none, deny, admit or error."""
    checker, checks = world["checkers"][name], world["catalog"]["features"][feature]["checks"]
    if not (checker["everywhere"] or feature in checker["features"] or name in checks):
        return "none"
    if any(key not in world["context"] for key in checker["needs"]):
        return "none"
    era = "early" if world["at"] < checker["pivot"] else "late"
    seen = {**facts, **world["context"], "param": checks.get(name), "era": era}.get(checker["reads"])
    verdict = checker["verdicts"].get((feature, seen), "none")
    context_is_shut = checker["reads"] in ("client", "action", "mood") and checker["volatility"] != "dynamic"
    usage_is_shut = checker["reads"] == "usage" and checker["volatility"] == "static"
    may_not_admit = checker["everywhere"] and name not in checks
    if context_is_shut or usage_is_shut or (may_not_admit and verdict == "admit"):
        verdict = "raise"
    if verdict in ("raise", "nonsense"):
        return "none" if checker["on_error"] == "ignore" else "error"
    return str(verdict)


def first_of(order: list[str], said: list[tuple[str, str]]) -> tuple[str, str | None]:
    """The reason that comes first in `order`, and the first name among those who gave it."""
    found = [(order.index(reason), name) for reason, name in said if reason in order]
    return (order[min(found)[0]], min(found)[1]) if found else ("", None)


def decide(world: Data, feature: str) -> Answer:
    """May the subject use the feature, and why?"""
    catalog, context = world["catalog"], world["context"]
    if feature not in catalog["features"]:
        return Answer(allowed=False, reason="unknown_feature")
    declared = catalog["features"][feature]
    plan, add_ons = standing(world)
    overrides = [o for o in world["record"]["overrides"] if in_force(o, world["at"])]
    removed = {o["remove"] for o in overrides if "remove" in o}
    by_add_on = {key for add_on in add_ons for key in catalog["add_ons"][add_on]["features"]}
    had = {*plan["features"], *by_add_on, *(o["give"] for o in overrides if "give" in o)} - removed
    if plan["suspends"]:
        return Answer(allowed=False, reason="not_in_force")
    if feature in removed:
        return Answer(allowed=False, reason="removed_by_override")

    used = world["record"]["usage"].get(feature)
    subscribed = any(in_force(s, world["at"]) for s in world["record"]["subscriptions"])
    facts = {"included": feature in had, "subscribed": subscribed, "usage": used}
    verdicts = [(what_checker_says(world, name, feature, facts), name) for name in world["checkers"]]
    said = [(REASONS[verdict], name) for verdict, name in verdicts if verdict in REASONS]
    if not needed(catalog, feature) <= had:
        said.append(("requires_feature", "requires"))
    if context.get("client") in declared["exempt"]:
        said.append(("exempt_client", "exempt_clients"))
    if context.get("action") == "read" and declared["read_only"]:
        said.append(("kept_readable", "kept_readable"))

    reason, name = first_of(DENIALS, said)
    if reason:
        return Answer(
            False, reason, name, *(unlocks(catalog, feature, world["at"]) if name == "requires" else ())
        )
    if feature in had:
        given_by = "add_on" if feature in by_add_on else "override"
        return Answer(allowed=True, reason="included" if feature in plan["features"] else given_by)
    reason, name = first_of(ADMISSIONS, said)
    if reason:
        return Answer(allowed=True, reason=reason, checker=name)
    return Answer(False, "not_included", None, *unlocks(catalog, feature, world["at"]))


def amount(world: Data, cap: str) -> float | None:
    """How much of a cap the subject's plan, add-ons and overrides include together."""
    plan, add_ons = standing(world)
    overrides = [o for o in world["record"]["overrides"] if in_force(o, world["at"]) and o.get("cap") == cap]
    setting = [o for o in overrides if "set" in o]
    if setting:
        newest = max(setting, key=lambda o: (*age(o), -1 if o["set"] is None else o["set"]))
        return None if newest["set"] is None else float(newest["set"])
    sold = [world["catalog"]["add_ons"][key]["caps"].get(cap, {}) for key in add_ons]
    floors = [change["at_least"] for change in (*sold, *overrides) if "at_least" in change]
    stated = plan["caps"][cap]["included"] if cap in plan["caps"] else None
    amounts = [n for n in (stated, *floors) if n is not None]
    added = [change["add"] for change in sold if "add" in change]
    return float(max(amounts, default=0) + sum(added)) if amounts or added else None


def decide_cap(world: Data, cap: str, adding: int) -> CapAnswer:
    """May the subject add so many of what the cap counts, and why?"""
    catalog, (plan, _) = world["catalog"], standing(world)
    included, used = amount(world, cap), world["record"]["usage"].get(cap)
    room, wanted = included or 0, (used or 0) + adding
    if plan["suspends"]:
        return CapAnswer(allowed=False, reason="not_in_force", included=included)
    if included == math.inf:
        return CapAnswer(allowed=True, reason="unlimited", included=included)
    if used is not None and wanted <= room:
        return CapAnswer(allowed=True, reason="within_cap", included=included)
    stated = plan["caps"].get(cap, {"hard": True})
    if not stated["hard"] and stated["included"] != math.inf:  # a number set on unlimited has no price beyond
        return CapAnswer(allowed=True, reason="over_soft_cap", included=included)
    if used is None and room > 0:
        return CapAnswer(allowed=False, reason="usage_unknown", included=included)
    refs = {key: sold_ref(catalog, key, world["at"]) for key in catalog["ladder"]}
    ladder = [(key, catalog["plans"][ref]["caps"].get(cap)) for key, ref in refs.items()]
    roomy = [key for key, has in ladder if has and (not has["hard"] or (has["included"] or 0) >= wanted)]
    sold = [(key, add_on["caps"].get(cap, {})) for key, add_on in catalog["add_ons"].items()]
    helping = [key for key, has in sold if max(room, has.get("at_least", 0)) + has.get("add", 0) >= wanted]
    return CapAnswer(False, "cap_reached", included, roomy[0] if roomy else None, tuple(sorted(helping)))
