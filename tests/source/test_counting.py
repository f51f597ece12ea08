"""What an engine counts in a store, and that its checks and its reservations agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from entitlements import (
    AccessDenied,
    CapReached,
    Checker,
    Engine,
    FixedClock,
    MemorySource,
    MemoryStore,
    StoreConflict,
    StoreError,
    SubjectRecord,
    UnknownFeature,
    Usage,
)
from entitlements.source.seats import COUNTED
from tests.source.stores import NOON

HOUR = timedelta(hours=1)


def test_a_hard_cap_says_who_has_what_and_what_unlocks_more(engine: Engine) -> None:
    reports = engine.seats("hill", "builder_reports")
    assert reports.reserve(3, key="ann", starts_at=0).decision.reason == "within_cap"
    assert reports.reserve(2, key="ben").over == 0
    with pytest.raises(CapReached, match=r"1 wanted\. Latest holders: ann \(3\), ben \(2\)") as refused:
        reports.reserve(key="cat")
    reached = refused.value
    assert (reached.cap, reached.wanted, reached.held, reached.allowed) == ("builder_reports", 1, 5, 5)
    assert [(hold.key, hold.n) for hold in reached.holders] == [("ann", 3), ("ben", 2)]
    assert reached.decision == engine.check("hill", "cap.builder_reports")
    assert reached.decision.unlocked_by_add_ons == (
        "report_builder_15_reports",
        "report_builder_30_reports",
    )
    assert reports.used() == 5


def test_all_of_a_wish_is_held_or_none(engine: Engine) -> None:
    reports = engine.seats("hill", "builder_reports")
    reports.reserve(4, key="ann", starts_at=0)
    with pytest.raises(CapReached):
        reports.reserve(2, key="ben")
    assert [hold.key for hold in reports.holds()] == ["ann"]


def test_a_soft_cap_says_the_price_of_what_lies_beyond(engine: Engine) -> None:
    users = engine.seats("hill", "mobile_users")
    users.reserve(249, key="staff", starts_at=0)
    beyond = users.reserve(3, key="guests")
    assert (beyond.over, beyond.monthly_charge) == (2, Decimal("4.00"))
    assert beyond.decision.message() == (
        "Mobile users: more may be added, at a price. "
        "249 in use; each mobile user above 250 is 2.00 USD a month."
    )
    assert engine.entitlements("hill").cap("mobile_users").monthly_charge == Decimal("4.00")


def test_a_hard_cap_that_was_never_counted_refuses_and_says_what_to_do(engine: Engine) -> None:
    reports = engine.seats("hill", "builder_reports")
    checked = engine.check("hill", "cap.builder_reports")
    assert checked.reason == "usage_unknown"
    with pytest.raises(AccessDenied, match="not known") as refused:
        reports.reserve(key="ann")
    assert not isinstance(refused.value, CapReached)
    assert refused.value.decision == checked
    assert refused.value.hint == (
        "say how many there are: entitlements seats reconcile hill builder_reports --count N; "
        "or, of a new one, reserve(…, starts_at=0)"
    )
    assert (reports.used(), reports.holds()) == (None, [])
    assert reports.reserve(key="ann", starts_at=4).decision.allowed
    assert engine.check("hill", "cap.builder_reports").reason == "cap_reached"


def test_a_soft_cap_that_was_never_counted_holds_and_knows_no_price(engine: Engine) -> None:
    users = engine.seats("hill", "mobile_users")
    made = users.reserve(3, key="ann")
    assert (made.over, made.monthly_charge, users.used()) == (None, None, None)
    assert "not known" in made.decision.message()
    assert made.decision == engine.check("hill", "cap.mobile_users")
    users.reconcile(count=251, mend=True)
    assert (users.used(), engine.entitlements("hill").cap("mobile_users").over) == (251, 1)
    assert {hold.key: hold.n for hold in users.holds()} == {"ann": 3, COUNTED: 248}


def test_counting_begins_with_what_was_measured(engine: Engine, clock: FixedClock) -> None:
    engine.set_usage("hill", "builder_reports", 3)
    reports = engine.seats("hill", "builder_reports")
    assert engine.check("hill", "cap.builder_reports", adding=2).allowed
    assert not engine.check("hill", "cap.builder_reports", adding=3).allowed
    clock.advance(HOUR)
    with pytest.raises(CapReached):
        reports.reserve(3, key="ann")
    reports.reserve(2, key="ann", starts_at=0)  # what was measured is better than what is said
    assert reports.used() == 5
    engine.set_usage("hill", "builder_reports", 1)  # what was counted is better than what is measured
    assert not engine.check("hill", "cap.builder_reports").allowed


def test_counting_begins_with_what_a_checker_measures(clock: FixedClock) -> None:
    class Reports(Checker):
        name = "reports"
        features = ("builder_reports",)

        def usage(self, subject: str, feature: str, at: datetime) -> Usage:  # noqa: ARG002
            return Usage(4)

    engine = Engine.open(source=MemoryStore(), clock=clock, plugins=[Reports()])
    engine.subscribe("hill", "pro", by="ada")
    with pytest.raises(CapReached):
        engine.seats("hill", "builder_reports").reserve(2, key="ann")
    engine.seats("hill", "builder_reports").reserve(1, key="ann")
    assert engine.entitlements("hill").usage("builder_reports") == Usage(5, measured_at=NOON)


def test_the_same_key_is_the_same_reservation(engine: Engine) -> None:
    reports = engine.seats("hill", "builder_reports")
    first = reports.reserve(5, key="ann", starts_at=0)
    assert reports.reserve(5, key="ann") == first
    with pytest.raises(StoreConflict, match='"ann" holds 5 of builder_reports for "hill" already, not 1'):
        reports.reserve(1, key="ann")


def test_a_lease_ends_unless_it_is_committed(engine: Engine, clock: FixedClock) -> None:
    reports = engine.seats("hill", "builder_reports")
    reports.reserve(2, key="ann", lease=HOUR, starts_at=0)
    reports.reserve(3, key="ben", lease=HOUR)
    assert reports.commit("ben").until is None
    clock.advance(HOUR - timedelta(microseconds=1))
    assert reports.used() == 5
    clock.advance(timedelta(microseconds=1))
    assert reports.used() == 3
    with pytest.raises(StoreConflict, match='"ann" holds no builder_reports for "hill"'):
        reports.commit("ann")
    assert reports.reserve(2, key="cat").hold.n == 2
    assert reports.release("ben") is not None
    assert reports.release("ben") is None
    assert reports.used() == 2


def test_seats_outlive_a_smaller_plan_and_bump_no_revision(engine: Engine, clock: FixedClock) -> None:
    before = engine.source.revision("hill")
    reports = engine.seats("hill", "builder_reports")
    reports.reserve(5, key="ann", starts_at=0)
    assert engine.source.revision("hill") == before
    clock.advance(timedelta(days=40))
    engine.change_plan("hill", "community", by="ada")
    assert engine.entitlements("hill").cap("builder_reports").over == 5
    with pytest.raises(CapReached, match="no more can be added"):
        reports.reserve(key="ben")
    assert reports.release("ann") is not None


def test_metered_use_begins_each_month_with_nothing(engine: Engine, clock: FixedClock) -> None:
    engine.subscribe("brook", "standard", by="ada")
    assert engine.entitlements("brook").cap("sms").used == 0
    made = engine.use("brook", "sms", 48, key="march")
    assert (made.over, made.decision.reason) == (0, "within_cap")
    assert engine.use("brook", "sms", 5, key="more").over == 3
    assert engine.use("brook", "sms", 5, key="more").hold.n == 5
    assert engine.entitlements("brook").cap("sms").used == 53
    clock.set(datetime(2026, 4, 1, tzinfo=UTC))
    assert engine.entitlements("brook").cap("sms").used == 0
    assert engine.use("brook", "sms", 5, key="april").over == 0


def test_a_month_begins_with_what_was_measured_in_it(engine: Engine, clock: FixedClock) -> None:
    engine.set_usage("hill", "sms", 40, measured_at=NOON - timedelta(days=2))
    assert engine.entitlements("hill").cap("sms").used == 0  # that was February
    engine.set_usage("hill", "sms", 45, measured_at=NOON - HOUR)
    assert engine.entitlements("hill").cap("sms").used == 45
    engine.use("hill", "sms", 2, key="a")
    assert engine.entitlements("hill").cap("sms").used == 47
    clock.set(datetime(2026, 4, 1, tzinfo=UTC))
    assert engine.entitlements("hill").cap("sms").used == 0


def test_checks_and_reservations_agree_whatever_came_before(engine: Engine, clock: FixedClock) -> None:
    seed = 7
    dice = Random(seed)  # noqa: S311  no secret
    reports = engine.seats("hill", "builder_reports")
    for step in range(150):
        clock.advance(dice.randrange(3) * HOUR / 2)
        if dice.random() < 0.05:
            engine.set_usage("hill", "builder_reports", dice.randrange(7))
        if dice.random() < 0.05:
            reports.reconcile(count=dice.randrange(6), mend=True)
        if dice.random() < 0.3 and (held := reports.holds()):
            reports.release(dice.choice(held).key)
        n = dice.randrange(1, 4)
        checked = engine.check("hill", "cap.builder_reports", adding=n)
        try:
            made = reports.reserve(n, key=f"key-{step}", lease=dice.choice([None, HOUR]))
            decision, got = made.decision, True
        except AccessDenied as refused:
            decision, got = refused.decision, False
        assert (decision, got) == (checked, checked.allowed), (seed, step)


def test_a_wrong_key_is_named(engine: Engine) -> None:
    with pytest.raises(UnknownFeature, match=r'no cap "mobile_user".*"mobile_users"'):
        engine.seats("hill", "mobile_user")
    with pytest.raises(StoreError, match='"sms" is not counted by seats'):
        engine.seats("hill", "sms")
    with pytest.raises(StoreError, match='"mobile_users" is not used up by the month'):
        engine.use("hill", "mobile_users", key="a")
    with pytest.raises(UnknownFeature, match='no feature "api_acess"'):
        engine.set_usage("hill", "api_acess", 1)


@pytest.mark.parametrize(("n", "key"), [(0, "a"), (-1, "a"), (True, "a"), (10**13, "a"), (1, " ")])
def test_what_is_no_wish_is_refused(n: int, key: str) -> None:
    engine = Engine.open(source=MemoryStore(), clock=FixedClock(NOON))
    with pytest.raises(ValueError, match=r"can be reserved|cannot be empty"):
        engine.seats("hill", "mobile_users").reserve(n, key=key)


def test_a_name_that_no_database_takes_is_refused(engine: Engine) -> None:
    reports = engine.seats("hill", "builder_reports")
    half = "\ud83d"
    for count in (
        lambda: reports.reserve(key=half, starts_at=0),
        lambda: reports.commit(half),
        lambda: reports.release(half),
        lambda: engine.seats("hi\0ll", "builder_reports").reserve(key="ann", starts_at=0),
        lambda: engine.set_usage("hi\0ll", "mobile_users", 3),
    ):
        with pytest.raises(StoreConflict, match="no store takes the name"):
            count()
    assert reports.used() is None


def test_a_source_that_is_only_read_counts_nothing() -> None:
    engine = Engine.open(source=MemorySource([SubjectRecord("hill")]))
    with pytest.raises(StoreError, match="MemorySource keeps no counts"):
        engine.seats("hill", "mobile_users").reserve(key="a")
    with pytest.raises(StoreError, match="MemorySource keeps no counts"):
        engine.set_usage("hill", "mobile_users", 1)
