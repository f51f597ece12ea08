"""Every door gives one answer, and what is given on top of a plan never takes away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from entitlements import Decision, Engine, Override, Question, SubjectRecord
from entitlements.amounts import size
from entitlements.checker import Entitlement, judges
from entitlements.clock import FixedClock
from entitlements.engine import entitlements as spaces
from entitlements.engine import resolve as resolving
from entitlements.engine.ask import Asker
from entitlements.engine.decide import decide_feature, unlocks_of
from entitlements.engine.resolve import resolve
from entitlements.engine.row import RowMaker
from entitlements.model import Origin
from entitlements.subject import AddOnPeriod
from tests.properties.strategies import World, numbers, often


def interpreted(world: World, engine: Engine, feature: str) -> Decision:
    """The decision with nothing kept and nothing bound beforehand: every checker is asked, then the rules."""
    catalog, context = engine.catalog, world.context
    has = resolve(catalog, world.record, world.at)
    included = frozenset(has.included.keys() - has.removed.keys())
    origin = has.removed.get(feature) or has.included.get(feature) or has.plan_origin
    said = []
    for name, loaded in engine.program.plugins.checkers.items():
        checker, asked = loaded.checker, catalog.features[feature]
        binding, kind = asked.checks.get(name), loaded.checker.volatility.kind
        if judges(checker) and (binding or checker.binds(asked)) and set(checker.needs) <= context.keys():
            question = Question(
                subject=world.record.subject,
                feature=asked,
                entitlement=Entitlement(feature in included, origin),
                included=included,
                subscription=has.subscription,
                params=binding.params if binding else {},
                clock=FixedClock(world.at),
                context=context if kind == "dynamic" else None,
                usage=(lambda: world.record.usage.get(feature)) if kind != "static" else None,
            )
            said.append((name, Asker(checker, loaded.plugin).call(question)))
    return decide_feature(catalog, unlocks_of(catalog, feature), feature, has, said)


def disagreement(number: int) -> str | None:
    """What two doors answer otherwise about one feature, cold and warm."""
    world = World(number)
    engine = world.engine()
    features = world.rng.sample(list(engine.catalog.features), 5)
    for feature in [*features, *features]:
        space = engine.entitlements("somebody")
        expected = interpreted(world, engine, feature)
        doors = {
            "engine": engine.check("somebody", feature, **world.context),
            "at": engine.check("somebody", feature, at=world.at, **world.context),
            "space": space.check(feature, **world.context),
            "explained": space.explain(feature, **world.context).decision,
        }
        for door, found in doors.items():
            if found != expected or found.to_json() != expected.to_json():
                return f"{door}: {found}, not {expected}"
        if engine.allows("somebody", feature, **world.context) is not expected.allowed:
            return f"allows {feature}"
    return None


@given(numbers)
@often
def test_compiled_explained_and_interpreted_are_one(number: int) -> None:
    assert disagreement(number) is None


def not_the_same_set(number: int) -> str | None:
    world = World(number)
    engine = world.engine()
    features = world.rng.sample(list(engine.catalog.features), len(engine.catalog.features))
    first = engine.entitlements("somebody").allowed() if number % 2 else frozenset()
    one_by_one = frozenset(key for key in features if engine.allows("somebody", key))
    later = engine.entitlements("somebody").allowed()
    checked = frozenset(key for key in features if engine.entitlements("somebody").check(key))
    same = later == one_by_one == checked and (not number % 2 or first == later)
    return None if same else f"{sorted(first)} {sorted(later)} {sorted(one_by_one)} {sorted(checked)}"


@given(numbers)
@often
def test_allowed_is_the_set_of_what_is_allowed(number: int) -> None:
    assert not_the_same_set(number) is None


def given_more(world: World) -> Iterator[SubjectRecord]:
    """The record with one add-on or one giving exception more."""
    record, rng, data = world.record, world.rng, world.data
    running = record.subscription_at(world.at)
    for key in data["add_ons"] if running else ():
        assert running is not None
        more = replace(running, add_ons=(*running.add_ons, AddOnPeriod(key)))
        yield replace(record, subscriptions=tuple(more if s is running else s for s in record.subscriptions))
    gifts: list[dict[str, Any]] = [
        {"give": rng.choice(list(data["features"]))},
        {"cap": rng.choice(data["caps"]), "at_least": rng.choice([0, 7, 30, "unlimited"])},
        {"support": "level0"},
        {"support": "level3"},
    ]
    for gift in gifts:
        override = Override("gift", "So it is", "ops", rng.choice([None, world.at]), None, **gift)
        yield replace(record, overrides=(*record.overrides, override))


def taken_away(number: int) -> str | None:
    """What somebody who is given more has no longer. Only our own checkers judge."""
    world = World(number)
    world.drop_checks()
    catalog = world.catalog()
    before = world.engine(catalog=catalog, own=False)
    space = before.entitlements("somebody")
    for record in given_more(world):
        after = world.engine(record, catalog=catalog, own=False)
        more = after.entitlements("somebody")
        if not space.allowed() <= more.allowed():
            return f"features {sorted(space.allowed() - more.allowed())}"
        if more.support.rank < space.support.rank or more.baa != space.baa or more.plan != space.plan:
            return "support, BAA or plan"
        for feature in catalog.features:
            if space.check(feature, **world.context) and not more.check(feature, **world.context):
                return f"{feature} with {world.context}"
        for cap in world.caps:
            old, new = space.cap(cap), more.cap(cap)
            if (
                size(new.included) < size(old.included)
                or new.hard != old.hard
                or new.extra_price != old.extra_price
            ):
                return f"{cap}: {old} {new}"
            if any(old.room_for(n) and not new.room_for(n) for n in (0, 1, 5)):
                return f"room for more of {cap}"
    return None


@given(numbers)
@often
def test_an_add_on_or_a_giving_override_never_takes_away(number: int) -> None:
    assert taken_away(number) is None


def _forgets_what_static_checkers_said(maker: Any, row: Any, feature: str, has: Any) -> Decision:
    program = maker._program.features[feature]
    decision = decide_feature(maker._program.catalog, program.unlocks, feature, has, ())
    row.answers[feature], row.allowed[feature] = decision, decision.allowed
    return decision


def _explains_without_asking(*_: object) -> list[Any]:
    return []


@pytest.mark.parametrize(
    ("where", "name", "planted"),
    [
        pytest.param(RowMaker, "fill", _forgets_what_static_checkers_said, id="kept answers forget checkers"),
        pytest.param(spaces.Entitlements, "_ask_live", _explains_without_asking, id="nobody is asked"),
    ],
)
def test_a_door_with_a_planted_fault_is_found(
    where: object, name: str, planted: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, planted)
    assert any(disagreement(number) for number in range(200))


def test_a_set_with_a_planted_fault_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces.Entitlements, "allowed", lambda space: frozenset(space._has.included))
    assert any(not_the_same_set(number) for number in range(200))


def _only_the_add_on(catalog: Any, plan: Any, add_ons: tuple[str, ...]) -> Any:
    given = {feature for key in add_ons for feature in catalog.add_ons[key].features}
    return {f: Origin("plan", plan.ref) for f in plan.features if not add_ons or f in given}


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        pytest.param("size", lambda amount: -size(amount), id="more is less"),
        pytest.param("_included", _only_the_add_on, id="an add-on replaces the plan"),
    ],
)
def test_a_gift_with_a_planted_fault_is_found(
    name: str, planted: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, name, planted)
    assert any(taken_away(number) for number in range(100))
