"""When a subscription may end at the earliest, and by which rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest

from entitlements import load_catalog
from entitlements.clock import first_instant
from entitlements.lifecycle.minimum_term import EarliestEnd, earliest_end, term_end
from entitlements.subject import Subscription, SubscriptionKind, pays
from tests.lifecycle.catalogs import small, with_terms

TICK = timedelta(microseconds=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
OVER = datetime(2026, 3, 31, tzinfo=UTC)


def held(
    start: datetime | None = START,
    end: datetime | None = None,
    cadence: Literal["monthly", "annual"] = "monthly",
    kind: SubscriptionKind = "product",
) -> Subscription:
    return Subscription("pro@1", start, end, cadence, kind)


@pytest.mark.parametrize(
    ("asked", "earliest"),
    [
        (START - TICK, OVER),
        (START, OVER),
        (OVER - TICK, OVER),
        (OVER, OVER),
        (OVER + TICK, OVER + TICK),
    ],
)
def test_thirty_days_are_over_at_exactly_start_and_thirty_days(asked: datetime, earliest: datetime) -> None:
    found = earliest_end(held(), small(), asked)
    assert (found.at, found.rule, found.days, found.since) == (earliest, "days", 30, START)


def test_thirty_days_are_those_of_the_calendar_when_clocks_change() -> None:
    """Clocks in New York change on 8 March 2026: the 30 days have an hour less, and end with a day."""
    zone = "America/New_York"
    start = first_instant(date(2026, 3, 1), zone)
    found = earliest_end(held(start), small(), start, zone)
    assert found.at == first_instant(date(2026, 3, 31), zone)
    assert found.at - start == timedelta(days=30) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("asked", "earliest"),
    [
        (START, datetime(2027, 3, 1, tzinfo=UTC)),
        (datetime(2027, 3, 1, tzinfo=UTC) - TICK, datetime(2027, 3, 1, tzinfo=UTC)),
        (datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)),
        (datetime(2027, 3, 1, tzinfo=UTC) + TICK, datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_annual_term_goes_on_to_its_anniversary(asked: datetime, earliest: datetime) -> None:
    found = earliest_end(held(cadence="annual"), small(), asked)
    assert (found.at, found.rule) == (earliest, "term_end")


@pytest.mark.parametrize("kind", ["trial", "pro_bono", "developer"])
def test_exempt_kinds_may_end_at_any_instant(kind: Any) -> None:
    found = earliest_end(held(kind=kind), small(), START + TICK)
    assert (found.at, found.rule) == (START + TICK, "exempt")
    assert earliest_end(held(kind=kind), with_terms({"monthly": {"days": 30}}), START).at == OVER


def test_bundle_lasts_as_long_as_its_agreement() -> None:
    end = datetime(2027, 3, 1, tzinfo=UTC)
    found = earliest_end(held(end=end, kind="bundle"), small(), OVER)
    assert (found.at, found.rule) == (end, "agreement")
    assert earliest_end(held(kind="bundle"), small(), START).rule == "days"


def test_term_starts_anew_with_each_subscription() -> None:
    second = START + timedelta(days=100)
    assert earliest_end(held(second), small(), second).at == second + timedelta(days=30)


def test_subscription_that_ends_by_itself_needs_no_longer() -> None:
    end = START + timedelta(days=10)
    found = earliest_end(held(end=end), small(), START)
    assert (found.at, found.rule) == (end, "end")


def test_catalog_without_a_rule_holds_nobody() -> None:
    for catalog in (with_terms({}), with_terms({"annual": {"until": "term_end"}})):
        assert earliest_end(held(), catalog, START + TICK) == EarliestEnd(START + TICK, "none", held())


def test_nobody_is_held_to_a_term_of_unknown_start() -> None:
    assert earliest_end(held(None), small(), START).at == START


def test_either_rule_may_stand_for_either_cadence() -> None:
    catalog = with_terms({"monthly": {"until": "term_end"}, "annual": {"days": 90}})
    assert earliest_end(held(), catalog, START).at == datetime(2026, 4, 1, tzinfo=UTC)
    assert earliest_end(held(cadence="annual"), catalog, START).at == START + timedelta(days=90)


def test_shipped_catalog_asks_for_thirty_days_or_the_term() -> None:
    catalog = load_catalog()
    assert earliest_end(held(), catalog, START).at == OVER
    assert earliest_end(held(cadence="annual"), catalog, START).at == datetime(2027, 3, 1, tzinfo=UTC)
    assert earliest_end(held(kind="pro_bono"), catalog, START).at == START


def test_term_ends_at_the_next_anniversary_or_with_the_subscription() -> None:
    year = held(cadence="annual")
    assert term_end(year, START, "UTC") == datetime(2027, 3, 1, tzinfo=UTC)
    assert term_end(year, datetime(2027, 3, 1, tzinfo=UTC), "UTC") == datetime(2028, 3, 1, tzinfo=UTC)
    assert term_end(held(end=OVER, cadence="annual"), START, "UTC") == OVER
    assert term_end(held(None, OVER), START, "UTC") == OVER


def test_reason_names_the_rule_and_since_when() -> None:
    found = earliest_end(held(), small(), START)
    assert found.words("UTC") == (
        "a monthly subscription lasts at least 30 days, and this one began 2026-03-01"
    )
    assert found.to_json() == {
        "at": "2026-03-31T00:00:00+00:00",
        "rule": "days",
        "since": "2026-03-01T00:00:00+00:00",
        "days": 30,
        "cadence": "monthly",
        "kind": "product",
    }
    assert "a pro bono subscription" in earliest_end(held(kind="pro_bono"), small(), START).words("UTC")


def test_kind_says_who_pays() -> None:
    payers = {kind: pays(held(kind=kind)) for kind in ("product", "bundle", "pro_bono", "developer", "trial")}
    assert payers == {
        "product": "subscriber",
        "bundle": "agreement",
        "pro_bono": "nobody",
        "developer": "nobody",
        "trial": "nobody",
    }
