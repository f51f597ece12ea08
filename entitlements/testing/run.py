"""Runs plan tests: each is asked of a real engine, and what it answers is held against what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from entitlements.catalog.reading.document import Map, Seq
from entitlements.change.compare import PlanComparison, Terms, baa_word, compare
from entitlements.clock import from_ns, system_clock
from entitlements.engine.engine import Engine
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.resolve import resolve
from entitlements.model import Catalog
from entitlements.plugin_manager import Plugins
from entitlements.problems import Mark
from entitlements.source.memory import MemorySource
from entitlements.subject import SubjectRecord, Subscription
from entitlements.testing.plan_tests import PlanTest

#: What the engine says, and a way to learn why.
_Answer = tuple[object, Callable[[], str]]
#: Of more features than these, some are named.
_FEW = 6


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that was not met, and why the engine answers otherwise."""

    about: str
    expected: str
    got: str
    why: str
    mark: Mark
    #: The line of the test file that expects it.
    source: str

    def to_json(self) -> dict[str, Any]:
        place = {"file": self.mark.file, "line": self.mark.line}
        return {"about": self.about, "expected": self.expected, "got": self.got, "why": self.why, **place}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one plan test."""

    test: PlanTest
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.test.name,
            "file": self.test.mark.file,
            "line": self.test.mark.line,
            "passed": self.passed,
            "failures": [failure.to_json() for failure in self.failures],
        }


class Runner:
    """An engine that plan tests are asked of. A test that gives no `date` is asked for `at`, or for now.

    Raises CatalogError where the plan files name checkers that no plugin brings.
    """

    def __init__(
        self,
        catalog: Catalog,
        tests: Iterable[PlanTest],
        plugins: Plugins | None = None,
        *,
        at: datetime | None = None,
    ) -> None:
        now = at or from_ns(system_clock())
        records = (_as_sold(catalog.at(test.at or now), test.record) for test in tests)
        self._engine = Engine.open(catalog, MemorySource(records), plugins)
        self._at = now

    def run(self, test: PlanTest) -> Result:
        """The outcome of one of the tests."""
        return Result(test, tuple(_failures(_situation(self._engine, test, self._at))))


def run_plan_tests(
    catalog: Catalog, tests: Iterable[PlanTest], plugins: Plugins | None = None, *, at: datetime | None = None
) -> list[Result]:
    """The outcome of each test, as `Runner` gives it."""
    wanted = tuple(tests)
    runner = Runner(catalog, wanted, plugins, at=at)
    return [runner.run(test) for test in wanted]


@dataclass(frozen=True, slots=True)
class _Situation:
    """What a test speaks of."""

    test: PlanTest
    space: Entitlements
    change: PlanComparison


def _situation(engine: Engine, test: PlanTest, at: datetime | None) -> _Situation:
    space = engine.entitlements(test.record.subject, at=test.at or at)
    before = space.compared_terms()
    catalog = engine.catalog.at(space.at)
    record = _as_sold(catalog, test.record)
    moved = _moved(catalog, record, test.change_to) if test.change_to else record
    after = resolve(catalog, moved, space.at)
    change = compare(catalog, Terms.of_subject(before), Terms.of_subject(after), test.record.usage)
    return _Situation(test, space, change)


def _moved(catalog: Catalog, record: SubjectRecord, plan: str) -> SubjectRecord:
    """The record on another plan: exceptions stay, and so do the add-ons that are sold with it."""
    sold = {key for key, add_on in catalog.add_ons.items() if catalog.plan(plan).key in add_on.sold_with}
    held = tuple(add_on for period in record.subscriptions for add_on in period.add_ons if add_on.key in sold)
    return replace(record, subscriptions=(Subscription(catalog.plan(plan).ref, add_ons=held),))


def _as_sold(catalog: Catalog, record: SubjectRecord) -> SubjectRecord:
    """The record with the version of its plan that is sold at the test's instant, unless it names another."""
    held = tuple(
        replace(period, plan=catalog.plan(period.plan).ref) if catalog.successions else period
        for period in record.subscriptions
    )
    return replace(record, subscriptions=held)


