"""Dates: what holds at which instant, and when a held answer is over."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import entitlements
from entitlements import Engine, FixedClock, MemorySource, Override, SubjectRecord, Subscription
from entitlements.clock import day_words, end_words, first_instant, from_ns, last_day, time_words, to_ns

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def opened(*subscriptions: Any, at: Any, overrides: Any = ()) -> Any:
    clock = FixedClock(at)
    return Engine.open(source=[SubjectRecord("space", subscriptions, overrides)], clock=clock), clock


@pytest.mark.parametrize(
    ("at", "plan"),
    [
        (START - TICK, "community@3"),
        (START, "pro@1"),
        (END - TICK, "pro@1"),
        (END, "community@3"),
    ],
)
def test_period_is_half_open_to_the_microsecond(at: Any, plan: Any) -> None:
    engine, _ = opened(Subscription("pro", START, END), at=at)
    assert engine.entitlements("space").plan.ref == plan


def test_period_that_starts_when_it_ends_is_never_in_force() -> None:
    engine, _ = opened(Subscription("pro", START, START), at=START)
    assert engine.entitlements("space").plan.ref == "community@3"
    assert engine.entitlements("space").subscription is None


def test_touching_periods_hand_over_at_the_instant() -> None:
    engine, clock = opened(Subscription("pro", START, END), Subscription("advanced", END), at=END - TICK)
    assert engine.allows("space", "cloudcare") is False
    clock.set(END)
    assert engine.allows("space", "cloudcare") is True


def test_warm_answer_ends_with_the_clock() -> None:
    engine, clock = opened(Subscription("pro", START, END), at=END - TICK)
    assert engine.allows("space", "api_access")
    assert engine.entitlements("space").valid_until == END
    clock.advance(TICK)
    assert not engine.allows("space", "api_access")


def test_held_space_never_changes_and_says_when_it_is_over() -> None:
    engine, clock = opened(Subscription("pro", START, END), at=START)
    space = engine.entitlements("space")
    clock.set(END)
    assert space.expired
    assert space.allows("api_access")
    assert not space.refreshed().allows("api_access")


def test_any_instant_may_be_asked_about() -> None:
    engine, _ = opened(Subscription("pro", START, END), at=START)
    assert engine.check("space", "api_access", at=END).allowed is False
    assert engine.allows("space", "api_access", at=START) is True
    assert engine.entitlements("space", at=END).plan.ref == "community@3"


def test_override_counts_only_in_its_period() -> None:
    given = Override("pro_bono", "asked for", "ops", START, END, give="geocoder")
    engine, clock = opened(at=START - TICK, overrides=(given,))
    for at, allowed in ((START - TICK, False), (START, True), (END - TICK, True), (END, False)):
        clock.set(at)
        engine.invalidate()
        assert engine.allows("space", "geocoder") is allowed


def test_naive_datetime_is_refused_with_the_fix() -> None:
    engine, _ = opened(at=START)
    with pytest.raises(ValueError, match="tzinfo=UTC"):
        engine.check("space", "api_access", at=datetime(2026, 1, 1))  # noqa: DTZ001  the mistake under test


def test_nanoseconds_are_exact_at_both_ends_of_time() -> None:
    for instant in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), START + TICK):
        assert from_ns(to_ns(instant)) == instant


@pytest.mark.parametrize(
    ("zone", "day", "first"),
    [
        ("UTC", "2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("Africa/Nairobi", "2026-03-01", "2026-02-28T21:00:00+00:00"),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00+00:00"),  # midnight was skipped
        ("Asia/Beirut", "2022-03-27", "2022-03-26T22:00:00+00:00"),  # midnight was skipped
        ("America/Havana", "2025-11-02", "2025-11-02T04:00:00+00:00"),  # midnight came twice
        (
            "America/Toronto",
            "1919-03-31",
            "1919-03-31T04:30:00+00:00",
        ),  # half an hour on both sides of midnight
    ],
)
def test_day_begins_at_its_first_instant(zone: Any, day: Any, first: Any) -> None:
    begins = first_instant(date.fromisoformat(day), zone)
    assert begins.isoformat() == first
    assert begins.astimezone(ZoneInfo(zone)).date().isoformat() == day
    assert (begins - TICK).astimezone(ZoneInfo(zone)).date().isoformat() < day


def test_change_in_the_source_is_seen_at_once() -> None:
    source = MemorySource([SubjectRecord("space")])
    engine = Engine.open(source=source)
    assert not engine.allows("space", "api_access")
    source.put(SubjectRecord("space", (Subscription("pro"),)))
    assert engine.allows("space", "api_access")
    source.remove("space")
    assert not engine.allows("space", "api_access")


def test_clock_that_steps_back_reopens_nothing_that_ended() -> None:
    now = [to_ns(END)]
    engine = Engine.open(
        source=[SubjectRecord("space", (Subscription("pro", START, END),))], clock=lambda: now[0]
    )
    assert not engine.allows("space", "api_access")
    now[0] = to_ns(END - TICK)
    engine.invalidate()
    assert not engine.allows("space", "api_access")


def test_only_the_clock_module_and_declared_places_read_the_time() -> None:
    """All time comes through the injected clock; a stray `datetime.now()` would escape tests and samples."""
    root = Path(entitlements.__file__).resolve().parent
    calls = re.compile(r"datetime\.(now|utcnow|today)\(|date\.today\(|time\.time(_ns)?\b")
    found = [
        str(p.relative_to(root)) for p in root.rglob("*.py") if calls.search(p.read_text(encoding="utf-8"))
    ]
    assert found == ["clock.py"]


@pytest.mark.parametrize("year", [1, 9999])
def test_ends_of_the_calendar_are_days_like_others(year: int) -> None:
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        for day in (date(year, 1, 1), date(year, 12, 31)):
            begins = first_instant(day, zone)
            assert begins.tzinfo is UTC
    engine, _ = opened(
        Subscription("pro", datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)), at=START
    )
    assert engine.allows("space", "api_access")


def test_last_day_of_all_time_is_told_where_its_zone_is_already_past_it() -> None:
    end = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert last_day(end, "Africa/Nairobi") == date(9999, 12, 31)
    assert last_day(END, "UTC") == date(2026, 3, 31)


@pytest.mark.parametrize(
    "zone", ["UTC", "Africa/Nairobi", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata"]
)
@pytest.mark.parametrize("edge", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_instants_at_the_ends_of_the_calendar_can_be_told(edge: datetime, zone: str) -> None:
    inward = TICK if edge.year == 1 else -TICK
    for hours in range(30):
        for instant in (edge + inward * hours, edge + inward * 3_600_000_000 * hours):
            assert re.match(r"\d{4}-\d\d-\d\d( \d\d:\d\d \S+)?\Z", day_words(instant, zone))
            assert re.match(r"(through|until) \d{4}-\d\d-\d\d", end_words(instant, zone))
            assert time_words(instant, zone)[:3] in ("000", "999")
            assert last_day(instant, zone).year in (1, 9999)


def test_a_period_is_told_by_its_last_day_where_days_are_whole_there() -> None:
    end = datetime(2026, 6, 30, 21, tzinfo=UTC)
    assert end_words(end, "Africa/Nairobi") == "through 2026-06-30"
    assert end_words(end, "UTC") == "until 2026-06-30 21:00 UTC"
    assert day_words(end, "Africa/Nairobi") == "2026-07-01"


def test_an_explanation_tells_days_of_the_subject() -> None:
    start, end = (first_instant(date(2026, month, 1), "Africa/Nairobi") for month in (3, 7))
    gift = Override("gift", "So it is", "ops", start, end, remove="api_access")
    record = SubjectRecord("space", (Subscription("pro", start, end),), (gift,), time_zone="Africa/Nairobi")
    engine = Engine.open(source=[record], clock=FixedClock(START))
    told = [step.found for step in engine.explain("space", "api_access").steps]
    assert told[0].endswith("product subscription, since 2026-03-01, through 2026-06-30")
    assert (
        told[1] == 'taken away by override gift, because "So it is", through 2026-06-30; nothing else counts'
    )


@pytest.mark.parametrize("zone", ["Africa/Nairobi", "America/New_York"])
def test_an_explanation_bears_the_ends_of_the_calendar(zone: str) -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    gift = Override("gift", "So it is", "ops", first, last, give="api_access")
    record = SubjectRecord("space", (Subscription("pro", first, last),), (gift,), time_zone=zone)
    engine = Engine.open(source=[record], clock=FixedClock(START))
    for key in ("api_access", "cap.mobile_users"):
        assert "since 0001-01-01" in str(engine.explain("space", key))


def test_a_decision_names_the_last_day_in_the_time_zone_of_each_subject() -> None:
    end = first_instant(date(2026, 7, 1), "America/New_York")
    gift = Override("gift", "So it is", "ops", START, end, give="api_access")
    records = [SubjectRecord(zone, overrides=(gift,), time_zone=zone) for zone in ("America/New_York", "UTC")]
    engine = Engine.open(source=records, clock=FixedClock(START))
    for subject, day in (("America/New_York", "2026-06-30"), ("UTC", "2026-07-01")):
        assert f"through {day}" in engine.check(subject, "api_access").message()
