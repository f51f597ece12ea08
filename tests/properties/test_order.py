"""Whatever the order of files, keys, plugins and records: one catalog, one answer."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given

from entitlements import Engine, FixedClock, MemorySource, SubjectRecord, load_catalog, subject
from entitlements.catalog import build, build_features, build_plans
from entitlements.catalog.lint import lint
from entitlements.catalog.load import read_catalog, shipped_folder
from entitlements.engine import resolve
from entitlements.model import Origin
from entitlements.plugin_manager import load_plugins
from entitlements.problems import NOWHERE
from tests.oracle.engines import table_checker
from tests.properties.rich import Data, File, documents_of, told
from tests.properties.strategies import World, built, numbers, often

#: Lists in which an order is no statement. The others are the ladder, support levels, and texts.
UNORDERED = {"features", "without", "requires", "exempt", "sold_with", "needs"}


def shuffled(rng: Random, content: Any, field: str = "") -> Any:
    """The same content in another order."""
    if isinstance(content, dict):
        keys = rng.sample(list(content), len(content))
        return {key: shuffled(rng, content[key], key) for key in keys}
    if isinstance(content, list):
        items = rng.sample(content, len(content)) if field in UNORDERED else content
        return [shuffled(rng, item) for item in items]
    return content


def elsewhere(rng: Random, files: list[File]) -> list[File]:
    """The same files in another order, their keys too, under other names where a name says nothing."""
    found = []
    for kind, file, content in rng.sample(files, len(files)):
        folder, _, name = file.rpartition("/")
        if kind in ("features", "plan", "add-ons", "lang"):
            name = f"{rng.choice('abcxyz')}{rng.randrange(10**6)}_{name}"
        found.append((kind, f"{folder}/{name}" if folder else name, shuffled(rng, content)))
    return found


def answers(engine: Engine, world: World) -> list[Data]:
    """All that is told of somebody, but for the lines of files."""
    space = engine.entitlements("somebody")
    features = [space.check(key, **world.context) for key in engine.catalog.features]
    caps = [space.check(f"cap.{cap}") for cap in world.caps]
    found = [
        {**decision.to_json(), "source": decision.source and unplaced(decision.source)}
        for decision in sorted([*features, *caps], key=lambda decision: decision.feature)
    ]
    held = [space.plan.ref, space.support.key, space.baa, space.valid_until, sorted(space.allowed())]
    return [*found, {"held": held, "overrides": sorted(map(unplaced, space.overrides), key=repr)}]


def unplaced(origin: Origin) -> Origin:
    return replace(origin, mark=NOWHERE)


def reordered(world: World) -> Engine:
    rng = world.rng
    catalog = built(
        rng.sample(pairs := list(documents_of(elsewhere(rng, world.files), checked=False)), len(pairs))
    )
    checkers = rng.sample(sorted(world.checkers.items()), len(world.checkers))
    old = world.record
    record = SubjectRecord(
        "somebody",
        tuple(rng.sample(old.subscriptions, len(old.subscriptions))),
        tuple(rng.sample(old.overrides, len(old.overrides))),
        usage=dict(rng.sample(sorted(old.usage.items()), len(old.usage))),
    )
    records = rng.sample([record, *(SubjectRecord(f"other{n}", old.subscriptions) for n in range(3))], 4)
    plugins = load_plugins([table_checker(*item) for item in checkers], entry_points=False)
    return Engine.open(catalog, MemorySource(records), plugins, clock=FixedClock(world.at))


def difference(number: int) -> str | None:
    world = World(number)
    first, second = world.engine(), reordered(world)
    if first.catalog.digest != second.catalog.digest:
        return "the digest"
    if told(first.catalog) != told(second.catalog):
        return "what the catalog says"
    asked = answers(first, world), answers(second, world)
    return next((f"{one} {other}" for one, other in zip(*asked, strict=True) if one != other), None)


@given(numbers)
@often
def test_order_never_matters(number: int) -> None:
    assert difference(number) is None


def test_files_of_the_shipped_catalog_may_come_in_any_order() -> None:
    reading = read_catalog(shipped_folder(), tests_too=False)
    pairs = list(reading.documents)
    for number in range(20):
        Random(number).shuffle(pairs)  # noqa: S311  nothing secret
        assert told(built(pairs)) == told(load_catalog())


def test_problems_come_in_one_order_whatever_the_order_of_files() -> None:
    found = set()
    for number in range(20):
        world = World(7)
        for place, (_, _, content) in enumerate(world.files):
            content.pop("aliases", None)
            content["features"] = (
                [f"gone_{place}"] if isinstance(content.get("features"), list) else content.get("features")
            )
        pairs = list(documents_of(world.files, checked=False))
        Random(number).shuffle(pairs)  # noqa: S311  nothing secret
        found.add(build.build_catalog(pairs)[1])
    assert len(found) == 1
    assert len(found.pop()) > 1


@given(numbers)
@often
def test_advice_comes_in_one_order_whatever_the_order_of_files(number: int) -> None:
    world = World(number)
    catalog = world.catalog()
    pairs = list(documents_of(world.files, checked=False))
    found = {lint(catalog, world.rng.sample(pairs, len(pairs))) for _ in range(3)}
    assert len(found) == 1


def _first(given: Any, **_: Any) -> Any:
    return next(iter(given))


def _as_it_comes(given: Any, **_: Any) -> Any:
    return list(given)


@pytest.mark.parametrize(
    ("where", "name", "planted"),
    [
        pytest.param(subject, "max", _first, id="the first subscription counts"),
        pytest.param(resolve, "sorted", _as_it_comes, id="the first override is named"),
        pytest.param(build_features, "sorted", _as_it_comes, id="exemptions keep the order of the file"),
        pytest.param(build_plans, "sorted", _as_it_comes, id="an add-on keeps the order of the file"),
    ],
)
def test_a_planted_fault_is_found(
    where: object, name: str, planted: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, planted, raising=False)
    assert any(difference(number) for number in range(300))
