"""Each rule of decision on caps by itself: the whole Decision is compared, not only whether it allows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from entitlements import Decision, Reason, Usage
from entitlements.engine.decide import decide_cap, plan_with_room
from entitlements.engine.resolve import resolve
from entitlements.model import Origin
from tests.rules_catalog import NOW, RULES, line, override, record

PAUSED = Origin("plan", "paused@1", line(40))


def is_decided(decision: Decision, **expected: Any) -> None:
    assert decision == Decision(**expected)
    assert decision._catalog is RULES, "its message would lack all titles"
    assert decision.message()


def asked(cap: str, used: int | None, adding: int = 1, plan: str = "low", *overrides: Any) -> Decision:
    usage = None if used is None else Usage(used)
    return decide_cap(RULES, cap, resolve(RULES, record(plan, *overrides), NOW), usage, adding)


def of_plan(number: int, plan: str = "low@1") -> Origin:
    return Origin("plan", plan, line(number))


def test_a_suspended_plan_has_no_room_even_where_nothing_limits() -> None:
    decision = asked("seats", 1, plan="paused")
    is_decided(decision, allowed=False, feature="cap.seats", reason=Reason.NOT_IN_FORCE, source=PAUSED)


@pytest.mark.parametrize("used", [None, 10**9])
def test_an_unlimited_cap_has_room(used: int | None) -> None:
    source = of_plan(31, "top@1")
    is_decided(
        asked("seats", used, plan="top"),
        allowed=True,
        feature="cap.seats",
        reason=Reason.UNLIMITED,
        source=source,
    )


@pytest.mark.parametrize(
    ("cap", "plan", "used", "adding", "source", "detail"),
    [
        ("seats", "low", 9, 1, of_plan(11), "9 seats of 10 in use"),
        ("seats", "low", 1, 9, of_plan(11), "1 seat of 10 in use"),
        ("files", "low", 0, 5, of_plan(12), "0 files of 5 in use"),
        ("seats", "mid", 999, 1, of_plan(21, "mid@1"), "999 seats of 1,000 in use"),
        ("rooms", "low", 0, 0, of_plan(14), "0 rooms of 0 in use"),
    ],
)
def test_within_a_cap_there_is_room(
    cap: str, plan: str, used: int, adding: int, source: Origin, detail: str
) -> None:
    is_decided(
        asked(cap, used, adding, plan),
        allowed=True,
        feature=f"cap.{cap}",
        reason=Reason.WITHIN_CAP,
        source=source,
        detail=detail,
    )


@pytest.mark.parametrize(
    ("cap", "plan", "used", "adding", "source", "detail"),
    [
        ("seats", "low", 10, 1, of_plan(11), "10 in use; each seat above 10 is 2.50 USD a month"),
        (
            "seats",
            "mid",
            1234,
            1,
            of_plan(21, "mid@1"),
            "1,234 in use; each seat above 1,000 is 2.50 USD a month",
        ),
        ("texts", "low", 0, 1, of_plan(13), "0 in use; each text above 0 is charged by rate"),
        (
            "texts",
            "mid",
            None,
            1,
            of_plan(23, "mid@1"),
            "How many are in use is not known; each text above 50 is charged by rate",
        ),
    ],
)
def test_a_soft_cap_goes_on_at_its_price(
    cap: str, plan: str, used: int | None, adding: int, source: Origin, detail: str
) -> None:
    is_decided(
        asked(cap, used, adding, plan),
        allowed=True,
        feature=f"cap.{cap}",
        reason=Reason.OVER_SOFT_CAP,
        source=source,
        detail=detail,
    )


def test_the_price_of_one_more_keeps_its_decimals_and_its_thousands_apart() -> None:
    low = RULES.plans["low"]
    for extra, said in ((Decimal("0.015"), "0.015"), (Decimal(1200), "1,200.00")):
        dear = replace(low, caps={**low.caps, "seats": replace(low.caps["seats"], extra=extra)})
        catalog = replace(
            RULES, plans={**RULES.plans, "low": dear}, versions={**RULES.versions, "low@1": dear}
        )
        decision = decide_cap(catalog, "seats", resolve(catalog, record("low"), NOW), Usage(10), 1)
        assert decision.detail == f"10 in use; each seat above 10 is {said} USD a month"


def test_a_hard_cap_with_unknown_usage_denies() -> None:
    reason = Reason.USAGE_UNKNOWN
    is_decided(asked("files", None), allowed=False, feature="cap.files", reason=reason, source=of_plan(12))


@pytest.mark.parametrize(
    ("used", "adding", "detail", "plan", "add_ons"),
    [
        (0, 6, "0 files of 5 in use", "mid", ("a_reports", "b_files", "c_files")),
        (5, 1, "5 files of 5 in use", "mid", ("a_reports", "b_files", "c_files")),
        (5, 3, "5 files of 5 in use", "mid", ("a_reports", "b_files", "c_files")),
        (5, 4, "5 files of 5 in use", "mid", ("b_files",)),
        (5, 5, "5 files of 5 in use", "mid", ("b_files",)),
        (1, 10, "1 file of 5 in use", "top", ()),
    ],
)
def test_a_hard_cap_that_is_reached_names_what_has_room(
    used: int, adding: int, detail: str, plan: str, add_ons: tuple[str, ...]
) -> None:
    is_decided(
        asked("files", used, adding),
        allowed=False,
        feature="cap.files",
        reason=Reason.CAP_REACHED,
        source=of_plan(12),
        unlocked_by=plan,
        unlocked_by_add_ons=add_ons,
        detail=detail,
    )


@pytest.mark.parametrize(("used", "adding"), [(None, 1), (0, 1), (1, 0)])
def test_a_hard_cap_of_none_says_so_even_where_nobody_counts(used: int | None, adding: int) -> None:
    is_decided(
        asked("rooms", used, adding),
        allowed=False,
        feature="cap.rooms",
        reason=Reason.CAP_REACHED,
        source=of_plan(14),
        unlocked_by="top",
        unlocked_by_add_ons=("d_rooms",),
        detail="The plan includes no rooms",
    )


def test_an_add_on_that_adds_starts_from_nothing_where_the_plan_has_none() -> None:
    none = override(cap="files", set_to="none")
    assert asked("files", 0, 5, "low", none).unlocked_by_add_ons == ("a_reports", "b_files", "c_files")
    assert asked("files", 0, 6, "low", none).unlocked_by_add_ons == ("a_reports", "c_files")


@pytest.mark.parametrize(
    ("cap", "wanted", "plan"),
    [
        ("files", 5, "low"),
        ("files", 6, "mid"),
        ("files", 10, "mid"),
        ("files", 11, "top"),
        ("rooms", 1, "top"),
        ("rooms", 2, None),
        ("seats", 10**6, "low"),
    ],
)
def test_the_lowest_plan_with_room(cap: str, wanted: int, plan: str | None) -> None:
    assert plan_with_room(RULES, cap, wanted) == plan
