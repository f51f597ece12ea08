"""Months and years on the calendar: every month end from 1999 to 2040, every zone where midnight is odd."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entitlements.clock import first_instant, shown_at
from entitlements.lifecycle.periods import Period, Periods, days_later, months_later
from tests.planting import Bug, plant

YEARS = range(1999, 2041)
TICK = timedelta(microseconds=1)
DAYS = [date(YEARS[0], 1, 1) + timedelta(days=n) for n in range(366 * len(YEARS)) if n < 15341]
NOONS = [datetime(day.year, day.month, day.day, 12) for day in DAYS[::5]]  # noqa: DTZ001  what clocks show


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def last_of(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def months_on(day: date, months: int) -> date:
    """The naive answer: step month by month, and back from the 31st until there is such a day."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    raise AssertionError(day)


def test_31_january_is_followed_by_28_february_and_31_march() -> None:
    periods = Periods(utc(2026, 1, 31), "monthly", "UTC")
    begins = [periods.begin(n) for n in range(5)]
    assert begins == [
        utc(2026, 1, 31),
        utc(2026, 2, 28),
        utc(2026, 3, 31),
        utc(2026, 4, 30),
        utc(2026, 5, 31),
    ]
    assert Periods(utc(2024, 1, 31), "monthly", "UTC").begin(1) == utc(2024, 2, 29)


def test_29_february_is_followed_by_28_february_until_the_next_leap_year() -> None:
    periods = Periods(utc(2024, 2, 29), "annual", "UTC")
    begins = [periods.begin(n) for n in range(1, 5)]
    assert begins == [utc(2025, 2, 28), utc(2026, 2, 28), utc(2027, 2, 28), utc(2028, 2, 29)]


@pytest.mark.parametrize("zone", ["UTC", "America/Sao_Paulo", "Asia/Kathmandu"])
def test_every_month_end_from_1999_to_2040_leads_to_the_day_it_should(zone: str) -> None:
    for year in YEARS:
        for month in range(1, 13):
            for number in range(28, last_of(year, month) + 1):
                day = date(year, month, number)
                start = first_instant(day, zone)
                for months in (1, 2, 3, 12, 13):
                    expected = first_instant(months_on(day, months), zone)
                    assert months_later(start, months, zone) == expected, (day, months)


def test_all_of_a_century_of_months_touches_and_grows() -> None:
    for number in range(28, 32):
        periods = Periods(utc(1999, 12, number), "monthly", "UTC")
        begins = [periods.begin(n) for n in range(492)]
        assert all(a < b for a, b in pairwise(begins))
        kept = [b.day == min(number, last_of(b.year, b.month)) for b in begins]
        assert all(kept)


@cache
def odd_midnights() -> dict[tuple[object, ...], list[tuple[str, date]]]:
    """Each zone and day that does not begin at midnight, or has it twice, found by asking all of them.

    Zones with the same odd days are kept once, under the first of their names.
    """
    found: dict[tuple[object, ...], list[tuple[str, date]]] = {}
    for name in sorted(available_timezones() - {"localtime", "Factory"}):
        odd = [day for day in days_of_change(name) if is_odd(day, ZoneInfo(name))]
        if odd:
            found.setdefault(tuple(first_instant(day, name) for day in odd), [(name, day) for day in odd])
    return found


