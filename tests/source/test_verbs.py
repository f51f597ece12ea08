"""Random verbs leave the same records and revisions in every store, and are refused in the same words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from entitlements import Engine, FixedClock, MemoryStore, Token
from entitlements.lifecycle.refusals import Refused
from tests.lifecycle.catalogs import small
from tests.lifecycle.test_day_by_day import FIRST, Dice, Step
from tests.source.stores import opened

DAY = timedelta(days=1)
Url = Callable[[], str]


def agree(seeds: range, url: Url) -> None:
    database = opened(url())
    memory = MemoryStore()
    for seed in seeds:
        dice = Dice(seed)
        clock = FixedClock(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC))
        engines = [Engine.open(small(), store, clock=clock) for store in (memory, database)]
        for step in dice.steps():
            clock.advance(step[0] * DAY)
            expected, got = (outcome(engine, f"space-{seed}", step, clock) for engine in engines)
            assert expected == got, (seed, step)
            assert memory.load(f"space-{seed}") == database.load(f"space-{seed}"), (seed, step)
    told = [[(row.subject, row.what, row.after) for row in store.audit()] for store in (memory, database)]
    assert told[0] == told[1]
    assert len(told[0]) > len(seeds)
    database.close()


def test_verbs_do_the_same_in_memory_and_on_sqlite(sqlite: Url) -> None:
    agree(range(30), sqlite)


def test_verbs_do_the_same_in_memory_and_on_postgresql(postgres: Url) -> None:
    agree(range(30), postgres)


def outcome(engine: Engine, subject: str, step: Step, clock: FixedClock) -> Any:
    _, verb, drawn = step
    now = datetime.fromtimestamp(clock() / 1e9, UTC)
    asked = {name: value for name, value in drawn.items() if name not in {"loses", "waive", "start"}}
    for name in {"at", "end"} & asked.keys():
        days = asked[name][1] if isinstance(asked[name], tuple) else asked[name]
        asked[name] = None if days is None else now + days * DAY
    words = [asked.pop("plan")] if verb in {"subscribe", "change_plan"} else []
    words += [now + 30 * DAY] if verb == "cancel" else []
    does: Callable[..., Token] = getattr(engine, verb)
    try:
        return does(subject, *words, **asked, by="dice")
    except Refused as refused:
        return refused.code, str(refused)
