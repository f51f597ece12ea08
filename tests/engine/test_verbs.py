"""The verbs of an engine over a store: what is written, what the next check says, and what is refused."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entitlements import Engine, Entry, FixedClock, MemorySource, MemoryStore, SqlStore, Token
from entitlements.engine.verbs import Verbs
from entitlements.errors import StoreError
from entitlements.lifecycle.refusals import Refused
from entitlements.source.protocol import Rule, Store
from entitlements.subject import SubjectRecord, Subscription
from tests.lifecycle.catalogs import small

NOW = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
WHO: dict[str, Any] = {"by": "ops@example.org", "because": "They asked"}
EXCEPTION: dict[str, Any] = {**WHO, "kind": "pro_bono", "end": "never"}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    store = SqlStore(f"sqlite:///{tmp_path}/store.db")
    yield store
    store.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def engine(store: Store, clock: FixedClock) -> Engine:
    return Engine.open(small(), store, clock=clock)


def test_next_check_sees_what_a_verb_did(engine: Engine) -> None:
    assert not engine.allows("space", "reports")
    assert engine.subscribe("space", "pro", **WHO) == Token("space", 1)
    assert engine.allows("space", "reports")
    assert engine.remove("space", "reports", **EXCEPTION) == Token("space", 2)
    assert not engine.allows("space", "reports")
    assert engine.end_override("space", "reports", **WHO) == Token("space", 3)
    assert engine.allows("space", "reports")


def test_audit_log_says_who_did_what_and_why(engine: Engine, store: Store) -> None:
    engine.subscribe("space", "community", **WHO)
    engine.give("space", "reports", **{**EXCEPTION, "by": "ada"})
    told = [(row.what, row.done_by, row.because) for row in store.audit("space")]
    assert told == [
        ("subscribe", "ops@example.org", "They asked"),
        ("override give", "ada", "They asked"),
    ]


def test_upgrade_is_at_once_and_what_loses_waits_for_the_minimum_term(
    engine: Engine, store: Store, clock: FixedClock
) -> None:
    engine.subscribe("space", "community", **WHO)
    clock.advance(DAY)
    engine.change_plan("space", "pro", **WHO)
    assert engine.entitlements("space").plan.ref == "pro@1"
    clock.advance(DAY)
    engine.change_plan("space", "community", **WHO)
    assert engine.entitlements("space").plan.ref == "pro@1"
    assert starts(store) == [NOW, NOW + DAY, NOW + 31 * DAY]


def test_losing_an_add_on_or_an_exception_is_told_apart(
    engine: Engine, store: Store, clock: FixedClock
) -> None:
    """A change to the same plan loses what only an add-on gave; an override stays and so is not lost."""
    engine.subscribe("space", "pro", add_ons=["more_users"], **WHO)
    clock.advance(DAY)
    engine.change_plan("space", "pro", **WHO)
    assert starts(store) == [NOW, NOW + 30 * DAY]
    engine.subscribe("other", "pro", **WHO)
    for feature in ("reports", "security"):
        engine.give("other", feature, **EXCEPTION)
    engine.set_cap("other", "users", at_least=50, **EXCEPTION)
    engine.set_support("other", "email", **EXCEPTION)
    clock.advance(DAY)
    engine.change_plan("other", "community", **WHO)
    # The agreement is offered with the plan alone.
    assert starts(store, "other") == [NOW + DAY, NOW + 31 * DAY]


def test_change_that_gains_and_loses_waits_as_well(store: Store, clock: FixedClock) -> None:
    engine = Engine.open(None, store, clock=clock)
    engine.subscribe("space", "pro@0", unsold=True, **WHO)
    clock.advance(DAY)
    engine.change_plan("space", "pro", **WHO)
    assert starts(store) == [NOW, NOW + 30 * DAY]


def test_waived_minimum_term_is_no_reason_to_wait(engine: Engine, store: Store, clock: FixedClock) -> None:
    engine.subscribe("space", "pro", **WHO)
    clock.advance(DAY)
    engine.change_plan("space", "community", waive="Sold by mistake", **WHO)
    assert starts(store) == [NOW, NOW + DAY]


def test_every_verb_on_subscriptions_reaches_the_store(
    engine: Engine, store: Store, clock: FixedClock
) -> None:
    engine.subscribe("space", "pro", kind="bundle", end=NOW + 90 * DAY, **WHO)
    engine.extend("space", **WHO)
    assert kinds(store) == ["bundle", "product"]
    engine.cancel("space", NOW + 90 * DAY, **WHO)
    engine.renew("space", end=NOW + 120 * DAY, **WHO)
    assert kinds(store) == ["bundle", "bundle"]
    engine.add_add_on("space", "more_users", **WHO)
    assert engine.entitlements("space").cap("users").included == 150
    clock.advance(DAY)
    engine.end_add_on("space", "more_users", **WHO)
    assert engine.entitlements("space").cap("users").included == 50
    clock.set(NOW + 95 * DAY)
    engine.change_plan("space", "community", waive="Closed", **WHO)
    engine.subscribe("other", "community", kind="pro_bono", **WHO)
    clock.advance(DAY)
    engine.end("other", **WHO)
    assert known(store, "other").subscriptions[0].end == NOW + 96 * DAY


def test_agreement_is_signed_with_a_plan_that_offers_it(engine: Engine, clock: FixedClock) -> None:
    with pytest.raises(Refused, match="offers no Business Associate Agreement"):
        engine.sign_baa("space", **WHO)
    engine.subscribe("space", "pro", **WHO)
    engine.sign_baa("space", **WHO)
    assert engine.entitlements("space").baa.in_force
    clock.advance(DAY)
    engine.end_baa("space", **WHO)
    assert not engine.entitlements("space").baa.in_force


def test_now_is_when_the_store_is_free(clock: FixedClock) -> None:
    class Busy(MemoryStore):
        def change(self, subject: str, rule: Rule, entry: Entry) -> Token:
            clock.advance(DAY)
            return super().change(subject, rule, entry)

    store = Busy()
    Engine.open(small(), store, clock=clock).subscribe("space", "pro", **WHO)
    assert starts(store) == [NOW + DAY]


def test_details_are_set_one_by_one(engine: Engine, store: Store) -> None:
    engine.set_details("space", billing=["pay@example.org"], admins=["ada@example.org"], **WHO)
    engine.set_details("space", credits=Decimal("12.50"), time_zone="Africa/Nairobi", **WHO)
    engine.set_details("space", billing=(), **WHO)
    record = known(store)
    assert record.contacts == {"admins": ("ada@example.org",)}
    assert (record.credits, record.time_zone) == (Decimal("12.50"), "Africa/Nairobi")
    assert engine.set_details("space", **WHO) == Token("space", 3)


def test_details_that_cannot_be_are_refused(engine: Engine) -> None:
    for credits_given in (Decimal(-1), Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(Refused, match="credits cannot be"):
            engine.set_details("space", credits=credits_given, **WHO)
    with pytest.raises(Refused, match="no time zone"):
        engine.set_details("space", time_zone="Mars/Olympus", **WHO)


def test_refused_verb_leaves_no_trace(engine: Engine, store: Store) -> None:
    for verb in (engine.end, engine.renew, engine.extend):
        with pytest.raises(Refused):
            verb("space", **WHO)
    with pytest.raises(Refused):
        engine.give("space", "report", **EXCEPTION)
    assert (store.load("space"), list(store.audit())) == (None, [])


def test_nobody_is_no_author(engine: Engine, store: Store) -> None:
    with pytest.raises(Refused, match="not said who"):
        engine.subscribe("space", "pro", by=" ")
    assert store.load("space") is None


def test_source_that_is_only_read_is_refused_with_a_way_out() -> None:
    engine = Engine.open(small(), MemorySource([SubjectRecord("space")]))
    with pytest.raises(StoreError, match="only read") as caught:
        engine.subscribe("space", "pro", **WHO)
    assert "SqlStore" in str(caught.value.hint)


def test_verb_leaves_a_pretence_out_of_the_record(engine: Engine, store: Store) -> None:
    with engine.pretend("space", plan="pro"):
        engine.give("space", "exports", **EXCEPTION)
        assert engine.allows("space", "reports")
    assert known(store).subscriptions == ()


def test_every_verb_asks_who_and_why() -> None:
    for name, verb in inspect.getmembers(Verbs, inspect.isfunction):
        if not name.startswith("_"):
            assert {"by", "because"} <= inspect.signature(verb).parameters.keys(), name


def known(store: Store, subject: str = "space") -> SubjectRecord:
    record = store.load(subject)
    assert record is not None
    return record


def starts(store: Store, subject: str = "space") -> list[datetime | None]:
    return [s.start for s in known(store, subject).subscriptions]


def kinds(store: Store) -> list[str]:
    held: tuple[Subscription, ...] = known(store).subscriptions
    return [s.kind for s in held]
