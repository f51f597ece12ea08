"""The commands that change a store: what they write, show, rehearse and refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entitlements import SqlStore
from entitlements.cli.main import COMMANDS
from entitlements.source.record_json import record_json

BY = ("--by", "ada")
WHY = (*BY, "--because", "A school")
Store = Callable[..., Any]


@pytest.fixture
def store(cli: Any, tmp_path: Path) -> Store:
    """`store("subscribe", "space", "pro")` runs the command on a store of its own."""
    return lambda *words: cli("--source", f"sqlite:///{tmp_path}/spaces.db", *words)


@pytest.fixture
def held(tmp_path: Path) -> Callable[[str], dict[str, Any] | None]:
    """What the store holds of a subject."""

    def read(subject: str) -> dict[str, Any] | None:
        opened = SqlStore(f"sqlite:///{tmp_path}/spaces.db")
        record = opened.load(subject)
        opened.close()
        return None if record is None else json.loads(record_json(record))

    return read


def test_subscribing_makes_a_subject_known_and_says_what_it_gets(store: Store, held: Any) -> None:
    ran = store(
        "subscribe", "hill", "pro", "--at", "2090-03-01", "--add-on", "report_builder_15_reports", *BY
    )
    assert ran.code == 0
    assert ran.lines[:2] == ["hill: changed", "  + pro@1 (product, monthly) from 2090-03-01"]
    assert "+ add-on report_builder_15_reports with pro@1" in ran.words
    assert "From 2090-03-01: pro@1 instead of community@3, gains 34 features" in ran.words
    assert ran.lines[-1] == "Token: hill@1"
    (held_now,) = held("hill")["subscriptions"]
    assert held_now["start"] == "2090-03-01T00:00:00+00:00"


def test_rehearsal_shows_the_same_and_writes_nothing(store: Store, held: Any) -> None:
    words = ("subscribe", "hill", "pro", "--at", "2090-03-01", *BY)
    rehearsed = store(*words, "--dry-run")
    assert held("hill") is None
    assert rehearsed.lines[-1] == "Nothing was written."
    assert rehearsed.lines[1:-1] == store(*words).lines[1:-1]
    assert store("subscription", "end", "hill", *BY, "--dry-run").code == 2  # nothing is in force yet


def test_document_says_what_was_written_and_its_effect(store: Store) -> None:
    words = ("subscribe", "hill", "pro", "--at", "2090-03-01", *BY, "--json")
    rehearsed, done = store(*words, "--dry-run").document, store(*words).document
    assert (rehearsed["written"], rehearsed["token"]) == (False, None)
    assert (done["written"], done["token"]) == (True, "hill@1")
    assert rehearsed["effect"] == done["effect"]
    assert (done["effect"]["on"], done["effect"]["direction"]) == ("2090-03-01T00:00:00+00:00", "upgrade")
    assert done["added"] == ["pro@1 (product, monthly) from 2090-03-01"]


def test_change_waits_for_the_minimum_term_unless_waived(store: Store, held: Any) -> None:
    store("subscribe", "hill", "pro", *BY)
    later = ("subscription", "change", "hill", "community", *BY)
    rehearsed = store(*later, "--waive", "Sold by mistake", "--dry-run")
    assert "- pro@1 (product, monthly)" in rehearsed.words
    assert "Not before" not in rehearsed.words
    assert len(held("hill")["subscriptions"]) == 1
    because = store(*later, "--json", "--dry-run").document["not_before"]
    assert (because["rule"], because["days"]) == ("days", 30)
    done = store(*later).words
    assert "loses 33 features" in done
    assert f"Not before {because['at'][:10]}" in done
    assert "a monthly subscription lasts at least 30 days" in done
    first, second = held("hill")["subscriptions"]
    assert first["end"] == second["start"]
    assert store("subscription", "end", "hill", *BY).code == 2
    waived = store("subscription", "end", "hill", "--waive", "Closed", "--replace", *BY)
    assert (waived.code, len(held("hill")["subscriptions"])) == (0, 1)


def test_bundle_is_extended_renewed_and_cancelled(store: Store, held: Any) -> None:
    store("subscribe", "hill", "advanced", "--kind", "bundle", "--end", "2090-01-01", *BY)
    store("subscription", "extend", "hill", "--cadence", "annual", *BY)
    assert [s.get("kind") for s in held("hill")["subscriptions"]] == ["bundle", None]
    store("subscription", "cancel", "hill", "2090-01-01", *BY)
    store("subscription", "renew", "hill", "--end", "2091-01-01", *BY)
    assert [s["kind"] for s in held("hill")["subscriptions"]] == ["bundle", "bundle"]


def test_add_on_is_added_and_dropped(store: Store) -> None:
    store("subscribe", "hill", "pro", *BY)
    added = store("subscription", "add", "hill", "report_builder_15_reports", *BY)
    assert "Report builder reports 5 → 15" in added.words
    assert "until" in store("subscription", "drop", "hill", "report_builder_15_reports", *BY).words
    wrong = store("subscription", "add", "hill", "report_builder_16_reports", *BY)
    assert (wrong.code, "did you mean" in wrong.err) == (2, True)


def test_exception_is_made_listed_and_ended(store: Store, held: Any) -> None:
    store("subscribe", "hill", "standard", *BY)
    given = store("override", "give", "hill", "geocoder", "--kind", "pro_bono", "--end", "2090-01-01", *WHY)
    assert "gains 1 feature (Geocoder)" in given.words
    listed = store("override", "list", "hill")
    assert listed.words.endswith("through 2089-12-31: A school (pro_bono, ada)")
    (row,) = store("override", "list", "hill", "--json").document["overrides"]
    assert (row["give"], row["end"], row["by"]) == ("geocoder", "2090-01-01T00:00:00+00:00", "ada")
    assert "loses 1 feature (Geocoder)" in store("override", "end", "hill", "geocoder", *BY).words
    assert store("override", "list", "hill").lines == ["hill has no exceptions."]
    assert len(store("override", "list", "hill", "--all").lines) > 0
    assert len(held("hill")["overrides"]) == 1


def test_caps_support_and_removals_are_exceptions_too(store: Store) -> None:
    store("subscribe", "hill", "standard", *BY)
    common = ("--kind", "agreement", "--end", "never", *WHY)
    assert (
        "Mobile users 125 → 300"
        in store("override", "set", "hill", "mobile_users", "--to", "300", *common).words
    )
    assert store("override", "set", "hill", "mobile_users", "--to", "unlimited", *common).code == 2
    assert store("override", "set", "hill", "sms", "--at-least", "60", *common).code == 0
    assert "email → named_contact" in store("override", "support", "hill", "named_contact", *common).words
    assert "loses 1 feature" in store("override", "remove", "hill", "outbound_sms", *common).words


def test_clones_are_told_as_a_plan_with_exceptions(cli: Any, tmp_path: Path) -> None:
    file = tmp_path / "clones.json"
    file.write_text('{"mine": ["geocoder"], "free": []}')
    shown = cli("override", "import", str(file), "--plan", "paused")
    assert shown.lines == [
        "mine: paused@0",
        "  + override give … geocoder",
        "free: paused@0, without exceptions",
    ]
    (mine, _) = cli("override", "import", str(file), "--json").document["clones"]
    assert (mine["clone"], mine["give"]) == ("mine", ["geocoder"])
    for wrong in ("[1]", '{"mine": 3}', '{"mine": [3]}'):
        file.write_text(wrong)
        assert "no map of clones" in cli("override", "import", str(file)).err
    file.write_text("{")
    assert cli("override", "import", str(file)).code == 2
    assert cli("override", "import", str(tmp_path / "none.yaml")).code == 2


def test_exception_must_say_why_and_until_when(store: Store) -> None:
    store("subscribe", "hill", "standard", *BY)
    words = ("override", "give", "hill", "geocoder", "--kind", "pro_bono")
    assert "--because" in store(*words, "--end", "never", *BY).err
    assert "--end" in store(*words, *WHY).err
    assert (
        "whole number"
        in store(
            "override", "set", "hill", "sms", "--to", "x", "--kind", "legacy", "--end", "never", *WHY
        ).err
    )


def test_agreement_is_signed_and_ended(store: Store, held: Any) -> None:
    store("subscribe", "hill", "pro", *BY)
    refused = store("baa", "sign", "hill", *BY)
    assert (refused.code, "offered with: advanced, enterprise" in refused.err) == (2, True)
    store("subscription", "change", "hill", "advanced", *BY)
    assert store("baa", "sign", "hill", *BY).code == 0
    assert store("baa", "end", "hill", "--at", "2090-01-01", *BY).code == 0
    assert held("hill")["baa_ended_on"] == "2090-01-01T00:00:00+00:00"


def test_file_is_imported_once_unless_it_replaces(store: Store, held: Any, tmp_path: Path) -> None:
    file = tmp_path / "spaces.yaml"
    file.write_text("- {subject: hill, plan: pro@0, credits: '5.00'}\n- {subject: mill}\n")
    words = ("subjects", "import", str(file), *BY)
    assert store(*words, "--dry-run").lines == ["2 project spaces would be put into the store."]
    assert held("hill") is None
    assert store(*words, "--json").document["subjects"] == ["hill", "mill"]
    assert "2 project spaces known already" in store(*words).words
    assert store(*words, "--replace").code == 0
    assert store("subjects", "import", str(tmp_path / "none.yaml"), *BY).code == 2
    assert [row["plan"] for row in store("subjects", "list", "--json").document["subjects"]] == [
        "pro",
        "community",
    ]
    assert store("subjects", "list").lines[2].split()[:2] == ["hill", "pro@0"]
    shown = store("subjects", "show", "hill")
    assert "credits: 5.00" in shown.words
    assert store("subjects", "show", "hill", "--json").document["record"]["credits"] == "5.00"
    assert "nothing but its name" in store("subjects", "show", "mill").words


@pytest.mark.parametrize("kept", ["before.db", "before.snapshot"])
def test_another_store_or_a_snapshot_is_imported_like_a_file(
    kept: str, store: Store, held: Any, cli: Any
) -> None:
    cli("--source", "before.db", "subscribe", "hill", "pro", "--at", "2090-03-01", *BY)
    cli("--source", "before.db", "subjects", "set", "hill", "--credits", "12.50", *BY)
    cli("--source", "before.db", "snapshot", "write", "before.snapshot")
    assert store("subjects", "import", kept, *BY).lines == ["1 project space put into the store."]
    assert (held("hill")["credits"], held("hill")["subscriptions"][0]["plan"]) == ("12.50", "pro@1")
    assert store("subscribe", "hill", "advanced", "--at", "2090-04-01", *BY).lines[-1] == "Token: hill@2"


def test_contacts_credits_and_zone_are_set(store: Store, held: Any) -> None:
    store("subscribe", "hill", "pro", *BY)
    words = ("--billing", "a@example.org", "--billing", "b@example.org", "--credits", "12.50")
    ran = store("subjects", "set", "hill", *words, "--time-zone", "Africa/Nairobi", *BY)
    assert "+ billing contacts: a@example.org, b@example.org" in ran.words
    assert "+ credits: 12.50" in ran.words
    assert held("hill")["time_zone"] == "Africa/Nairobi"
    assert store("subjects", "set", "hill", "--admin", "c@example.org", *BY).code == 0
    assert sorted(held("hill")["contacts"]) == ["admins", "billing"]
    assert "no amount" in store("subjects", "set", "hill", "--credits", "much", *BY).err
    assert "no time zone" in store("subjects", "set", "hill", "--time-zone", "Nairobi", *BY).err
    assert "from 2090-01-01" in store("subscribe", "hill", "advanced", "--at", "2090-01-01", *BY).words
    assert held("hill")["subscriptions"][1]["start"] == "2089-12-31T21:00:00+00:00"


def test_slip_in_a_name_makes_no_new_subject(store: Store, held: Any) -> None:
    store("subscribe", "hill-school", "pro", *BY)
    ran = store("subscription", "end", "hill-scool", *BY)
    assert (ran.code, "did you mean hill-school?" in ran.err) == (2, True)
    assert held("hill-scool") is None


def test_samples_are_only_read_and_questions_have_their_own_at(cli: Any, store: Store) -> None:
    ran = cli("subscribe", "demo-new", "pro", *BY)
    assert (ran.code, "is only read" in ran.err) == (2, True)
    ran = cli("--at", "2090-01-01", "subscribe", "demo-new", "pro", *BY)
    assert (ran.code, "after it" in ran.err) == (2, True)
    assert "neither a date" in store("subscribe", "hill", "pro", "--at", "soon", *BY).err


def test_refusal_is_one_document_with_a_way_out(store: Store) -> None:
    error = store("subscribe", "hill", "prro", *BY, "--json").document["error"]
    assert error["hint"] == 'did you mean "pro"?'


def test_writing_commands_are_listed() -> None:
    assert {"subscribe", "subscription", "override", "baa", "subjects"} <= COMMANDS.keys()
