"""The one time axis: whole nanoseconds since 1970 in UTC, and the clocks that tell them.

A clock is a callable without arguments that gives such nanoseconds; `time.time_ns` is the default one.
Integers keep every instant exact, from year 1 to year 9999, and compare faster than datetimes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Clock = Callable[[], int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")

#: Later than every instant a datetime can tell.
NEVER = 2**68
#: The system's clock.
system_clock: Clock = time.time_ns


class FixedClock:
    """A clock that stands still until it is set: for tests, samples and questions about other days."""

    def __init__(self, now: datetime) -> None:
        self._ns = to_ns(now)

    def __call__(self) -> int:
        return self._ns

    def set(self, now: datetime) -> None:
        self._ns = to_ns(now)

    def advance(self, by: timedelta) -> None:
        self._ns += (by // _MICROSECOND) * 1000


def to_ns(instant: datetime) -> int:
    """Nanoseconds since 1970 of an aware datetime. Raises ValueError for a naive one."""
    return ((aware(instant) - _EPOCH) // _MICROSECOND) * 1000


def from_ns(ns: int) -> datetime:
    """The UTC datetime of `ns`, cut to microseconds."""
    return _EPOCH + _MICROSECOND * (ns // 1000)


@overload
def to_us(instant: datetime) -> int: ...
@overload
def to_us(instant: datetime | None) -> int | None: ...
def to_us(instant: datetime | None) -> int | None:
    """Microseconds since 1970, as stores keep instants; of None, None. Raises ValueError for a naive one."""
    return None if instant is None else to_ns(instant) // 1000


@overload
def from_us(us: int) -> datetime: ...
@overload
def from_us(us: int | None) -> datetime | None: ...
def from_us(us: int | None) -> datetime | None:
    """The UTC datetime of what `to_us` gave."""
    return None if us is None else from_ns(us * 1000)


def told(ns: int) -> datetime | None:
    """The UTC datetime of `ns`; None for one later than datetimes go, which is as good as never."""
    return None if ns > _LATEST else from_ns(ns)


def aware(instant: datetime) -> datetime:
    """The same datetime. Raises ValueError, with the fix, if it has no time zone."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        msg = f"{instant!r} has no time zone; write datetime(…, tzinfo=UTC) or use datetime.astimezone()"
        raise ValueError(msg)
    return instant


def is_time_zone(name: str) -> bool:
    """Whether `name` is a time zone of the IANA database, such as `Africa/Nairobi`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # OSError is what a folder of the database gives, such as "Africa".
        return False
    return True


def first_instant(day: date, time_zone: str) -> datetime:
    """The first instant of `day` in `time_zone`, as an aware UTC datetime.

    Where the clocks skip midnight, that is the instant they jump to.
    """
    return shown_at(datetime(day.year, day.month, day.day), time_zone)  # noqa: DTZ001  what clocks show


def shown_at(reading: datetime, time_zone: str) -> datetime:
    """The first instant, in UTC, at which clocks in `time_zone` show `reading`, a datetime without a zone.

    Where they skip it, that is the instant they jump to.
    """
    zone = ZoneInfo(time_zone)
    try:
        instant = reading.replace(tzinfo=zone, fold=0).astimezone(UTC)
    except OverflowError:
        # East of Greenwich the calendar's first day began before the first instant there is; west of it, the
        # last day goes on after the last one.
        return _FIRST if reading.year == 1 else _LAST
    # What was skipped leads, through UTC and back, to another time of day.
    local = instant.astimezone(zone)
    return instant if local.replace(tzinfo=None, fold=0) == reading else _gap_end(instant, zone)


def instant_from(text: str, time_zone: str) -> datetime:
    """The UTC instant of a bare date, which begins in `time_zone`, or of a time with an offset of its own.

    Raises ValueError, or OverflowError at either end of the calendar, for a text that is neither.
    """
    if _DATE.match(text):
        return first_instant(date.fromisoformat(text), time_zone)
    return datetime.fromisoformat(text).astimezone(UTC)


def day_words(instant: datetime, time_zone: str) -> str:
    """`2027-01-01` for the first instant of a day in `time_zone`; else with the time of day."""
    if _begins_a_day(instant, time_zone):
        return f"{day_of(instant, time_zone)}"
    return time_words(instant, time_zone)


def day_of(instant: datetime, time_zone: str) -> date:
    """The day on which `instant` lies in `time_zone`."""
    return _local(instant, time_zone).date()


def time_words(instant: datetime, time_zone: str) -> str:
    """`2027-01-01 00:00 EAT`: what calendar and clocks in `time_zone` show."""
    local = _local(instant, time_zone)
    return f"{local.date()} {local:%H:%M %Z}"


def end_words(end: datetime, time_zone: str) -> str:
    """`through 2026-12-31` where a period ends with a day in `time_zone`; else `until` and the time."""
    if _begins_a_day(end, time_zone):
        return f"through {last_day(end, time_zone)}"
    return f"until {day_words(end, time_zone)}"


def last_day(end: datetime, time_zone: str) -> date:
    """The last day, in `time_zone`, of a period that ends at `end` (exclusive): what people are told."""
    return day_of(max(end, _FIRST + _MICROSECOND) - _MICROSECOND, time_zone)


def _begins_a_day(instant: datetime, time_zone: str) -> bool:
    return first_instant(day_of(instant, time_zone), time_zone) == instant


def _local(instant: datetime, time_zone: str) -> datetime:
    """What clocks in `time_zone` show; in UTC at either end of the calendar, where that is outside it."""
    try:
        return instant.astimezone(ZoneInfo(time_zone))
    except OverflowError:
        return instant.astimezone(UTC)


def _gap_end(instant: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the jump nearest to `instant`, which fell into a gap of local time."""
    low, high = instant - timedelta(hours=24), instant + timedelta(hours=24)
    before = low.astimezone(zone).utcoffset()
    while high - low > _MICROSECOND:
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


_LATEST = to_ns(_LAST)
