"""The clinic: its checkers count what is there, switch off what they name, and bring that back."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entitlements import (
    Done,
    Engine,
    Entry,
    FixedClock,
    MemoryStore,
    Step,
    SubjectRecord,
    Subscription,
    Thing,
    load_catalog,
)

ROOT = Path(__file__).resolve().parents[2]
CLINIC = ROOT / "examples/clinic"
SUBJECT = "demo-health"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
MESSAGES = (
    "SELECT (SELECT count(*) FROM broadcasts WHERE project = 'demo-health' AND active{0})"
    " + (SELECT count(*) FROM alerts WHERE project = 'demo-health' AND active{0})"
)
OF_DEMO = "SELECT count(*) FROM {} WHERE project = 'demo-health' AND {}"
COUNTS = {
    "outbound_sms": MESSAGES.format(""),
    "inbound_sms": MESSAGES.format(" AND survey"),
    "role_based_access": OF_DEMO.format("roles", "custom AND NOT archived"),
    "data_cleanup": OF_DEMO.format("rules", "active"),
    "data_forwarding": OF_DEMO.format("forwarders", "active"),
    "user_configurable_report_builder": OF_DEMO.format("reports", "NOT hidden"),
    "advanced_domain_security": OF_DEMO.format("security", "active"),
    "practice_mobile_workers": OF_DEMO.format("apps", "practice_user IS NOT NULL"),
    "commcare_logo_uploader": OF_DEMO.format("apps", "logo IS NOT NULL"),
    "cloudcare": OF_DEMO.format("apps", "web"),
    "lookup_tables": OF_DEMO.format("lookup_tables", "1"),
    "deidentified_data": OF_DEMO.format("exports", "deidentified"),
    "mobile_users": OF_DEMO.format("users", "kind = 'mobile' AND active"),
    "web_users": OF_DEMO.format("users", "kind = 'web' AND active"),
}
#: One thing of each kind that a loss switches off.
THINGS = {
    "outbound_sms": "alerts/1",
    "inbound_sms": "broadcasts/2",
    "role_based_access": "roles/3",
    "data_cleanup": "rules/1",
    "data_forwarding": "forwarders/2",
    "user_configurable_report_builder": "reports/3",
    "advanced_domain_security": "security/2",
    "practice_mobile_workers": "apps/1",
    "commcare_logo_uploader": "apps/3",
}


def module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


APP = module(CLINIC / "clinic.py")
PLUGIN = module(CLINIC / "plugins/clinic_effects.py")


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "clinic.db"
    APP.create(path)
    monkeypatch.setenv("CLINIC_DB", str(path))
    with closing(sqlite3.connect(path)) as database:
        yield database


def rows(database: sqlite3.Connection) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Every row of the application, by table and id."""
    tables = [
        name
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name != "switched_off"
    ]
    return {(table, row[0]): row for table in tables for row in database.execute(f"SELECT * FROM {table}")}  # noqa: S608


def step(feature: str, thing: str | None = None) -> Step:
    named = Thing(thing or THINGS[feature])
    return Step(f"run/{feature}/{named.id}", SUBJECT, feature, "clinic_switched", "deactivated", named)


@pytest.mark.parametrize("feature", COUNTS)
def test_usage_is_what_the_tables_hold(feature: str, clinic: sqlite3.Connection) -> None:
    checker = PLUGIN.Counted() if feature in PLUGIN.COUNTED else PLUGIN.Switched()
    usage = checker.usage(SUBJECT, feature, NOW)
    (count,) = clinic.execute(COUNTS[feature]).fetchone()
    assert count > 0
    assert usage.count == count


@pytest.mark.parametrize("feature", THINGS)
def test_a_step_changes_what_it_names_and_undo_brings_it_back_when_each_is_done_twice(
    feature: str, clinic: sqlite3.Connection
) -> None:
    checker, named, before = PLUGIN.Switched(), step(feature), rows(clinic)
    given = checker.apply(named)
    after = rows(clinic)
    table, _, row = THINGS[feature].partition("/")
    assert {key for key in before if before[key] != after[key]} == {(table, int(row))}
    assert checker.apply(named) == given
    assert rows(clinic) == after
    done = Done(named, json.loads(json.dumps(given)))
    assert checker.undo(done) is None
    assert rows(clinic) == before
    assert checker.undo(done) is None
    assert rows(clinic) == before


