"""The decision rules on the shipped catalog, through the engine's public door."""

from datetime import UTC, datetime
from typing import Any

import pytest

from entitlements import (
    AccessDenied,
    Engine,
    FixedClock,
    MemorySource,
    Override,
    Reason,
    SubjectRecord,
    Subscription,
    UnknownFeature,
    Usage,
)
from entitlements.subject import AddOnPeriod

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def opened(*records: Any, **options: Any) -> Any:
    return Engine.open(source=MemorySource(records), clock=FixedClock(NOW), **options)


def record(plan: Any = None, **fields: Any) -> Any:
    add_ons = tuple(AddOnPeriod(key) for key in fields.pop("add_ons", ()))
    subscriptions = (Subscription(plan, add_ons=add_ons),) if plan else ()
    return SubjectRecord("space", subscriptions, **fields)


def override(**what: Any) -> Any:
    fields = {"kind": "pro_bono", "because": "asked for", "by": "ops", "start": None, "end": None, **what}
    return Override(**fields)


def test_included_feature_names_the_plan_line() -> None:
    decision = opened(record("pro")).check("space", "api_access")
    assert decision
    assert decision.reason is Reason.INCLUDED
    assert (decision.source.kind, decision.source.key) == ("plan", "pro@1")
    assert decision.source.mark.file == "plans/pro.yaml"


def test_inherited_feature_names_the_line_of_the_parent() -> None:
    decision = opened(record("advanced")).check("space", "lookup_tables")
    assert decision.source.key == "advanced@0"
    assert decision.source.mark.file == "plans/standard.yaml"


def test_missing_feature_names_the_lowest_plan_and_the_exempt_client() -> None:
    decision = opened(record("community")).check("space", "api_access")
    assert not decision
    assert (decision.reason, decision.unlocked_by) == (Reason.NOT_INCLUDED, "pro")
    assert decision.exempt_clients == ("commcare-export",)
    assert "commcare-export" in decision.message()


def test_feature_of_an_add_on_only_names_the_add_on() -> None:
    decision = opened(record("pro")).check("space", "report_builder_15_reports")
    assert decision.unlocked_by is None
    assert decision.unlocked_by_add_ons == ("report_builder_15_reports",)


@pytest.mark.parametrize(
    ("client", "allowed"), [("commcare-export", True), ("someone-else", False), (None, False)]
)
def test_exempt_client_is_let_in_and_no_other(client: Any, allowed: Any) -> None:
    engine = opened(record("community"))
    assert engine.allows("space", "api_access", client=client) is allowed


def test_read_only_feature_stays_open_to_reading() -> None:
    engine = opened(record("community"))
    assert engine.check("space", "lookup_tables", action="read").reason is Reason.KEPT_READABLE
    assert engine.check("space", "lookup_tables", action="write").reason is Reason.NOT_INCLUDED
    assert engine.check("space", "lookup_tables").reason is Reason.NOT_INCLUDED


def test_paused_plan_denies_even_the_exempt_client() -> None:
    decision = opened(record("paused")).check("space", "api_access", client="commcare-export")
    assert decision.reason is Reason.NOT_IN_FORCE


def test_override_gives_and_says_until_when() -> None:
    ends = datetime(2026, 7, 1, tzinfo=UTC)
    engine = opened(record("community", overrides=(override(give="custom_reports", end=ends),)))
    decision = engine.check("space", "custom_reports")
    assert decision.reason is Reason.OVERRIDE
    assert decision.source.until == ends
    assert "through 2026-06-30" in decision.message()


def test_removing_override_beats_plan_and_giving_override() -> None:
    both = (override(give="api_access"), override(remove="api_access", kind="legacy"))
    engine = opened(record("pro", overrides=both))
    assert engine.check("space", "api_access").reason is Reason.REMOVED_BY_OVERRIDE
    assert engine.check("space", "api_access", client="commcare-export").reason is Reason.REMOVED_BY_OVERRIDE


