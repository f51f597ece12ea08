from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from entitlements.catalog.load import load_catalog, shipped_folder
from tests.small_catalog import FILES, overlaid, write


def line_at(place: dict[str, Any]) -> str:
    """The line of the shipped catalog that a file and line name."""
    path = shipped_folder().parent / str(place["file"])
    lines = path.read_text(encoding="utf-8").splitlines()
    return lines[int(place["line"]) - 1]


def test_a_plan_shows_its_terms_and_features(cli: Any) -> None:
    ran = cli("show", "plan", "pro")
    assert ran.code == 0
    assert ran.lines[0] == "Pro  pro@1, self-service"
    assert "Price     600.00 USD a month, or 6,000.00 USD a year" in ran.lines
    assert "Support   Application support" in ran.lines
    assert "BAA       not offered" in ran.lines
    assert "Mobile users             250         2.00 USD a month" in ran.lines
    assert "Report builder reports   5           not possible" in ran.lines
    assert "36 features" in ran.lines
    assert "  API Access                                    api_access" in ran.lines
    assert ".yaml" not in ran.out


def test_why_gives_the_line_of_every_value_also_of_inherited_ones(cli: Any) -> None:
    ran = cli("show", "plan", "pro", "--why")
    places = re.findall(r"plans/[\w/@]+\.yaml:\d+", ran.out)
    plan = cli("show", "plan", "pro", "--json").document["plan"]
    assert plan["stated"].keys() >= {
        "title", "description", "version", "sold", "price", "support", "baa", "extends", "ladder",
        "minimum_term.monthly", "version.pro@0", "add_on.report_builder_15_reports",
    }  # fmt: skip
    for value in (*plan["features"], *plan["caps"]):
        assert f"{value['file']}:{value['line']}" in places
    for name, value in plan["stated"].items():
        assert f"{value['file']}:{value['line']}" in places, name
    of_plans = {place.partition(":")[0] for place in places if place.count("/") == 1}
    assert of_plans == {
        "plans/pro.yaml", "plans/standard.yaml", "plans/community.yaml", "plans/catalog.yaml",
    }  # fmt: skip


def test_why_says_what_is_a_default_and_what_follows_from_elsewhere(cli: Any) -> None:
    lines = cli("show", "feature", "api_access", "--why").lines
    assert next(line for line in lines if line.startswith("Listed")).endswith("  by default")
    assert next(line for line in lines if line.startswith("Now in")).endswith("  –")
    assert re.search(r"plans/features/core\.yaml:\d+$", next(x for x in lines if x.startswith("Checkers")))


@pytest.mark.parametrize(
    "arguments",
    [("community",), ("pro",), ("pro@0",), ("advanced_trial",), ("feature", "api_access"), ("cap.sms",),
     ("add_on", "report_builder_15_reports")],
    ids="-".join,
)  # fmt: skip
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_why_fits_80_columns(cli: Any, arguments: tuple[str, ...], lang: str) -> None:
    ran = cli("--lang", lang, "show", *arguments, "--why")
    assert ran.code == 0
    assert max(map(len, ran.lines)) <= 80


def test_a_translated_title_comes_from_the_file_of_its_language(cli: Any) -> None:
    for arguments, line in (
        (("plan", "advanced"), "plan.advanced.title: Avancé"),
        (("feature", "api_access"), "feature.api_access.title: Accès à l'API"),
        (("cap", "sms"), "cap.sms.title: SMS"),
    ):
        shown = cli("--lang", "fr-CA", "show", *arguments, "--json").document[arguments[0]]
        assert line_at(shown["stated"]["title"]).strip() == line


def test_what_a_plan_goes_without_is_shown_with_its_line(cli: Any, small_catalog: Any) -> None:
    plans = small_catalog(low="[a, b]", high="[c]\nextends: low\nwithout: [b]")
    ran = cli("--catalog", plans, "show", "high", "--why")
    assert "Goes without" in ran.out
    assert [line.split()[-1] for line in ran.lines if line.startswith("  =B|2")] == ["small/high.yaml:10"]


