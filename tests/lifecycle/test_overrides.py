"""Exceptions for one subject: what each verb leaves in the record, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entitlements.engine.resolve import resolve
from entitlements.lifecycle.overrides import Grounds, end_override, give, remove, set_cap, set_support
from entitlements.lifecycle.refusals import Refused
from entitlements.subject import Override, SubjectRecord, Subscription
from tests.lifecycle.catalogs import small

NOW = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SPACE = SubjectRecord("space", (Subscription("community@0", NOW - 90 * DAY),))
GROUNDS = Grounds("pro_bono", "ops", "A school", "never")
Verb = Callable[..., SubjectRecord]


def made(verb: Verb, *args: Any, record: SubjectRecord = SPACE, **options: Any) -> SubjectRecord:
    return verb(record, small(), *args, now=NOW, **options)


def refusal(verb: Verb, *args: Any, **options: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        made(verb, *args, **options)
    return caught.value


def test_given_feature_is_had_from_now_on_for_a_reason() -> None:
    after = made(give, "reports", GROUNDS)
    assert after.overrides == (Override("pro_bono", "A school", "ops", NOW, None, give="reports"),)
    assert "reports" not in resolve(small(), after, NOW - DAY).included
    origin = resolve(small(), after, NOW).included["reports"]
    assert (origin.key, origin.because) == ("pro_bono", "A school")
    assert after.subscriptions == SPACE.subscriptions


def test_period_of_an_exception_is_as_said() -> None:
    grounds = replace(GROUNDS, start=NOW + DAY, end=NOW + 3 * DAY)
    after = made(give, "reports", grounds)
    had = ["reports" in resolve(small(), after, NOW + n * DAY).included for n in range(5)]
    assert had == [False, True, True, False, False]


def test_removed_feature_is_not_had() -> None:
    assert "exports" in resolve(small(), made(remove, "exports", GROUNDS), NOW).removed


def test_cap_is_set_or_raised() -> None:
    assert resolve(small(), made(set_cap, "users", GROUNDS, to=3), NOW).caps["users"].terms.included == 3
    assert (
        resolve(small(), made(set_cap, "users", GROUNDS, at_least=3), NOW).caps["users"].terms.included == 10
    )
    assert (
        resolve(small(), made(set_cap, "users", GROUNDS, at_least=30), NOW).caps["users"].terms.included == 30
    )
    assert made(set_cap, "users", GROUNDS, to="none").overrides[0].set_to == "none"
    assert made(set_cap, "users", GROUNDS, to=0).overrides[0].set_to == 0


@pytest.mark.parametrize(
    "amounts", [{}, {"to": 3, "at_least": 3}, {"at_least": "none"}, {"to": -1}, {"at_least": -1}], ids=str
)
def test_cap_without_one_amount_is_refused(amounts: dict[str, Any]) -> None:
    assert refusal(set_cap, "users", GROUNDS, **amounts).code == "no_amount"


def test_support_is_given() -> None:
    assert resolve(small(), made(set_support, "email", GROUNDS), NOW).support == "email"


@pytest.mark.parametrize(
    ("verb", "name", "code", "near"),
    [
        (give, "report", "unknown_feature", "reports"),
        (remove, "export", "unknown_feature", "exports"),
        (set_cap, "user", "unknown_cap", "users"),
        (set_support, "e_mail", "unknown_support", "email"),
    ],
)
def test_unknown_name_is_refused_with_a_near_one(verb: Verb, name: str, code: str, near: str) -> None:
    options = {"to": 3} if verb is set_cap else {}
    refused = refusal(verb, name, GROUNDS, **options)
    assert (refused.code, refused.hint) == (code, f'did you mean "{near}"?')
    assert f'"{name}"' in str(refused)


def test_unknown_kind_is_refused_with_a_near_one() -> None:
    refused = refusal(give, "reports", replace(GROUNDS, kind="probono"))
    assert (refused.code, refused.hint) == ("unknown_kind", 'did you mean "pro_bono"?')


@pytest.mark.parametrize("blank", [{"by": " "}, {"because": ""}], ids=str)
def test_exception_without_author_or_reason_is_refused(blank: dict[str, str]) -> None:
    assert refusal(give, "reports", replace(GROUNDS, **blank)).code == "no_grounds"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ({"start": NOW - DAY}, "in_the_past"),
        ({"end": NOW}, "ends_before_start"),
        ({"start": NOW + 2 * DAY, "end": NOW + DAY}, "ends_before_start"),
    ],
    ids=str,
)
def test_period_that_cannot_be_is_refused(period: dict[str, datetime], code: str) -> None:
    assert refusal(give, "reports", replace(GROUNDS, **period)).code == code  # type: ignore[arg-type]


def test_two_that_set_one_cap_at_one_time_are_refused() -> None:
    first = made(set_cap, "users", replace(GROUNDS, start=NOW + DAY, end=NOW + 3 * DAY), to=3)
    other = replace(GROUNDS, kind="agreement")
    refused = refusal(set_cap, "users", other, to=5, record=first)
    assert refused.code == "cap_set_already"
    assert "2026-03-13" in str(refused)
    before = made(set_cap, "users", replace(other, end=NOW + DAY), to=5, record=first)
    both_sides = made(set_cap, "users", replace(other, start=NOW + 3 * DAY), to=5, record=before)
    amounts = [resolve(small(), both_sides, NOW + n * DAY).caps["users"].terms.included for n in (0, 1, 2, 3)]
    assert amounts == [5, 3, 3, 5]
    assert len(made(set_cap, "users", GROUNDS, at_least=5, record=first).overrides) == 2


def test_same_exception_twice_is_refused() -> None:
    once = made(give, "reports", GROUNDS)
    refused = refusal(give, "reports", replace(GROUNDS, end=NOW + DAY), record=once)
    assert (refused.code, "further notice" in str(refused)) == ("there_already", True)
    assert len(made(give, "reports", replace(GROUNDS, kind="legacy"), record=once).overrides) == 2


def test_ended_exception_holds_no_longer_and_others_do() -> None:
    two = made(give, "security", GROUNDS, record=made(give, "reports", GROUNDS))
    after = end_override(two, small(), "reports", now=NOW + DAY)
    assert [(o.give, o.end) for o in after.overrides] == [("reports", NOW + DAY), ("security", None)]


def test_exception_that_never_begins_is_gone() -> None:
    later = made(give, "reports", replace(GROUNDS, start=NOW + DAY))
    assert made(end_override, "reports", record=later).overrides == ()
    assert made(end_override, "reports", record=later, at=NOW + 2 * DAY).overrides[0].end == NOW + 2 * DAY


def test_ending_what_has_ended_or_ends_sooner_is_refused() -> None:
    short = made(give, "reports", replace(GROUNDS, end=NOW + DAY))
    assert refusal(end_override, "reports", record=short, at=NOW + DAY).code == "ends_already"
    with pytest.raises(Refused) as caught:
        end_override(short, small(), "reports", now=NOW + DAY)
    assert caught.value.code == "ended_already"
    assert "2026-03-11" in str(caught.value)


def test_ending_what_is_not_there_says_what_is() -> None:
    refused = refusal(end_override, "exports", record=made(give, "reports", GROUNDS))
    assert (refused.code, refused.hint) == ("no_such_override", "there are: pro_bono gives reports")
    assert refusal(end_override, "exports").hint == "there are: none"


def test_of_several_the_kind_or_start_says_which() -> None:
    first = made(set_cap, "users", replace(GROUNDS, end=NOW + DAY), to=3)
    second = made(set_cap, "users", replace(GROUNDS, start=NOW + DAY), to=4, record=first)
    third = made(set_cap, "users", replace(GROUNDS, kind="legacy"), at_least=5, record=second)
    refused = refusal(end_override, "users", record=third)
    assert refused.code == "several_overrides"
    assert str(refused).endswith(
        "pro_bono sets cap users to 3, pro_bono sets cap users to 4, legacy raises cap users to at least 5"
    )
    assert made(end_override, "users", record=third, kind="legacy").overrides == second.overrides
    assert made(end_override, "users", record=third, start=NOW + DAY).overrides == (
        *first.overrides,
        third.overrides[2],
    )


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({"give": "reports"}, "gives 'reports'"),
        ({"remove": "reports"}, "removes 'reports'"),
        ({"support": "email"}, "raises support to 'email'"),
        ({"cap": "users", "set_to": 0}, "sets cap 'users' to 0"),
        ({"cap": "users", "set_to": "none"}, "sets cap 'users' to none"),
        ({"cap": "users", "at_least": "unlimited"}, "raises cap 'users' to at least unlimited"),
    ],
)
def test_what_an_override_does_is_said_in_one_way(what: dict[str, Any], words: str) -> None:
    override = Override("pro_bono", "A grant", "ada", None, None, **what)
    assert override.does("'") == words
    assert override.does() == words.replace("'", "")
