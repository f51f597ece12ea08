"""20,000 random catalogs that validate, and records as odd as can be: no check raises.

A plain loop, since Hypothesis would take too long over so many. `ENTITLEMENTS_SEED` repeats a run.
"""

from __future__ import annotations

import json
import os
import secrets
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest

from entitlements import (
    STATIC,
    AccessDenied,
    Checker,
    Engine,
    FixedClock,
    MemorySource,
    Override,
    Question,
    SubjectRecord,
    Usage,
    Verdict,
)
from entitlements.catalog.build import build_catalog
from entitlements.catalog.lint import lint
from entitlements.engine import decide, entitlements, resolve
from entitlements.model import Catalog
from entitlements.plugin_manager import Plugins, load_plugins
from entitlements.subject import AddOnPeriod, Subscription
from tests.oracle import worlds
from tests.oracle.engines import record_of, table_checker
from tests.properties.rich import documents_of, rich_files
from tests.properties.strategies import World

CATALOGS, MANY = 20_000, 100_000
PARTS = 4
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

INSTANTS = [FIRST, *worlds.INSTANTS[:2], LAST - timedelta(days=1), LAST]
CONTEXTS: list[dict[str, Any]] = [
    {},
    {},
    {"client": "export_tool", "action": "read", "mood": "good"},
    {"client": None, "action": []},
    {"client": object(), "mood": {}},
    {"adding": 10**30},
    {"at_home": float("nan")},
]
AMOUNTS: list[Any] = [0, 1, 10**39, "unlimited", "none"]


@cache
def plugins(number: int) -> Plugins:
    """One of a few sets of checkers, each with every name that a file may use; many of them fail."""
    rng = Random(number)  # noqa: S311  nothing secret
    features = [f"f{n}" for n in range(10)]
    tables = [table_checker(name, worlds.random_checker(rng, features)) for name in worlds.CHECKERS]
    return load_plugins(tables, entry_points=False)


def odd_record(rng: Random, catalog: Catalog, data: dict[str, Any]) -> SubjectRecord:
    """A record as a world has it, and more that a careless host may store."""
    record = record_of("somebody", worlds.random_record(rng, data))
    odd = [
        Subscription("gone@3", rng.choice(INSTANTS), rng.choice(INSTANTS), add_ons=(AddOnPeriod("gone"),)),
        Subscription("gratis@99", add_ons=(AddOnPeriod("extra", LAST, FIRST), AddOnPeriod("extra"))),
        Subscription("", None, FIRST, kind="trial"),
    ]
    features, caps = [*catalog.features, "gone"], [*catalog.caps, "gone"]
    more: list[dict[str, Any]] = [
        {"give": rng.choice(features)},
        {"remove": rng.choice(features)},
        {"cap": rng.choice(caps), "set_to": rng.choice(AMOUNTS)},
        {"cap": rng.choice(caps), "at_least": rng.choice(AMOUNTS)},
        {"support": rng.choice([*catalog.support_levels, "gone"])},
    ]
    overrides = [
        Override("", "", "ops", rng.choice([None, *INSTANTS]), rng.choice([None, *INSTANTS]), **what)
        for what in rng.sample(more, 2)
    ]
    usage = {rng.choice([*features, *caps]): Usage(rng.choice([None, 0, 10**39]), unknown="failed")}
    return replace(
        record,
        subscriptions=(*record.subscriptions, *worlds.some(rng, odd, 0.2)),
        overrides=(*record.overrides, *overrides),
        usage={**record.usage, **usage},
        baa_signed_on=rng.choice([None, *INSTANTS]),
        baa_ended_on=rng.choice([None, *INSTANTS]),
    )


