"""What was measured is kept as it is now and as it was day by day, in every store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from entitlements import AccessDenied, Engine, Measured, Usage
from tests.source.stores import NOON

HOUR = timedelta(hours=1)


def test_days_keep_their_peak_and_their_last_count(engine: Engine) -> None:
    engine.set_details("hill", by="ada", time_zone="Africa/Nairobi")
    at = datetime(2026, 3, 1, 20, tzinfo=UTC)
    counts = ((at, 7), (at + HOUR, 9), (at - HOUR, 4), (at + 2 * HOUR, 5))
    rows = [Measured("hill", "mobile_users", Usage(count, measured_at=when)) for when, count in counts]
    assert engine.import_usage(rows) == 4
    days = [(day.day, day.peak, day.last) for day in engine.usage_days("hill", "mobile_users")]
    # At 21:00 UTC the next day begins in Nairobi.
    assert days == [(date(2026, 3, 1), 7, 7), (date(2026, 3, 2), 9, 5)]
    assert engine.usage_days("hill", "mobile_users", since=date(2026, 3, 2))[0].peak == 9
    assert engine.entitlements("hill").cap("mobile_users").used == 5


def test_an_older_measurement_adds_only_to_the_history(engine: Engine) -> None:
    engine.set_usage("hill", "api_access", 7)
    engine.set_usage("hill", "api_access", 3, measured_at=NOON - timedelta(days=1))
    usage = engine.entitlements("hill").usage("api_access")
    assert usage is not None
    assert (usage.count, usage.measured_at) == (7, NOON)
    assert len(engine.usage_days("hill", "api_access")) == 2


def test_what_could_not_be_measured_is_not_zero(engine: Engine) -> None:
    engine.set_usage("hill", "builder_reports", Usage(None, unknown="the counter was away"))
    assert engine.check("hill", "cap.builder_reports").reason == "usage_unknown"
    assert engine.usage_days("hill", "builder_reports") == []
    with pytest.raises(AccessDenied, match="not known"):
        engine.seats("hill", "builder_reports").reserve(key="ann")


def test_measuring_makes_a_subject_known_and_a_subscription_follows(engine: Engine) -> None:
    engine.set_usage("brook", "mobile_users", 3)
    assert engine.source.revision("brook") == 0
    assert engine.subscribe("brook", "pro", by="ada").revision == 1
    assert engine.entitlements("brook").cap("mobile_users").used == 3
