"""What one subject has at one instant, and which line says so: each rule by itself."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from entitlements import Override, SubjectRecord, Subscription
from entitlements.amounts import Amount, CapTerms, how_many, size
from entitlements.clock import NEVER, to_ns
from entitlements.engine import resolve as resolve_module
from entitlements.engine.resolve import BAA, CapGiven, Offers, origin_of, resolve
from entitlements.model import EMPTY, Origin
from entitlements.subject import AddOnPeriod
from tests.rules_catalog import NOW, RULES, line, override, record

TICK = timedelta(microseconds=1)
LATER = NOW + timedelta(days=30)


def cap(has: SubjectRecord, key: str = "files") -> tuple[Amount, bool, str]:
    given = resolve(RULES, has, NOW).caps[key]
    return given.terms.included, given.terms.hard, str(given.origin)


def of_override(number: int) -> str:
    return f"override pro_bono (rules/plans.yaml:{number})"


def test_a_plan_gives_its_own_with_its_lines() -> None:
    has = resolve(RULES, record("medium"), NOW)
    assert (has.plan, has.plan_origin) == (RULES.plans["mid"], Origin("plan", "mid@1", line(20)))
    assert has.subscription == Subscription("medium")
    assert has.included == {
        key: Origin("plan", "mid@1", line(20 + place))
        for place, key in enumerate(["forms", "exports", "reports", "broken_up"], 1)
    }
    assert (has.removed, has.until) == (EMPTY, NEVER)
    assert (has.support, has.support_origin) == ("email", has.plan_origin)
    assert has.baa == BAA(offered=False, signed_on=None, ended_on=None, in_force=False)
    assert has.caps["seats"] == CapGiven(RULES.plans["mid"].caps["seats"], Origin("plan", "mid@1", line(21)))


def test_a_cap_the_plan_is_silent_about_is_none_and_hard() -> None:
    given = resolve(RULES, record("mid"), NOW).caps["rooms"]
    assert given == CapGiven(CapTerms("none", hard=True), Origin("plan", "mid@1", line(20)))
    assert given.terms.mark == line(20)


@pytest.mark.parametrize(
    ("subscriptions", "plan"),
    [
        ((), "low"),
        ((Subscription("mid", NOW),), "mid"),
        ((Subscription("mid", NOW + TICK),), "low"),
        ((Subscription("mid", end=NOW),), "ended"),
        ((Subscription("mid", end=NOW + TICK),), "mid"),
        ((Subscription("gone"),), "ended"),
    ],
)
def test_the_plan_is_the_subscribed_one_or_what_comes_before_and_after(
    subscriptions: tuple[Subscription, ...], plan: str
) -> None:
    assert resolve(RULES, SubjectRecord("space", subscriptions), NOW).plan.key == plan


def test_a_subscription_to_a_plan_that_is_gone_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "entitlements"):
        resolve(RULES, record("gone"), NOW)
    said = 'subject "space" subscribes to unknown plan "gone"; its subscription counts as ended'
    assert caplog.messages == [said]


def test_add_ons_give_features_and_the_first_name_is_told() -> None:
    has = resolve(RULES, record("low", add_ons="c_files a_reports b_files nonsense"), NOW)
    assert has.included == {
        "forms": Origin("plan", "low@1", line(11)),
        "reports": Origin("add_on", "a_reports", line(90)),
        "alone": Origin("add_on", "b_files", line(92)),
    }


def test_a_plan_is_named_before_an_add_on_and_that_before_an_override() -> None:
    gives = override(give="reports")
    assert str(resolve(RULES, record("mid", gives, add_ons="a_reports"), NOW).included["reports"]).startswith(
        "plan"
    )
    assert str(resolve(RULES, record("low", gives, add_ons="a_reports"), NOW).included["reports"]).startswith(
        "add-on"
    )
    found = resolve(RULES, record("low", gives, add_ons="a_reports"), NOW).included
    assert found.keys() == {"forms", "reports"}


@pytest.mark.parametrize(
    ("start", "end", "held"),
    [(None, NOW + TICK, True), (None, NOW, False), (NOW, None, True), (NOW + TICK, None, False)],
)
def test_add_ons_and_overrides_hold_within_their_dates(
    start: datetime | None, end: datetime | None, *, held: bool
) -> None:
    subscription = Subscription("low", add_ons=(AddOnPeriod("a_reports", start, end),))
    dated = override(give="archive", start=start, end=end)
    has = resolve(RULES, SubjectRecord("space", (subscription,), (dated,)), NOW)
    assert (set(has.included) == {"forms", "reports", "archive"}) is held
    assert (set(has.included) == {"forms"}) is not held
    boundary = start or end
    assert has.until == (to_ns(boundary) if boundary is not None and boundary > NOW else NEVER)


def test_the_first_of_several_instants_to_come_is_when_answers_end() -> None:
    ends = [override(give="archive", end=NOW + days * timedelta(days=1)) for days in (3, 1, 2, -1)]
    assert resolve(RULES, record("low", *ends), NOW).until == to_ns(NOW + timedelta(days=1))


def test_an_override_that_gives_or_removes_is_told_with_its_line_and_end() -> None:
    given, taken = override(71, give="archive", end=LATER), override(72, remove="forms", because="misuse")
    has = resolve(RULES, record("low", given, taken), NOW)
    assert has.included["archive"] == Origin("override", "pro_bono", line(71), "asked for", LATER)
    assert has.removed == {"forms": Origin("override", "pro_bono", line(72), "misuse", None)}
    assert origin_of(given) == has.included["archive"]


def test_overrides_of_what_the_catalog_lacks_do_nothing() -> None:
    has = resolve(
        RULES, record("low", override(give="x"), override(remove="x"), override(cap="x", set_to=1)), NOW
    )
    assert (set(has.included), has.removed, set(has.caps)) == ({"forms"}, EMPTY, set(RULES.caps))


FIELDS: dict[str, tuple[Any, Any]] = {
    "kind": ("a", "b"),
    "because": ("a", "b"),
    "by": ("a", "b"),
    "start": (NOW - LATER.resolution, NOW),
    "end": (NOW + TICK, LATER),
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("what", ["give", "remove"])
def test_of_two_alike_the_first_by_content_is_told_in_any_order(what: str, field: str) -> None:
    first, second = (
        override(71 + place, **{what: "archive", field: value}) for place, value in enumerate(FIELDS[field])
    )
    for pair in ((first, second), (second, first)):
        has = resolve(RULES, record("low", *pair), NOW)
        assert {**has.included, **has.removed}["archive"].mark == line(71)


def test_what_sets_a_cap_is_told_whatever_the_order() -> None:
    # All alike but for one field, which alone decides which comes first.
    one, two = (
        override(71, cap="files", at_least=20),
        override(72, cap="files", at_least=20, remove="archive"),
    )
    for pair in ((one, two), (two, one)):
        assert cap(record("low", *pair)) == (20, True, of_override(71))


@pytest.mark.parametrize(
    ("add_ons", "overrides", "expected"),
    [
        ("", [], (5, True, "plan low@1 (rules/plans.yaml:12)")),
        ("a_reports", [], (8, True, "add-on a_reports (rules/plans.yaml:91)")),
        ("b_files", [], (10, True, "add-on b_files (rules/plans.yaml:93)")),
        ("c_files", [], (8, True, "add-on c_files (rules/plans.yaml:95)")),
        ("a_reports b_files c_files", [], (15, True, "add-on c_files (rules/plans.yaml:95)")),
        ("", [{"at_least": 5}], (5, True, "plan low@1 (rules/plans.yaml:12)")),
        ("", [{"at_least": 4}], (5, True, "plan low@1 (rules/plans.yaml:12)")),
        ("", [{"at_least": 6}], (6, True, of_override(70))),
        ("a_reports", [{"at_least": 8}], (8, True, "add-on a_reports (rules/plans.yaml:91)")),
        ("b_files", [{"at_least": 6}], (11, True, "add-on b_files (rules/plans.yaml:93)")),
        ("b_files", [{"at_least": "unlimited"}], ("unlimited", True, of_override(70))),
        ("a_reports b_files", [{"set_to": 3}], (3, True, of_override(70))),
        ("", [{"set_to": "none"}], ("none", True, of_override(70))),
        ("", [{"set_to": 9}, {"set_to": 7}], (9, True, of_override(71))),
        ("", [{"set_to": 9}, {"at_least": 30}], (9, True, of_override(71))),
        ("", [{"set_to": "unlimited"}, {"set_to": 10**9}], ("unlimited", True, of_override(71))),
        ("", [{"set_to": "none"}, {"set_to": 0}], (0, True, of_override(70))),
        ("", [{"set_to": 9, "start": NOW - TICK}, {"set_to": 7, "start": NOW}], (7, True, of_override(70))),
        ("", [{"set_to": 9}, {"set_to": 7, "start": NOW}], (7, True, of_override(70))),
        ("", [{"at_least": 6}, {"set_to": 9, "cap": "seats"}], (6, True, of_override(71))),
        ("", [{"set_to": 9, "cap": "seats"}], (5, True, "plan low@1 (rules/plans.yaml:12)")),
    ],
)
def test_how_much_of_a_cap_is_included(
    add_ons: str, overrides: list[dict[str, Any]], expected: tuple[Amount, bool, str]
) -> None:
    # The last one stands in line 70.
    made: list[Override] = [
        override(69 + len(overrides) - place, **{"cap": "files", **what})
        for place, what in enumerate(overrides)
    ]
    for order in (made, made[::-1]):
        assert cap(record("low", *order, add_ons=add_ons)) == expected


def test_an_add_on_adds_to_nothing_as_to_zero() -> None:
    has = record("ended", add_ons="b_files")
    assert cap(has) == (5, True, "add-on b_files (rules/plans.yaml:93)")


def test_a_cap_set_by_an_override_keeps_its_price_and_without_one_becomes_hard() -> None:
    assert cap(record("low", override(cap="seats", set_to=20)), "seats") == (20, False, of_override(70))
    assert cap(record("top", override(cap="seats", set_to=20)), "seats") == (20, True, of_override(70))
    given = resolve(RULES, record("low", override(cap="seats", set_to=20)), NOW).caps
    assert given["seats"].terms.extra == Decimal("2.5")
    assert given["files"] == resolve(RULES, record("low"), NOW).caps["files"]


def test_support_is_the_best_of_plan_and_overrides() -> None:
    phone, email = override(71, support="phone"), override(72, support="email")
    for pair in ((phone, email), (email, phone)):
        has = resolve(RULES, record("low", *pair), NOW)
        assert (has.support, has.support_origin) == ("phone", origin_of(phone))
    lower = resolve(RULES, record("top", email, override(support="magic")), NOW)
    assert (lower.support, lower.support_origin) == ("phone", lower.plan_origin)
    same = resolve(RULES, record("top", phone), NOW)
    assert same.support_origin == same.plan_origin


@pytest.mark.parametrize(
    ("plan", "signed", "ended", "in_force"),
    [
        ("top", NOW, None, True),
        ("top", NOW + TICK, None, False),
        ("top", NOW - TICK, NOW, False),
        ("top", NOW - TICK, NOW + TICK, True),
        ("top", None, LATER, False),
        ("mid", NOW, None, False),
    ],
)
def test_a_baa_holds_where_it_is_offered_from_its_signing_to_its_end(
    plan: str, signed: datetime | None, ended: datetime | None, *, in_force: bool
) -> None:
    has = resolve(RULES, record(plan, baa_signed_on=signed, baa_ended_on=ended), NOW)
    assert has.baa == BAA(offered=plan == "top", signed_on=signed, ended_on=ended, in_force=in_force)


def test_only_subjects_to_whom_all_applies_alike_share_their_key() -> None:
    def key(*args: Any, **fields: Any) -> Any:
        return resolve(RULES, record(*args, **fields), NOW).key

    gives = override(71, give="archive")
    assert key("mid") == key("medium") == key("mid", baa_signed_on=NOW)
    different = [
        key("low"),
        key("mid"),
        key("mid", add_ons="a_reports"),
        key("mid", gives),
        key("mid", override(72, give="archive")),
        key("mid", override(71, give="forms")),
    ]
    assert len(set(different)) == len(different)


def test_offers_are_worked_out_once_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    offers: Offers = {}
    first = resolve(RULES, record("mid"), NOW, offers)
    assert resolve(RULES, record("mid"), NOW, offers).included is first.included
    assert list(offers) == [("mid@1", ())]
    resolve(RULES, record("mid", add_ons="b_files"), NOW, offers)
    assert list(offers) == [("mid@1", ()), ("mid@1", ("b_files",))]
    monkeypatch.setattr(resolve_module, "_MOST_OFFERS", 2)
    resolve(RULES, record("low"), NOW, offers)
    assert list(offers) == [("low@1", ())]


def test_amounts_are_ordered() -> None:
    assert size("none") < size(0) < size(1) < size("unlimited")
    assert size("none") == -1


def test_of_none_there_is_nothing_to_count() -> None:
    assert [how_many(amount) for amount in ("none", 0, 3)] == [0, 0, 3]
    assert how_many("unlimited") > 10**9