@pytest.mark.parametrize("ref", sorted(load_catalog().versions))
def test_every_line_given_holds_what_it_is_given_for(cli: Any, ref: str) -> None:
    plan = cli("show", ref, "--json").document["plan"]
    assert plan["features"] or ref == "paused@0"
    for feature in plan["features"]:
        assert f"- {feature['feature']}" in line_at(feature)
    for cap in plan["caps"]:
        assert f"{cap['cap']}:" in line_at(cap)
    assert {"title", "price", "support", "baa"} <= plan["stated"].keys()
    for name, place in plan["stated"].items():
        field, _, about = name.partition(".")
        begins = {
            "version": f"plan: {plan['key']}" if about else "version:",
            "alias": f"aliases: {{{about}:",
            "add_on": "sold_with: [",
            "minimum_term": f"{about}:",
            "trial": "trial: {days:",
        }
        assert line_at(place).strip().startswith(begins.get(field, f"{field}:")), name


@pytest.mark.parametrize("kind", ["feature", "cap", "add_on"])
def test_every_line_of_other_things_holds_what_it_is_given_for(cli: Any, kind: str) -> None:
    catalog = load_catalog()
    keys = {"feature": catalog.features, "cap": catalog.caps, "add_on": catalog.add_ons}[kind]
    for key in list(keys)[:12]:
        shown = cli("show", kind, key, "--json").document[kind]
        assert shown["stated"].keys() >= {"title", "description"}
        for name, place in shown["stated"].items():
            assert f"{name.partition('.')[0]}:" in line_at(place)


def test_a_plan_names_the_add_ons_that_are_sold_with_it(cli: Any) -> None:
    sold = {
        key: cli("show", "plan", key, "--json").document["plan"]["add_ons"] for key in ("standard", "pro")
    }
    assert sold == {"standard": [], "pro": ["report_builder_15_reports", "report_builder_30_reports"]}


def test_support_that_is_inherited_is_shown_where_the_parent_states_it(cli: Any) -> None:
    stated = cli("show", "plan", "advanced_trial", "--json").document["plan"]["stated"]
    assert stated["support"]["file"] == "plans/advanced.yaml"
    assert stated["baa"]["file"] == "plans/advanced_trial.yaml"


def test_an_old_version_is_shown_as_it_was_sold(cli: Any) -> None:
    ran = cli("show", "pro@0")
    assert ran.lines[0] == "Pro  pro@0, no longer sold"
    assert "pro@0 and pro@1 (current)" in ran.words
    assert "inbound_sms" in ran.out


def test_a_feature_says_what_its_loss_does_and_who_has_it(cli: Any) -> None:
    words = cli("show", "feature", "outbound_sms").words
    assert "Active broadcasts and alerts are switched off; all data is kept." in words
    assert "Lowest plan Standard (standard@1), 300.00 USD a month" in words
    assert "Earlier in standard@0 and pro@0" in words
    words = cli("show", "feature", "api_access").words
    assert "Exempt CommCare Export (commcare-export): The export tool is part of every plan." in words
    assert "Checkers exempt_clients" in words


def test_a_feature_of_no_plan_says_so(cli: Any) -> None:
    assert "Lowest plan none of the ladder has it" in cli("show", "report_builder_trial").words
    assert cli("show", "report_builder_trial", "--json").document["feature"]["lowest_plan"] is None


def test_a_feature_in_json_agrees_with_the_plans(cli: Any) -> None:
    feature = cli("show", "feature", "cloudcare", "--json").document["feature"]
    assert feature["lowest_plan"] == "advanced"
    assert {row["plan"] for row in feature["plans"]} == {
        "advanced@0",
        "advanced_trial@0",
        "enterprise@0",
        "pro@0",
    }
    assert all("- cloudcare" in line_at(row) for row in feature["plans"])


def test_a_cap_shows_each_version_low_to_high(cli: Any) -> None:
    ran = cli("show", "cap", "mobile_users")
    plans = [line.split("  ")[0] for line in ran.lines if re.search(r"\(\w+@\d\)", line)]
    assert plans[0] == "Community (community@3)"
    assert (
        plans.index("Pro (pro@1)") < plans.index("Advanced (advanced@0)") < plans.index("Paused (paused@0)")
    )
    assert "delete, cannot be undone" in ran.words
    assert cli("show", "cap.mobile_users").out == ran.out


def test_an_add_on_shows_what_it_gives_and_with_what_it_is_sold(cli: Any) -> None:
    words = cli("show", "add-on", "report_builder_15_reports", "--why").words
    assert "Sold with Pro plans/add_ons/report_builder.yaml:7 Advanced plans/add_ons/" in words
    assert "Raises Report builder reports: at plans/add_ons/report_builder.yaml:9 least 15 reports" in words
    document = cli("show", "add_on", "report_builder_15_reports", "--json").document
    assert document["add_on"]["caps"][0]["at_least"] == 15


