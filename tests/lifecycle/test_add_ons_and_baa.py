"""Add-ons of a subscription, and the agreement that is signed with the subject."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entitlements.engine.resolve import resolve
from entitlements.lifecycle.add_ons import add_add_on, end_add_on
from entitlements.lifecycle.baa import end_baa, sign_baa
from entitlements.lifecycle.refusals import Refused
from entitlements.subject import AddOnPeriod, SubjectRecord, Subscription
from tests.lifecycle.catalogs import small

NOW = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
BEGAN, NEXT = NOW - 90 * DAY, NOW + 60 * DAY
PRO = SubjectRecord("space", (Subscription("pro@1", BEGAN, NEXT), Subscription("community@0", NEXT)))


def made(verb: Any, *args: Any, record: SubjectRecord = PRO, **options: Any) -> SubjectRecord:
    after = verb(record, small(), *args, **{"now": NOW, **options})
    assert isinstance(after, SubjectRecord)
    return after


def refusal(verb: Any, *args: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        made(verb, *args, **options)
    return caught.value


def users(record: SubjectRecord, at: datetime) -> object:
    return resolve(small(), record, at).caps["users"].terms.included


def test_add_on_is_had_for_its_period_within_its_subscription() -> None:
    after = made(add_add_on, "more_users", at=NOW + DAY, end=NOW + 2 * DAY)
    assert [users(after, NOW + n * DAY) for n in range(3)] == [50, 150, 50]
    open_end = made(add_add_on, "more_users")
    assert open_end.subscriptions[0].add_ons == (AddOnPeriod("more_users", NOW),)
    assert [users(open_end, at) for at in (NOW - DAY, NOW, NEXT - DAY, NEXT)] == [50, 150, 150, 10]
    assert open_end.subscriptions[1] == PRO.subscriptions[1]


def test_add_on_is_refused_that_is_unknown_or_not_sold_with_the_plan() -> None:
    unknown = refusal(add_add_on, "more_user")
    assert (unknown.code, unknown.hint) == ("unknown_add_on", 'did you mean "more_users"?')
    refused = refusal(add_add_on, "more_users", at=NEXT)
    assert (refused.code, "sold with pro;" in str(refused.hint)) == ("not_sold_with", True)
    assert users(made(add_add_on, "more_users", at=NEXT, unsold=True), NEXT) == 110


def test_add_on_is_refused_twice_or_for_no_time_or_for_nothing() -> None:
    once = made(add_add_on, "more_users", at=NOW + DAY, end=NOW + 2 * DAY)
    assert refusal(add_add_on, "more_users", record=once).code == "has_add_on"
    before = made(add_add_on, "more_users", record=once, end=NOW + DAY)
    assert len(before.subscriptions[0].add_ons) == 2
    assert made(add_add_on, "more_users", record=once, at=NOW + 2 * DAY) != once
    assert refusal(add_add_on, "more_users", end=NOW).code == "ends_before_start"
    assert refusal(add_add_on, "more_users", at=NOW - DAY).code == "in_the_past"
    assert refusal(add_add_on, "more_users", record=SubjectRecord("new")).code == "nothing_in_force"


def test_ended_add_on_is_had_until_then() -> None:
    held = made(add_add_on, "more_users")
    after = made(end_add_on, "more_users", record=held, now=NOW + DAY, at=NOW + 2 * DAY)
    assert [users(after, NOW + n * DAY) for n in range(3)] == [150, 150, 50]
    later = made(add_add_on, "more_users", at=NOW + DAY)
    assert made(end_add_on, "more_users", record=later) == PRO
    assert made(end_add_on, "more_users", record=later, at=NOW + DAY) == PRO


def test_ending_an_add_on_is_refused_that_is_not_there_or_has_ended() -> None:
    assert refusal(end_add_on, "more_users").hint == "it has: none"
    short = made(add_add_on, "more_users", end=NOW + DAY)
    assert refusal(end_add_on, "more_users", record=short, at=NOW + DAY).code == "ends_already"
    assert refusal(end_add_on, "more_users", record=short, now=NOW + DAY).code == "ended_already"
    assert refusal(end_add_on, "other", record=short).hint == "it has: more_users"


def test_agreement_is_in_force_from_the_day_on_the_paper_to_its_end() -> None:
    signed = made(sign_baa, offered=True, at=NOW - 3 * DAY)
    assert (signed.baa_signed_on, signed.baa_ended_on) == (NOW - 3 * DAY, None)
    ended = made(end_baa, record=signed, at=NOW + DAY)
    in_force = [resolve(small(), ended, NOW + n * DAY).baa.in_force for n in (-4, -3, 0, 1)]
    assert in_force == [False, True, True, False]
    assert made(end_baa, record=signed).baa_ended_on == NOW
    again = made(sign_baa, record=ended, offered=True, at=NOW + DAY)
    assert (again.baa_signed_on, again.baa_ended_on) == (NOW + DAY, None)


def test_agreement_is_refused_with_a_plan_that_does_not_offer_it() -> None:
    refused = refusal(sign_baa, offered=False)
    assert (refused.code, refused.hint) == (
        "baa_not_offered",
        "change the plan first; offered with: pro",
    )


def test_agreement_is_not_signed_twice_nor_ended_before_it_begins_or_after_it_ended() -> None:
    signed = made(sign_baa, offered=True)
    assert refusal(sign_baa, record=signed, offered=True).code == "baa_signed_already"
    assert refusal(end_baa).code == "baa_not_signed"
    assert refusal(end_baa, record=signed).code == "ends_before_start"
    ended = made(end_baa, record=signed, at=NOW + 2 * DAY)
    assert refusal(sign_baa, record=ended, offered=True, at=NOW + DAY).code == "baa_signed_already"
    assert made(end_baa, record=ended, at=NOW + DAY).baa_ended_on == NOW + DAY
    assert refusal(end_baa, record=ended, at=NOW + 2 * DAY).code == "ends_already"
    assert refusal(end_baa, record=ended, now=NOW + 2 * DAY).code == "ended_already"
