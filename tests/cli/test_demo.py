"""The demo: the same wherever its store is, and nobody's data are touched or left behind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from entitlements import Engine, FixedClock, MemoryStore, SqlStore, load_catalog
from entitlements.catalog.load import samples_in, shipped_folder
from entitlements.cli.demo import history
from entitlements.source.record_json import record_json
from entitlements.source.sql.tables import METADATA
from entitlements.source.subjects_file import Subjects, read_subjects
from tests.postgres import Server
from tests.source.stores import opened

SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'entitlements%' ORDER BY 1"


@pytest.fixture(scope="module")
def samples() -> Subjects:
    return read_subjects(samples_in(shipped_folder())[0])


@pytest.mark.parametrize("words", [("demo",), ("demo", "--json"), ("--lang", "fr", "demo")])
def test_output_is_the_same_wherever_the_store_is(
    words: tuple[str, ...], cli: Any, postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file = cli(*words)
    assert in_file.code == 0, in_file.err
    assert "store in a file" in in_file.err
    monkeypatch.setenv("ENTITLEMENTS_SOURCE", postgres())
    on_server = cli(*words)
    assert "a schema of its own in postgresql://" in on_server.err
    assert on_server.out == in_file.out
    monkeypatch.delenv("ENTITLEMENTS_SOURCE")
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    without_extra = cli(*words)
    assert "source: memory" in without_extra.err
    assert without_extra.out == in_file.out


def test_document_says_what_was_done(cli: Any) -> None:
    document = cli("demo", "--json").document
    assert [row["what"] for row in document["audit"]] == [
        "set details",
        "subscribe",
        "override give",
        "change plan",
    ]
    assert document["life"][1]["says"] == [
        "+ gives custom_reports from 2026-03-02 through 2026-06-30: A donor wants it (pro_bono, ops)"
    ]
    assert [check["allowed"] for check in document["checks"]].count(True) == 4


def test_a_subscription_is_followed_from_its_first_day_to_its_last(cli: Any) -> None:
    words = cli("demo").words
    assert "Earliest end 2026-04-01: a monthly subscription lasts at least 30 days" in words
    assert "Estimate of the charge on 2026-04-01: 300.00 USD." in words
    assert "+ standard@1 (product, monthly) from 2026-03-02 through 2026-03-31" in words
    assert "override give by ops: A donor wants it" in words
    assert "The audit log is whole: 33 changes" in words


def test_nothing_is_left_in_the_folder_or_beside_a_store_that_is_named(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("demo").code == 0
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("ENTITLEMENTS_SOURCE", "own.db")
    assert cli("demo").code == 0
    assert not list(tmp_path.iterdir())
    cli("subscribe", "demo-new", "pro", "--by", "ada")
    before = cli("audit", "export").out
    assert cli("demo").code == 0
    assert cli("audit", "export").out == before
    assert {path.name for path in tmp_path.iterdir()} <= {"own.db", "own.db-wal", "own.db-shm"}


def test_what_else_is_in_the_database_is_left_alone(
    cli: Any, postgres: Callable[[], str], samples: Subjects
) -> None:
    url = postgres()
    with closing(opened(url)) as store:
        live_through(store, samples)
        held = sorted(record_json(record) for record in store.load_many(store.subjects()).values())
        log = list(store.audit())
        rows = rows_of(url)
        ran = cli("--source", f"{url}&options=-cstatement_timeout%3D60000", "demo")
        assert (ran.code, ran.out) == (0, cli("demo").out)
        assert sorted(record_json(record) for record in store.load_many(store.subjects()).values()) == held
        assert list(store.audit()) == log
    assert rows_of(url) == rows
    with psycopg.connect(url) as connection:
        assert connection.execute(SCHEMAS).fetchall() == []


def rows_of(url: str) -> dict[str, list[Any]]:
    with psycopg.connect(url) as connection:
        return {
            name: sorted(connection.execute(f"TABLE public.{name}".encode()).fetchall(), key=str)
            for name in METADATA.tables
        }


def test_the_schema_goes_also_when_the_demo_fails(
    cli: Any, postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres()
    monkeypatch.setenv("ENTITLEMENTS_PLUGINS", "no_such_folder")
    assert cli("--source", url, "demo").code == 2
    with psycopg.connect(url) as connection:
        assert connection.execute(SCHEMAS).fetchall() == []


def test_who_may_make_no_schema_is_told_what_helps(
    cli: Any, postgres: Callable[[], str], postgres_server: Server
) -> None:
    url = postgres()
    postgres_server.sql("DROP ROLE IF EXISTS guest")
    postgres_server.sql("CREATE ROLE guest LOGIN")
    ran = cli("--source", url.replace("postgres@", "guest@"), "demo")
    assert ran.code == 2
    assert "permission denied" in ran.err
    assert "in which you may make a schema" in ran.err


def test_a_store_that_is_kept_is_sound_and_holds_the_samples(cli: Any, samples: Subjects) -> None:
    ran = cli("demo", "--keep", "kept.db")
    assert "entitlements --source kept.db audit list" in ran.words
    assert cli("--source", "kept.db", "store", "check").code == 0
    assert cli("--source", "kept.db", "audit", "list", "demo-new").lines[0].startswith("30  2026-03-01")
    with closing(SqlStore.in_file("kept.db")) as store:
        assert list(store.subjects()) == sorted(record.subject for record in samples.records)
    again = cli("demo", "--keep", "kept.db")
    assert (again.code, "there already" in again.err) == (2, True)
    misnamed = cli("demo", "--keep", "kept")
    assert (misnamed.code, "must end in .db" in misnamed.err) == (2, True)


def live_through(store: Any, samples: Subjects) -> Engine:
    assert samples.now is not None
    clock = FixedClock(samples.now)
    engine = Engine.open(load_catalog(), store, clock=clock)
    history.live_through(engine, clock, samples)
    return engine


def test_the_verbs_make_of_the_samples_what_their_file_says(samples: Subjects) -> None:
    lived = live_through(MemoryStore(), samples)
    from_file = Engine.open(source=samples_in(shipped_folder())[0])
    for record in samples.records:
        held = lived.source.load(record.subject)
        assert held is not None
        plans = [(one.plan.partition("@")[0], one.start, one.end, one.kind) for one in held.subscriptions]
        assert plans == [
            (one.plan.partition("@")[0], one.start, one.end, one.kind) for one in record.subscriptions
        ]
        measured = {
            key: replace(usage, measured_at=usage.measured_at or samples.now)
            for key, usage in record.usage.items()
        }
        same: Any = {"subscriptions": (), "revision": 0}
        assert replace(held, **same) == replace(record, usage=measured, **same)
        had, has = from_file.entitlements(record.subject), lived.entitlements(record.subject)
        assert has.allowed() == had.allowed()
        for cap, declared in from_file.catalog.caps.items():
            if declared.period is not None:
                continue  # of a month that nobody measured, a store knows that nothing was counted
            assert replace(has.cap(cap), source=had.cap(cap).source) == had.cap(cap)
