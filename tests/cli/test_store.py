"""The commands that look after a store, on SQLite and PostgreSQL: info, check, upgrade."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from entitlements.source.sql.database import Database
from entitlements.source.sql.tables import VERSION
from entitlements.source.triggers import TRIGGERS
from entitlements.source.urls import without_password

BY = ("--by", "ada")
ON = ("hill", "mill")
NEXT_YEAR = "2090-01-01"
Store = Callable[..., Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/spaces.db"
    made: str = request.getfixturevalue("postgres")()
    return made


@pytest.fixture
def store(cli: Any, url: str) -> Store:
    """`store("store", "info")` runs the command on that database."""
    return lambda *words: cli("--source", url, *words)


@pytest.fixture
def used(store: Store) -> Store:
    """The same, with tables and two project spaces."""
    store("store", "upgrade")
    for name in ON:
        assert store("subscribe", name, "pro", *BY, "--add-on", "report_builder_15_reports").code == 0
    assert store("subscribe", "hill", "advanced", "--at", NEXT_YEAR, *BY).code == 0
    assert store("seats", "reconcile", "hill", "mobile_users", "--count", "2", *BY).code == 0
    return store


def execute(url: str, *statements: str) -> None:
    """What somebody does who has every right to, and got round the triggers."""
    with closing(Database(url)) as database, database.writing() as connection:
        if database.is_sqlite:
            connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        for statement in statements:
            connection.execute(sa.text(statement))


def without_triggers(url: str, *statements: str) -> None:
    """The same, with the triggers out of the way; on SQLite they come again, as they were."""
    with closing(Database(url)) as database, database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                connection.execute(sa.text(statement))
            connection.commit()
            return
        found = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all()
        for (name,) in found:
            connection.execute(sa.text(f"DROP TRIGGER {name}"))
        for statement in (*statements, *TRIGGERS["sqlite"]):
            connection.exec_driver_sql(statement)


def test_tables_are_made_once_and_rehearsed_before(store: Store) -> None:
    rehearsed = store("store", "upgrade", "--dry-run", "--json").document
    assert (rehearsed["before"], rehearsed["after"], rehearsed["written"]) == (None, VERSION, False)
    assert "would be made" in store("store", "upgrade", "--dry-run").words
    done = store("store", "upgrade")
    assert (done.code, "made" in done.words, "would" in done.words) == (0, True, False)
    again = store("store", "upgrade", "--json").document
    assert (again["before"], again["written"]) == (VERSION, False)
    assert f"The tables are of version {VERSION} already" in store("store", "upgrade").words
    assert store("subscribe", "hill", "pro", *BY).code == 0


def test_postgresql_without_tables_names_the_command_that_makes_them(
    cli: Any, postgres: Callable[[], str]
) -> None:
    url = postgres()
    refused = cli("--source", url, "subscribe", "hill", "pro", *BY, "--json").document["error"]
    command = shlex.split(refused["hint"].removeprefix("run: "))
    assert command[0] == "entitlements"
    info = cli("--source", url, "store", "info")
    assert (info.code, "none yet" in info.words, "store upgrade" in info.words) == (0, True, True)
    document = cli("--source", url, "store", "info", "--json").document
    assert (document["ready"], document["version"], document["subjects"]) == (False, None, None)
    checked = cli("--source", url, "store", "check")
    assert (checked.code, "there are none yet; run: entitlements" in checked.words) == (1, True)
    assert cli(*command[1:]).code == 0
    assert cli("--source", url, "store", "check").code == 0
    assert cli("--source", url, "subscribe", "hill", "pro", *BY).code == 0


def test_info_says_where_it_is_and_what_was_done_last(used: Store, url: str) -> None:
    ran = used("store", "info")
    assert ran.code == 0
    assert "subscribe of hill by ada" in ran.words
    document = used("store", "info", "--json").document
    assert document["store"] in ran.words.replace(" ", "")
    assert document["server"].split()[0] == ("SQLite" if url.startswith("sqlite") else "PostgreSQL")
    assert (document["version"], document["ready"]) == (VERSION, True)
    assert (document["subjects"], document["changes"], document["last_change"]["seq"]) == (2, 3, 3)


def test_a_store_that_only_verbs_changed_is_sound(used: Store) -> None:
    why = ("--kind", "agreement", "--end", "never", *BY, "--because", "so")
    for words in (
        ("override", "set", "hill", "mobile_users", "--to", "300", *why),
        ("baa", "sign", "hill", "--at", "2020-01-01", *BY),
        ("subscription", "cancel", "hill", NEXT_YEAR, *BY),
        ("subjects", "set", "mill", "--credits", "12.50", "--time-zone", "Africa/Nairobi", *BY),
    ):
        used(*words)
    ran = used("store", "check")
    assert ran.code == 0, ran.out
    document = used("store", "check", "--json").document
    assert document["sound"] is True
    looked_at = [one["check"] for one in document["checks"]]
    assert looked_at[-6:] == ["tables", "triggers", "overlaps", "audit", "seats", "records"]


HARM = {
    "another plan": (
        "records",
        '"mill": subscriptions changed without a row',
        "UPDATE entitlements_subscriptions SET plan = 'enterprise' WHERE subject = 'mill'",
    ),
    "credits": (
        "records",
        '"mill": credits changed without a row in the log',
        "UPDATE entitlements_subjects SET credits = '5' WHERE subject = 'mill'",
    ),
    "a spoilt value": (
        "records",
        'holds of "mill" was not written by it',
        "UPDATE entitlements_subjects SET credits = 'much' WHERE subject = 'mill'",
    ),
    "an older backup": (
        "records",
        '"hill": it is at revision 1, and the log at 2',
        "UPDATE entitlements_subjects SET revision = 1 WHERE subject = 'hill'",
    ),
    "a new one": (
        "records",
        '"till": it is at revision 1, and the log at 0',
        "INSERT INTO entitlements_subjects (subject, revision) VALUES ('till', 1)",
    ),
    "one less": (
        "records",
        '"mill" is gone without a row',
        "DELETE FROM entitlements_subscription_add_ons WHERE subject = 'mill'",
        "DELETE FROM entitlements_subscriptions WHERE subject = 'mill'",
        "DELETE FROM entitlements_subjects WHERE subject = 'mill'",
    ),
    "another author": (
        "audit",
        "row 2: its contents are not what was sealed",
        "UPDATE entitlements_audit SET done_by = 'nobody' WHERE seq = 2",
    ),
    "one seat more": (
        "seats",
        '"hill": 3 of mobile_users are counted, and 2 held',
        "UPDATE entitlements_seat_counts SET held = held + 1",
    ),
    "two at once": (
        "overlaps",
        '"hill" has two at once',
        "UPDATE entitlements_subscriptions SET end_at = NULL WHERE subject = 'hill'",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_somebody_did_by_hand_is_found(harm: str, used: Store, url: str) -> None:
    where, says, *statements = HARM[harm]
    without_triggers(url, *statements)
    ran = used("store", "check")
    assert (ran.code, says in ran.words) == (1, True), ran.out
    found = {one["check"]: one["wrong"] for one in used("store", "check", "--json").document["checks"]}
    assert next(check for check, wrong in found.items() if wrong) == where
    assert [says in finding for finding in found[where]] == [True]


def test_a_trigger_that_is_gone_or_off_is_told(used: Store, url: str) -> None:
    if url.startswith("sqlite"):
        execute(url, "DROP TRIGGER entitlements_audit_takes_no_delete")
        says = "the trigger entitlements_audit_takes_no_delete is missing or off"
    else:
        execute(url, "ALTER TABLE entitlements_audit DISABLE TRIGGER USER")
        says = "the trigger entitlements_audit_is_only_appended_to is missing or off"
    ran = used("store", "check")
    assert (ran.code, says in ran.words) == (1, True)


@pytest.mark.parametrize(("version", "way_out"), [("9999", "newer release"), ("0000", "store upgrade")])
def test_tables_of_another_version_are_told_with_a_way_out(
    version: str, way_out: str, used: Store, url: str
) -> None:
    execute(url, f"UPDATE entitlements_version SET version_num = '{version}'")  # noqa: S608  our own value
    ran = used("store", "check")
    assert (ran.code, f"of version {version}" in ran.words, way_out in ran.words) == (1, True, True)
    assert used("store", "info").code == 0


def test_a_table_that_is_missing_is_told(used: Store, url: str) -> None:
    execute(url, "DROP TABLE entitlements_usage")
    ran = used("store", "check")
    assert (ran.code, "entitlements_usage is missing" in ran.words) == (1, True)


def test_a_damaged_file_is_told(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "spaces.db"
    source = ("--source", str(path))
    cli(*source, "subscribe", "hill", "pro", *BY)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM entitlements_subjects")  # sqlite3 itself minds no foreign keys
    ran = cli(*source, "store", "check")
    assert (ran.code, "of entitlements_subscriptions belongs to no entitlements_subjects" in ran.words) == (
        1,
        True,
    )
    path = tmp_path / "text.db"
    path.write_bytes(b"no database at all, only a text that is longer than a header\n" * 100)
    ran = cli("--source", str(path), "store", "check")
    assert (ran.code, "not a database" in ran.err) == (2, True)


def test_of_many_findings_a_few_are_shown_and_all_are_in_the_document(used: Store, url: str) -> None:
    names = ", ".join(f"('space {n}', 1)" for n in range(1_200))
    execute(url, f"INSERT INTO entitlements_subjects (subject, revision) VALUES {names}")  # noqa: S608  our own values
    assert "and 1195 more" in used("store", "check").words
    (records,) = [c for c in used("store", "check", "--json").document["checks"] if c["check"] == "records"]
    assert len(records["wrong"]) == 1_200


@pytest.mark.parametrize("words", [("info",), ("check",), ("upgrade",)])
def test_what_is_no_store_is_wrong_usage(words: tuple[str, ...], cli: Any, tmp_path: Path) -> None:
    assert "is only read; name a store" in cli("store", *words).err
    missing = cli("--source", "typo.db", "store", *words)
    if words != ("upgrade",):
        assert (missing.code, "there is no store typo.db" in missing.err) == (2, True)
        assert not (tmp_path / "typo.db").exists()


SECRET = "open-sesame"  # noqa: S105  made up
SPELLINGS = (
    "postgresql://postgres:{secret}@/{rest}",
    "postgresql://postgres:a%40{secret}@/{rest}",
    "postgresql://postgres:a/{secret}@/{rest}",
    "postgresql://postgres@/{rest}&password={secret}",
    "postgresql://postgres:x@{secret}@/{rest}",
    "postgresql://postgres:{secret}@/no_such_database{rest}",
    "postgresql://postgres:{secret}@localhost:1/x?{rest}",
    "postgresql://postgres:{secret}@localhost:port/x",
    "postgresql://postgres:{secret}@[::1/x",
    "postgresql://postgres:{secret}",
    "postgresql://postgres:1{secret}/x",
    "postgresql:{secret}@localhost/x",
)
COMMANDS = (
    ("store", "info"),
    ("store", "check"),
    ("store", "upgrade"),
    ("store", "check", "--json"),
    ("audit", "list"),
    ("audit", "verify"),
    ("audit", "export"),
    ("subscribe", "hill", "pro", *BY),
    ("subjects", "list"),
    ("check", "nobody", "api_access"),
    ("override", "list", "hill"),
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_command_prints_the_password(spelling: str, cli: Any, postgres: Callable[[], str]) -> None:
    url = spelling.format(secret=SECRET, rest=postgres().removeprefix("postgresql://postgres@/"))
    for command in COMMANDS:
        ran = cli("--source", url, *command)
        assert SECRET not in ran.out + ran.err, command


@pytest.mark.parametrize(
    "shown",
    [
        "postgresql://localhost:5432/x",
        "postgresql://localhost:5432",
        "postgresql://ops@localhost/x",
        "postgresql://ops@localhost:5432/x?connect_timeout=3",
        "postgresql://ops@/x?host=/tmp/y",
        "sqlite:///spaces.db",
        "C:/plans/a@b.yaml",
        "spaces.yaml",
    ],
)
def test_what_holds_no_password_is_shown_as_it_is(shown: str) -> None:
    assert without_password(shown) == shown
