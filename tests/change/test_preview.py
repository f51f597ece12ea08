"""A preview tells what a change would do to one subject: each part of it by itself."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from entitlements import Effect, Example, MemorySource, Override, SubjectRecord, Subscription, Thing, Usage
from entitlements.engine.engine import Engine
from entitlements.errors import StoreUnavailable
from entitlements.lifecycle.refusals import Refused
from tests.change.hosts import CATALOG, STARTED, Measuring, Switching, Telling, host
from tests.rules_catalog import NOW

DAY = timedelta(days=1)


def kinds(preview: Any) -> list[tuple[str, str, int | None]]:
    return [(effect.kind, effect.feature or effect.cap, effect.count) for effect in preview.effects]


def test_what_is_in_use_has_an_effect_and_the_rest_is_one_group_each() -> None:
    engine = host(usage={"forms": 3, "exports": 2, "reports": 0, "archive": Usage(None, unknown="away")})
    preview = engine.preview_change("space", "ended")
    assert preview.lost == ("archive", "broken_up", "exports", "forms", "reports")
    assert kinds(preview) == [
        ("deleted", "archive", None),
        ("closed", "forms", 3),
        ("read_only", "exports", 2),
    ]
    assert (preview.not_in_use, preview.not_measured) == (("reports",), ("broken_up",))


def test_use_by_exempt_clients_is_no_use() -> None:
    preview = host(usage={"exports": Usage(5, exempt=5)}).preview_change("space", "low")
    assert (kinds(preview), preview.not_in_use) == ([], ("exports",))


def test_nothing_is_said_to_be_switched_off_by_nobody() -> None:
    usage = {"reports": 2}
    effect = host(usage=usage).preview_change("space", "low").effects[0]
    assert (effect.kind, effect.declared, effect.checker) == ("closed", "deactivated", None)
    telling = host(Telling(["reports"]), usage=usage).preview_change("space", "low")
    assert (telling.effects[0].kind, telling.steps) == ("closed", ())
    acting = host(Switching(["reports"]), usage=usage).preview_change("space", "low")
    effect = acting.effects[0]
    assert (effect.kind, effect.declared, effect.checker) == ("deactivated", None, "switching")
    assert (effect.restores, effect.advice) == ("by_hand", "Print them.")
    assert [(step.key, step.thing) for step in acting.steps] == [("switching/reports", None)]


def test_a_checker_refines_what_is_declared_and_names_the_steps() -> None:
    things = (Thing("7", "Weekly"), Thing("9", None, "/r/9"))
    told = [Effect("deactivated", 2, things=things, advice="Copy them.", restores="offered")]
    checker = Switching(["reports"], {"reports": told})
    preview = host(checker, usage={"reports": 5}).preview_change("space", "low")
    (effect,) = preview.effects
    assert (effect.count, effect.advice, effect.restores) == (2, "Copy them.", "offered")
    assert effect.examples == (Example("Weekly"), Example("9", "/r/9"))
    assert [(s.key, s.thing, s.kind, s.subject) for s in preview.steps] == [
        ("switching/reports/7", things[0], "deactivated", "space"),
        ("switching/reports/9", things[1], "deactivated", "space"),
    ]
    (loss,) = checker.asked
    assert (loss.subject, loss.feature.key, loss.usage, loss.to) == ("space", "reports", Usage(5), "low@1")
    assert (loss.keeps, loss.at) == (frozenset({"forms"}), NOW)


def test_a_checker_may_say_that_nothing_happens() -> None:
    preview = host(Switching(["reports"], {"reports": ()}), usage={"reports": 5}).preview_change(
        "space", "low"
    )
    assert (preview.effects, preview.steps, preview.not_in_use) == ((), (), ())
    assert preview.unaffected == ("reports",)
    unknown = host(Switching(["reports"], {"reports": ()}), usage={"reports": Usage(None, unknown="away")})
    assert unknown.preview_change("space", "low").unaffected == ("reports",)


def test_a_checker_is_not_asked_about_what_is_not_in_use_but_about_what_nobody_measures() -> None:
    checker = Switching(["reports", "exports"], {"exports": [Effect("closed", 4)]})
    preview = host(checker, usage={"reports": 0}).preview_change("space", "low")
    assert [loss.feature.key for loss in checker.asked] == ["exports"]
    assert kinds(preview) == [("closed", "exports", 4)]
    assert preview.not_measured == ("archive", "broken_up")


def test_a_checker_that_fails_leaves_what_could_not_be_checked() -> None:
    checker = Switching(["reports"], {"reports": RuntimeError("secret")})
    preview = host(checker, usage={"reports": 5}).preview_change("space", "low")
    (effect,) = preview.effects
    assert (effect.kind, effect.count, effect.unknown) == ("deactivated", None, "switching: RuntimeError")
    assert preview.steps == ()
    assert preview.message(effect) == (
        "Could not check whether it is in use (switching: RuntimeError). "
        "If it is: what was made with it is switched off; all data is kept."
    )


def test_what_was_asked_and_failed_is_never_unused() -> None:
    preview = host(Measuring({"exports": OSError()}), usage={"exports": 0}).preview_change("space", "low")
    (effect,) = preview.effects
    assert (effect.count, effect.unknown) == (None, "measuring: OSError")
    assert "exports" not in (*preview.not_in_use, *preview.not_measured)
    (lost,) = [lost for lost in preview.to_json()["lost"] if lost["feature"] == "exports"]
    assert (lost["usage"], lost["unknown"]) == (None, "measuring: OSError")


def test_several_features_about_the_very_same_things_are_told_once() -> None:
    examples = (Example("Weekly"), Example("Monthly"))
    same = {key: Usage(2, examples=examples) for key in ("reports", "exports", "archive")}
    (effect,) = host(usage=same).preview_change("space", "low").effects
    assert (effect.kind, effect.feature, effect.also) == ("deleted", "archive", ("reports", "exports"))
    things = (Thing("1"),)
    answers = {key: [Effect("deactivated", 1, things=things)] for key in ("reports", "exports")}
    preview = host(Switching(answers, answers)).preview_change("space", "low")
    assert [(e.feature, e.also) for e in preview.effects] == [("exports", ("reports",))]
    assert [step.key for step in preview.steps] == ["switching/exports/1"]


@pytest.mark.parametrize(
    ("used", "over", "charge", "effects"),
    [
        (10, 0, "0", []),
        (11, 1, "2.5", [("charged", "seats", 1)]),
        (14, 4, "10.0", [("charged", "seats", 4)]),
    ],
)
def test_at_exactly_the_cap_nothing_is_over(used: int, over: int, charge: str, effects: Any) -> None:
    preview = host(usage={"seats": used}).preview_change("space", "low")
    (seats,) = [cap for cap in preview.caps if cap.cap == "seats"]
    assert (seats.used, seats.before.included, seats.after.included) == (used, "unlimited", 10)
    assert (seats.over, seats.monthly_charge) == (over, Decimal(charge))
    assert kinds(preview) == effects


def test_a_hard_cap_says_what_becomes_of_those_over_it() -> None:
    preview = host(usage={"files": 7, "texts": 53}, plan="mid").preview_change("space", "low")
    assert kinds(preview) == [("closed", "files", 2), ("charged", "texts", 53)]
    assert [preview.message(effect) for effect in preview.effects] == [
        "7 files in use, 5 included: no more can be added; those there are stay.",
        "53 texts in use, none included: the price of 53 texts more depends on the rate.",
    ]
    texts = next(cap for cap in preview.caps if cap.cap == "texts")
    assert (texts.over, texts.monthly_charge) == (53, None)


def test_a_cap_whose_use_is_not_known_is_told_only_where_less_is_included() -> None:
    unknown = {"files": Usage(None, unknown="away")}
    down = host(usage=unknown, plan="mid").preview_change("space", "low")
    assert kinds(down) == [("closed", "files", None)]
    assert "how many files are in use (away); 5 are included then" in down.message(down.effects[0])
    assert kinds(host(usage=unknown, plan="mid").preview_change("space", "top")) == []


def test_where_the_feature_of_a_cap_is_lost_its_things_are_told_once() -> None:
    caps = {**CATALOG.caps, "files": replace(CATALOG.caps["files"], feature="reports")}
    engine = host(usage={"reports": 7, "files": 7}, plan="mid", catalog=replace(CATALOG, caps=caps))
    assert [e.feature for e in engine.preview_change("space", "low").effects] == ["reports"]
    unmeasured = host(usage={"files": 7}, plan="mid", catalog=replace(CATALOG, caps=caps))
    assert kinds(unmeasured.preview_change("space", "low")) == [("closed", "files", 2)]


def test_a_gain_is_at_once_and_a_loss_after_the_minimum_term() -> None:
    early = STARTED + 10 * DAY
    engine = host(plan="mid", now=early)
    up, down = engine.preview_change("space", "top"), engine.preview_change("space", "low")
    assert (up.direction, up.effective_on, up.because) == ("upgrade", early, None)
    assert (down.direction, down.effective_on) == ("downgrade", STARTED + 30 * DAY)
    assert down.because is not None
    assert down.because.words("UTC") == (
        "a monthly subscription lasts at least 30 days, and this one began 2026-01-01"
    )
    over = host(plan="mid", now=STARTED + 30 * DAY).preview_change("space", "low")
    assert (over.effective_on, over.because) == (STARTED + 30 * DAY, None)


def test_what_also_gains_waits_all_the_same_if_it_loses() -> None:
    early = STARTED + 10 * DAY
    switch = host(plan="low", add_ons="b_files", now=early).preview_change("space", "mid")
    assert (switch.direction, switch.effective_on) == ("switch", STARTED + 30 * DAY)


def test_a_change_may_be_wanted_later() -> None:
    when = NOW + 40 * DAY
    preview = host(plan="mid").preview_change("space", "low", at=when)
    assert (preview.at, preview.effective_on) == (NOW, when)


def test_a_change_that_is_past_is_told_as_it_would_have_been_then() -> None:
    then = STARTED + 3 * DAY
    preview = host(plan="mid").preview_change("space", "low", at=then)
    assert (preview.at, preview.effective_on) == (then, STARTED + 30 * DAY)


def test_an_end_leads_to_what_the_catalog_says() -> None:
    preview = host(plan="mid", usage={"forms": 2}).preview_change("space", end=True)
    assert (preview.before.ref, preview.after.ref, preview.direction) == ("mid@1", "ended@1", "downgrade")
    assert kinds(preview) == [("closed", "forms", 2)]


def test_an_end_that_comes_by_itself_is_told_with_its_day() -> None:
    ends = NOW + 14 * DAY
    engine = host(plan="mid", held={"kind": "bundle", "end": ends}, usage={"forms": 2})
    preview = engine.preview_change("space", end=True)
    assert (preview.before.ref, preview.after.ref, preview.effective_on) == ("mid@1", "ended@1", ends)
    low = engine.preview_change("space", "low")
    assert (low.before.ref, low.effective_on, low.lost) == (
        "mid@1",
        ends,
        ("broken_up", "exports", "reports"),
    )
    follows = [Subscription("low", ends)]
    engine = host(plan="mid", held={"kind": "bundle", "end": ends}, later=follows)
    preview = engine.preview_change("space", end=True)
    assert (preview.after.ref, preview.cancels) == ("low@1", ())


def test_later_subscriptions_that_would_be_cancelled_are_named() -> None:
    ends = NOW + 60 * DAY
    later = Subscription("top", ends)
    preview = host(plan="mid", held={"end": ends}, later=[later]).preview_change("space", "low")
    assert preview.cancels == (later,)
    assert preview.to_json()["cancels"] == [{"plan": "top", "start": ends.isoformat(), "end": None}]


def test_an_agreement_in_force_blocks_a_plan_that_offers_none() -> None:
    preview = host(baa_signed_on=STARTED).preview_change("space", "low")
    (blocker,) = preview.blockers
    assert blocker.code == "baa_in_force"
    assert (
        "Low does not offer one. End it first: entitlements baa end space. Contact: Sales. Ask"
        in blocker.message
    )
    assert host().preview_change("space", "low").blockers == ()
    assert host(baa_signed_on=STARTED, baa_ended_on=NOW).preview_change("space", "low").blockers == ()
    signed_without = host(plan="mid", baa_signed_on=STARTED).preview_change("space", "low")
    assert signed_without.blockers == ()


@pytest.mark.parametrize(("days", "told"), [(30, True), (31, False)])
def test_an_agreement_that_would_lapse_is_told_thirty_days_ahead(days: int, told: bool) -> None:
    ends = NOW + timedelta(days=days)
    engine = host(
        held={"kind": "bundle", "end": ends}, baa_signed_on=STARTED, later=[Subscription("mid", ends)]
    )
    assert engine.preview_change("space", "low").baa.lapses_on == (ends if told else None)


def test_an_agreement_that_goes_on_or_was_ended_does_not_lapse() -> None:
    ends = NOW + 10 * DAY
    on = host(held={"end": ends}, baa_signed_on=STARTED, later=[Subscription("top", ends)])
    assert on.preview_change("space", "low").baa.lapses_on is None
    ended = host(baa_signed_on=STARTED, baa_ended_on=ends)
    assert ended.preview_change("space", "low").baa.lapses_on is None


def test_credits_are_kept_as_the_catalog_says() -> None:
    engine = host(plan="mid", credits=Decimal(75))
    assert [engine.preview_change("space", to).credits_kept for to in ("low", "top")] == [True, True]
    assert engine.preview_change("space", end=True).credits_kept
    silent = host(plan="mid", credits=Decimal(75), catalog=replace(CATALOG, terms={}))
    assert silent.preview_change("space", "low").credits_kept is None
    assert silent.preview_change("space", "top").credits_kept
    lost = host(catalog=replace(CATALOG, terms={"credits": {"kept_on": ("end",)}}))
    assert lost.preview_change("space", "low").credits_kept is False


def test_the_price_says_what_it_costs_more_with_extra_use() -> None:
    preview = host(plan="mid", usage={"seats": 14, "texts": 3}).preview_change("space", "low")
    assert (preview.cost_before.monthly, preview.cost_after.monthly) == (Decimal(300), Decimal(10))
    assert preview.cost_after.unknown == ("the price of 3 texts more depends on the rate",)
    assert preview.price_difference is None
    known = host(plan="mid", usage={"seats": 14, "texts": 0}).preview_change("space", "low")
    assert known.price_difference == Decimal(-290)
    request = host(plan="mid", usage={"seats": 0, "texts": 0}).preview_change("space", "top")
    assert request.cost_after.unknown == ("the price of Top is on request",)


def test_who_does_not_pay_for_the_plan_pays_for_extra_use() -> None:
    engine = host(plan="low", held={"kind": "bundle"}, usage={"seats": 14, "texts": 0})
    preview = engine.preview_change("space", "mid", kind="pro_bono")
    assert (preview.cost_before.monthly, preview.cost_after.monthly) == (Decimal(10), Decimal(0))


def test_a_year_is_compared_by_the_month() -> None:
    engine = host(plan="mid", usage={"seats": 0, "texts": 0})
    annual = engine.preview_change("space", "mid", cadence="annual")
    assert (annual.direction, annual.price_difference) == ("same", Decimal(-50))


def test_add_ons_come_and_go_with_the_change() -> None:
    engine = host(plan="low", add_ons="b_files", usage={"alone": 1})
    assert engine.preview_change("space", "mid", add_ons=["b_files", "b_files"]).lost == ()
    dropped = engine.preview_change("space", "mid")
    assert (dropped.lost, dropped.direction) == (("alone",), "switch")


def test_an_exception_goes_on_and_loses_nothing() -> None:
    given = Override("pro_bono", "asked", "ops", None, None, give="reports")
    preview = host(plan="mid", overrides=(given,), usage={"reports": 2}).preview_change("space", "low")
    assert "reports" not in preview.lost


def test_data_that_is_deleted_is_said_by_name() -> None:
    engine = host(usage={"archive": 2, "forms": 1})
    assert engine.preview_change("space", "low").data_statement == (
        "Deleted for good: Archive. All other data is kept."
    )
    assert host(usage={"forms": 1}).preview_change("space", "ended").data_statement == "No data is deleted."


def test_a_fingerprint_moves_with_what_would_be_done_and_not_with_counts() -> None:
    def print_of(number: int = 2, things: str = "12", revision: int = 3, **more: Any) -> str:
        answers = {"reports": [Effect("deactivated", number, things=tuple(map(Thing, things)))]}
        engine = host(Switching(["reports"], answers), usage={"exports": number}, revision=revision, **more)
        return engine.preview_change("space", "low").fingerprint

    first = print_of()
    assert first == print_of() == print_of(number=9) == print_of(things="21")
    assert first == print_of(now=NOW + DAY)
    wider = replace(
        CATALOG.plans["low"], features={**CATALOG.plans["low"].features, "alone": CATALOG.plans["low"].mark}
    )
    moved = {
        print_of(things="123"),
        print_of(revision=4),
        print_of(catalog=replace(CATALOG, versions={**CATALOG.versions, "low@1": wider})),
        print_of(baa_signed_on=STARTED),
        print_of(now=STARTED + DAY),
    }
    assert first not in moved
    assert len(moved) == 5


def test_a_preview_does_not_change() -> None:
    preview: Any = host(usage={"forms": 1}).preview_change("space", "low")
    with pytest.raises(FrozenInstanceError):
        preview.subject = "other"
    with pytest.raises(TypeError):
        preview.usage["forms"] = Usage(0)


def test_what_the_rules_refuse_is_refused() -> None:
    engine = host(plan="mid")
    with pytest.raises(Refused, match='has no plan "lwo"'):
        engine.preview_change("space", "lwo")
    with pytest.raises(Refused, match="with these terms already"):
        engine.preview_change("space", "mid")
    with pytest.raises(Refused, match="no subscription is in force"):
        host(plan=None).preview_change("space", end=True)
    neither: dict[str, Any] = {}
    for wrong in (neither, {"to": "low", "end": True}):
        with pytest.raises(ValueError, match="either to="):
            engine.preview_change("space", **wrong)
    with pytest.raises(ValueError, match="time zone"):
        engine.preview_change("space", "low", at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_nothing_is_told_of_a_record_that_cannot_be_read() -> None:
    class Away(MemorySource):
        def load(self, subject: str) -> SubjectRecord | None:
            raise OSError(subject)

    engine = Engine.open(CATALOG, Away())
    with pytest.raises(StoreUnavailable, match="cannot be read now"):
        engine.preview_change("space", "low")
    with pytest.raises(StoreUnavailable):
        engine.advise("space")


def test_a_default_plan_is_what_one_has_without_a_subscription() -> None:
    preview = host(plan=None).preview_change("space", "mid")
    assert (preview.before.ref, preview.direction) == ("low@1", "upgrade")
    assert preview.at == datetime(2026, 3, 1, 12, tzinfo=UTC)