def test_a_name_of_two_things_asks_which(cli: Any) -> None:
    ran = cli("show", "report_builder_15_reports")
    assert ran.code == 2
    assert "a feature and an add-on" in ran.err
    assert "entitlements show add_on report_builder_15_reports" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("por",), "did you mean pro"),
        (("plan", "PRO"), "did you mean pro"),
        (("pro@7",), 'did you mean "pro@'),
        (("feature", "api_acess"), "did you mean api_access"),
        (("cap", "mobile_user"), "did you mean mobile_users"),
        (("plum", "pro"), "plan, feature, cap or add_on"),
        (("plan", "pro", "standard"), "one thing at a time"),
    ],
)
def test_an_unknown_name_is_wrong_usage_with_near_names(
    cli: Any, arguments: tuple[str, ...], said: str
) -> None:
    ran = cli("show", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize("thing", ["pro@0", "cap.mobile_users", "enterprise", "feature:api_access"])
def test_it_fits_80_columns(cli: Any, thing: str) -> None:
    for lang in ("en", "fr"):
        assert max(map(len, cli("--lang", lang, "show", *thing.split(":"), "--why").lines)) <= 80


def test_a_terminal_gets_colours_unless_no_color_is_set(tmp_path: Path) -> None:
    assert "\x1b[1mApps and integrations" in on_a_terminal(tmp_path, {})
    shown = on_a_terminal(tmp_path, {"NO_COLOR": "1"})
    assert "\x1b[" not in shown
    lines = shown.splitlines()
    assert "  API Access                                    api_access" in lines
    assert max(map(len, lines)) <= 80


def on_a_terminal(folder: Path, more: dict[str, str]) -> str:
    """What `show pro` prints where stdout is a terminal."""
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "TERM": "xterm-256color", "COLUMNS": "80"}
    environment = {key: value for key, value in environment.items() if key != "NO_COLOR"} | more
    screen, theirs = pty.openpty()
    command = [sys.executable, "-m", "entitlements", "show", "pro"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL):
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(screen, 65536):
                shown += piece
        except OSError:
            pass  # this is how Linux says that the other end is closed
    os.close(screen)
    return shown.decode()


def with_next(folder: Path) -> Path:
    """A catalog in which Pro, and Community above which it stands, have a next version."""
    dates = "effective_from: 2027-01-01\nexisting_subscribers: at_once\n"
    waiting = {
        f"next/{plan}.yaml": overlaid(FILES[f"{plan}.yaml"], f"version: {number}\n{dates}")
        for plan, number in (("pro", 2), ("community", 1))
    }
    return write(folder / "plans", {**FILES, **waiting})


def test_a_version_that_waits_is_told_with_the_command_that_compares(cli: Any, tmp_path: Path) -> None:
    with_next(tmp_path)
    ran = cli("--at", "2026-12-31", "show", "pro")
    assert "Next      pro@2 from 2027-01-01: `entitlements compare pro@1 pro@2`" in ran.lines
    assert "Next " not in cli("--at", "2026-12-31", "show", "pro@0").out
    assert "Next " not in cli("--at", "2026-12-31", "show", "pro@2").out
    assert "Next " not in cli("--at", "2027-01-01", "show", "pro").out
    why = next(line for line in cli("--at", "2026-12-31", "show", "pro", "--why").lines if "Next" in line)
    assert why.endswith("plans/next/pro.yaml:1")
    shown = [
        cli("--at", day, "show", "pro", "--json").document["plan"] for day in ("2026-12-31", "2027-01-01")
    ]
    assert [(plan["plan"], plan["next"]) for plan in shown] == [("pro@1", "pro@2"), ("pro@2", None)]
    assert [plan["effective_from"] for plan in shown] == [None, "2027-01-01T00:00:00+00:00"]


def test_a_version_that_waits_extends_what_is_sold_on_its_day(cli: Any, tmp_path: Path) -> None:
    with_next(tmp_path)
    assert "Extends   Community (community@1)" in cli("--at", "2026-12-31", "show", "pro@2").lines
    assert "Extends   Community (community@0)" in cli("--at", "2026-12-31", "show", "pro@1").lines