def test_a_thing_stays_as_it_is_and_is_reported_when_its_user_changed_it(clinic: sqlite3.Connection) -> None:
    checker, named = PLUGIN.Switched(), step("data_cleanup")
    done = Done(named, checker.apply(named))
    APP.switch(clinic, "rules", 1, to=True)
    APP.switch(clinic, "rules", 1, to=False)
    changed = rows(clinic)
    for _ in range(2):
        assert checker.undo(done) == "somebody changed it since; it was left as it is"
        assert rows(clinic) == changed


def test_an_undo_leaves_off_what_was_off_before_the_step(clinic: sqlite3.Connection) -> None:
    checker, named, before = PLUGIN.Switched(), step("outbound_sms", "broadcasts/4"), rows(clinic)
    assert checker.undo(Done(named, checker.apply(named))) is None
    assert rows(clinic) == before


def test_an_undo_says_so_when_the_thing_is_gone(clinic: sqlite3.Connection) -> None:
    checker, named = PLUGIN.Switched(), step("data_cleanup")
    done = Done(named, checker.apply(named))
    clinic.execute("DELETE FROM rules WHERE id = 1")
    clinic.commit()
    assert checker.undo(done) == "it was deleted since"


def test_the_commands_of_the_page_run_and_show_each_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (CLINIC / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    make, preview = found[1].splitlines()
    words = shlex.split(make.replace("examples/", f"{ROOT}/examples/"))
    subprocess.run([sys.executable, *words[1:]], cwd=tmp_path, check=True)
    setting, program, *arguments = shlex.split(preview.replace("examples/", f"{ROOT}/examples/"))
    assert (setting, program) == ("CLINIC_DB=clinic.db", "entitlements")
    monkeypatch.setenv(*setting.split("=", 1))
    ran = subprocess.run(
        [sys.executable, "-m", "entitlements", *arguments, "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = {effect.get("feature"): effect for effect in json.loads(ran.stdout)["effects"]}
    with closing(sqlite3.connect(tmp_path / "clinic.db")) as database:
        for feature in ("outbound_sms", "role_based_access", "data_cleanup", "lookup_tables"):
            (count,) = database.execute(COUNTS[feature]).fetchone()
            assert shown[feature]["count"] == count
            assert shown[feature]["examples"]
    assert shown["outbound_sms"]["kind"] == "deactivated"


def demo_health(plan: str) -> Engine:
    store = MemoryStore()
    record = SubjectRecord(SUBJECT, (Subscription(plan, datetime(2025, 1, 1, tzinfo=UTC)),))
    store.change(SUBJECT, lambda _: record, Entry("put", "ops", None, NOW))
    return Engine.open(load_catalog(), store, [PLUGIN.Switched(), PLUGIN.Counted()], clock=FixedClock(NOW))


def test_a_downgrade_switches_off_what_was_shown_and_restoring_gives_back_what_is_offered(
    clinic: sqlite3.Connection,
) -> None:
    engine, before = demo_health("pro@1"), rows(clinic)
    preview = engine.preview_change(SUBJECT, "community")
    shown = {step.thing.id for step in preview.steps if step.thing is not None}
    run = engine.apply_change(preview, by="ada")
    after = rows(clinic)
    changed = {key for key in before if before[key] != after[key]}
    assert run.state == "done"
    assert {f"{table}/{row}" for table, row in changed} == shown
    assert {"alerts/1", "roles/3", "rules/1", "reports/1", "apps/1"} <= shown
    engine.apply_change(engine.preview_change(SUBJECT, "pro"), by="ada")
    engine.restore(run)
    back = rows(clinic)
    assert {key[0] for key in changed if back[key] == before[key]} == {"roles", "reports"}
    engine.restore(run)
    assert rows(clinic) == back


@pytest.mark.usefixtures("clinic")
def test_a_pause_keeps_the_roles() -> None:
    features = {step.feature for step in demo_health("pro@1").preview_change(SUBJECT, "paused").steps}
    assert "data_cleanup" in features
    assert "role_based_access" not in features