def test_add_on_raises_a_hard_cap_and_never_lowers() -> None:
    assert opened(record("pro")).entitlements("space").cap("builder_reports").included == 5
    raised = opened(record("pro", add_ons=["report_builder_15_reports"])).entitlements("space")
    assert raised.cap("builder_reports").included == 15
    assert raised.cap("builder_reports").hard
    assert raised.check("report_builder_15_reports").reason is Reason.ADD_ON


def test_several_add_ons_take_the_largest_floor() -> None:
    keys = ["report_builder_15_reports", "report_builder_30_reports"]
    assert opened(record("pro", add_ons=keys)).entitlements("space").cap("builder_reports").included == 30


def test_hard_cap_denies_the_one_above_and_names_the_add_ons() -> None:
    engine = opened(record("pro", usage={"builder_reports": Usage(5)}))
    decision = engine.check("space", "cap.builder_reports")
    assert decision.reason is Reason.CAP_REACHED
    assert decision.unlocked_by is None
    assert decision.unlocked_by_add_ons == ("report_builder_15_reports", "report_builder_30_reports")
    assert engine.check("space", "cap.builder_reports", adding=0).reason is Reason.WITHIN_CAP
    assert engine.check("space", "cap.builder_reports", adding=26).unlocked_by_add_ons == ()


def test_soft_cap_allows_and_says_the_price() -> None:
    space = opened(record("community", usage={"mobile_users": Usage(12)})).entitlements("space")
    assert space.check("cap.mobile_users").reason is Reason.OVER_SOFT_CAP
    allowance = space.cap("mobile_users")
    assert (allowance.used, allowance.over, allowance.remaining) == (12, 2, 0)
    assert str(allowance.monthly_charge) == "4.00"
    assert "2.00 USD" in space.check("cap.mobile_users").message()


def test_unknown_usage_is_never_zero() -> None:
    space = opened(record("pro", usage={"builder_reports": Usage(None, unknown="timed out")})).entitlements(
        "space"
    )
    allowance = space.cap("builder_reports")
    assert (allowance.used, allowance.remaining, allowance.over, allowance.unknown) == (
        None,
        None,
        None,
        "timed out",
    )
    assert space.check("cap.builder_reports").reason is Reason.USAGE_UNKNOWN


def test_cap_that_a_plan_lacks_points_to_the_plan_that_has_room() -> None:
    engine = opened(record("community"))
    assert engine.check("space", "cap.builder_reports").unlocked_by == "pro"


def test_unlimited_cap_never_ends() -> None:
    allowance = opened(record("enterprise")).entitlements("space").cap("mobile_users")
    assert (allowance.included, allowance.remaining, allowance.over) == ("unlimited", "unlimited", 0)
    assert allowance.room_for(10**9).reason is Reason.UNLIMITED


def test_override_sets_cap_and_support_but_never_lowers_support() -> None:
    agreed = (
        override(cap="mobile_users", set_to=3),
        override(support="named_contact"),
        override(support="community"),
    )
    space = opened(record("pro", overrides=agreed)).entitlements("space")
    assert space.cap("mobile_users").included == 3
    assert space.support.key == "named_contact"


def test_baa_is_in_force_only_when_offered_signed_and_not_ended() -> None:
    signed, ended = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    assert opened(record("advanced", baa_signed_on=signed)).entitlements("space").baa.in_force
    assert not opened(record("pro", baa_signed_on=signed)).entitlements("space").baa.in_force
    assert not opened(record("advanced")).entitlements("space").baa.in_force
    assert (
        not opened(record("advanced", baa_signed_on=signed, baa_ended_on=ended))
        .entitlements("space")
        .baa.in_force
    )


def test_grandfathered_version_keeps_what_the_new_one_lost() -> None:
    engine = opened(record("pro@0"))
    assert engine.allows("space", "inbound_sms")
    assert not engine.allows("space", "attendance_tracking")


