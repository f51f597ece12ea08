"""Each rule of decision on features by itself: the whole Decision is compared, not only whether it allows."""

from __future__ import annotations

from typing import Any

import pytest

from entitlements import Decision, Reason, SubjectRecord, admit, deny
from entitlements.engine.ask import Failed
from entitlements.engine.decide import (
    Said,
    Unlocks,
    decide_feature,
    denied_unknown,
    unlocks_of,
)
from entitlements.engine.resolve import resolve
from entitlements.model import Origin
from tests.rules_catalog import NOW, RULES, line, override, record

LOW = Origin("plan", "low@1", line(10))
PAUSED = Origin("plan", "paused@1", line(40))
UNLOCKS = Unlocks("mid", ("a_reports",), ("tool",))
CLIENTS = {"exempt_clients": ("tool",)}
OPENED_BY = {"unlocked_by": "mid", "unlocked_by_add_ons": ("a_reports",), **CLIENTS}


def is_decided(decision: Decision, **expected: Any) -> None:
    assert decision == Decision(**expected)
    assert decision._catalog is RULES, "its message would lack all titles"
    assert decision.message()


def decided(has: SubjectRecord, *said: Said, feature: str = "reports") -> Decision:
    return decide_feature(RULES, UNLOCKS, feature, resolve(RULES, has, NOW), said)


def test_a_suspended_plan_denies_before_anything_else() -> None:
    has = record("paused", override(give="reports"), override(remove="forms"))
    for feature in ("reports", "forms"):
        decision = decided(has, ("x", admit("come in")), feature=feature)
        is_decided(decision, allowed=False, feature=feature, reason=Reason.NOT_IN_FORCE, source=PAUSED)


def test_what_an_override_removed_stays_removed_whatever_checkers_say() -> None:
    decision = decided(
        record("mid", override(71, remove="reports")), ("x", admit("come in")), ("y", deny("no"))
    )
    source = Origin("override", "pro_bono", line(71), "asked for")
    reason = Reason.REMOVED_BY_OVERRIDE
    is_decided(decision, allowed=False, feature="reports", reason=reason, source=source, **CLIENTS)


@pytest.mark.parametrize(
    ("has", "reason", "source"),
    [
        (record("mid"), Reason.INCLUDED, Origin("plan", "mid@1", line(23))),
        (record("low", add_ons="a_reports"), Reason.ADD_ON, Origin("add_on", "a_reports", line(90))),
        (
            record("low", override(72, give="reports")),
            Reason.OVERRIDE,
            Origin("override", "pro_bono", line(72), "asked for"),
        ),
    ],
)
def test_what_is_included_is_allowed_with_the_line_that_gives_it(
    has: SubjectRecord, reason: Reason, source: Origin
) -> None:
    for said in ((), (("x", None),), (("x", admit("come in")),)):
        is_decided(
            decided(has, *said), allowed=True, feature="reports", reason=reason, source=source, **CLIENTS
        )


def test_what_is_not_included_names_what_would_open_it() -> None:
    reason = Reason.NOT_INCLUDED
    is_decided(
        decided(record("low")), allowed=False, feature="reports", reason=reason, source=LOW, **OPENED_BY
    )


def test_an_admission_opens_what_is_not_included() -> None:
    is_decided(
        decided(record("low"), ("x", None), ("y", admit("a guest"))),
        allowed=True,
        feature="reports",
        reason=Reason.ALLOWED_BY_CHECKER,
        checker="y",
        source=LOW,
        detail="a guest",
        **CLIENTS,
    )


@pytest.mark.parametrize("others", [(), (("a", admit("a guest")),)])
def test_a_denial_beats_inclusion_and_admission_and_offers_nothing_for_sale(others: tuple[Said, ...]) -> None:
    is_decided(
        decided(record("mid"), *others, ("y", deny("closed today"))),
        allowed=False,
        feature="reports",
        reason=Reason.DENIED_BY_CHECKER,
        checker="y",
        source=Origin("plan", "mid@1", line(23)),
        detail="closed today",
        **CLIENTS,
    )


def test_a_denial_for_a_missing_feature_names_what_would_open_it() -> None:
    is_decided(
        decided(record("low"), ("y", deny("needs exports", reason=Reason.REQUIRES_FEATURE))),
        allowed=False,
        feature="reports",
        reason=Reason.REQUIRES_FEATURE,
        checker="y",
        source=LOW,
        detail="needs exports",
        **OPENED_BY,
    )


def test_a_failed_checker_denies_with_why() -> None:
    is_decided(
        decided(record("mid"), ("y", Failed("ValueError"))),
        allowed=False,
        feature="reports",
        reason=Reason.CHECKER_ERROR,
        checker="y",
        source=Origin("plan", "mid@1", line(23)),
        detail="ValueError",
        **CLIENTS,
    )


def test_of_several_denials_the_weightier_reason_is_given_then_the_first_name() -> None:
    said: list[Said] = [("a", Failed("down")), ("c", deny("first")), ("b", deny("second"))]
    assert (decided(record("mid"), *said).checker, decided(record("mid"), *said[:2]).checker) == ("b", "c")
    assert decided(record("mid"), *reversed(said)) == decided(record("mid"), *said)


def test_of_several_admissions_the_first_name_is_given() -> None:
    said: list[Said] = [("c", admit("first")), ("b", admit("second"))]
    assert decided(record("low"), *said).checker == "b"


def test_what_opens_a_feature() -> None:
    assert unlocks_of(RULES, "forms") == Unlocks("low", (), ())
    assert unlocks_of(RULES, "exports") == Unlocks("mid", (), ("tool", "other"))
    assert unlocks_of(RULES, "reports") == Unlocks("mid", ("a_reports",), ())
    # mid has it too, but lacks what it needs
    assert unlocks_of(RULES, "broken_up") == Unlocks("top", (), ())
    assert unlocks_of(RULES, "alone") == Unlocks(None, ("b_files", "c_files"), ())


def test_a_key_that_is_gone_is_denied() -> None:
    is_decided(denied_unknown(RULES, "gone"), allowed=False, feature="gone", reason=Reason.UNKNOWN_FEATURE)
