"""Rows about checks: how long the engine takes to answer, and what it keeps in memory for that."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Loop, bytes_kept, ratio, reference, rounds_of, seconds
from benchmarks.table import Row
from benchmarks.world import Pairs, World, keys, ladder, make_world, write_catalog
from entitlements import DYNAMIC, STATIC, Catalog, Checker, Engine, MemorySource, Question, load_catalog

FEATURES = 80
# A hundred thousand subjects would each be asked about 800 times before the first round.
_MOST_FOR_STATIC = 1_000
_ASKED_LIVE = keys("feature", FEATURES)[FEATURES // 2]
# What is compared with what, and the bound.
_BOUNDS: tuple[tuple[str, str, str, float], ...] = (
    ("space.allows(feature), held", "space.allows", "reference", 1.5),
    ("engine.allows(subject, feature), warm", "engine.allows", "reference", 3.5),
    ("space.check(feature) → Decision, held", "space.check", "reference", 2),
    ("engine.check(subject, feature) → Decision, warm", "engine.check", "reference", 4),
    ("engine.allows, 10 more STATIC plugins, to itself", "engine.allows static", "engine.allows", 1.05),
    ("engine.check, 10 more STATIC plugins, to itself", "engine.check static", "engine.check", 1.05),
    ("engine.allows, a feature with 3 DYNAMIC checkers", "engine.allows live", "reference", 10),
    ("feature in space.allowed(), bound once", "allowed", "reference", 0.7),
)


class _Says(Checker):
    """Judges and has no objection: what is measured is the asking."""

    def check(self, question: Question) -> None:  # noqa: ARG002
        return None


def check_rows(
    subjects: tuple[int, ...], pairs: int, rounds: int, say: Callable[[str], None]
) -> tuple[list[Row], list[float]]:
    """The rows, and the seconds of one reference check for each number of subjects."""
    with tempfile.TemporaryDirectory() as folder:
        write_catalog(Path(folder, "plans"), ladder(6, FEATURES), keys("feature", FEATURES))
        catalog = load_catalog(Path(folder, "plans"))
    figures: dict[str, list[float]] = {}
    references = []
    cold = []
    for number in subjects:
        say(f"checks, {number:,} subjects")
        world = make_world(number, pairs, features=FEATURES)
        loops, cold_check = _loops(catalog, world)
        cold.append(cold_check * 1e6)
        found = rounds_of(loops, rounds)
        references.append(median(found["reference"]) / pairs)
        for what, name, to, _ in _BOUNDS:
            if name in found:
                figures.setdefault(what, []).append(ratio(found, name, to))
    rows = [Row(what, "×", tuple(figures[what]), bound) for what, _, _, bound in _BOUNDS]
    say(f"memory, {max(subjects):,} subjects")
    rows.append(_memory_row(catalog, make_world(max(subjects), pairs, features=FEATURES)))
    rows.append(Row("a subject's first check, record in memory", "µs", tuple(cold)))
    return rows, references


def _loops(catalog: Catalog, world: World) -> tuple[dict[str, Loop], float]:
    """Every loop, and the seconds that an engine's first check of a subject took."""
    source = MemorySource(world.records)
    engine = Engine.open(catalog, source)
    live = Engine.open(catalog, source, [_checker(f"live_{i}", DYNAMIC, _ASKED_LIVE) for i in range(3)])
    first = [(record.subject, world.pairs[0][1]) for record in world.records]
    cold = seconds(_allows(engine, first)) / len(first)
    spaces = {subject: engine.entitlements(subject) for subject, _ in world.pairs}
    held = [(spaces[subject], feature) for subject, feature in world.pairs]
    menus = {subject: space.allowed() for subject, space in spaces.items()}
    bound = [(menus[subject], feature) for subject, feature in world.pairs]

    def space_allows() -> None:
        for space, feature in held:
            space.allows(feature)

    def space_check() -> None:
        for space, feature in held:
            space.check(feature)

    def in_allowed() -> None:
        for allowed, feature in bound:
            feature in allowed  # noqa: B015

    loops: dict[str, Loop] = {
        "reference": reference(world),
        "space.allows": space_allows,
        "space.check": space_check,
        "allowed": in_allowed,
        "engine.allows live": _allows(live, [(subject, _ASKED_LIVE) for subject, _ in world.pairs]),
        "engine.allows": _allows(engine, world.pairs),
        "engine.check": _check(engine, world.pairs),
    }
    if len(world.records) <= _MOST_FOR_STATIC:
        static = Engine.open(catalog, source, [_checker(f"static_{i}", STATIC, None) for i in range(10)])
        loops["engine.allows static"] = _allows(static, world.pairs)
        loops["engine.check static"] = _check(static, world.pairs)
    return loops, cold


def _allows(engine: Engine, pairs: Pairs) -> Loop:
    def loop() -> None:
        for subject, feature in pairs:
            engine.allows(subject, feature)

    return loop


def _check(engine: Engine, pairs: Pairs) -> Loop:
    def loop() -> None:
        for subject, feature in pairs:
            engine.check(subject, feature)

    return loop


def _checker(name: str, volatility: Any, feature: str | None) -> Checker:
    """A checker of one feature, or of all."""
    about = {"everywhere": True} if feature is None else {"features": (feature,)}
    kind: type[Checker] = type(name, (_Says,), {"name": name, "volatility": volatility, **about})
    return kind()


def _memory_row(catalog: Catalog, world: World) -> Row:
    """What the engine keeps once every subject was asked about, and the pairs on top."""
    engine = Engine.open(catalog, MemorySource(world.records))
    questions = [*((record.subject, world.pairs[0][1]) for record in world.records), *world.pairs]
    kept = bytes_kept(_allows(engine, questions))
    return Row("memory per warm subject, beyond key and record", "bytes", (kept / len(world.records),), 100)
