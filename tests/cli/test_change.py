from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

MESSAGING = """
from entitlements import Checker, Effect, Thing, hookimpl

class Messaging(Checker):
    name = "messaging"
    features = ("outbound_sms",)

    def effects(self, loss):
        things = (Thing("alert-12", "ANC visit"), Thing("alert-14"))
        return (Effect("deactivated", 2, things=things),)

    def apply(self, step):
        return {"active": True}

@hookimpl
def entitlements_checkers():
    return (Messaging(),)
"""


@pytest.fixture
def checkers(tmp_path: Path) -> str:
    folder = tmp_path / "checkers"
    folder.mkdir()
    (folder / "messaging.py").write_text(MESSAGING)
    return str(folder)


def test_it_says_what_becomes_of_what_is_in_use(cli: Any) -> None:
    ran = cli("change", "preview", "demo-health", "--to", "community")
    assert ran.code == 0
    assert ran.lines[:2] == [
        "demo-health: Pro (pro@1) → Community (community@3)",
        "A downgrade: 33 features are lost, 13 of them in use; 2 could not be checked.",
    ]
    assert "When at once" in ran.words
    assert "A month 600.00 USD → 404.00 USD (196.00 less)" in ran.words
    assert "Credits 120.00 USD; they are kept" in ran.words
    after = ran.words.partition("Could not be checked, so may be in use")[2]
    assert "Deduplication Rules Could not check" in after
    assert (
        "Also lost: 3 features not in use and 15 features that nobody measures; --all names them."
        in ran.words
    )
    assert "Report builder reports 5 5 none 5 –" in ran.words
    assert "Mobile users 212 250 10 202 404.00" in ran.words
    assert "No data is deleted. To lose nothing that is in use: Pro, for 600.00 USD a month." in ran.words


def test_a_loss_waits_and_says_why(cli: Any) -> None:
    words = cli("change", "preview", "demo-standard", "--end").words
    assert (
        "When 2026-03-17: a monthly subscription lasts at least 30 days, and this one began 2026-02-15"
        in words
    )


def test_a_switch_names_what_is_gained(cli: Any) -> None:
    ran = cli("change", "preview", "demo-pro-v0", "--to", "pro")
    assert ran.lines[1] == "A switch: 6 features are lost, 4 of them in use; 12 features are gained."
    assert "Gained: Attendance Tracking, Deduplication Rules, Case List Explorer and 9 more." in ran.words
    every = cli("change", "preview", "demo-pro-v0", "--to", "pro", "--all").words
    assert (
        "Regular Expression Validation for Custom Data Fields" in every or "regex_field_validation" in every
    )
    assert "--all names" not in every


def test_an_upgrade_loses_nothing(cli: Any) -> None:
    ran = cli("change", "preview", "demo-standard", "--to", "pro")
    assert ran.lines[1] == "An upgrade: nothing is lost; 17 features are gained."
    assert "To lose nothing" not in ran.words


def test_what_a_host_switches_off_is_said_to_be(cli: Any, checkers: str) -> None:
    ran = cli("--plugins", checkers, "change", "preview", "demo-health", "--to", "standard")
    assert "Outgoing Messaging" not in ran.words
    ran = cli("--plugins", checkers, "change", "preview", "demo-health", "--to", "community")
    switched = ran.words.partition("Switched off ")[2].partition("Access ends")[0]
    assert switched.startswith(
        "Outgoing Messaging 2 active broadcasts and alerts are switched off; all data is"
    )
    assert "Such as: ANC visit and alert-14. With the plan back, it is switched on by hand." in switched
    words = cli("change", "preview", "demo-health", "--to", "community").words
    assert "6 active broadcasts and alerts: access ends; nothing is switched off." in words


def test_a_block_leaves_with_1_and_says_what_to_do(cli: Any) -> None:
    ran = cli("change", "preview", "demo-advanced", "--to", "pro")
    assert ran.code == 1
    assert "Blocked: The Business Associate Agreement is in force, and Pro does not offer one." in ran.words
    assert "End it first: entitlements baa end demo-advanced." in ran.words


def test_json_follows_its_schema_for_every_sample(cli: Any, checkers: str) -> None:
    changes = [
        "health --to community",
        "standard --end",
        "advanced --to pro --cadence monthly",
        "bundle --end",
    ]
    changes += ["pro-v0 --to pro", "new --to standard", "trial --to standard --at 2026-03-10"]
    for words in changes:
        document = cli("--plugins", checkers, "change", "preview", *f"demo-{words} --json".split()).document
        assert all(effect["message"] and effect["severity"] for effect in document["effects"])
    health = cli("--plugins", checkers, "change", "preview", "demo-health", "--to", "free", "--json").document
    assert [step["key"] for step in health["steps"]] == [
        "messaging/outbound_sms/alert-12",
        "messaging/outbound_sms/alert-14",
    ]
    usage = {lost["feature"]: lost["usage"] for lost in health["lost"]}
    assert (usage["outbound_sms"], usage["zapier_integration"]) == (6, 0)
    assert (usage["loadtest_users"], usage["child_cases"]) == (None, "not_measured")
    assert health["asked"]["to"] == "free"


