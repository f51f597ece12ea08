"""Billing periods: months and years that follow the day and time at which a subscription started.

They are counted on the calendar of the subject's time zone. What starts with a day, as every bare date does,
has all its anniversaries at the first instant of a day; what starts within a day keeps the time that clocks
show there. Half-open [start, end), like every period.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from entitlements.clock import day_of, first_instant, shown_at

Cadence = Literal["monthly", "annual"]
#: How many months one period of each cadence has.
MONTHS: Final = {"monthly": 1, "annual": 12}
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """One billing period; `number` counts from 0, which is the one that begins with the subscription."""

    number: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Periods:
    """The billing periods of what starts at `start`: one after the other, without gap and without end."""

    start: datetime
    cadence: Cadence
    time_zone: str

    def begin(self, number: int) -> datetime:
        """When period `number` begins. 31 January is followed by the last of February and by 31 March."""
        return months_later(self.start, number * MONTHS[self.cadence], self.time_zone)

    def period(self, number: int) -> Period:
        return Period(number, self.begin(number), self.begin(number + 1))

    def holding(self, at: datetime) -> Period | None:
        """The period that `at` lies in; None before the first."""
        if at < self.start:
            return None
        first, day = _local(self.start, self.time_zone), _local(at, self.time_zone)
        months = (day.year - first.year) * 12 + day.month - first.month
        number = max(months // MONTHS[self.cadence], 0)
        while self.begin(number) > at:
            number -= 1
        # Clocks set back over midnight show the old month once more, after the new one has begun.
        while self.begin(number + 1) <= at < _LATEST:
            number += 1
        return self.period(number)

    def next_after(self, at: datetime) -> datetime:
        """The first anniversary later than `at`; the start itself is none."""
        held = self.holding(at)
        return self.begin(1) if held is None else held.end

    def first_from(self, at: datetime) -> datetime:
        """The first anniversary at `at` or later."""
        held = self.holding(at)
        return at if held is not None and held.number > 0 and held.start == at else self.next_after(at)


def month_of(
    period: Literal["calendar_month", "billing_month"], anchor: datetime | None, at: datetime, time_zone: str
) -> datetime:
    """When the month began that `at` lies in: of the calendar, or counted from `anchor` if that has come."""
    if period == "billing_month" and anchor is not None:
        held = Periods(anchor, "monthly", time_zone).holding(at)
        if held is not None:
            return held.start
    return first_instant(day_of(at, time_zone).replace(day=1), time_zone)


def months_later(start: datetime, months: int, time_zone: str) -> datetime:
    """The same day `months` later, or the last of a month that has no such day."""
    if not months:
        return start
    day = _local(start, time_zone)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return _LATEST
    return _same_time(start, date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])), time_zone)


def days_later(start: datetime, days: int, time_zone: str) -> datetime:
    """The same time `days` days later on the calendar, however many hours the days between them have."""
    if not days:
        return start
    try:
        day = _local(start, time_zone).date() + timedelta(days=days)
    except OverflowError:
        return _LATEST
    return _same_time(start, day, time_zone)


def _same_time(start: datetime, day: date, time_zone: str) -> datetime:
    """The instant of `day` that is to it what `start` is to its own day."""
    local = _local(start, time_zone)
    # A day that clocks begin at 01:00 has begun at its first instant, too.
    if first_instant(local.date(), time_zone) == start:
        return first_instant(day, time_zone)
    return shown_at(datetime.combine(day, local.time()), time_zone)


def _local(instant: datetime, time_zone: str) -> datetime:
    try:
        return instant.astimezone(ZoneInfo(time_zone))
    except OverflowError:
        # At either end of the calendar that zone may already be outside it.
        return instant.astimezone(UTC)
