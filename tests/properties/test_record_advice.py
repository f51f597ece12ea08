"""Advice on the records of any subject: it raises nothing, and what it calls idle may go."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from entitlements import Override
from entitlements.catalog.reading.document import Document, read_bytes
from entitlements.source.subjects_file import subjects_of
from entitlements.testing.record_advice import CHANGES_NOTHING, record_advice
from tests.properties.rich import written
from tests.properties.strategies import World, numbers, often


def as_data(override: Override) -> dict[str, Any]:
    names = ("kind", "because", "by", "give", "remove", "cap", "at_least", "support")
    data = {name: getattr(override, name) for name in names} | {"set": override.set_to}
    data["start"] = override.start.isoformat() if override.start else "1999-01-01"
    data["end"] = override.end.isoformat() if override.end else "never"
    return {name: value for name, value in data.items() if value is not None}


def document(world: World, overrides: list[dict[str, Any]]) -> Document:
    subscriptions = [
        {
            "plan": held.plan,
            **{name: at.isoformat() for name in ("start", "end") if (at := getattr(held, name)) is not None},
            "add_ons": [add_on.key for add_on in held.add_ons],
        }
        for held in world.record.subscriptions
    ]
    record = {"subject": "somebody", "subscriptions": subscriptions, "overrides": overrides}
    found = read_bytes(written([record]), "a.yaml")
    assert not found.problems
    return found


@given(numbers)
@often
def test_an_override_called_idle_may_go_and_no_answer_changes(number: int) -> None:
    world = World(number)
    world.drop_checks()
    catalog = world.catalog()
    overrides = [as_data(override) for override in world.record.overrides]
    read = document(world, overrides)
    (record,) = subjects_of([read], time_zone="UTC").records
    advice = list(record_advice(catalog, [(read.value[0], record)], world.at))
    idle = {problem.mark.column for problem in advice if problem.code == CHANGES_NOTHING}
    kept = [
        override
        for override, given in zip(record.overrides, read.value[0]["overrides"], strict=True)
        if not any(given.mark.column <= column < given.mark.end_column for column in idle)
    ]
    assert len(kept) == len(overrides) - len(idle)
    before, after = (
        world.engine(type(record)("somebody", record.subscriptions, tuple(some)), own=False).entitlements(
            "somebody", at=world.at
        )
        for some in (record.overrides, kept)
    )
    assert before.allowed() == after.allowed()
    assert before.support == after.support
    assert [before.cap(cap).included for cap in world.caps] == [after.cap(cap).included for cap in world.caps]
