from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

LADDER = ["community", "standard", "pro", "advanced", "enterprise"]
#: What HQ's own table of plans gives Pro and not Standard.
PRO_OVER_STANDARD = [
    "api_access", "attendance_tracking", "case_deduplicate", "case_list_explorer", "case_sharing_groups",
    "child_cases", "custom_reports", "data_cleanup", "data_file_download", "data_forwarding",
    "export_ownership", "lite_release_management", "loadtest_users", "regex_field_validation",
    "report_builder_5_reports", "templated_intents", "user_configurable_report_builder",
]  # fmt: skip


def test_leaving_pro_for_standard_loses_exactly_what_the_facts_say(cli: Any) -> None:
    document = cli("compare", "pro", "standard", "--json").document
    assert (document["from"], document["to"]) == ("pro@1", "standard@1")
    assert document["lost"] == PRO_OVER_STANDARD
    assert (document["gained"], document["direction"]) == ([], "downgrade")
    changes = {change["cap"]: (change["before"], change["after"]) for change in document["caps"]}
    assert changes == {"mobile_users": (250, 125), "builder_reports": (5, "none")}
    assert document["support"] == {"before": "application", "after": "email"}
    assert document["price"]["after"] == {"monthly": "300.00", "annual_total": "3000.00"}


def test_the_current_pro_loses_six_and_gains_twelve_against_the_first(cli: Any) -> None:
    document = cli("compare", "pro@0", "pro@1", "--json").document
    assert document["direction"] == "switch"
    assert document["lost"] == [
        "cloudcare", "deidentified_data", "hipaa_compliance_assurance", "inbound_sms", "locations",
        "restrict_access_by_location",
    ]  # fmt: skip
    assert len(document["gained"]) == 12
    words = cli("compare", "pro@0", "pro@1").words
    assert "Moving from Pro (pro@0) to Pro (pro@1) loses 6 features, among them" in words
    assert ", and gains 12 features, among them" in words


@pytest.mark.parametrize(("low", "high"), list(pairwise(LADDER)))
def test_each_step_up_the_ladder_is_an_upgrade_and_mirrors_the_step_down(
    cli: Any, low: str, high: str
) -> None:
    up, down = (cli("compare", *pair, "--json").document for pair in ((low, high), (high, low)))
    assert (up["direction"], up["lost"]) == ("upgrade", [])
    assert (down["direction"], down["lost"]) == ("downgrade", up["gained"])


def test_people_see_a_sentence_then_titles_in_groups_and_what_else_differs(cli: Any) -> None:
    ran = cli("compare", "pro", "standard")
    assert ran.code == 0
    assert ran.lines[0] == "Pro (pro@1) → Standard (standard@1)"
    assert ran.words.split(" → Standard (standard@1) ")[1].startswith(
        "Moving from Pro to Standard loses 17 features, among them Attendance Tracking and Data Forwarding; "
        "reports included fall from 5 to none; mobile users included fall from 250 to 125; support goes from "
        "Application support to E-mail support; it costs 300.00 USD a month less. Lost: 17 features"
    )
    groups = [line for line in ran.lines if line in {"Apps and integrations", "Reports", "Messaging"}]
    assert groups == ["Apps and integrations", "Reports"]  # nothing of Messaging is lost
    assert "  API Access                             closed, data kept" in ran.lines
    assert "data kept; comes back by hand" in ran.words
    assert "Price a month 600.00 USD 300.00 USD (300.00 less)" in ran.words
    assert "Price a year 6,000.00 USD 3,000.00 USD (3,000.00 less)" in ran.words
    assert ran.words.endswith("The same BAA, Form-submitting workers, SMS and Web users")


def test_what_is_gained_is_listed_by_group(cli: Any) -> None:
    words = cli("compare", "pro@0", "pro").words
    assert "Exports Allow exports to have ownership; Sort multiple rows in exports simultaneously" in words


