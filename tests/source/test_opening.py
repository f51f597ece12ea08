"""What a person may name as a source, and what is said of what cannot be opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entitlements import Engine, Entry, SourceError, SqlStore, StoreError, StoreUnavailable, SubjectRecord
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import upgrade
from entitlements.subject import Subscription

ENTRY = Entry("subscribe", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))


def on_pro(record: SubjectRecord) -> SubjectRecord:
    return SubjectRecord(record.subject, (Subscription("pro"),))


def plan_through(source: str | Path) -> str:
    engine = Engine.open(source=source)
    assert isinstance(engine.source, SqlStore)
    engine.source.change("space", on_pro, ENTRY)
    return Engine.open(source=source).entitlements("space").plan.key


def test_a_store_is_opened_by_its_url(sqlite: Callable[[], str], postgres: Callable[[], str]) -> None:
    assert plan_through(sqlite()) == "pro"
    url = postgres()
    upgrade(Database(url))
    assert plan_through(url) == "pro"


def test_a_store_is_opened_by_its_file_whatever_its_name(tmp_path: Path) -> None:
    assert plan_through(tmp_path / "what? #1 %20 été.db") == "pro"
    assert plan_through(str(tmp_path / "plain.db")) == "pro"


def test_a_change_shows_in_the_engine_at_once(sqlite: Callable[[], str]) -> None:
    engine = Engine.open(source=sqlite())
    assert isinstance(engine.source, SqlStore)
    assert engine.entitlements("space").plan.key != "pro"
    engine.source.change("space", on_pro, ENTRY)
    assert engine.entitlements("space").plan.key == "pro"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("mysql://root@localhost/x", "mysql"),
        ("oracle+cx://x", "is no store"),
        ("sqlite:///no/such/folder/x.db", "no folder for the store"),
        ("sqlite://", "no folder for the store"),
        ("no/such/folder/x.db", "no folder for the store"),
        ("nothing.yaml", "there is no subjects file"),
    ],
)
def test_a_source_that_is_none_is_refused_with_a_way_out(source: str, says: str) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        Engine.open(source=source)
    assert caught.value.hint


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("no database at all, only a text that is long enough for a header of one\n" * 20)
    with pytest.raises(StoreUnavailable, match="not a database"):
        Engine.open(source=path)


def test_a_server_that_is_away_is_told_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        Engine.open(source=f"postgresql://ops:secret@/x?host={tmp_path}")
    assert "secret" not in str(caught.value)


def test_a_store_that_is_no_url_says_what_one_is() -> None:
    with pytest.raises(StoreError) as caught:
        SqlStore("entitlements.db")
    assert "sqlite:///file.db" in str(caught.value.hint)
