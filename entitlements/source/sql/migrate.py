"""Which version the tables of a store have, and how they come to have this one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Text, column, inspect, select, table, text

from entitlements.errors import StoreError
from entitlements.source.sql.database import Database
from entitlements.source.sql.tables import VERSION

#: A name of our own, for the host may well use Alembic in the same database.
VERSION_TABLE = "entitlements_version"
_VERSION = select(column("version_num", Text)).select_from(table(VERSION_TABLE))
# Any number will do, as long as nobody else takes the same lock.
_UPGRADING = 20_260_301
_FOLDER = Path(__file__).parent / "migrations"


def version_of(database: Database) -> str | None:
    """The version of the tables in `database`; None if it has none of ours."""
    return database.read(version_within)


def open_tables(database: Database) -> None:
    """See to it that the tables are of this version: SQLite gets them, of PostgreSQL it is demanded.

    One file is one program's; a server's tables are for a person to change, when no older program uses them.
    """
    found = version_of(database)
    if found == VERSION:
        return
    _refuse_newer(database, found)
    if database.is_sqlite:
        upgrade(database)
        return
    state = "has no tables yet" if found is None else f"has tables of version {found}, this is {VERSION}"
    msg = f"the store {database} {state}"
    raise StoreError(msg, hint=f"run: {upgrade_command(database)}")


def upgrade_command(database: Database) -> str:
    """What a person types to upgrade `database`."""
    password = ", with the password for ***" if "***" in str(database) else ""
    return f"entitlements --source '{database}' store upgrade{password}"


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the tables to this version, in one transaction; their version before and after it.

    Of several who do so at once, one works and the others wait.
    """
    with database.writing() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _UPGRADING})
        found = version_within(connection)
        _refuse_newer(database, found)
        if found != VERSION:
            _run_migrations(connection)
    return found, VERSION


def version_within(connection: Connection) -> str | None:
    """The same, as the transaction of `connection` sees it."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.scalar(_VERSION)
    return version


def _refuse_newer(database: Database, found: str | None) -> None:
    if found is not None and found > VERSION:
        msg = f"the store {database} has tables of version {found}, which this program does not know"
        raise StoreError(msg, hint="install the newer release of entitlements that made them")


def _run_migrations(connection: Connection) -> None:
    try:
        from alembic import command
        from alembic.config import Config
    except ImportError:
        msg = "making the tables of a store needs Alembic, which is not installed"
        raise StoreError(msg, hint="pip install 'entitlements[standard]'") from None
    config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
