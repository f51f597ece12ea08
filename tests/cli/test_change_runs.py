"""Changes of plan on the command line: carried out as they were shown, and taken back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from entitlements import Engine, Entry, FixedClock, SqlStore, SubjectRecord, Subscription, Usage
from tests.cli.test_change import MESSAGING

BY = ("--by", "ada", "--because", "Asked")
Store = Callable[..., Any]
UNDO = """
    def undo(self, record):
        return None if record.step.thing.id == "alert-12" else "somebody changed it"
"""


@pytest.fixture
def store(cli: Any, tmp_path: Path) -> Store:
    """Runs a command on a store in which "hill" has Pro for more than a month, with two alerts."""
    folder = tmp_path / "checkers"
    folder.mkdir()
    acting = MESSAGING.replace("\n@hookimpl", f"{UNDO}\n@hookimpl")
    acting = acting.replace("things=things)", 'things=things, restores="offered")')
    (folder / "messaging.py").write_text(acting)
    source = f"sqlite:///{tmp_path}/spaces.db"

    def called(*words: str) -> Any:
        return cli("--source", source, "--plugins", str(folder), *words)

    assert called("subscribe", "hill", "pro", *BY).code == 0
    return called


def fingerprint(store: Store, *asked: str) -> str:
    found: str = store("change", "preview", "hill", *asked, "--json").document["fingerprint"]
    return found


def applied(store: Store, *more: str) -> Any:
    asked = ("--to", "community", "--kind", "product")
    return store("change", "apply", "hill", *asked, "--fingerprint", fingerprint(store, *asked), *BY, *more)


def test_what_was_shown_is_carried_out_and_told(store: Store) -> None:
    rehearsed = applied(store, "--dry-run", "--json").document
    assert (rehearsed["written"], rehearsed["id"], rehearsed["state"]) == (False, None, "planned")
    assert store("change", "history").words == "No change was carried out yet."
    done = applied(store, "--json").document
    assert (done["written"], done["subject"], done["to"], done["by"]) == (True, "hill", "community@3", "ada")
    assert [step["key"] for step in done["steps"]] == [step["key"] for step in rehearsed["steps"]]
    (told,) = store("change", "history", "hill", "--json").document["runs"]
    assert told == {key: value for key, value in done.items() if key not in {"schema", "written"}}


def test_a_preview_in_a_file_is_carried_out(store: Store, tmp_path: Path) -> None:
    shown = store("change", "preview", "hill", "--to", "community", "--json")
    (tmp_path / "preview.json").write_text(shown.out)
    assert store("change", "apply", "preview.json", "--to", "pro", *BY).code == 2
    assert store("change", "apply", "preview.json", *BY).code == 0
    assert store("change", "apply", "preview.json", *BY).code != 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "is no JSON"),
        ("{}", "holds no preview"),
        ('{"schema": "entitlements/change-preview/1"}', "does not tell which change"),
    ],
)
def test_a_file_that_is_no_preview_is_wrong_usage(text: str, said: str, store: Store, tmp_path: Path) -> None:
    (tmp_path / "preview.json").write_text(text)
    ran = store("change", "apply", "preview.json", *BY)
    assert (ran.code, said in " ".join(ran.err.split())) == (2, True)
    assert "cannot be read" in store("change", "apply", "gone.json", *BY).err


def test_another_fingerprint_is_refused(store: Store) -> None:
    ran = store("change", "apply", "hill", "--to", "community", "--fingerprint", "9c1f", *BY)
    assert ran.code != 0
    assert "something else would be done now than was shown" in " ".join(ran.err.split())
    assert store("change", "history", "--json").document["runs"] == []


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


def test_without_a_fingerprint_a_person_is_asked(store: Store, monkeypatch: Any) -> None:
    words = ("change", "apply", "hill", "--to", "community", *BY)
    refused = store(*words)
    assert (refused.code, "--fingerprint F" in refused.err) == (2, True)
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert store(*words).code != 0
    assert store("change", "history", "--json").document["runs"] == []
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    ran = store(*words)
    assert (ran.code, "hill: Pro (pro@1) → Community" in ran.words) == (0, True)


def test_a_scheduled_change_waits_and_is_rolled_back(store: Store) -> None:
    run = applied(store, "--json").document
    assert run["state"] == "scheduled"
    assert store("change", "run-due").words == "Nothing is due."
    assert store("change", "resume", run["id"], "--json").document["state"] == "scheduled"
    rehearsed = store("change", "rollback", run["id"], *BY, "--dry-run")
    assert rehearsed.lines[-1] == "Nothing was written."
    assert store("change", "restore", run["id"], "--json").document["steps"] == []
    done = store("change", "rollback", run["id"], *BY, "--json").document
    assert (done["state"], done["written"]) == ("rolled_back", True)
    again = store("change", "rollback", run["id"], *BY, "--dry-run")
    assert (again.code != 0, "is rolled back" in again.err) == (True, True)


def test_a_change_that_nobody_knows_is_refused(store: Store) -> None:
    for words in (
        ("resume", "x"),
        ("rollback", "x", *BY),
        ("rollback", "x", *BY, "--dry-run"),
        ("restore", "x"),
    ):
        ran = store("change", *words)
        assert (ran.code != 0, 'there is no change "x"' in ran.err) == (True, True)


@pytest.fixture
def agreed(store: Store, tmp_path: Path) -> str:
    """A change of "moor", agreed to in March, that is due since, with two alerts to switch off."""
    began = datetime(2026, 3, 1, tzinfo=UTC)
    usage = {"outbound_sms": Usage(2)}
    record = SubjectRecord("moor", (Subscription("pro@1", began),), usage=usage)
    opened = SqlStore.in_file(tmp_path / "spaces.db")
    opened.change("moor", lambda _: record, Entry("put", "ops", None, began))
    then = FixedClock(began + timedelta(days=1))
    engine = Engine.open(source=opened, plugins=tmp_path / "checkers", clock=then)
    run = engine.apply_change(engine.preview_change("moor", "community"), by="ada")
    engine.close()
    opened.close()
    assert "moor" in store("change", "history").words
    return run.id


def test_what_is_due_is_carried_out_and_brought_back(store: Store, agreed: str) -> None:
    (due,) = store("change", "run-due", "--dry-run", "--json").document["runs"]
    assert (due["id"], due["state"], due["pending"]) == (agreed, "scheduled", 2)
    ran = store("change", "run-due", "--json").document
    assert [(run["id"], run["state"], run["pending"]) for run in ran["runs"]] == [(agreed, "done", 0)]
    assert store("change", "run-due").words == "Nothing is due."
    assert store("change", "rollback", agreed, *BY).code != 0
    assert store("subscribe", "moor", "pro", *BY).code == 0
    rehearsed = store("change", "restore", agreed, "--dry-run")
    assert (rehearsed.code, "outbound_sms ANC visit: deactivated done" in rehearsed.words) == (0, True)
    back = store("change", "restore", agreed, "--json")
    assert [(step["state"], step["why"]) for step in back.document["steps"]] == [
        ("left", "somebody changed it"),
        ("undone", None),
    ]
    assert (back.code, back.document["written"]) == (1, True)
    assert store("change", "restore", agreed, "--json").document["steps"] == []


def test_a_step_that_fails_is_named_and_taken_up_again(store: Store, agreed: str, tmp_path: Path) -> None:
    checker = tmp_path / "checkers" / "messaging.py"
    acting = checker.read_text()
    checker.write_text(acting.replace('return {"active": True}', "raise OSError"))
    ran = store("change", "run-due")
    assert (ran.code, "stopped at a step that failed, 2 steps" in ran.words) == (1, True)
    again = store("change", "resume", agreed)
    assert (again.code, "outbound_sms ANC visit: deactivated failed: OSError" in again.words) == (1, True)
    checker.write_text(acting)
    assert store("change", "resume", agreed).code == 0
