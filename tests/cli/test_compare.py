from __future__ import annotations

from itertools import pairwise
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
    assert cli("compare", "pro@0", "pro@1").lines[1] == "A switch: 6 features are lost, 12 gained."


@pytest.mark.parametrize(("low", "high"), list(pairwise(LADDER)))
def test_each_step_up_the_ladder_is_an_upgrade_and_mirrors_the_step_down(
    cli: Any, low: str, high: str
) -> None:
    up, down = (cli("compare", *pair, "--json").document for pair in ((low, high), (high, low)))
    assert (up["direction"], up["lost"]) == ("upgrade", [])
    assert (down["direction"], down["lost"]) == ("downgrade", up["gained"])


def test_people_see_titles_in_groups_and_what_else_differs(cli: Any) -> None:
    ran = cli("compare", "pro", "standard")
    assert ran.code == 0
    assert ran.lines[:2] == [
        "Pro (pro@1) → Standard (standard@1)",
        "A downgrade: 17 features are lost, none gained.",
    ]
    groups = [line for line in ran.lines if line in {"Apps and integrations", "Reports", "Messaging"}]
    assert groups == ["Apps and integrations", "Reports"]  # nothing of Messaging is lost
    assert "  API Access                                    api_access" in ran.lines
    assert "Application support" in ran.words
    assert ran.words.endswith("The same BAA, Form-submitting workers, SMS and Web users")


def test_a_plan_against_itself_is_the_same(cli: Any) -> None:
    ran = cli("compare", "pro", "pro@1")
    assert ran.lines[1:] == ["They include the same features, caps, support and BAA."]


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


def test_one_feature_is_singular(cli: Any, small_catalog: Any) -> None:
    plans = small_catalog(low="[a]", high="[a, b]")
    assert (
        cli("--catalog", plans, "compare", "low", "high").lines[1]
        == "An upgrade: 1 feature is gained, none lost."
    )
    assert (
        cli("--catalog", plans, "compare", "high", "low").lines[1]
        == "A downgrade: 1 feature is lost, none gained."
    )
