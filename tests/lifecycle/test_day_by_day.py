"""Any sequence of verbs gives what a calendar of days says, and the engine finds that in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entitlements.clock import first_instant
from entitlements.engine.resolve import resolve
from entitlements.lifecycle import subscriptions
from entitlements.lifecycle.refusals import Refused
from entitlements.lifecycle.timeline import Changed
from entitlements.model import Catalog
from entitlements.subject import SubjectRecord
from tests.lifecycle.catalogs import small
from tests.lifecycle.days import LAST, Days, No
from tests.planting import Bug, plant

Step = tuple[int, str, dict[str, Any]]
Day = int | tuple[int, int] | None
TICK = timedelta(microseconds=1)
#: The days from here on have a leap day, and changes of clocks at midnight in all but the first.
FIRST = date(2015, 10, 17)
ZONES = ("UTC", "America/Sao_Paulo", "Asia/Amman", "America/Havana")


class Dice:
    """What a number draws: the verbs, one after the other, with all that they are asked."""

    def __init__(self, number: int) -> None:
        self.rng = Random(number)  # noqa: S311  nothing secret
        self.zone = self.rng.choice(ZONES)

    def steps(self) -> Iterator[Step]:
        """First what is there, one after the other, so that few verbs are refused; then any verb."""
        for _ in range(self.rng.randint(1, 3)):
            yield 0, "subscribe", self.first()
        for _ in range(self.rng.randint(1, 6)):
            verb = self.rng.choice(["subscribe", "change_plan", "end", "renew", "extend", "cancel"])
            yield self.rng.choice([0, 1, 5, 29, 30, 31, 61, 365, 366]), verb, getattr(self, verb)()

    def first(self) -> dict[str, Any]:
        return {
            "plan": self.rng.choice(["community", "pro", "pro@0"]),
            "at": (-1, 0),
            "end": self.rng.choice([None, (-1, 20), (-1, 45), (-1, 366)]),
            "cadence": self.cadence(),
            "kind": self.kind(),
            "replace": False,
            "unsold": True,
        }

    def subscribe(self) -> dict[str, Any]:
        return {
            "plan": self.plan(),
            "at": self.day(),
            "end": self.day(),
            "cadence": self.cadence(),
            "kind": self.kind(),
            "replace": self.often(),
        }

    def change_plan(self) -> dict[str, Any]:
        return {
            "plan": self.plan(),
            "at": self.day(),
            "cadence": self.perhaps(self.cadence),
            "loses": self.often(),
            "waive": self.seldom(),
            "replace": self.often(),
        }

    def end(self) -> dict[str, Any]:
        return {"at": self.day(), "waive": self.seldom(), "replace": self.often()}

    def renew(self) -> dict[str, Any]:
        return {
            "plan": self.perhaps(self.plan),
            "cadence": self.perhaps(self.cadence),
            "end": self.day(),
            "replace": self.often(),
        }

    def extend(self) -> dict[str, Any]:
        return {**self.renew(), "kind": self.kind()}

    def cancel(self) -> dict[str, Any]:
        return {"start": self.rng.choice([self.day(), (0, 0), (1, 0)]), "reopen": self.often()}

    def day(self) -> Day:
        """None; so many days on; or so many from the next day but so many on which something changes."""
        beside = (self.rng.choice([0, 0, 1]), self.rng.choice([-1, 0, 0, 1]))
        return self.rng.choice([None, None, self.rng.choice([0, 1, 30, 60, 365]), beside])

    def perhaps(self, drawn: Callable[[], str]) -> str | None:
        return drawn() if self.seldom() else None

    def plan(self) -> str:
        return self.rng.choice(["community", "pro", "pro", "pro@0"])

    def kind(self) -> str:
        return self.rng.choice(["product", "product", "bundle", "pro_bono", "trial"])

    def cadence(self) -> str:
        return self.rng.choice(["monthly", "annual"])

    def often(self) -> bool:
        return self.rng.random() < 0.7

    def seldom(self) -> bool:
        return self.rng.random() < 0.3


@cache
def catalog() -> Catalog:
    """The small one, where it can be told who never had a plan from whose plan has ended."""
    return replace(small(), after_end="pro")


@cache
def first_of(day: int, zone: str) -> datetime:
    return first_instant(FIRST + timedelta(days=day), zone)


class Both:
    """One subject twice: as its record, and as a calendar of days."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.record = SubjectRecord("space", time_zone=zone)
        self.days = Days(FIRST)
        self.now = 0

    def instant(self, day: int | None) -> datetime | None:
        return None if day is None else first_of(day, self.zone)

    def take(self, step: Step) -> None:
        """Do the same to both; either both refuse it or neither does."""
        on, verb, asked = step
        self.now = min(self.now + on, LAST // 2)
        asked = {
            name: self.day_of(value) if name in {"at", "end", "start"} else value
            for name, value in asked.items()
        }
        days, record = self.by_days(verb, dict(asked)), self.by_rules(verb, dict(asked))
        assert (days is None) is (record is None), "one refuses what the other does"
        self.days, self.record = days or self.days, record or self.record

    def day_of(self, value: Day) -> int | None:
        if not isinstance(value, tuple):
            return None if value is None else self.now + value
        which, beside = value
        boundaries = self.days.boundaries(self.now)
        return (boundaries[which] if boundaries[which:] else self.now) + beside

    def by_days(self, verb: str, asked: dict[str, Any]) -> Days | None:
        if verb == "cancel":
            asked["start"] = self.start_of(asked["start"])
        days = self.days.copy()
        try:
            getattr(days, verb)(self.now, **asked)
        except No:
            return None
        return days

    def by_rules(self, verb: str, asked: dict[str, Any]) -> SubjectRecord | None:
        if "waive" in asked:
            asked["waive"] = "So it was agreed" if asked["waive"] else None
        if verb == "cancel":
            asked["start"] = self.start_of(asked["start"])
        if verb == "change_plan":
            asked["to"] = asked.pop("plan")
        for name in {"at", "end", "start"} & asked.keys():
            asked[name] = self.instant(asked[name])
        try:
            changed = getattr(subscriptions, verb)(
                self.record, catalog(), now=self.instant(self.now), **asked
            )
        except Refused:
            return None
        assert isinstance(changed, Changed)
        return changed.record

    def start_of(self, day: int | None) -> int:
        """The day that is asked for, else the one on which the next subscription begins."""
        later = self.days.later(self.now)
        if day is None and later:
            return self.days.begins(later[0])
        return self.now + 1 if day is None else day

    def agree(self) -> None:
        """The record has the periods of the calendar, and the engine finds them at either side of each."""
        numbers = sorted({n for n in self.days.cells if n is not None}, key=self.days.begins)
        expected = [
            (
                what.plan,
                self.instant(self.days.begins(n)),
                self.instant(self.days.ends(n)),
                what.cadence,
                what.kind,
            )
            for n in numbers
            for what in (self.days.held[n],)
        ]
        held = self.record.subscriptions
        assert [(s.plan, s.start, s.end, s.cadence, s.kind) for s in held] == expected
        for boundary in {
            self.now,
            *(n for s in numbers for n in (self.days.begins(s), self.days.ends(s)) if n),
        }:
            for day in (boundary - 1, boundary, boundary + 1):
                if 0 <= day < LAST:
                    self.agree_on(day)

    def agree_on(self, day: int) -> None:
        """From its first instant to its last."""
        number = self.days.cells[day]
        had = any(n is not None for n in self.days.cells[:day])
        plan = ("pro@1" if had else "community@0") if number is None else self.days.held[number].plan
        start, after = self.instant(day), self.instant(day + 1)
        assert start is not None
        assert after is not None
        for at in (start, after - TICK):
            resolved = resolve(catalog(), self.record, at)
            assert resolved.plan.ref == plan, (FIRST + timedelta(days=day), at)
            assert (resolved.subscription is None) is (number is None)


def difference(number: int) -> AssertionError | None:
    """Where record and calendar part after what `number` draws."""
    dice = Dice(number)
    both = Both(dice.zone)
    try:
        for step in dice.steps():
            both.take(step)
            both.agree()
    except AssertionError as found:
        return found
    return None


@settings(deadline=None, derandomize=True, max_examples=300)
@given(number=st.integers(min_value=0, max_value=2**32))
def test_verbs_do_what_a_calendar_of_days_says(number: int) -> None:
    found = difference(number)
    assert found is None, found


PLACED = "lifecycle.timeline:placed"
BY_RULE = "lifecycle.minimum_term:_by_rule"
BUGS = [
    Bug("what follows is not looked at", PLACED, "if over and not instead:", "if False:"),
    Bug("what is in force goes on", PLACED, "in_force(s.start, s.end, start)", "False"),
    Bug("a touching one is in the way", "lifecycle.timeline:_begins_within", "begins < end", "begins <= end"),
    Bug(
        "nothing is in the way at the start",
        "lifecycle.timeline:_begins_within",
        "start <= begins",
        "start < begins",
    ),
    Bug(
        "an empty period is kept",
        "lifecycle.timeline:set_end",
        "subscription.start >= end",
        "subscription.start > end",
    ),
    Bug("a minimum term is 31 days", BY_RULE, 'least["days"], time_zone', 'least["days"] + 1, time_zone'),
    Bug(
        "a minimum term counts hours",
        BY_RULE,
        'days_later(subscription.start, least["days"], time_zone)',
        "subscription.start + __import__('datetime').timedelta(days=least['days'])",
    ),
    Bug("a year ends once", BY_RULE, "periods.first_from(at)", "periods.begin(1)"),
    Bug("a year ends always later", BY_RULE, "periods.first_from(at)", "periods.next_after(at)"),
    Bug("a bundle may end any time", BY_RULE, 'subscription.kind == "bundle"', "False"),
    Bug("nobody is exempt", BY_RULE, "subscription.kind in", "None in"),
    Bug("its own end does not count", "lifecycle.minimum_term:earliest_end", "end < found.at", "False"),
    Bug("an upgrade waits as well", "lifecycle.subscriptions:change_plan", "and loses", ""),
    Bug("a renewed year is a month", "lifecycle.renewal:renew", "MONTHS[cadence]", "1"),
    Bug(
        "a bundle is renewed for ever",
        "lifecycle.selling:end_sold",
        'if kind == "bundle" and end is None:',
        "if False:",
    ),
    Bug(
        "a renewal moves on",
        "lifecycle.renewal:_next",
        "version_kept(catalog, current, start)",
        "version_sold(catalog, current.plan.partition('@')[0], start, kind=kind, zone=zone)",
    ),
    Bug("a cancelled one leaves no gap", "lifecycle.subscriptions:cancel", "reopen and before", "before"),
    Bug(
        "a reopened one runs into the next",
        "lifecycle.subscriptions:cancel",
        "min(following, default=None)",
        "None",
    ),
    Bug("an end is inclusive", "subject:in_force", "at < end", "at <= end"),
    Bug("a start is exclusive", "subject:in_force", "start <= at", "start < at"),
    Bug("the default plan after an end", "engine.resolve:_plan_of", "after_end if", "default_plan if"),
    Bug(
        "a day that began at one is over at one",
        "lifecycle.periods:_same_time",
        "if first_instant(local.date(), time_zone) == start:",
        "if False:",
    ),
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what.replace(" ", "-"))
def test_a_planted_bug_differs_from_the_calendar(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, bug)
    assert any(difference(number) is not None for number in range(5000))