def _failures(situation: _Situation) -> Iterator[Failure]:
    expect = situation.test.expect
    for key, wanted in expect.items():
        if key in ("lost", "gained"):
            yield from _missing(situation, key, wanted)
            continue
        got, why = _answer(situation, key)
        if got != wanted:
            mark = expect.value_mark(key)
            yield Failure(key, str(wanted), str(got), why(), mark, _line(expect, mark))


def _missing(situation: _Situation, key: str, wanted: Any) -> Iterator[Failure]:
    """One failure for each feature that was to be lost or gained and is not."""
    change = situation.change
    found = change.lost if key == "lost" else change.gained
    for number, feature in enumerate(wanted):
        if feature not in found:
            got = _HAD[feature in change.before.features, feature in change.after.features]
            mark = wanted.item_mark(number)
            yield Failure(feature, key, got, _summary(change), mark, _line(wanted, mark))


#: Whether a feature is had before a change and after it → what that is called.
_HAD: Mapping[tuple[bool, bool], str] = {
    (True, True): "kept",
    (True, False): "lost",
    (False, True): "gained",
    (False, False): "in neither plan",
}


def _line(node: Map | Seq, mark: Mark) -> str:
    """The line of the file in which `mark` begins."""
    return node.lines.text.split("\n")[mark.line - 1].rstrip("\r")


def _answer(situation: _Situation, key: str) -> _Answer:
    prefix, _, name = key.partition(".")
    if name:
        return _cap(situation, name) if prefix == "cap" else _effect(situation, name)
    return _WHOLE.get(key, _feature)(situation, key)


def _feature(situation: _Situation, feature: str) -> _Answer:
    space, context = situation.space, situation.test.context
    word = "allowed" if space.check(feature, **context).allowed else "denied"
    return word, lambda: str(space.explain(feature, **context))


def _cap(situation: _Situation, cap: str) -> _Answer:
    allowance = situation.space.cap(cap)
    return allowance.included, lambda: f"by {allowance.source}"


def _support(situation: _Situation, _: str) -> _Answer:
    has = situation.space.compared_terms()
    return has.support, lambda: f"by {has.support_origin}"


def _baa(situation: _Situation, _: str) -> _Answer:
    has = situation.space.compared_terms()
    return baa_word(has.baa.offered), lambda: f"by {has.plan_origin}"


def _direction(situation: _Situation, _: str) -> _Answer:
    return situation.change.direction, lambda: _summary(situation.change)


def _effect(situation: _Situation, key: str) -> _Answer:
    effects = {effect.feature or effect.cap: effect.kind for effect in situation.change.effects}

    def why() -> str:
        said = f"{_summary(situation.change)}; effects: {_listed(effects)}"
        if key in effects or key in situation.test.record.usage:
            return said
        return f"{said}\nnothing of {key} is in use: under `given` write `usage: {{{key}: 1}}`"

    return effects.get(key, "no effect"), why


_WHOLE: Mapping[str, Callable[[_Situation, str], _Answer]] = {
    "baa": _baa,
    "support": _support,
    "direction": _direction,
}


def _summary(change: PlanComparison) -> str:
    """What a change does, in one line."""
    parts = [f"loses {_some(change.lost)}"] if change.lost else []
    parts += [f"gains {_some(change.gained)}"] if change.gained else []
    parts += [f"{cap.cap} {cap.before.included} → {cap.after.included}" for cap in change.caps]
    before, after = change.before, change.after
    parts += [f"support {before.support} → {after.support}"] if before.support != after.support else []
    parts += [f"BAA {baa_word(before.baa)} → {baa_word(after.baa)}"] if before.baa != after.baa else []
    return f"{before.name} → {after.name}: {'; '.join(parts) or 'nothing changes'}"


def _some(features: tuple[str, ...]) -> str:
    """The features, or their number and some of them."""
    few = ", ".join(features[:_FEW])
    return few if len(features) <= _FEW else f"{len(features)} features, among them {few}"


def _listed(effects: Mapping[Any, str]) -> str:
    return ", ".join(f"{key} {kind}" for key, kind in effects.items()) or "none"