def days_of_change(name: str) -> Iterator[date]:
    """The days around each change of clocks near midnight; none of them lasts for less than a week."""
    zone = ZoneInfo(name)
    offsets = [zone.utcoffset(noon) for noon in NOONS]
    for noon, before, after in zip(NOONS[1:], offsets, offsets[1:], strict=False):
        if before != after:
            high = noon.replace(tzinfo=zone).astimezone(UTC)
            low = high - timedelta(days=7)
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
            shown = low.astimezone(zone), high.astimezone(zone)
            if any(time.hour < 2 or time.hour >= 22 for time in shown):
                first = min(time.date() for time in shown) - timedelta(days=1)
                last = max(time.date() for time in shown) + timedelta(days=1)
                yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def is_odd(day: date, zone: ZoneInfo) -> bool:
    """Whether midnight is skipped, shown twice, or followed within the hour by the day before."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    shown = midnight.astimezone(UTC).astimezone(zone)
    minutes = (midnight.astimezone(UTC) + timedelta(minutes=m) for m in range(61))
    return (
        shown.replace(tzinfo=None) != midnight.replace(tzinfo=None)
        or midnight.replace(fold=1).utcoffset() != midnight.utcoffset()
        or any(minute.astimezone(zone).date() < day for minute in minutes)
    )


def odd_days() -> Iterator[tuple[str, date]]:
    for days in odd_midnights().values():
        yield from days


def first_by_looking(day: date, name: str) -> datetime:
    """The first instant that belongs to `day` or a later one: minute by minute from long before."""
    zone = ZoneInfo(name)
    instant = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) - timedelta(hours=25)
    while instant.astimezone(zone).date() < day:
        instant += timedelta(minutes=1)
    return instant


def test_there_are_odd_midnights_of_each_sort() -> None:
    """Otherwise the tests below would be about nothing."""
    days = set(odd_days())
    assert len(odd_midnights()) > 30
    assert len(days) > 500
    zones = {name for name, _ in days}
    assert zones & {"America/Sao_Paulo", "Brazil/East"}
    assert ("America/St_Johns", date(2010, 11, 7)) in days  # 00:01 → 23:01 of the day before
    assert ("Pacific/Apia", date(2011, 12, 30)) in days  # never was


@pytest.mark.stress
def test_no_odd_midnight_is_missed() -> None:
    """Every day of every zone on which clocks show another time at noon than the day before."""
    for name in sorted(available_timezones() - {"localtime", "Factory"}):
        zone = ZoneInfo(name)
        noons = [datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset() for day in DAYS]
        changed = [day for day, pair in zip(DAYS[1:], pairwise(noons), strict=True) if pair[0] != pair[1]]
        around = sorted({day + timedelta(days=n) for day in changed for n in (-1, 0, 1)})
        odd = tuple(first_instant(day, name) for day in around if is_odd(day, zone))
        assert not odd or odd in odd_midnights(), name


def test_every_odd_day_begins_at_its_first_instant() -> None:
    for name, day in odd_days():
        assert first_instant(day, name) == first_by_looking(day, name), (name, day)


def test_a_month_that_leads_to_an_odd_day_begins_with_it() -> None:
    for name, day in odd_days():
        if day.day <= 28 and day.year > YEARS[0]:
            month = date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, day.day)
            assert months_later(first_instant(month, name), 1, name) == first_instant(day, name), (name, day)


def test_a_start_on_an_odd_day_leads_back_to_plain_midnights() -> None:
    for name, day in odd_days():
        start = first_instant(day, name)
        local_day = start.astimezone(ZoneInfo(name)).date()  # the next one, where the day never was
        assert months_later(start, 1, name) == first_instant(months_on(local_day, 1), name), (name, day)
        assert days_later(start, 30, name) == first_instant(local_day + timedelta(days=30), name), (name, day)


def test_periods_around_odd_days_tile_the_time_line() -> None:
    for name, day in odd_days():
        for start in (first_instant(day, name), first_instant(day, name) - timedelta(days=31, hours=5)):
            periods = Periods(start, "monthly", name)
            begins = first_instant(day, name)
            probes = [begins + timedelta(minutes=m) for m in (-1500, -59, 0, 1, 30, 60, 1439)]
            for at in (begins - TICK, *probes, begins + TICK):
                held = periods.holding(at)
                assert (held is None) is (at < start)
                if held is not None:
                    assert held.start <= at < held.end, (name, day, at)
                    assert held == periods.period(held.number)


def test_clocks_set_back_over_midnight_do_not_bring_the_old_month_back() -> None:
    """On 7 November 2010 clocks in St John's went from 00:01 back to 23:01 of the 6th."""
    name = "America/St_Johns"
    periods = Periods(first_instant(date(2010, 10, 7), name), "monthly", name)
    new_month = first_instant(date(2010, 11, 7), name)
    assert periods.begin(1) == new_month
    again = new_month + timedelta(minutes=30)
    assert again.astimezone(ZoneInfo(name)).date() == date(2010, 11, 6)
    # The 6th is no other month than the 7th; where the month turns, that matters.
    turning = Periods(first_instant(date(2009, 10, 1), name), "monthly", name)
    assert turning.begin(1) == first_instant(date(2009, 11, 1), name)
    later = turning.begin(1) + timedelta(minutes=30)
    assert later.astimezone(ZoneInfo(name)).date() == date(2009, 10, 31)
    assert turning.holding(later) == turning.period(1)


def test_time_of_day_is_kept_over_a_change_of_clocks() -> None:
    start = shown_at(datetime(2026, 2, 20, 9, 30), "America/New_York")  # noqa: DTZ001  what clocks show
    zone = ZoneInfo("America/New_York")
    for months in range(1, 13):
        local = months_later(start, months, "America/New_York").astimezone(zone)
        assert (local.hour, local.minute, local.day) == (9, 30, 20)
    assert months_later(start, 1, "America/New_York") - start != timedelta(days=28)


def test_time_that_clocks_skip_becomes_the_instant_of_the_jump() -> None:
    start = shown_at(datetime(2026, 2, 8, 2, 30), "America/New_York")  # noqa: DTZ001  what clocks show
    assert months_later(start, 1, "America/New_York") == utc(2026, 3, 8, 7)


def test_time_that_clocks_show_twice_means_the_first() -> None:
    start = shown_at(datetime(2026, 10, 1, 1, 30), "America/New_York")  # noqa: DTZ001  what clocks show
    assert months_later(start, 1, "America/New_York") == utc(2026, 11, 1, 5, 30)