def ask_everything(seed: int, number: int) -> None:
    """Raises whatever a check of the catalog of that number raises."""
    rng = Random(f"{seed}/{number}")  # noqa: S311  nothing secret
    data = worlds.random_catalog(rng)
    # All of them validate; to be told so by one in four is enough.
    pairs = list(documents_of(rich_files(rng, data), checked=number // PARTS % 4 == 0))
    catalog, problems = build_catalog(pairs)
    assert catalog is not None, problems
    # Digests are invented, and not every version that is followed by another was published.
    assert {problem.code for problem in problems} <= {"V601", "V605"}, problems
    lint(catalog, pairs)
    record, context, clock = (
        odd_record(rng, catalog, data),
        rng.choice(CONTEXTS),
        FixedClock(rng.choice(INSTANTS)),
    )
    engine = Engine.open(catalog, MemorySource([record]), plugins(rng.randrange(20)), clock=clock)
    for _ in all_answers(rng, engine, context):
        pass


def all_answers(rng: Random, engine: Engine, context: dict[str, Any]) -> Iterator[object]:
    at, lang = rng.choice([*[None] * 15, *INSTANTS]), rng.choice([None, "fr", "pt-BR-x", ""])
    space = engine.entitlements("somebody", at=at)
    yield from (space.allowed(), space.baa, space.support, space.valid_until, space.expired, space.overrides)
    keys = [*engine.catalog.features, *(f"cap.{cap}" for cap in engine.catalog.caps)]
    for key in rng.sample(keys, 4):
        decision = engine.check("somebody", key, at=at, **context)
        yield from (decision.message(lang), engine.allows("somebody", key, at=at, **context))
        yield space.allows(key)
        explanation = space.explain(key, **context)
        yield from (str(explanation), json.dumps([decision.to_json(), explanation.to_json()]))
        try:
            engine.require("somebody", key, at=at, **context)
        except AccessDenied as denied:
            yield str(denied)
    for cap in engine.catalog.caps:
        allowance = space.cap(cap)
        yield from (allowance.remaining, allowance.over, allowance.monthly_charge, allowance.source.to_json())
        yield allowance.room_for(rng.choice([0, 1, 10**39])).message(lang)
    yield from (engine.subjects_with(keys[0]), engine.check("nobody", keys[0]).message())


def first_that_raises(numbers: range, seed: int) -> str | None:
    for number in numbers:
        try:
            ask_everything(seed, number)
        except Exception:  # noqa: BLE001  that none is raised is what is tested
            return f"ENTITLEMENTS_SEED={seed}, catalog {number}:\n{traceback.format_exc()}"
    return None


def run(part: int, catalogs: int) -> None:
    seed = int(os.environ.get("ENTITLEMENTS_SEED") or secrets.randbelow(2**32))
    print(f"ENTITLEMENTS_SEED={seed} repeats this, part {part}")  # noqa: T201
    assert first_that_raises(range(part, catalogs, PARTS), seed) is None


@pytest.mark.parametrize("part", range(PARTS))
def test_a_catalog_that_validates_never_makes_a_check_raise(part: int) -> None:
    run(part, CATALOGS)


@pytest.mark.stress
@pytest.mark.parametrize("part", range(PARTS))
def test_very_many_catalogs_that_validate_never_make_a_check_raise(part: int) -> None:
    run(part, MANY)


@pytest.mark.parametrize(
    ("where", "name", "planted"),
    [
        pytest.param(decide, "how_many", int, id="an amount is a number"),
        pytest.param(resolve, "UnknownPlan", ZeroDivisionError, id="an unknown plan raises"),
        pytest.param(entitlements, "decide_cap", None, id="nothing decides on caps"),
    ],
)
def test_a_planted_fault_is_found(
    where: object, name: str, planted: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, planted)
    assert first_that_raises(range(300), 7)


class Fails(Checker):
    name = "fails"
    volatility = STATIC
    features = ("f0",)

    def check(self, question: Question) -> Verdict | None:
        raise RuntimeError(question.subject)


def test_the_last_minute_of_all_time_is_one_like_any_other() -> None:
    world = World(1)
    world.drop_checks()
    engine = Engine.open(world.catalog(), MemorySource(), load_plugins([Fails()], entry_points=False))
    assert engine.entitlements("somebody", at=LAST).valid_until is None


def test_what_ends_on_the_last_day_of_all_time_is_told() -> None:
    world = World(1)
    world.drop_checks()
    (head,) = (content for kind, _, content in world.files if kind == "catalog")
    head["time_zone"] = "Africa/Nairobi"
    gift = Override("gift", "So it is", "ops", None, datetime(9999, 12, 31, 23, 59, tzinfo=UTC), give="f0")
    engine = world.engine(SubjectRecord("somebody", overrides=(gift,)), own=False)
    assert engine.check("somebody", "f0").message()
