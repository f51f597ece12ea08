from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

PLUGIN = """
from entitlements import CACHEABLE, Checker, deny, hookimpl

class Fraud(Checker):
    name = "fraud"
    everywhere = True
    volatility = CACHEABLE(90)
    on_error = "last_good"
    deadline = 0.5
    def check(self, question):
        return None

class Reading(Checker):
    name = "reading"
    features = ("lookup_tables",)
    def usage(self, subject, feature, at):
        return None

@hookimpl
def entitlements_checkers():
    return (Fraud(), Reading())
"""


@pytest.fixture
def folder(tmp_path: Path) -> str:
    plugins = tmp_path / "checkers"
    plugins.mkdir()
    (plugins / "fraud_desk.py").write_text(PLUGIN)
    return str(plugins)


def row_of(ran: Any, name: str) -> str:
    return next(" ".join(line.split()) for line in ran.lines if line.startswith(name))


def test_the_built_in_checkers_are_listed(cli: Any) -> None:
    ran = cli("plugins")
    assert ran.code == 0
    assert row_of(ran, "exempt_clients") == "exempt_clients built-in dynamic client 1 feature deny ok"
    assert row_of(ran, "requires") == "requires built-in static – no features deny ok"


def test_a_strangers_checkers_are_listed_with_what_they_declare(
    cli: Any, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max(map(len, cli("--plugins", folder, "plugins").lines)) <= 80
    monkeypatch.setenv("COLUMNS", "100")
    ran = cli("--plugins", folder, "plugins")
    assert row_of(ran, "fraud") == "fraud fraud_desk kept 90 s – everywhere last good, after 0.5 s ok"
    assert row_of(ran, "reading") == "reading fraud_desk dynamic – only measures deny ok"
    assert ran.lines[-1] == "5 checkers from 2 plugins."


def test_json_lists_each_plugin_with_its_checkers(cli: Any, folder: str) -> None:
    plugins = {p["name"]: p for p in cli("--plugins", folder, "plugins", "--json").document["plugins"]}
    assert {c["name"] for c in plugins["entitlements.plugins"]["checkers"]} >= {"exempt_clients", "requires"}
    fraud, reading = plugins["fraud_desk"]["checkers"]
    assert (fraud["volatility"], fraud["ttl"], fraud["deadline"]) == ("cacheable", 90, 0.5)
    assert (fraud["on_error"], fraud["health"], fraud["everywhere"]) == ("last_good", "ok", True)
    assert (reading["judges"], reading["measures"], reading["features"]) == (False, True, [])


def test_one_feature_shows_who_judges_it(cli: Any, folder: str) -> None:
    ran = cli("--plugins", folder, "plugins", "--feature", "api_access")
    assert ran.lines[0] == "API Access (api_access) is judged by"
    assert row_of(ran, "exempt_clients").endswith("when a call names client by itself")
    assert "every 90 s at most" in row_of(ran, "fraud")
    names = [
        checker["name"]
        for plugin in cli("--plugins", folder, "plugins", "--feature", "api_access", "--json").document[
            "plugins"
        ]
        for checker in plugin["checkers"]
    ]
    assert names == ["exempt_clients", "fraud"]


def test_a_feature_that_nobody_judges_says_so(cli: Any) -> None:
    ran = cli("plugins", "--feature", "custom_reports")
    assert ran.words.startswith("No checker judges Custom Reports (custom_reports)")


def test_a_check_in_a_plan_file_is_shown_with_its_parameters_and_line(
    cli: Any, folder: str, small_catalog: Any
) -> None:
    plans = small_catalog(low="[a]", high="[a]", more=", checks: {fraud: {level: 3}}")
    ran = cli("--catalog", plans, "--plugins", folder, "plugins", "--feature", "a")
    assert "level: 3 [small/features/all.yaml:3]" in ran.words


def test_an_unknown_feature_is_wrong_usage_with_the_near_name(cli: Any) -> None:
    ran = cli("plugins", "--feature", "api_acces")
    assert (ran.code, ran.out) == (2, "")
    assert "api_access" in ran.err


def test_a_broken_plugin_is_named(cli: Any, folder: str) -> None:
    (Path(folder) / "broken.py").write_text("raise ValueError('no')")
    ran = cli("--plugins", folder, "plugins", "--json")
    assert ran.code == 2
    assert 'plugin "broken"' in ran.document["error"]["message"]
