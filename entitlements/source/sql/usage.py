"""Usage in a database: the latest measurement of each key, and what was counted day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, text

from entitlements.clock import day_of, from_us, to_us
from entitlements.source.changing import is_storable, values_refused
from entitlements.source.rows import usage_told, usages
from entitlements.source.sql.database import Database
from entitlements.source.sql.tables import SUBJECTS, USAGE, USAGE_DAYS
from entitlements.source.usage import Measured, UsageDay, when
from entitlements.subject import Usage

_KNOWN = text(
    "INSERT INTO entitlements_subjects (subject) VALUES (:subject) ON CONFLICT (subject) DO NOTHING"
)
_ZONES = select(SUBJECTS.c.subject, SUBJECTS.c.time_zone).where(SUBJECTS.c.time_zone.is_not(None))
_LATEST = text(
    "INSERT INTO entitlements_usage AS known "
    "(subject, name, used, exempt, examples, last_used, measured_at, unknown) "
    "VALUES (:subject, :name, :used, :exempt, :examples, :last_used, :measured_at, :unknown) "
    "ON CONFLICT (subject, name) DO UPDATE SET used = excluded.used, exempt = excluded.exempt, "
    "examples = excluded.examples, last_used = excluded.last_used, measured_at = excluded.measured_at, "
    "unknown = excluded.unknown "
    "WHERE known.measured_at IS NULL OR excluded.measured_at >= known.measured_at"
)
_DAY = text(
    "INSERT INTO entitlements_usage_days AS known (subject, name, day, peak, last, measured_at) "
    "VALUES (:subject, :name, :day, :peak, :last, :measured_at) "
    "ON CONFLICT (subject, name, day) DO UPDATE SET "
    "peak = CASE WHEN excluded.peak > known.peak THEN excluded.peak ELSE known.peak END, "
    "last = CASE WHEN excluded.measured_at >= known.measured_at THEN excluded.last ELSE known.last END, "
    "measured_at = CASE WHEN excluded.measured_at >= known.measured_at "
    "THEN excluded.measured_at ELSE known.measured_at END"
)
_FEW = 500
_Kept = dict[tuple[str, str], Measured]
_Days = dict[tuple[str, str, date], UsageDay]


class SqlUsage:
    """The usage of a SqlStore. Rows are written in the order of keys, so that no two imports deadlock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, measured: Iterable[Measured], *, time_zone: str) -> int:
        given = [(one, when(one)) for one in measured]
        if not given:
            return 0
        latest = _latest(given)
        with self._database.writing() as connection, values_refused():
            subjects = sorted({subject for subject, _ in latest})
            connection.execute(_KNOWN, [{"subject": subject} for subject in subjects])
            connection.execute(_LATEST, [_usage_row(latest[key]) for key in sorted(latest)])
            days = _days(given, _zones(connection, subjects), time_zone)
            if days:
                connection.execute(_DAY, [_day_row(key, days[key]) for key in sorted(days)])
        return len(given)

    def current(self, subject: str) -> Mapping[str, Usage]:
        if not is_storable(subject):
            return {}
        wanted = select(USAGE).where(USAGE.c.subject == subject)
        return self._database.read(lambda connection: usages(_rows(connection, wanted)))

    def days(self, subject: str, key: str, *, since: date | None = None) -> Sequence[UsageDay]:
        if not (is_storable(subject) and is_storable(key)):
            return []
        day = USAGE_DAYS.c.day
        wanted = select(day, USAGE_DAYS.c.peak, USAGE_DAYS.c.last, USAGE_DAYS.c.measured_at)
        wanted = wanted.where(USAGE_DAYS.c.subject == subject, USAGE_DAYS.c.name == key).order_by(day)
        if since is not None:
            wanted = wanted.where(day >= since.isoformat())
        return [
            UsageDay(date.fromisoformat(day), peak, last, from_us(at))
            for day, peak, last, at in self._database.read(lambda connection: _rows(connection, wanted))
        ]


def _zones(connection: Connection, subjects: list[str]) -> dict[str, str]:
    """Subject → its own time zone; for many, those of all are found faster than those of each."""
    few = len(subjects) <= _FEW
    found = connection.execute(_ZONES.where(SUBJECTS.c.subject.in_(subjects)) if few else _ZONES)
    return {subject: zone for subject, zone in found if zone is not None}


def _rows(connection: Connection, wanted: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(wanted)]


def _latest(given: Iterable[tuple[Measured, datetime]]) -> _Kept:
    """(subject, key) → the newest measurement; of two of one instant, the one that came later."""
    found: dict[tuple[str, str], tuple[Measured, datetime]] = {}
    for one, at in given:
        kept = found.get((one.subject, one.key))
        if kept is None or at >= kept[1]:
            found[one.subject, one.key] = one, at
    return {key: one for key, (one, _) in found.items()}


def _days(given: Iterable[tuple[Measured, datetime]], zones: Mapping[str, str], time_zone: str) -> _Days:
    found: _Days = {}
    for one, at in given:
        count = one.usage.count
        if count is not None:
            day = day_of(at, zones.get(one.subject, time_zone))
            key = (one.subject, one.key, day)
            kept = found.get(key)
            found[key] = kept.with_count(count, at) if kept else UsageDay(day, count, count, at)
    return found


def _usage_row(one: Measured) -> dict[str, Any]:
    return dict(zip(USAGE.c.keys(), (one.subject, one.key, *usage_told(one.usage)), strict=True))


def _day_row(key: tuple[str, str, date], day: UsageDay) -> dict[str, Any]:
    subject, name, on = key
    values = (subject, name, on.isoformat(), day.peak, day.last, to_us(day.measured_at))
    return dict(zip(USAGE_DAYS.c.keys(), values, strict=True))
