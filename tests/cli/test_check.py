from __future__ import annotations

from typing import Any

import pytest

EXPORT = ("--client", "commcare-export")


def test_a_feature_of_a_bigger_plan_is_denied_with_the_plan_that_has_it(cli: Any) -> None:
    ran = cli("check", "demo-community", "api_access", "--json")
    assert ran.code == 1
    document = ran.document
    assert document["schema"] == "entitlements/check/1"
    assert (document["allowed"], document["reason"]) == (False, "not_included")
    assert document["unlocked_by"] == "pro"
    assert document["exempt_clients"] == ["commcare-export"]
    assert "commcare-export" in document["message"]


def test_the_exempt_client_is_let_in(cli: Any) -> None:
    ran = cli("check", "demo-community", "api_access", *EXPORT, "--json")
    assert ran.code == 0
    assert ran.document["reason"] == "exempt_client"
    assert ran.document["checker"] == "exempt_clients"


def test_a_paused_plan_denies_even_the_exempt_client(cli: Any) -> None:
    ran = cli("check", "demo-paused", "api_access", *EXPORT, "--json")
    assert ran.code == 1
    assert ran.document["reason"] == "not_in_force"


def test_people_read_the_answer_the_reason_and_the_line(cli: Any) -> None:
    ran = cli("check", "demo-community", "api_access")
    assert ran.lines[0] == "denied  api_access  not_included"
    assert ran.lines[1].startswith("API Access is not part of the Community plan.")
    assert ran.lines[-1] == "From plan community@3 (plans/community.yaml:1)"


def test_the_derivation_comes_when_asked_for(cli: Any) -> None:
    assert "  1. plan: " not in cli("check", "demo-pro-bono", "custom_reports").out
    ran = cli("check", "demo-pro-bono", "custom_reports", "--explain")
    assert "  1. plan: plan community@3" in ran.out
    steps = cli("check", "demo-pro-bono", "custom_reports", "--explain", "--json").document["explanation"]
    assert [step["looked_at"] for step in steps][:2] == ["plan", "inclusion"]


def test_a_hard_cap_says_how_much_is_used(cli: Any) -> None:
    ran = cli("check", "demo-health", "cap.builder_reports", "--json")
    document = ran.document
    assert (ran.code, document["schema"]) == (1, "entitlements/cap/1")
    assert (document["included"], document["used"], document["remaining"]) == (5, 5, 0)
    assert cli("check", "demo-health", "cap.builder_reports", "--adding", "0").code == 0


def test_a_soft_cap_is_allowed_with_its_charge(cli: Any) -> None:
    document = cli("check", "demo-community", "cap.mobile_users", "--json").document
    assert (document["allowed"], document["reason"], document["over"]) == (True, "over_soft_cap", 2)
    assert document["monthly_charge"] == "4.00"


def test_an_exception_ends_at_its_end(cli: Any) -> None:
    asked = ("check", "demo-pro-bono", "custom_reports")
    assert cli("--at", "2026-06-30", *asked).code == 0
    assert cli("--at", "2026-07-01", *asked).code == 1
    assert "through 2026-06-30" in cli(*asked).out  # people are told the last day


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("demo-comunity", "api_access"), "demo-community"),
        (("demo-community", "api_acces"), "api_access"),
        (("demo-community", "cap.sns"), "cap.sms"),
    ],
)
def test_an_unknown_name_is_wrong_usage_with_the_near_name(
    cli: Any, arguments: tuple[str, ...], said: str
) -> None:
    ran = cli("check", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    as_json = cli("check", *arguments, "--json")
    assert as_json.code == 2
    error = as_json.document["error"]
    assert said in f"{error['message']} {error['hint']}"


def test_a_stranger_counts_as_new_when_asked_to(cli: Any) -> None:
    assert "--assume-default" in cli("check", "zzzzzz", "project_access").err
    assert cli("check", "zzzzzz", "project_access", "--assume-default").code == 0


def test_a_wrong_time_is_wrong_usage(cli: Any) -> None:
    ran = cli("--at", "tomorrow", "check", "demo-new", "api_access")
    assert ran.code == 2
    assert '"tomorrow" is neither a date' in ran.err
