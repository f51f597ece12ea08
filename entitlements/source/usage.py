"""Recorded usage: what hosts measured, as it is now and how it was day by day. Unknown is not zero."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Protocol

from entitlements.clock import day_of
from entitlements.subject import SubjectRecord, Usage


@dataclass(frozen=True, slots=True)
class Measured:
    """What one measurement found of feature or cap `key`; its usage says when it was measured."""

    subject: str
    key: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class UsageDay:
    """The most and the last that was counted on one day, as clocks show it where the subject is."""

    day: date
    peak: int
    last: int
    measured_at: datetime

    def with_count(self, count: int, at: datetime) -> UsageDay:
        """The day with one more measurement; measurements may arrive in any order."""
        peak = max(self.peak, count)
        return replace(self, peak=peak) if at < self.measured_at else UsageDay(self.day, peak, count, at)


class UsageBook(Protocol):
    """The part of a store that keeps usage. Nothing here alters a revision or the feed."""

    def put(self, measured: Iterable[Measured], *, time_zone: str) -> int:
        """Keep all of it or, if something goes wrong, nothing; how many there were.

        A measurement older than what is known adds only to the history. A subject that nobody knew becomes
        known, without a subscription. Days are those of the subject's time zone, else of `time_zone`.
        """
        ...

    def current(self, subject: str) -> Mapping[str, Usage]:
        """Key → what the latest measurement found."""
        ...

    def days(self, subject: str, key: str, *, since: date | None = None) -> Sequence[UsageDay]:
        """The days on which something was counted, oldest first."""
        ...


def peak(days: Iterable[UsageDay]) -> UsageDay | None:
    """The day with the highest count, the earliest of several; None without any."""
    return max(days, key=lambda day: (day.peak, -day.day.toordinal()), default=None)


def when(measured: Measured) -> datetime:
    """When it was measured. Raises ValueError if that is not said, for history cannot do without."""
    if measured.usage.measured_at is None:
        msg = f"usage of {measured.key} does not say when it was measured"
        raise ValueError(msg)
    return measured.usage.measured_at


class MemoryUsage:
    """Usage in the very records of a store in memory, under its lock, and the history beside them."""

    def __init__(self, records: dict[str, SubjectRecord], lock: Callable[[], threading.Lock]) -> None:
        self._records = records
        self._days: dict[tuple[str, str], dict[date, UsageDay]] = {}
        self._lock = lock

    def put(self, measured: Iterable[Measured], *, time_zone: str) -> int:
        given = [(one, when(one)) for one in measured]
        with self._lock():
            for one, at in given:
                self._keep(one, at, time_zone)
        return len(given)

    def current(self, subject: str) -> Mapping[str, Usage]:
        record = self._records.get(subject)
        return record.usage if record is not None else {}

    def days(self, subject: str, key: str, *, since: date | None = None) -> Sequence[UsageDay]:
        with self._lock():
            found = self._days.get((subject, key), {})
            return [found[day] for day in sorted(found) if since is None or day >= since]

    def _keep(self, one: Measured, at: datetime, time_zone: str) -> None:
        record = self._records.get(one.subject) or SubjectRecord(one.subject)
        known = record.usage.get(one.key)
        if known is None or known.measured_at is None or at >= known.measured_at:
            usage = MappingProxyType({**record.usage, one.key: one.usage})
            record = replace(record, usage=usage)
        self._records[one.subject] = record
        if one.usage.count is not None:
            days = self._days.setdefault((one.subject, one.key), {})
            day, count = day_of(at, record.time_zone or time_zone), one.usage.count
            kept = days.get(day)
            days[day] = kept.with_count(count, at) if kept else UsageDay(day, count, count, at)