def test_start_in_the_second_showing_stays_what_it_is() -> None:
    start = utc(2026, 11, 1, 6, 30)  # 01:30 in New York, for the second time
    periods = Periods(start, "monthly", "America/New_York")
    assert periods.begin(0) == start
    assert periods.holding(start - TICK) is None
    assert periods.holding(start) == periods.period(0)
    assert periods.begin(1) == utc(2026, 12, 1, 6, 30)


@given(
    start=st.datetimes(datetime(1999, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    later=st.timedeltas(timedelta(0), timedelta(days=4000)),
    cadence=st.sampled_from(["monthly", "annual"]),
    zone=st.sampled_from(["UTC", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "Africa/Cairo"]),
    whole=st.booleans(),
)
def test_any_instant_lies_in_one_period(
    start: datetime, later: timedelta, cadence: str, zone: str, *, whole: bool
) -> None:
    if whole:
        start = first_instant(start.date(), zone)
    periods = Periods(start, "annual" if cadence == "annual" else "monthly", zone)
    at = start + later
    held = periods.holding(at)
    assert held is not None
    assert held.start <= at < held.end
    assert periods.next_after(at) == held.end
    assert periods.period(held.number + 1).start == held.end
    assert periods.first_from(held.end) == held.end
    assert periods.first_from(held.end - TICK) == held.end
    day = start.astimezone(ZoneInfo(zone)).date()
    begins = held.end.astimezone(ZoneInfo(zone)).date()
    wanted = months_on(day, (held.number + 1) * (12 if cadence == "annual" else 1))
    # A day that never was is replaced by the next one.
    assert begins == wanted or (zone, wanted) == ("Pacific/Apia", date(2011, 12, 30))


def test_start_itself_is_no_anniversary() -> None:
    start = utc(2026, 1, 15)
    periods = Periods(start, "annual", "UTC")
    assert periods.next_after(start - TICK) == periods.next_after(start) == utc(2027, 1, 15)
    assert periods.first_from(start) == utc(2027, 1, 15)
    assert periods.first_from(utc(2027, 1, 15)) == utc(2027, 1, 15)
    assert periods.next_after(utc(2027, 1, 15)) == utc(2028, 1, 15)
    assert periods.holding(start) == Period(0, start, utc(2027, 1, 15))


def test_end_of_the_calendar_is_the_last_instant() -> None:
    latest = datetime.max.replace(tzinfo=UTC)
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        for start in (latest, latest - timedelta(hours=3), latest - timedelta(days=40)):
            periods = Periods(start, "monthly", zone)
            assert periods.next_after(latest) == latest
            assert start < days_later(start, 30, zone) <= latest or start == latest
        assert days_later(latest, 30, zone) == latest
        assert months_later(datetime.min.replace(tzinfo=UTC), 12 * 9998, zone) <= latest


BEGIN, MONTHS_LATER = "lifecycle.periods:Periods.begin", "lifecycle.periods:months_later"
DAYS_LATER, SAME_TIME = "lifecycle.periods:days_later", "lifecycle.periods:_same_time"
BUGS = [
    Bug(
        "a month is 30 days",
        BEGIN,
        "months_later(self.start, number * MONTHS[self.cadence]",
        "days_later(self.start, number * 30",
    ),
    Bug(
        "an anniversary follows the one before",
        BEGIN,
        "months_later(self.start, number * MONTHS[self.cadence]",
        "self.start if not number else months_later(self.begin(number - 1), 1",
    ),
    Bug("a month has a day more", MONTHS_LATER, "monthrange(year, month + 1)[1]", "monthrange(year, 1)[1]"),
    Bug("days are counted in UTC", "lifecycle.periods:_local", "ZoneInfo(time_zone)", "UTC"),
    Bug("a day is 24 hours", DAYS_LATER, "return _same", "return start + timedelta(days=days)\n    _same"),
    Bug("a day that began at one begins at one", SAME_TIME, "time_zone) == start", "time_zone) is None"),
    Bug("what is skipped stays where it fell", "clock:shown_at", "_gap_end(instant, zone)", "instant"),
    Bug("what is shown twice is the second", "clock:shown_at", "fold=0).astimezone", "fold=1).astimezone"),
    Bug("the old month comes back", "lifecycle.periods:Periods.holding", "number += 1", "break"),
]
CHECKS = (
    test_31_january_is_followed_by_28_february_and_31_march,
    test_every_odd_day_begins_at_its_first_instant,
    test_a_month_that_leads_to_an_odd_day_begins_with_it,
    test_a_start_on_an_odd_day_leads_back_to_plain_midnights,
    test_clocks_set_back_over_midnight_do_not_bring_the_old_month_back,
    test_time_that_clocks_skip_becomes_the_instant_of_the_jump,
)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what.replace(" ", "-"))
def test_a_planted_bug_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    odd_midnights()  # found before, by what is right
    plant(monkeypatch, bug)
    assert any(_fails(check) for check in CHECKS)


def _fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except (AssertionError, ValueError):  # a day that no month has
        return True
    return False