def test_require_raises_with_the_decision() -> None:
    with pytest.raises(AccessDenied) as caught:
        opened(record("community")).require("space", "api_access")
    assert caught.value.decision.reason is Reason.NOT_INCLUDED
    assert caught.value.subject == "space"


def test_unknown_key_raises_with_the_near_name() -> None:
    with pytest.raises(UnknownFeature, match='did you mean "api_access"'):
        opened(record("pro")).allows("space", "api_acess")


def test_cap_without_its_prefix_is_told_the_prefix() -> None:
    with pytest.raises(UnknownFeature, match=r'did you mean "cap\.mobile_users"'):
        opened(record("pro")).check("space", "mobile_users")


def test_unknown_key_denies_when_the_host_wants_that() -> None:
    decision = opened(record("pro"), on_unknown="deny").check("space", "api_acess")
    assert decision.reason is Reason.UNKNOWN_FEATURE


def test_allowed_is_the_set_of_allows() -> None:
    engine = opened(record("pro"))
    keys = {key for key in engine.catalog.features if engine.allows("space", key)}
    assert engine.entitlements("space").allowed() == keys


def test_allows_any_asks_each() -> None:
    space = opened(record("pro")).entitlements("space")
    assert space.allows_any(["release_management", "lite_release_management"])
    assert not space.allows_any(["release_management", "geocoder"])


def test_equal_answers_are_one_object() -> None:
    engine = Engine.open(
        source=[SubjectRecord("a", (Subscription("pro"),)), SubjectRecord("b", (Subscription("pro"),))]
    )
    assert engine.check("a", "api_access") is engine.check("b", "api_access")


def test_subjects_with_lists_who_may() -> None:
    records = [
        SubjectRecord(name, (Subscription(plan),))
        for name, plan in (("b", "pro"), ("a", "pro"), ("c", "community"))
    ]
    assert Engine.open(source=records).subjects_with("api_access") == ["a", "b"]


def test_explanation_ends_in_the_same_decision() -> None:
    engine = opened(record("community"))
    for context in ({}, {"client": "commcare-export"}, {"action": "read"}):
        for feature in ("api_access", "lookup_tables", "project_access", "cap.mobile_users"):
            assert engine.explain("space", feature, **context).decision == engine.check(
                "space", feature, **context
            )


def test_subscription_to_a_plan_that_is_gone_counts_as_ended(caplog: Any) -> None:
    engine = opened(record("gold"))
    assert engine.entitlements("space").plan.ref == "community@3"
    assert "gold" in caplog.text


def test_source_that_fails_denies_with_a_reason() -> None:
    class Broken(MemorySource):
        def load(self, subject: Any) -> None:
            raise OSError(subject)

    engine = Engine.open(source=Broken())
    decision = engine.check("space", "api_access", client="commcare-export")
    assert decision.reason is Reason.STORE_UNAVAILABLE
    assert engine.check("space", "cap.mobile_users").reason is Reason.STORE_UNAVAILABLE
    assert not engine.allows("space", "project_access")


def test_number_set_on_an_unlimited_cap_is_where_it_ends() -> None:
    fixed = (override(cap="mobile_users", set_to=3),)
    engine = opened(record("enterprise", overrides=fixed, usage={"mobile_users": Usage(3)}))
    assert engine.check("space", "cap.mobile_users").reason is Reason.CAP_REACHED


def test_space_is_of_one_instant_and_says_so() -> None:
    with pytest.raises(TypeError, match=r"engine\.entitlements\(subject, at="):
        opened(record("pro")).entitlements("space").check("api_access", at=NOW)


def test_naive_date_in_a_record_is_refused_with_the_fix() -> None:
    with pytest.raises(ValueError, match="tzinfo=UTC"):
        Subscription("pro", datetime(2026, 1, 1))  # noqa: DTZ001  the mistake under test
