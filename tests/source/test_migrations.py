"""The tables come to be what the code takes them for: on SQLite by themselves, on PostgreSQL when told to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from entitlements import SqlStore, StoreError
from entitlements.source.sql import migrations
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import VERSION_TABLE, upgrade, version_of
from entitlements.source.sql.tables import METADATA, VERSION

OPENING = "import sys; from entitlements import SqlStore; SqlStore(sys.argv[1])"
UPGRADING = """
import sys
from entitlements.source.sql.database import Database
from entitlements.source.sql.migrate import upgrade
print(upgrade(Database(sys.argv[1]))[0])
"""

SET_VERSION = sa.update(sa.table(VERSION_TABLE, sa.column("version_num"))).values(
    version_num=sa.bindparam("version")
)


def in_processes(code: str, url: str, count: int) -> list[str]:
    """What `count` processes print that run `code` at the same time."""
    running = [
        subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    out = [process.communicate()[0].strip() for process in running]
    assert [process.returncode for process in running] == [0] * count
    return out


def differences(database: Database) -> list[object]:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, METADATA)
    return [one for one in found if VERSION_TABLE not in str(one)]


def test_the_migrations_make_the_tables_that_the_code_knows(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        database = Database(url)
        assert differences(database)
        assert upgrade(database) == (None, VERSION)
        assert not differences(database)
        assert version_of(database) == VERSION
        assert upgrade(database) == (VERSION, VERSION)


def test_the_version_is_the_newest_migration() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == VERSION


def test_sqlite_gets_its_tables_when_many_processes_open_it_first(sqlite: Callable[[], str]) -> None:
    for _ in range(3):
        url = sqlite()
        in_processes(OPENING, url, 6)
        assert not differences(Database(url))


def test_one_of_many_upgrades_of_postgresql_works(postgres: Callable[[], str]) -> None:
    url = postgres()
    assert sorted(in_processes(UPGRADING, url, 4)) == [VERSION, VERSION, VERSION, "None"]
    assert not differences(Database(url))


def test_postgresql_without_tables_is_refused_with_the_command_to_run(postgres: Callable[[], str]) -> None:
    url = postgres()
    with pytest.raises(StoreError, match="has no tables yet") as caught:
        SqlStore(url.replace("postgres@", "postgres:secret@"))
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("run: entitlements --source 'postgresql://postgres:***@/")
    assert caught.value.hint.endswith("store upgrade, with the password for ***")
    assert version_of(Database(url)) is None


@pytest.mark.parametrize("version", ["9999", "0000"])
def test_tables_of_another_version_are_refused(version: str, postgres: Callable[[], str]) -> None:
    database = Database(postgres())
    upgrade(database)
    with database.writing() as connection:
        connection.execute(SET_VERSION, {"version": version})
    with pytest.raises(StoreError, match=version) as caught:
        SqlStore(database.url)
    assert ("newer release" if version > VERSION else "store upgrade") in str(caught.value.hint)


def test_sqlite_tables_of_a_newer_version_are_left_alone(sqlite: Callable[[], str]) -> None:
    url = sqlite()
    with closing(SqlStore(url)) as store, store.database.writing() as connection:
        connection.execute(SET_VERSION, {"version": "9999"})
    with pytest.raises(StoreError, match="which this program does not know"):
        SqlStore(url)


def test_a_migration_that_fails_leaves_nothing(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        database = Database(url)
        with database.writing() as connection:
            connection.execute(sa.text("CREATE TABLE entitlements_audit_head (own INTEGER)"))
        with pytest.raises(StoreError, match="entitlements_audit_head"):
            upgrade(database)
        with database.reading() as connection:
            assert sa.inspect(connection).get_table_names() == ["entitlements_audit_head"]
