"""Subscriptions and exceptions in memory, on SQLite and on PostgreSQL do what the pure rules do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations, count
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from entitlements import Engine, Entry, FixedClock, MemorySource, MemoryStore, SqlStore, SubjectRecord, Token
from entitlements.lifecycle.overrides import about
from entitlements.lifecycle.refusals import Refused
from entitlements.source.sql.check import checked
from entitlements.subject import in_force
from tests.lifecycle.catalogs import small
from tests.source.pure_life import PureLife, Refusal, Row
from tests.source.stores import opened

BEGIN = datetime(2026, 1, 31, 10, 20, 30, 123_456, tzinfo=UTC)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
numbers = count()

# A moment is None, for now or never; so many days from now; or, as a pair, so many microseconds from one of
# the instants to come at which something changes.
BESIDE = st.tuples(st.integers(0, 3), st.sampled_from([-1, 0, 0, 1]))
STARTS = st.sampled_from([None, None, None, 0, 1, 30, 365, -1]) | BESIDE
ENDS = st.sampled_from([None, 15, 45, 366, 366]) | BESIDE
PLANS = st.sampled_from(["community", "pro", "pro", "pro", "pro@0", "free", "no-such"])
FEATURES = st.sampled_from(["exports", "reports", "security", "reports", "security", "no-such"])
CADENCES = st.sampled_from(["monthly", "annual"])
KINDS = st.sampled_from(["product", "product", "bundle", "bundle", "pro_bono", "trial", "developer"])
ADD_ONS = st.sampled_from([(), (), ("more_users",)])
AMOUNTS = st.sampled_from(
    [{"to": 7}, {"to": "none"}, {"at_least": 300}, {"at_least": "unlimited"}, {"to": 0, "at_least": 1}, {}]
)
EXCEPTIONS = st.sampled_from(["agreement", "pro_bono", "legacy"])
WHY = st.sampled_from(["A school", "Order 7"])
OFTEN = st.sampled_from([True, True, False])
#: The first has a subscription; of the second nothing is known at first.
WHO = st.sampled_from([0, 0, 0, 1])
MAYBE_WHY = st.none() | WHY


class Lives(RuleBasedStateMachine):
    """Every engine is asked what the pure rules are asked; all must give the same, and leave the same."""

    engines: tuple[Engine, ...] = ()
    clock: FixedClock

    @initialize(
        zone=st.sampled_from([None, "America/Sao_Paulo", "Asia/Kathmandu"]),
        plan=st.sampled_from(["community", "pro", "pro@0"]),
        kind=KINDS,
        end=ENDS,
        cadence=CADENCES,
    )
    def begin(self, zone: str | None, **asked: Any) -> None:
        self.now = BEGIN
        self.clock.set(self.now)
        number = next(numbers)
        self.lives = [PureLife(f"{name}-{number}", small()) for name in ("hill", "mill")]
        if zone is not None:
            self.all_do(0, "set_details", None, time_zone=zone)
        self.all_do(0, "subscribe", None, at=None, unsold=True, **asked)

    @rule(
        who=WHO,
        plan=PLANS,
        at=STARTS,
        end=ENDS,
        cadence=CADENCES,
        kind=KINDS,
        add_ons=ADD_ONS,
        unsold=OFTEN,
        replace=OFTEN,
        why=MAYBE_WHY,
    )
    def subscribe(self, who: int, why: str | None, **asked: Any) -> None:
        self.all_do(who, "subscribe", why, **asked)

    @rule(
        who=WHO,
        to=PLANS,
        at=STARTS,
        end=ENDS,
        cadence=st.none() | CADENCES,
        kind=KINDS,
        add_ons=ADD_ONS,
        waive=st.sampled_from([None, None, "By mistake", " "]),
        unsold=OFTEN,
        replace=OFTEN,
    )
    def change_plan(self, who: int, **asked: Any) -> None:
        self.all_do(who, "change_plan", None, **asked)

    @rule(who=WHO, at=STARTS, waive=st.sampled_from([None, "Closed"]), replace=OFTEN)
    def end(self, who: int, **asked: Any) -> None:
        self.all_do(who, "end", None, **asked)

    @rule(who=WHO, plan=st.none() | PLANS, cadence=st.none() | CADENCES, end=ENDS, replace=OFTEN)
    def renew(self, who: int, **asked: Any) -> None:
        self.all_do(who, "renew", None, **asked)

    @rule(who=WHO, kind=KINDS, plan=st.none() | PLANS, end=ENDS, replace=OFTEN)
    def extend(self, who: int, **asked: Any) -> None:
        self.all_do(who, "extend", None, **asked)

    @precondition(lambda self: self.later())
    @rule(number=st.integers(0, 3), beside=st.sampled_from([0, 0, 0, 1]), reopen=OFTEN)
    def cancel(self, number: int, beside: int, **asked: Any) -> None:
        later = self.later()
        self.all_do(0, "cancel", None, start=later[number % len(later)] + beside * TICK, **asked)

    @rule(who=WHO, add_on=st.sampled_from([*["more_users"] * 5, "no-such"]), at=STARTS, end=ENDS)
    def add_add_on(self, who: int, **asked: Any) -> None:
        self.all_do(who, "add_add_on", None, unsold=True, **asked)

    @precondition(lambda self: any(held.add_ons for held in self.lives[0].record.subscriptions))
    @rule(at=STARTS)
    def end_add_on(self, **asked: Any) -> None:
        self.all_do(0, "end_add_on", None, add_on="more_users", **asked)

    @rule(
        who=WHO,
        verb=st.sampled_from(["give", "remove"]),
        feature=FEATURES,
        kind=EXCEPTIONS,
        at=STARTS,
        end=ENDS,
        why=WHY,
    )
    def make_exception(self, who: int, verb: str, why: str, **asked: Any) -> None:
        self.all_do(who, verb, why, **asked)

    @rule(who=WHO, amount=AMOUNTS, kind=EXCEPTIONS, at=STARTS, end=ENDS, why=WHY)
    def set_cap(self, who: int, why: str, amount: dict[str, Any], **asked: Any) -> None:
        self.all_do(who, "set_cap", why, cap="users", **amount, **asked)

    @rule(who=WHO, level=st.sampled_from(["forum", "email"]), kind=EXCEPTIONS, at=STARTS, end=ENDS)
    def set_support(self, who: int, **asked: Any) -> None:
        self.all_do(who, "set_support", "Agreed", **asked)

    @rule(who=WHO, number=st.integers(0, 5), kind=st.sampled_from([None, None, "legacy"]), at=STARTS)
    def end_override(self, who: int, number: int, **asked: Any) -> None:
        there = [about(override) for override in self.lives[who].record.overrides] or ["exports"]
        self.all_do(who, "end_override", None, key=there[number % len(there)], **asked)

    @rule(who=WHO, at=STARTS)
    def sign_or_end_baa(self, who: int, **asked: Any) -> None:
        signed = self.lives[who].record.baa_signed_on is not None
        self.all_do(who, "end_baa" if signed else "sign_baa", None, **asked)

    @rule(
        who=WHO,
        credits=st.sampled_from([Decimal("0.10"), Decimal(120), Decimal(-1)]),
        billing=st.sampled_from([(), ("pay@example.org",)]),
        time_zone=st.sampled_from([None, None, "Africa/Nairobi", "Nowhere"]),
    )
    def set_details(self, who: int, **asked: Any) -> None:
        self.all_do(who, "set_details", None, **asked)

    @rule(days=st.sampled_from([1, 15, 29, 30, 31, 365]), beside=st.sampled_from([-1, 0, 1]))
    def wait(self, days: int, beside: int) -> None:
        self.now += days * DAY + beside * TICK
        self.clock.set(self.now)

    def all_do(self, who: int, verb: str, because: str | None, **asked: Any) -> None:
        life = self.lives[who]
        for name in {"at", "end"} & asked.keys():
            asked[name] = self.moment(life.record, asked[name])
        if verb in {"give", "remove", "set_cap", "set_support"}:
            asked["end"] = asked["end"] or "never"
        elif asked.get("kind") == "trial":
            asked["end"] = None  # anything else is refused
        by = f"person {len(life.rows)}"
        wanted = life.do(verb, self.now, by, because, asked)
        for engine in self.engines:
            name = type(engine.source).__name__
            assert outcome(engine, life.record.subject, verb, by, because, asked) == wanted, name
            # A subject of whom nothing was written is unknown.
            held = engine.source.load(life.record.subject)
            assert (held or SubjectRecord(life.record.subject)) == life.record, name

    def later(self) -> list[datetime]:
        """When the subscriptions of the first begin that are to come."""
        return [s.start for s in self.lives[0].record.subscriptions if s.start and s.start > self.now]

    def moment(self, record: SubjectRecord, drawn: int | tuple[int, int] | None) -> datetime | None:
        if drawn is None or isinstance(drawn, int):
            return None if drawn is None else self.now + drawn * DAY
        there = sorted({at for at in record.boundaries() if at >= self.now}) or [self.now]
        return there[drawn[0] % len(there)] + drawn[1] * TICK

    @invariant()
    def all_decide_as_the_record_says(self) -> None:
        for life in getattr(self, "lives", ()):
            starts = [s for s in life.record.subscriptions if s.start != s.end]
            for one, other in combinations(starts, 2):
                begins = max((s.start for s in (one, other) if s.start is not None), default=self.now)
                assert not (in_force(one.start, one.end, begins) and in_force(other.start, other.end, begins))
            alone = Engine(self.engines[0].program, MemorySource([life.record]), clock=self.clock)
            wanted = decided(alone, life.record.subject)
            for engine in self.engines:
                assert decided(engine, life.record.subject) == wanted, type(engine.source).__name__

    def teardown(self) -> None:
        for engine in self.engines:
            store: Any = engine.source
            for life in getattr(self, "lives", ()):
                subject = life.record.subject
                told = [
                    Row(row.revision, row.what, row.done_by, row.because, row.at, row.before, row.after)
                    for row in store.audit(subject)
                ]
                assert told == life.rows, type(store).__name__
                assert store.revision(subject) == (life.record.revision or None), type(store).__name__


def outcome(
    engine: Engine, subject: str, verb: str, by: str, because: str | None, asked: dict[str, Any]
) -> int | Refusal:
    does: Callable[..., Token] = getattr(engine, verb)
    try:
        token = does(subject, by=by, because=because, **asked)
    except Refused as refused:
        return Refusal(refused.code, str(refused))
    assert token.subject == subject
    return token.revision


def decided(engine: Engine, subject: str) -> tuple[object, ...]:
    space = engine.entitlements(subject)
    cap = space.cap("users")
    return (
        space.plan.ref,
        space.allowed(),
        space.support.key,
        (space.baa.offered, space.baa.signed_on, space.baa.in_force),
        (cap.included, cap.hard),
        space.valid_until,
        space.revision,
    )


def run(*stores: Any, examples: int = 60, phases: Collection[Phase] = tuple(Phase)) -> None:
    clock = FixedClock(BEGIN)
    engines = tuple(Engine.open(small(), store, clock=clock, follow=False) for store in stores)
    machine = type("Machine", (Lives,), {"engines": engines, "clock": clock})
    wanted = settings(
        derandomize=True,
        max_examples=examples,
        stateful_step_count=30,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=wanted)


def all_agree(sqlite: Callable[[], str], postgres: Callable[[], str], examples: int) -> None:
    memory, *databases = MemoryStore(), opened(sqlite()), opened(postgres())
    run(memory, *databases, examples=examples)
    log = list(memory.audit())
    assert len(log) > examples
    for store in databases:
        assert isinstance(store, SqlStore)
        assert list(store.audit()) == log  # to the last hash
        assert [one.wrong for one in checked(store.database) if one.wrong] == []
        store.close()


def test_all_stores_do_what_the_pure_rules_do(sqlite: Callable[[], str], postgres: Callable[[], str]) -> None:
    all_agree(sqlite, postgres, 40)


@pytest.mark.stress
def test_all_stores_do_what_the_pure_rules_do_for_long(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    all_agree(sqlite, postgres, 150)


class KeepsWhatWasRefused(MemoryStore):
    """Counts a change on, although the rule refused it."""

    def change(self, subject: str, rule: Callable[[SubjectRecord], SubjectRecord], entry: Entry) -> Token:
        try:
            return super().change(subject, rule, entry)
        except Refused:
            super().change(subject, lambda record: replace(record, credits=record.credits + 1), entry)
            raise


class WritesWhatIsEqual(MemoryStore):
    """Counts a change on that changes nothing."""

    def change(self, subject: str, rule: Callable[[SubjectRecord], SubjectRecord], entry: Entry) -> Token:
        before = self.load(subject)
        token = super().change(subject, rule, entry)
        if before is None or token.revision > before.revision:
            return token
        self._records[subject] = replace(before, revision=token.revision + 1)
        return Token(subject, token.revision + 1)


class CutsTimes(MemoryStore):
    """Keeps whole seconds."""

    def change(self, subject: str, rule: Callable[[SubjectRecord], SubjectRecord], entry: Entry) -> Token:
        def cut(record: SubjectRecord) -> SubjectRecord:
            after = rule(record)
            held = tuple(
                replace(s, start=s.start and s.start.replace(microsecond=0)) for s in after.subscriptions
            )
            return replace(after, subscriptions=held)

        return super().change(subject, cut, entry)


class ReadsTooEarly(MemoryStore):
    """Asks the rule about the record as it was one change ago, so that the change between is lost."""

    def change(self, subject: str, rule: Callable[[SubjectRecord], SubjectRecord], entry: Entry) -> Token:
        before = self.load(subject)
        old = getattr(self, "_old", {}).get(subject, before)
        self._old = {**getattr(self, "_old", {}), subject: before}
        return super().change(subject, lambda record: rule(old or record), entry)


class LogsAnotherTime(MemoryStore):
    """Says in the log that it was done on the hour."""

    def change(self, subject: str, rule: Callable[[SubjectRecord], SubjectRecord], entry: Entry) -> Token:
        return super().change(subject, rule, replace(entry, at=entry.at.replace(minute=0)))


@pytest.mark.parametrize(
    "faulty", [KeepsWhatWasRefused, WritesWhatIsEqual, CutsTimes, ReadsTooEarly, LogsAnotherTime]
)
def test_a_faulty_store_is_caught(faulty: type[MemoryStore]) -> None:
    with pytest.raises(AssertionError, match=faulty.__name__):
        run(faulty(), phases=(Phase.generate,))  # that it is caught is enough; nobody reads how
