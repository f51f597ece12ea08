"""What CommCare HQ takes and says when a plan changes, held against the shipped catalog.

`roles.tsv` lists which privileges each version of each edition carries there. HQ warns before some losses and
acts on some; where its promise and its deed disagree, the catalog says what is true.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import pytest

from entitlements import Engine, Example, FixedClock, SubjectRecord, Subscription, Usage
from entitlements.catalog.load import load_catalog
from entitlements.change.compare import Terms, compare
from tests.change.hosts import STARTED, Switching
from tests.rules_catalog import NOW

CATALOG = load_catalog()


def _roles() -> dict[str, frozenset[str]]:
    """Plan version → what HQ's role of that version grants."""
    found: dict[str, set[str]] = {}
    with (Path(__file__).parent / "roles.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            edition, _, number = row["role"].partition("_plan_v")
            found.setdefault(f"{edition}@{number}", set()).add(row["privilege"])
    return {ref: frozenset(granted) for ref, granted in found.items()}


ROLES = _roles()


@pytest.mark.parametrize(("old", "new"), [*permutations(ROLES, 2)])
def test_each_pair_of_editions_loses_and_gains_as_in_hq(old: str, new: str) -> None:
    found = compare(CATALOG, Terms.of_plan(CATALOG.plan(old)), Terms.of_plan(CATALOG.plan(new)))
    assert found.lost == tuple(sorted(ROLES[old] - ROLES[new]))
    assert found.gained == tuple(sorted(ROLES[new] - ROLES[old]))
    if found.lost and found.gained:
        assert found.direction == "switch"


def preview(plan: str, to: str, usage: Mapping[str, Usage | int], *, acting: bool = True) -> Any:
    """What a change does to a space long on `plan`; an `acting` host can switch things off."""
    found = {key: Usage(n) if isinstance(n, int) else n for key, n in usage.items()}
    record = SubjectRecord("space", (Subscription(plan, STARTED),), usage=found)
    checkers = [Switching(CATALOG.features)] if acting else []
    engine = Engine.open(CATALOG, [record], checkers, clock=FixedClock(NOW))
    return engine.preview_change("space", to)


def test_the_older_pro_to_the_newer_is_a_switch_that_warns() -> None:
    change = preview("pro@0", "pro", {"cloudcare": 2, "inbound_sms": 1, "locations": 38})
    assert (change.direction, len(change.lost), len(change.gained)) == ("switch", 6, 12)
    assert [(e.kind, e.feature, e.count) for e in change.effects] == [
        ("deactivated", "inbound_sms", 1),
        ("closed", "cloudcare", 2),
        ("read_only", "locations", 38),
    ]


def test_advanced_to_standard_is_a_downgrade() -> None:
    change = preview("advanced", "standard", {"cloudcare": 1})
    assert (change.direction, change.gained, len(change.lost)) == ("downgrade", (), 37)


#: Feature, how many, from, to, what becomes of it, and the sentence: each loss of which HQ warns.
WARNED: Final = [
    (
        "outbound_sms",
        6,
        "standard",
        "community",
        "deactivated",
        "6 active broadcasts and alerts are switched off",
    ),
    (
        "outbound_sms",
        1,
        "standard",
        "community",
        "deactivated",
        "1 active broadcast or alert is switched off",
    ),
    ("inbound_sms", 2, "advanced", "pro", "deactivated", "2 active SMS surveys are switched off"),
    ("role_based_access", 3, "standard", "community", "deactivated", "3 custom roles are switched off"),
    ("data_cleanup", 2, "pro", "standard", "deactivated", "2 active case-update rules are switched off"),
    (
        "advanced_domain_security",
        2,
        "advanced",
        "pro",
        "deactivated",
        "2 security settings switched on are switched off",
    ),
    (
        "user_configurable_report_builder",
        5,
        "pro",
        "standard",
        "deactivated",
        "5 builder reports are switched",
    ),
    (
        "practice_mobile_workers",
        1,
        "standard",
        "community",
        "deactivated",
        "1 app with practice mode is switched",
    ),
    ("attendance_tracking", 2, "pro", "standard", "deactivated", "are switched off"),
    ("commcare_logo_uploader", 1, "advanced", "pro", "deactivated", "is switched off"),
    # Kept where HQ says that they are deleted or removed.
    ("lookup_tables", 4, "standard", "community", "read_only", "4 lookup tables can be seen and exported"),
    (
        "deidentified_data",
        4,
        "advanced",
        "pro",
        "read_only",
        "can be seen and exported, but no longer changed",
    ),
    ("cloudcare", 3, "advanced", "pro", "closed", "access ends; all data is kept"),
    ("custom_branding", 1, "advanced", "pro", "closed", "access ends; all data is kept"),
]


@pytest.mark.parametrize(("feature", "count", "plan", "to", "kind", "words"), WARNED)
def test_each_loss_that_hq_warns_of_is_told_with_its_count(
    feature: str, count: int, plan: str, to: str, kind: str, words: str
) -> None:
    change = preview(plan, to, {feature: count})
    (effect,) = change.effects
    assert (effect.feature, effect.count, effect.kind) == (feature, count, kind)
    assert words in change.message(effect)
    assert change.data_statement == "No data is deleted."
    assert [step.feature for step in change.steps] == ([feature] if kind == "deactivated" else [])


@pytest.mark.parametrize("feature", sorted({row[0] for row in WARNED if row[4] == "deactivated"}))
def test_where_the_host_cannot_switch_off_nothing_is_said_to_be(feature: str) -> None:
    (effect,) = preview("advanced", "community", {feature: 2}, acting=False).effects
    assert (effect.kind, effect.declared) == ("closed", "deactivated")


def test_a_loss_of_which_hq_is_silent_is_told_too() -> None:
    change = preview("pro", "standard", {"api_access": 412, "data_forwarding": 2, "case_deduplicate": 1})
    assert {effect.feature for effect in change.effects} == {
        "api_access",
        "data_forwarding",
        "case_deduplicate",
    }


def test_builder_reports_are_told_once_with_all_that_allows_them() -> None:
    reports = Usage(2, examples=(Example("Visits"), Example("Stock")))
    used = dict.fromkeys(("user_configurable_report_builder", "report_builder_5_reports"), reports)
    change = preview("pro", "standard", {"builder_reports": 2, **used})
    (effect,) = change.effects
    assert {effect.feature, *effect.also} == set(used)


def test_extra_users_are_charged_and_nobody_is_deactivated() -> None:
    change = preview("pro", "community", {"mobile_users": 212})
    (effect,) = change.effects
    assert (effect.kind, effect.cap, effect.count, change.steps) == ("charged", "mobile_users", 202, ())
    assert change.message(effect) == (
        "212 mobile users in use, 10 included: 202 more, at 2.00 USD each a month, 404.00 USD a month. "
        "To have fewer mobile users: deactivate some (can be undone; data is kept) or delete some (cannot be "
        "undone; the forms and cases they submitted are deleted)."
    )
    refused = preview("pro", "community", {"builder_reports": 5})
    assert refused.effects[0].kind == "closed"
    assert "no more can be added; those there are stay." in refused.message(refused.effects[0])


def test_a_later_subscription_is_named_with_its_day_and_plan() -> None:
    later = Subscription("advanced", NOW.replace(month=6))
    held = Subscription("pro", STARTED, later.start)
    engine = Engine.open(CATALOG, [SubjectRecord("space", (held, later))], clock=FixedClock(NOW))
    (cancelled,) = engine.preview_change("space", "community").to_json()["cancels"]
    assert (cancelled["plan"], cancelled["start"]) == ("advanced", "2026-06-01T12:00:00+00:00")
