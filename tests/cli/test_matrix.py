from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from entitlements.catalog.load import load_catalog

LADDER = ["Community", "Standard", "Pro", "Advanced", "Enterprise"]


def csv_rows(cli: Any, *arguments: str) -> dict[str, list[str]]:
    out = cli("matrix", "--format", "csv", *arguments).out
    return {row[1]: row for row in csv.reader(io.StringIO(out, newline=""), strict=True)}


def test_the_text_shows_terms_then_features_under_the_plans(cli: Any) -> None:
    ran = cli("matrix")
    assert ran.code == 0
    assert [line.split()[1:] for line in ran.lines if line.startswith(("Plan ", "Feature "))] == [
        LADDER,
        LADDER,
    ]
    row = next(line for line in ran.lines if line.startswith("  API Access "))
    assert row.split()[2:] == ["–", "–", "✓", "✓", "✓"]
    row = next(line for line in ran.lines if line.startswith("Mobile users "))
    assert row.split()[2:] == ["10", "125", "250", "500", "unlimited"]


def test_every_mark_agrees_with_the_catalog(cli: Any) -> None:
    catalog = load_catalog()
    rows = csv_rows(cli, "--all")
    for key in catalog.features:
        expected = ["yes" if key in catalog.plans[plan].features else "no" for plan in catalog.ladder]
        assert [cell.replace("add-on", "no") for cell in rows[key][3:]] == expected, key


@pytest.mark.parametrize("arguments", [(), ("--all",)])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_it_fits_80_columns(cli: Any, lang: str, arguments: tuple[str, ...]) -> None:
    assert max(map(len, cli("--lang", lang, "matrix", *arguments).lines)) <= 80


def test_more_plans_than_fit_are_shown_in_several_tables(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    ran = cli("matrix")
    assert max(map(len, ran.lines)) <= 50
    features = [line.split()[1:] for line in ran.lines if line.startswith("Feature ")]
    assert len(features) > 1
    assert sum(features, []) == LADDER  # noqa: RUF017  a handful


def test_what_is_not_on_the_pricing_page_is_left_out_unless_asked_for(cli: Any) -> None:
    listed = {key: feature.listed for key, feature in load_catalog().features.items()}
    shown = {row["feature"] for row in cli("matrix", "--json").document["features"]}
    assert shown == {key for key, where in listed.items() if where == "pricing"}
    everything = {row["feature"] for row in cli("matrix", "--all", "--json").document["features"]}
    assert everything == listed.keys()


def test_an_add_on_is_named_where_it_is_sold(cli: Any) -> None:
    cells = csv_rows(cli, "--all")["report_builder_15_reports"][3:]
    assert cells == ["no", "no", "add-on", "add-on", "no"]
    rows = {row["feature"]: row for row in cli("matrix", "--all", "--json").document["features"]}
    assert rows["report_builder_15_reports"]["add_ons"].keys() == {"pro", "advanced"}


def test_json_has_prices_caps_support_and_baa(cli: Any) -> None:
    document = cli("matrix", "--json").document
    assert document == cli("matrix", "--format", "json").document
    assert document["prices"]["enterprise"] == "on_request"
    assert document["support"]["advanced"] == "named_contact"
    assert [plan for plan, word in document["baa"].items() if word == "offered"] == ["advanced", "enterprise"]
    caps = {cap["cap"]: cap["plans"] for cap in document["caps"]}
    assert caps["sms"]["community"]["included"] == "none"
    assert caps["mobile_users"]["pro"] == {"included": 250, "hard": False, "extra_price": "2.00"}


def test_csv_follows_rfc_4180(cli: Any) -> None:
    out = cli("matrix", "--format", "csv").out
    assert out.count("\r\n") == out.count("\n")
    assert out.endswith("\r\n")
    rows = list(csv.reader(io.StringIO(out, newline=""), strict=True))
    assert rows[0] == ["Group", "Key", "Title", *LADDER]
    assert {len(row) for row in rows} == {len(rows[0])}


def test_csv_holds_no_formula(cli: Any, small_catalog: Any) -> None:
    ran = cli("--catalog", small_catalog(low="[a]", high="[a, b]"), "matrix", "--format", "csv")
    assert "All,b,'=B|2,no,yes\r\n" in ran.out


def test_markdown_escapes_what_would_break_the_table(cli: Any, small_catalog: Any) -> None:
    ran = cli("--catalog", small_catalog(low="[a]", high="[a, b]"), "matrix", "--format", "markdown")
    assert r"| =B\|2 | – | ✓ |" in ran.lines
    bars = {len(re.findall(r"(?<!\\)\|", line)) for line in ran.lines}
    assert bars == {4}


def test_html_is_one_whole_page(cli: Any) -> None:
    ran = cli("--lang", "fr", "matrix", "--format", "html")
    assert (ran.code, ran.lines[0], ran.lines[-1]) == (0, "<!DOCTYPE html>", "</html>")
    assert '<bdi lang="fr">Communauté</bdi>' in ran.out


def test_html_without_its_extra_says_what_to_install(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("entitlements.report.render")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    ran = cli("matrix", "--format", "html")
    assert (ran.code, ran.out) == (2, "")
    assert "--format html needs jinja2: pip install 'entitlements[standard]'" in ran.err


def test_thousands_are_apart_for_people_and_not_for_machines(cli: Any) -> None:
    assert "1,200.00" in cli("matrix").out
    assert "| 1,200.00 |" in cli("matrix", "--format", "markdown").out
    assert csv_rows(cli)["price_monthly"][6] == "1200.00"
    assert cli("matrix", "--json").document["prices"]["advanced"]["monthly"] == "1200.00"


def test_titles_come_in_the_language_asked_for(cli: Any) -> None:
    document = cli("--lang", "fr", "matrix", "--json").document
    assert document["titles"]["community"] == "Communauté"
    assert "Tables de référence" in {row["title"] for row in document["features"]}


def test_a_screen_without_the_signs_gets_plain_ones() -> None:
    greek = "iso8859-7"  # has neither the signs nor é
    environment = {**os.environ, "PYTHONIOENCODING": greek, "COLUMNS": "80"}
    command = [sys.executable, "-m", "entitlements", "--lang", "fr", "matrix"]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    text = done.stdout.decode(greek)
    row = next(line for line in text.splitlines() if line.startswith("  Dossiers enfants "))
    assert row.split()[2:] == ["-", "-", "x", "x", "x"]
    assert "Avanc?" in text
    done = subprocess.run([*command, "--json"], env=environment, capture_output=True, check=True)
    assert rb"Avanc\u00e9" in done.stdout


def test_errors_are_json_when_the_format_is(cli: Any) -> None:
    ran = cli("--catalog", "nowhere", "matrix", "--format", "json")
    assert ran.code == 2
    assert ran.document["error"]["code"] == "catalog"


def test_a_global_option_in_the_wrong_place_is_put_right(cli: Any) -> None:
    ran = cli("matrix", "--lang", "fr")
    assert ran.code == 2
    assert "--lang goes before the command" in ran.err
