"""The made-up world that is measured: a catalog of plans, subjects that hold them, and random questions."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from entitlements import Override, SubjectRecord, Subscription

SEED = 20250401
WITH_OVERRIDES = 0.05
_START = datetime(2025, 1, 1, tzinfo=UTC)

Pairs = list[tuple[str, str]]


def keys(kind: str, number: int) -> list[str]:
    return [f"{kind}_{i:0{len(str(number - 1))}}" for i in range(number)]


def write_catalog(folder: Path, plans: Mapping[str, list[str]], features: list[str]) -> int:
    """Write a catalog in which each plan lists all its features; gives its size in bytes."""
    files = {"catalog.yaml": _head(list(plans)), "features/all.yaml": _features(features)}
    files.update({f"{plan}.yaml": _plan(plan, has) for plan, has in plans.items()})
    (folder / "features").mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sum(len(text) for text in files.values())


def ladder(plans: int, features: int) -> dict[str, list[str]]:
    """Plans by key: the highest has every feature, each lower one fewer."""
    names = keys("feature", features)
    return {plan: names[: features * (i + 1) // plans] for i, plan in enumerate(keys("plan", plans))}


@dataclass(frozen=True)
class World:
    """Subjects with a plan each, some with an override of their own, and the questions asked about them."""

    plans: Mapping[str, frozenset[str]]
    plan_of: Mapping[str, str]
    records: list[SubjectRecord]
    pairs: Pairs


def make_world(subjects: int, pairs: int, *, plans: int = 6, features: int = 80) -> World:
    """The same world for the same numbers, wherever it is made."""
    chance = random.Random(SEED)
    has = {plan: frozenset(names) for plan, names in ladder(plans, features).items()}
    every_plan, every_feature = list(has), keys("feature", features)
    plan_of = {subject: chance.choice(every_plan) for subject in keys("subject", subjects)}
    records = []
    for subject, plan in plan_of.items():
        ends = datetime(2100 + chance.randrange(2), 1 + chance.randrange(12), 1, tzinfo=UTC)
        exceptional = chance.random() < WITH_OVERRIDES
        overrides = (_override(chance, every_feature),) if exceptional else ()
        records.append(SubjectRecord(subject, (Subscription(plan, _START, ends),), overrides))
    names = list(plan_of)
    asked = [(chance.choice(names), chance.choice(every_feature)) for _ in range(pairs)]
    return World(has, plan_of, records, asked)


def _override(chance: random.Random, features: list[str]) -> Override:
    """No two are alike: each has the number of its ticket."""
    because, feature = f"ticket {chance.randrange(10**9)}", chance.choice(features)
    if chance.random() < 0.5:
        return Override("pro_bono", because, "ops", _START, None, give=feature)
    return Override("services", because, "ops", _START, None, remove=feature)


def _head(plans: list[str]) -> str:
    return f"""catalog: benchmark
title: Benchmark
subject: {{one: space, other: spaces}}
currency: USD
time_zone: UTC
ladder: [{", ".join(plans)}]
default_plan: {plans[0]}
after_end: {plans[0]}
support_levels:
  - {{key: basic, title: Basic, includes: [Help pages]}}
caps:
  seats: {{title: Seats, unit: {{one: seat, other: seats}}, counted_by: seats}}
"""


def _features(features: list[str]) -> str:
    shown = "".join(
        f"  {key}:\n    title: Title of {key}\n    description: What {key} is for.\n"
        "    on_loss: {effect: closed}\n"
        for key in features
    )
    return f"group: {{key: all, title: All}}\nfeatures:\n{shown}"


def _plan(plan: str, features: list[str]) -> str:
    listed = "".join(f"  - {feature}\n" for feature in features)
    return f"""plan: {plan}
version: 1
title: Title of {plan}
sold: self_service
price: {{monthly: "100.00"}}
support: basic
baa: not_offered
caps:
  seats: {{included: 10, extra: "2.00"}}
features:
{listed}"""