def test_both_tells_the_way_back_too(cli: Any) -> None:
    ran = cli("compare", "pro", "standard", "--both")
    assert "Moving from Standard to Pro gains 17 features" in ran.words
    assert "it costs 300.00 USD a month more" in ran.words
    document = cli("compare", "pro", "standard", "--both", "--json").document
    assert (document["lost"], document["back"]["lost"]) == (document["back"]["gained"], [])
    assert "back" not in cli("compare", "pro", "standard", "--json").document


def test_json_says_what_becomes_of_each_loss(cli: Any) -> None:
    document = cli("compare", "pro", "standard", "--json").document
    assert [loss["feature"] for loss in document["losses"]] == document["lost"]
    effects = {loss["feature"]: (loss["effect"], loss["restores"]) for loss in document["losses"]}
    assert effects["data_forwarding"] == ("deactivated", "by_hand")
    assert effects["api_access"][0] == "closed"
    assert document["summary"].startswith("Moving from Pro to Standard loses 17 features")


def test_a_plan_against_itself_is_the_same(cli: Any) -> None:
    words = cli("compare", "pro", "pro@1").words
    assert words.endswith(
        "Moving from Pro (pro@1) to Pro (pro@1) changes nothing in features, caps, support and BAA."
    )


def test_another_word_for_a_plan_will_do(cli: Any) -> None:
    assert cli("compare", "free", "pro", "--json").document["from"] == "community@3"


def test_a_plan_that_suspends_says_so(cli: Any) -> None:
    assert "Paused suspends every feature" in cli("compare", "standard", "paused").words


def test_an_unknown_plan_is_wrong_usage_with_the_near_name(cli: Any) -> None:
    ran = cli("compare", "pro", "advancd")
    assert (ran.code, ran.out) == (2, "")
    assert 'did you mean "advanced"?' in ran.err


def test_titles_come_in_the_language_asked_for(cli: Any) -> None:
    out = cli("--lang", "fr", "compare", "community", "advanced").out
    assert "Communauté (community@3) → Avancé (advanced@0)" in out
    assert "Accès à l'API" in out


def test_it_fits_80_columns(cli: Any) -> None:
    assert max(map(len, cli("compare", "community", "enterprise").lines)) <= 80


def test_few_features_are_all_named(cli: Any, small_catalog: Any) -> None:
    plans = small_catalog(low="[a]", high="[a, b]")
    up = cli("--catalog", plans, "compare", "low", "high").lines[1]
    assert up == "Moving from Low to High gains 1 feature (=B|2)."
    down = cli("--catalog", plans, "compare", "high", "low").lines[1]
    assert down == "Moving from High to Low loses 1 feature (=B|2)."


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("free", '{monthly: "5.00"}', "it costs 5.00 USD a month, nothing before."),
        ('{monthly: "5.00"}', "free", "it costs nothing, 5.00 USD a month before."),
        ('{monthly: "5.00"}', '{monthly: "1500.50"}', "it costs 1,495.50 USD a month more."),
        ("on_request", '{monthly: "5.00"}', "it costs 5.00 USD a month, on request before."),
        ('{monthly: "5.00"}', "on_request", "its price is on request, 5.00 USD a month before."),
        ("free", "on_request", "its price is on request, nothing before."),
        ("on_request", "free", "it costs nothing, on request before."),
        ("free", "free", "changes nothing in features, caps, support and BAA."),
    ],
)
def test_the_sentence_ends_with_what_it_costs(
    cli: Any, small_catalog: Any, low: str, high: str, expected: str
) -> None:
    plans = small_catalog(low="[a]", high="[a]")
    for key, price in (("low", low), ("high", high)):
        path = Path(plans) / f"{key}.yaml"
        path.write_text(path.read_text().replace("price: free", f"price: {price}"))
    words = cli("--catalog", plans, "compare", "low", "high").words
    assert expected in words
    assert "changes nothing in features, caps, support and BAA" in words
