from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.small_catalog import edited, write

EXPORT = ("--client", "commcare-export")


def test_a_denial_says_why_where_it_stands_and_what_would_help(cli: Any) -> None:
    ran = cli("why", "demo-community", "api_access")
    assert ran.code == 1
    assert ran.words == (
        "demo-community may not use API Access (api_access). API Access is not part of the Community plan. "
        "Source: plan community@3 (plans/community.yaml:1). "
        "The lowest plan that has it is Pro (600.00 USD a month, or 6,000.00 USD a year). "
        "An admin of the project space can choose it. "
        "The client CommCare Export (commcare-export) may use it all the same: "
        "The export tool is part of every plan. "
        "No date is recorded at which this changes. " + ran.words[ran.words.index("Checked at") :]
    )
    assert "Checked at 2026-03-01 12:00 UTC with catalog commcare sha256:" in ran.words


def test_an_old_version_is_said_to_be_kept(cli: Any) -> None:
    assert " pro@0 is kept although pro@1 is sold now." in cli("why", "demo-pro-v0", "locations").words
    assert "kept" not in cli("why", "demo-health", "geocoder").words


def test_it_is_one_plain_paragraph(cli: Any) -> None:
    ran = cli("why", "demo-health", "cap.builder_reports")
    assert "" not in ran.lines
    assert max(map(len, ran.lines)) <= 80
    assert "\x1b" not in ran.out


def test_what_only_sales_can_sell_names_the_contact(cli: Any) -> None:
    assert "Contact: Sales." in cli("why", "demo-health", "geocoder").words
    assert "Enterprise (price on request)" in cli("why", "demo-health", "geocoder").words
    assert "Contact:" not in cli("why", "demo-community", "api_access").words


def test_an_add_on_says_with_which_plans_it_is_sold(cli: Any) -> None:
    words = cli("why", "demo-health", "cap.builder_reports", "--adding", "2").words
    assert words.startswith("demo-health may not add 2 more reports (cap.builder_reports).")
    assert (
        "The add-on Report builder, 15 reports would do; it is sold with Pro and Advanced (price on request)."
        in words
    )
    words = cli("why", "demo-standard", "report_builder_15_reports").words
    assert "sold with Pro and Advanced, not with Standard" in words


def test_an_end_is_told_by_its_last_day(cli: Any) -> None:
    words = cli("why", "demo-bundle", "cloudcare").words
    assert "This holds through 2026-03-15, when the subscription ends." in words
    assert "This holds through 2026-06-30." in cli("why", "demo-pro-bono", "custom_reports").words


def test_another_instant_may_be_asked_about(cli: Any) -> None:
    ran = cli("--at", "2026-07-01", "why", "demo-pro-bono", "custom_reports")
    assert ran.code == 1
    assert "Checked at 2026-07-01 00:00 UTC" in ran.words


def test_an_exempt_client_is_allowed_and_named(cli: Any) -> None:
    ran = cli("why", "demo-community", "api_access", *EXPORT)
    assert ran.code == 0
    assert ran.words.startswith(
        "demo-community may use API Access (api_access) when the client commcare-export asks."
    )
    assert "The lowest plan" not in ran.words


def test_a_paused_plan_offers_no_exemption(cli: Any) -> None:
    words = cli("why", "demo-paused", "api_access").words
    assert "suspends all features" in words
    assert "Any other plan opens it again." in words
    assert "all the same" not in words


def test_what_was_made_stays_readable(cli: Any) -> None:
    ran = cli("why", "demo-community", "lookup_tables", "--action", "read")
    assert ran.code == 0
    assert 'for the action "read"' in ran.words


def test_too_many_users_come_with_the_ways_to_have_fewer(cli: Any) -> None:
    words = cli("why", "demo-community", "cap.mobile_users").words
    assert (
        "To have fewer mobile users: deactivate some (can be undone; data is kept) or delete some (cannot"
        in words
    )


def test_what_nothing_unlocks_says_so(cli: Any) -> None:
    assert (
        "No plan or add-on on sale would change that." in cli("why", "demo-new", "report_builder_trial").words
    )


@pytest.mark.parametrize("key", ["api_access", "cap.builder_reports"])
def test_json_is_that_of_check_with_the_steps_and_the_paragraph(cli: Any, key: str) -> None:
    document = cli("why", "demo-health", key, "--json").document
    checked = cli("check", "demo-health", key, "--explain", "--json").document
    assert {name: document[name] for name in checked} == checked
    assert document["paragraph"] == cli("why", "demo-health", key).words
    assert document["checked_at"] == "2026-03-01T12:00:00+00:00"


def test_an_unknown_subject_is_wrong_usage(cli: Any) -> None:
    ran = cli("why", "demo-helth", "api_access")
    assert (ran.code, ran.out) == (2, "")
    assert "demo-health" in ran.err
    assert cli("why", "a-stranger", "api_access", "--assume-default").code == 1


def test_times_are_in_the_zone_of_the_subject(cli: Any, tmp_path: Any) -> None:
    spaces = tmp_path / "spaces.yaml"
    spaces.write_text(
        "- now: 2026-03-01T12:00:00Z\n"
        "- {subject: nairobi, plan: pro, start: 2026-01-01, end: 2026-04-01, time_zone: Africa/Nairobi}\n"
    )
    words = cli("--source", str(spaces), "why", "nairobi", "api_access").words
    assert "through 2026-03-31, when the subscription ends" in words
    assert "Checked at 2026-03-01 15:00 EAT" in words


def test_a_plan_that_nobody_can_buy_is_not_pointed_to(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("pro.yaml", "sold: self_service", "sold: no"))
    ran = cli("why", "nobody", "reports", "--assume-default")
    assert "The lowest plan" not in ran.words
    assert "No plan or add-on on sale would change that." in ran.words


def test_the_pricing_table_leaves_out_a_plan_that_nobody_can_buy(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("pro.yaml", "sold: self_service", "sold: no"))
    assert "Pro" not in cli("matrix").out