def test_titles_come_in_the_language_asked_for(cli: Any) -> None:
    words = cli("--lang", "fr", "change", "preview", "demo-standard", "--to", "community").words
    assert "Communauté (community@3)" in words
    assert "Assistance par e-mail → Assistance communautaire" in words


def test_another_instant_is_told_as_it_would_have_been(cli: Any) -> None:
    early = cli("--at", "2025-09-10", "change", "preview", "demo-health", "--to", "community").words
    assert "When 2025-10-01: a monthly subscription" in early


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("demo-health", "say either --to PLAN, or --end"),
        ("demo-health --to pro --end", "say either --to PLAN, or --end"),
        ("demo-helth --to pro", "did you mean demo-health"),
        ("demo-health --to prro", 'has no plan "prro"'),
        ("demo-health --to pro", "with these terms already"),
        ("demo-health --to pro@0", '"pro@0" is not sold'),
        ("demo-new --end", "no subscription is in force"),
        ("demo-health --to community --at soon", "soon"),
        ("demo-health --to community --add-on report_builder_15_reports", "is not sold with community"),
    ],
)
def test_what_cannot_be_told_is_wrong_usage(cli: Any, words: str, said: str) -> None:
    ran = cli("change", "preview", *words.split())
    assert (ran.code, ran.out) == (2, "")
    assert said in " ".join(ran.err.split())


def test_somebody_unknown_may_be_assumed(cli: Any) -> None:
    ran = cli("change", "preview", "nobody", "--to", "pro", "--assume-default")
    assert (ran.code, ran.lines[0]) == (0, "nobody: Community (community@3) → Pro (pro@1)")


def test_advice_names_the_plan_and_what_asks_for_it(cli: Any) -> None:
    ran = cli("advise", "demo-health")
    assert ran.code == 0
    assert ran.lines[:3] == [
        "demo-health has Pro (pro@1)",
        "The cheapest that keeps everything in use: Pro, for 600.00 USD a month.",
        "Could not be checked: Deduplication Rules and Loadtest Users.",
    ]
    assert "API Access 316 Pro" in ran.words
    assert ran.words.index("API Access") < ran.words.index("Lookup Tables 4 Standard")


def test_advice_for_who_keeps_an_older_version_says_so(cli: Any) -> None:
    words = cli("advise", "demo-pro-v0").words
    assert "What it has, Pro (pro@0), keeps everything too, for 600.00 USD a month or more" in words
    assert "Advanced, for 1,200.00 USD a month or more" in words


def test_advice_without_a_price_asks_sales(cli: Any) -> None:
    assert "Enterprise; ask sales for the price." in cli("advise", "demo-enterprise").words
    document = cli("advise", "demo-enterprise", "--json").document
    assert (document["ask_sales"], document["monthly_total"], document["unchecked"]) == (
        True,
        None,
        ["geocoder"],
    )


def test_advice_where_little_is_used_and_by_the_year(cli: Any) -> None:
    assert (
        "Nothing that is in use needs more than Community, for 4.00 USD"
        in cli("advise", "demo-community").words
    )
    yearly = cli("advise", "demo-ended", "--cadence", "annual", "--json").document
    assert (yearly["plan"], yearly["cadence"], yearly["at_least"]) == ("standard", "annual", "250.00")
    assert cli("advise", "nobody").code == 2
    assert cli("advise", "nobody", "--assume-default").code == 0


def test_gaps_are_the_features_that_nobody_switches_off(cli: Any, checkers: str) -> None:
    ran = cli("plugins", "--gaps")
    assert ran.code == 1
    assert "Outgoing Messaging outbound_sms" in ran.words
    assert "The files of 16 features say `deactivated`" in ran.words
    less = cli("--plugins", checkers, "plugins", "--gaps")
    assert "outbound_sms" not in less.words
    assert "The files of 15 features say" in less.words
    gaps = cli("--plugins", checkers, "plugins", "--json").document["gaps"]
    assert len(gaps) == 15
    assert {"feature": "data_cleanup", "title": "Data Management"} in gaps


def test_no_gaps_are_said_to_be_none(cli: Any, small_catalog: Any) -> None:
    ran = cli("--catalog", small_catalog(low="[a]", high="[a]"), "plugins", "--gaps")
    assert (ran.code, ran.lines[0]) == (
        0,
        "What the plan files say is switched off with a loss, a checker here does.",
    )
