"""Random worlds as plain data, in the form that the oracle reads (see its docstring).

They are small, so that one of them can be read, and crowded: instants come from a handful, so that periods
begin and end at the very instant asked about; checkers' names lie around those of the first-party ones.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Data = dict[str, Any]
INSTANTS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(8)]
CLIENTS = ["export_tool", "mobile", "stranger"]
CAPS = ["seats", "sms", "reports"]
CHECKERS = ["aa", "exempt_a", "f_later", "kept_z", "requires_more", "zz"]
UNKNOWN = "gone"
READS: dict[str, list[Any]] = {
    "nothing": [None],
    "included": [False, True],
    "subscribed": [False, True],
    "param": [None, 0, 1],
    "era": ["early", "late"],
    "usage": [None, 0, 3, 9],
    "client": [None, *CLIENTS],
    "action": [None, "read", "write"],
    "mood": [None, "good", "bad"],
}
# Now and then a checker looks at what its volatility may not see. What is kept for a time must not hang on
# what changes in that time.
MAY_READ = {
    "static": ["nothing", "included", "subscribed", "param", "era", "era", "era", "era", "usage", "client"],
    "cacheable": ["nothing", "param", "param", "usage", "mood"],
    "dynamic": list(READS),
}


def some(rng: Random, items: list[Any], chance: float) -> list[Any]:
    return [item for item in items if rng.random() < chance]


def random_catalog(rng: Random) -> Data:
    features = random_features(rng)
    caps = CAPS[: rng.randint(1, 3)]
    ladder = ["free", "basic", "pro", "top"][: rng.randint(2, 4)]
    plans: Data = {}
    working: Data = {}
    for key in [*ladder, *some(rng, ["trial", "trial2", "paused"], 0.3)]:
        plan = random_plan(rng, key, features, caps, list(plans.values()))
        plans[f"{key}@{plan['version']}"] = plan
        working[key] = f"{key}@{plan['version']}"
    for key in some(rng, list(working), 0.4):
        old = random_plan(rng, key, features, caps, [])
        # As text "@10" comes before "@9".
        old["version"] = rng.choice([number for number in (0, 1, 2, 9, 10) if f"{key}@{number}" not in plans])
        plans[f"{key}@{old['version']}"] = old
    coming: Data = {}
    for key in some(rng, list(working), 0.3):
        new = random_plan(rng, key, features, caps, [])
        new["version"] = 20
        plans[f"{key}@20"] = new
        coming[key] = {"ref": f"{key}@20", "from": rng.choice(INSTANTS), "keep": rng.random() < 0.5}
    return {
        "next": coming,
        "ladder": ladder,
        "default_plan": rng.choice(ladder),
        "after_end": rng.choice(list(working)),
        "aliases": {"gratis": ladder[0]},
        "caps": caps,
        "working": working,
        "plans": plans,
        "features": features,
        "add_ons": {
            key: random_add_on(rng, features, caps) for key in some(rng, ["extra", "more", "plus"], 0.8)
        },
    }


def random_features(rng: Random) -> Data:
    keys = [f"f{number}" for number in range(rng.randint(6, 10))]
    rng.shuffle(keys)  # what is required need not come first by name
    return {
        key: {
            "requires": rng.sample(keys[:place], min(place, rng.choice([0, 0, 0, 0, 1, 1, 2]))),
            "exempt": some(rng, CLIENTS[:2], 0.25),
            "read_only": rng.random() < 0.3,
            "checks": {name: rng.choice([None, 0, 1]) for name in some(rng, CHECKERS, 0.06)},
        }
        for place, key in enumerate(keys)
    }


def random_plan(rng: Random, key: str, features: Data, caps: list[str], before: list[Data]) -> Data:
    """A plan that mostly gives more than the one `before` it, and may be written as an extension of it."""
    last = before[-1] if before else None
    inherited = [] if last is None else some(rng, last["features"], 0.85)
    own = some(rng, [feature for feature in features if feature not in inherited], 0.3)
    on_ladder = key in ("free", "basic", "pro", "top")
    stated = {cap: random_terms(rng) for cap in caps if on_ladder or rng.random() < 0.7}
    fits = last is not None and last["caps"].keys() <= stated.keys()
    return {
        "key": key,
        "version": rng.choice([1, 3, 9]),
        "suspends": key == "paused" or rng.random() < 0.02,
        "extends": last["key"] if last is not None and fits and rng.random() < 0.6 else None,
        "features": sorted([*inherited, *own]),
        "caps": stated,
    }


def random_terms(rng: Random) -> Data:
    included = rng.choice([None, math.inf, 0, 3, 5, 10, 10, 20])
    if included is None or included == math.inf:
        return {"included": included, "hard": included is None}
    return {"included": included, "hard": rng.random() < 0.6}


def random_add_on(rng: Random, features: Data, caps: list[str]) -> Data:
    return {
        "features": some(rng, sorted(features), 0.2),
        "caps": {
            cap: {"at_least": rng.choice([2, 4, 8, 15, math.inf])}
            if rng.random() < 0.4
            else {"add": rng.choice([1, 5, 10])}
            for cap in some(rng, caps, 0.6)
        },
    }


def random_checkers(rng: Random, catalog: Data) -> Data:
    """Those that a feature names, and a few more."""
    named = {name for feature in catalog["features"].values() for name in feature["checks"]}
    names = sorted({*named, *rng.sample(CHECKERS, rng.choice([0, 1, 2, 2]))})
    return {name: random_checker(rng, sorted(catalog["features"])) for name in names}


def random_checker(rng: Random, features: list[str]) -> Data:
    volatility = rng.choice(["static", "static", "cacheable", "dynamic", "dynamic"])
    everywhere = rng.random() < 0.25
    reads = rng.choice(MAY_READ[volatility])
    weights = [0.82, 0.08, 0.06, 0.02, 0.02] if everywhere else [0.46, 0.12, 0.32, 0.05, 0.05]
    verdicts = {}
    for feature in features:
        drawn = rng.choices(["none", "deny", "admit", "raise", "nonsense"], weights, k=len(READS[reads]))
        if reads == "era" and volatility == "static":
            # Only a verdict can say until when it holds; silence and failure hold for good.
            drawn[0] = "deny" if everywhere else rng.choice(["deny", "admit"])
        verdicts.update({(feature, seen): verdict for seen, verdict in zip(READS[reads], drawn, strict=True)})
    ignoring = ["deny", "deny", "ignore"]
    return {
        "volatility": volatility,
        "everywhere": everywhere,
        "features": [] if everywhere else some(rng, features, 0.4),
        "needs": some(rng, ["client", "mood"], 0.25) if volatility == "dynamic" else [],
        "on_error": rng.choice([*ignoring, "last_good"] if volatility == "cacheable" else ignoring),
        "pivot": rng.choice(INSTANTS[2:6]),
        "reads": reads,
        "verdicts": verdicts,
    }


def random_period(rng: Random) -> Data:
    start, end = rng.choice([None, *INSTANTS]), rng.choice([None, None, *INSTANTS])
    if start is not None and end is not None and end < start:
        start, end = end, start
    return {"start": start, "end": end}


def random_record(rng: Random, catalog: Data) -> Data:
    subscriptions: list[Data] = []
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        new = {**random_period(rng), "plan": rng.choice(list(catalog["plans"]))}
        # Two of one plan from one instant on are one mistake too many for the rules to speak of.
        if all((new["plan"], new["start"]) != (old["plan"], old["start"]) for old in subscriptions):
            new["add_ons"] = [
                {"key": key, **(random_period(rng) if rng.random() < 0.3 else {"start": None, "end": None})}
                for key in some(rng, list(catalog["add_ons"]), 0.5)
            ]
            subscriptions.append(new)
    starts = [s["start"] for s in subscriptions]
    for new in subscriptions:
        # Of two from one instant on the written name decides.
        by_key = new["plan"] in catalog["working"].values() and starts.count(new["start"]) == 1
        new["bare"] = by_key and rng.random() < 0.5
    keys = sorted(catalog["features"])
    usage = {cap: rng.choice([0, 2, 3, 5, 9, 10, 14, 20]) for cap in some(rng, catalog["caps"], 0.8)}
    return {
        "subscriptions": subscriptions,
        "overrides": [random_override(rng, catalog) for _ in range(rng.choice([0, 0, 1, 2, 4, 6]))],
        "usage": {**usage, **{feature: rng.choice([0, 3, 9]) for feature in some(rng, keys, 0.5)}},
    }


def random_override(rng: Random, catalog: Data) -> Data:
    feature, cap = rng.choice(list(catalog["features"])), rng.choice(catalog["caps"])
    what: Data = rng.choice(
        [
            {"give": feature},
            {"give": feature},
            {"give": feature},
            {"remove": feature},
            {"cap": cap, "set": rng.choice([None, 0, 4, 10])},
            {"cap": cap, "set": rng.choice([0, 4, 30, math.inf])},
            {"cap": cap, "at_least": rng.choice([0, 4, 10, 30, math.inf])},
        ]
    )
    return {**random_period(rng), **what}


def random_context(rng: Random) -> Data:
    """What the caller passes; often nothing."""
    if rng.random() < 0.35:
        return {}
    offered = [
        ("client", rng.choice(CLIENTS)),
        ("action", rng.choice(["read", "write"])),
        ("mood", rng.choice(["good", "bad"])),
    ]
    return dict(some(rng, offered, 0.5))
