"""Each verb on a subject's record: what it changes, and what it refuses."""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from entitlements import load_catalog
from entitlements.catalog.editing.record import record_text
from entitlements.lifecycle.refusals import SAYINGS, Code, Refused
from entitlements.lifecycle.subscriptions import cancel, change_plan, end, extend, renew, subscribe
from entitlements.lifecycle.timeline import Change, Changed
from entitlements.subject import AddOnPeriod, SubjectRecord, Subscription
from tests.lifecycle.catalogs import small, with_terms
from tests.small_catalog import FILES, overlaid, write

NOW = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
BEGAN = NOW - 5 * DAY
FREE = NOW + 25 * DAY  # when the minimum term of what began then is over
YEAR = datetime(2027, 3, 10, tzinfo=UTC)


def record(*subscriptions: Subscription) -> SubjectRecord:
    return SubjectRecord("space", subscriptions)


def held(
    plan: str = "pro@1", start: datetime = BEGAN, end: datetime | None = None, **more: Any
) -> Subscription:
    return Subscription(plan, start, end, **more)


BUNDLE = held(end=YEAR, kind="bundle", cadence="annual", plan="pro@0")
LATER = held("community@0", FREE)


def refusal(verb: Callable[..., Changed], *args: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        verb(*args, now=NOW, **options)
    return caught.value


# subscribe


def test_subscribe_starts_now_and_ends_what_is_in_force() -> None:
    old = held("community@0")
    done = subscribe(record(old), small(), "pro", now=NOW)
    closed, new = held("community@0", end=NOW), held(start=NOW)
    assert done.record.subscriptions == (closed, new)
    assert done.changes == (Change(old, closed), Change(None, new))
    assert (done.at, done.new, done.because) == (NOW, new, None)


def test_subscribe_for_later_leaves_what_is_in_force_until_then() -> None:
    done = subscribe(record(held("community@0")), small(), "pro", now=NOW, at=FREE)
    assert done.record.subscriptions == (held("community@0", end=FREE), held(start=FREE))


def test_subscribe_leaves_the_past_alone() -> None:
    past = held("community@0", BEGAN, NOW)
    done = subscribe(record(past), small(), "pro", now=NOW)
    assert done.record.subscriptions == (past, held(start=NOW))
    assert done.changes == (Change(None, held(start=NOW)),)


def test_subscribe_at_the_start_of_another_keeps_no_empty_period() -> None:
    old = held("community@0", NOW)
    done = subscribe(record(old), small(), "pro", now=NOW)
    assert done.record.subscriptions == (held(start=NOW),)
    assert done.changes[0] == Change(old, None)


def test_subscribe_over_a_later_one_is_refused_or_cancels_it() -> None:
    refused = refusal(subscribe, record(LATER), small(), "pro")
    assert refused.code == "followed"
    assert str(refused) == "later subscriptions stand in the way: community@0 from 2026-04-04"
    done = subscribe(record(LATER), small(), "pro", now=NOW, replace=True)
    assert done.record.subscriptions == (held(start=NOW),)
    assert Change(LATER, None) in done.changes
    assert done.new == held(start=NOW)


def test_subscribe_up_to_a_later_one_touches_it() -> None:
    done = subscribe(record(LATER), small(), "pro", now=NOW, end=FREE)
    assert done.record.subscriptions == (held(start=NOW, end=FREE), LATER)


def test_subscribe_carries_what_it_is_given() -> None:
    add_ons = (AddOnPeriod("more_users"),)
    done = subscribe(
        record(), small(), "pro", now=NOW, end=YEAR, cadence="annual", kind="pro_bono", add_ons=add_ons
    )
    assert done.record.subscriptions == (Subscription("pro@1", NOW, YEAR, "annual", "pro_bono", add_ons),)


def test_subscribe_with_an_add_on_that_is_unknown_or_not_sold_with_the_plan_is_refused() -> None:
    more = (AddOnPeriod("more_users"),)
    unknown = refusal(subscribe, record(), small(), "pro", add_ons=(AddOnPeriod("more_user"),))
    assert (unknown.code, unknown.hint) == ("unknown_add_on", 'did you mean "more_users"?')
    assert refusal(subscribe, record(), small(), "community", add_ons=more).code == "not_sold_with"
    done = subscribe(record(), small(), "community", now=NOW, add_ons=more, unsold=True)
    assert done.record.subscriptions[0].add_ons == more


def test_subscribe_to_the_past_is_refused() -> None:
    assert refusal(subscribe, record(), small(), "pro", at=BEGAN).code == "in_the_past"


@pytest.mark.parametrize("until", [NOW, NOW - DAY])
def test_subscribe_for_no_time_is_refused(until: datetime) -> None:
    assert refusal(subscribe, record(), small(), "pro", end=until).code == "ends_before_start"


def test_subscribe_by_an_alias_stores_the_version() -> None:
    assert subscribe(record(), small(), "free", now=NOW).new == held("community@0", NOW)


def test_subscribe_to_an_unknown_plan_names_a_near_one() -> None:
    refused = refusal(subscribe, record(), small(), "por")
    assert (refused.code, refused.hint) == ("unknown_plan", 'did you mean "pro"?')


def test_subscribe_to_an_old_version_is_refused_unless_asked_for() -> None:
    refused = refusal(subscribe, record(), small(), "pro@0")
    assert str(refused) == '"pro@0" is not sold on 2026-03-10'
    assert "pro@1" in str(refused.hint)
    assert subscribe(record(), small(), "pro@0", now=NOW, unsold=True).new == held("pro@0", NOW)


def test_plans_of_trials_are_sold_to_trials_alone() -> None:
    catalog = load_catalog()
    refused = refusal(subscribe, record(), catalog, "advanced_trial")
    assert (refused.code, refused.hint) == ("not_sold", 'did you mean "advanced"?')
    assert subscribe(record(), catalog, "advanced_trial", now=NOW, kind="trial").new is not None


def test_version_is_the_one_sold_when_it_starts(tmp_path: Path) -> None:
    text = "version: 2\neffective_from: 2026-04-01\nexisting_subscribers: keep\n"
    kept = record_text(load_catalog(write(tmp_path / "first")).plans["pro"])
    more = {"published/pro@1.yaml": kept, "next/pro.yaml": overlaid(FILES["pro.yaml"], text)}
    catalog = load_catalog(write(tmp_path / "then", {**FILES, **more}))
    first = datetime(2026, 4, 1, tzinfo=UTC)
    for at, plan in ((None, "pro@1"), (first - timedelta(microseconds=1), "pro@1"), (first, "pro@2")):
        new = subscribe(record(), catalog, "pro", now=NOW, at=at).new
        assert new is not None
        assert new.plan == plan
    assert refusal(subscribe, record(), catalog, "pro@2").code == "not_sold"
    assert refusal(subscribe, record(), catalog, "pro@1", at=first).code == "not_sold"


def test_trial_lasts_as_long_as_the_catalog_says() -> None:
    done = subscribe(record(), small(), "pro", now=NOW, kind="trial")
    assert done.new == held(start=NOW, end=NOW + 30 * DAY, kind="trial")
    assert refusal(subscribe, record(), small(), "pro", kind="trial", end=YEAR).code == "trial_length"


def test_trial_needs_an_end_where_the_catalog_says_nothing() -> None:
    silent = with_terms({})
    assert refusal(subscribe, record(), silent, "pro", kind="trial").code == "trial_length_unknown"
    assert subscribe(record(), silent, "pro", now=NOW, kind="trial", end=YEAR).new is not None


def test_bundle_needs_the_end_of_its_agreement() -> None:
    assert refusal(subscribe, record(), small(), "pro", kind="bundle").code == "needs_end"


def test_days_are_those_of_the_subject() -> None:
    there = SubjectRecord("space", time_zone="America/New_York")
    start = datetime(2026, 3, 1, 5, tzinfo=UTC)
    done = subscribe(there, small(), "pro", now=start, kind="trial")
    assert done.new is not None
    assert done.new.end == datetime(2026, 3, 31, 4, tzinfo=UTC)


# change_plan


def test_upgrade_is_at_once() -> None:
    done = change_plan(record(held("community@0")), small(), "pro", now=NOW, loses=False)
    assert done.record.subscriptions == (held("community@0", end=NOW), held(start=NOW))
    assert (done.at, done.because) == (NOW, None)


def test_what_loses_waits_for_the_end_of_the_minimum_term_and_says_why() -> None:
    done = change_plan(record(held()), small(), "community", now=NOW, loses=True)
    assert done.record.subscriptions == (held(end=FREE), held("community@0", FREE))
    assert done.at == FREE
    assert done.because is not None
    assert (done.because.rule, done.because.since) == ("days", BEGAN)


def test_what_loses_is_at_once_after_the_minimum_term() -> None:
    done = change_plan(record(held()), small(), "community", now=FREE, loses=True)
    assert (done.at, done.because) == (FREE, None)


def test_minimum_term_of_a_change_may_be_waived_with_a_reason() -> None:
    done = change_plan(record(held()), small(), "community", now=NOW, loses=True, waive="our mistake")
    assert (done.at, done.waived) == (NOW, "our mistake")
    late = change_plan(record(held()), small(), "community", now=FREE, loses=True, waive="our mistake")
    assert late.waived is None
    blank = refusal(change_plan, record(held()), small(), "community", loses=True, waive=" ")
    assert blank.code == "blank_reason"


def test_change_of_what_ends_earlier_waits_no_longer_than_that() -> None:
    ending = held(end=NOW + DAY)
    done = change_plan(record(ending), small(), "community", now=NOW, loses=True)
    assert done.record.subscriptions == (ending, held("community@0", NOW + DAY))
    assert done.changes == (Change(None, held("community@0", NOW + DAY)),)


def test_upgrade_over_a_deferred_downgrade_cancels_it_when_told_to() -> None:
    deferred = change_plan(record(held("pro@0")), small(), "community", now=NOW, loses=True).record
    assert refusal(change_plan, deferred, small(), "pro", loses=False).code == "followed"
    done = change_plan(deferred, small(), "pro", now=NOW, loses=False, replace=True)
    assert done.record.subscriptions == (held("pro@0", end=NOW), held(start=NOW))


def test_change_to_the_same_terms_is_refused() -> None:
    for plan in ("pro@1", "pro"):
        assert (
            refusal(change_plan, record(held(plan)), small(), "pro", loses=False).code == "nothing_to_change"
        )


def test_change_of_cadence_alone_is_a_change_and_cadence_is_kept_otherwise() -> None:
    annual = change_plan(record(held()), small(), "pro", now=NOW, loses=False, cadence="annual")
    assert annual.new == held(start=NOW, cadence="annual")
    kept = change_plan(record(held("community@0", cadence="annual")), small(), "pro", now=NOW, loses=False)
    assert kept.new == held(start=NOW, cadence="annual")


def test_change_without_a_subscription_begins_one() -> None:
    done = change_plan(record(), small(), "pro", now=NOW, loses=True)
    assert done.record.subscriptions == (held(start=NOW),)


# end


def test_end_is_as_soon_as_it_may_be() -> None:
    done = end(record(held()), small(), now=NOW)
    assert done.record.subscriptions == (held(end=FREE),)
    assert done.changes == (Change(held(), held(end=FREE)),)
    assert done.because is not None


def test_end_is_at_once_for_a_kind_that_is_exempt() -> None:
    free = held(kind="pro_bono")
    assert end(record(free), small(), now=NOW).record.subscriptions == (held(kind="pro_bono", end=NOW),)


def test_end_before_the_minimum_term_is_refused_unless_waived() -> None:
    refused = refusal(end, record(held()), small(), at=FREE - DAY)
    assert str(refused) == (
        "it may not end before 2026-04-04: "
        "a monthly subscription lasts at least 30 days, and this one began 2026-03-05"
    )
    done = end(record(held()), small(), now=NOW, at=FREE - DAY, waive="moved abroad")
    assert (done.at, done.waived) == (FREE - DAY, "moved abroad")


def test_end_at_exactly_the_minimum_term_or_later_is_what_was_asked() -> None:
    for at in (FREE, YEAR):
        done = end(record(held()), small(), now=NOW, at=at)
        assert (done.record.subscriptions, done.because) == ((held(end=at),), None)


def test_end_within_a_second_year_waits_for_the_end_of_that_year() -> None:
    annual = held(cadence="annual")
    refused = refusal(end, record(annual), small(), at=YEAR)
    assert "2028-03-05" in str(refused)


def test_end_of_what_ends_by_then_is_refused() -> None:
    assert refusal(end, record(held(end=FREE)), small()).code == "ends_already"
    assert refusal(end, record(held(end=FREE)), small(), at=YEAR).code == "ends_already"
    assert refusal(end, record(BUNDLE), small()).code == "ends_already"


def test_bundle_ends_with_its_agreement_and_no_sooner() -> None:
    refused = refusal(end, record(BUNDLE), small(), at=FREE)
    assert (refused.code, "agreement" in str(refused)) == ("minimum_term", True)
    assert end(record(BUNDLE), small(), now=NOW, at=FREE, waive="both sides agreed").at == FREE


def test_end_with_something_to_follow_is_refused_or_cancels_it() -> None:
    both = record(held(end=YEAR), held("community@0", YEAR))
    assert refusal(end, both, small()).code == "followed"
    done = end(both, small(), now=NOW, replace=True)
    assert done.record.subscriptions == (held(end=FREE),)


def test_end_of_nothing_says_what_waits() -> None:
    refused = refusal(end, record(LATER), small())
    assert (refused.code, "community@0 from 2026-04-04" in str(refused.hint)) == ("nothing_in_force", True)


def test_end_at_its_own_start_leaves_nothing() -> None:
    done = end(record(held(start=NOW, kind="developer")), small(), now=NOW)
    assert done.record.subscriptions == ()


# renew and extend


def test_renewal_goes_on_with_the_same_terms() -> None:
    ending = held("pro@0", end=YEAR, cadence="annual", kind="pro_bono")
    done = renew(record(ending), small(), now=NOW)
    following = held("pro@0", YEAR, YEAR.replace(year=2028), cadence="annual", kind="pro_bono")
    assert done.record.subscriptions == (ending, following)
    assert done.changes == (Change(None, following),)


def test_renewal_of_a_monthly_one_is_open() -> None:
    assert renew(record(held(end=FREE)), small(), now=NOW).new == held(start=FREE)


def test_renewal_may_name_another_plan_that_is_sold() -> None:
    assert renew(record(held("pro@0", end=FREE)), small(), now=NOW, plan="pro").new == held(start=FREE)
    assert refusal(renew, record(held(end=FREE)), small(), plan="pro@0").code == "not_sold"


def test_renewal_stores_the_version_that_a_bare_key_stands_for() -> None:
    assert renew(record(held("pro", end=FREE)), small(), now=NOW).new == held(start=FREE)


def test_renewal_keeps_add_ons_that_go_on() -> None:
    lasting, gone = AddOnPeriod("more_users"), AddOnPeriod("more_users", BEGAN, NOW)
    done = renew(record(held(end=FREE, add_ons=(lasting, gone))), small(), now=NOW)
    assert done.new == held(start=FREE, add_ons=(lasting,))


@pytest.mark.parametrize(
    ("subscriptions", "code"),
    [
        ((), "nothing_in_force"),
        ((held(),), "does_not_end"),
        ((held(end=FREE, kind="trial"),), "trial_not_renewed"),
        ((held(end=FREE), held(start=FREE)), "followed"),
        ((held("gone@1", end=FREE),), "unknown_plan"),
        ((BUNDLE,), "needs_end"),
    ],
)
def test_renewal_is_refused(subscriptions: tuple[Subscription, ...], code: str) -> None:
    assert refusal(renew, record(*subscriptions), small()).code == code


def test_bundle_is_extended_without_gap_with_its_version_as_another_kind() -> None:
    done = extend(record(BUNDLE), small(), now=NOW)
    assert done.record.subscriptions == (BUNDLE, held("pro@0", YEAR, cadence="annual"))


def test_extension_may_name_plan_cadence_and_kind() -> None:
    done = extend(record(BUNDLE), small(), now=NOW, plan="pro", cadence="monthly", kind="pro_bono", end=None)
    assert done.new == held("pro@1", YEAR, kind="pro_bono")


def test_only_a_bundle_is_extended_and_into_another_kind() -> None:
    assert refusal(extend, record(held(end=FREE)), small()).code == "not_a_bundle"
    assert refusal(extend, record(BUNDLE), small(), kind="bundle", end=YEAR + DAY).code == "not_a_bundle"


# cancel


def test_cancelled_one_is_never_in_force() -> None:
    done = cancel(record(held(end=FREE), LATER), small(), now=NOW, start=FREE)
    assert done.record.subscriptions == (held(end=FREE),)
    assert done.changes == (Change(LATER, None),)


def test_reopened_one_goes_on_without_end_or_to_the_next() -> None:
    done = cancel(record(held(end=FREE), LATER), small(), now=NOW, start=FREE, reopen=True)
    assert done.record.subscriptions == (held(),)
    middle, last = held("community@0", FREE, YEAR), held("community@0", YEAR)
    done = cancel(record(held(end=FREE), middle, last), small(), now=NOW, start=FREE, reopen=True)
    assert done.record.subscriptions == (held(end=YEAR), last)


def test_bundle_is_not_reopened() -> None:
    extended = extend(record(BUNDLE), small(), now=NOW).record
    assert refusal(cancel, extended, small(), start=YEAR, reopen=True).code == "keeps_its_end"
    assert cancel(extended, small(), now=NOW, start=YEAR).record.subscriptions == (BUNDLE,)


def test_cancelling_what_has_begun_or_is_not_there_is_refused() -> None:
    assert refusal(cancel, record(held()), small(), start=BEGAN).code == "already_begun"
    assert refusal(cancel, record(held(start=NOW)), small(), start=NOW).code == "already_begun"
    missing = refusal(cancel, record(LATER), small(), start=YEAR)
    assert (missing.code, "community@0 from 2026-04-04" in str(missing.hint)) == ("no_such_start", True)


# all of them


def test_each_refusal_is_told_with_a_way_out() -> None:
    assert set(SAYINGS) == set(get_args(Code))
    for code, sayings in SAYINGS.items():
        words = {name for text in sayings for _, name, _, _ in string.Formatter().parse(text) if name}
        refused = Refused(code=code, **dict.fromkeys(words, "THIS"))
        assert str(refused)
        assert refused.hint
        assert "{" not in f"{refused}{refused.hint}"


def test_other_parts_of_the_record_stay_as_they_are() -> None:
    whole = SubjectRecord("space", (held(),), baa_signed_on=BEGAN, time_zone="UTC", revision=7)
    done = end(whole, small(), now=NOW)
    assert (done.record.baa_signed_on, done.record.time_zone, done.record.revision) == (BEGAN, "UTC", 7)
    assert whole.subscriptions == (held(),)
