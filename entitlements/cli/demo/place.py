"""Where the demo keeps its store: in a file or a schema of its own, so that nobody's data are touched."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entitlements.cli.app import say
from entitlements.errors import StoreUnavailable
from entitlements.source.memory import MemoryStore
from entitlements.source.urls import names_store, without_password

if TYPE_CHECKING:
    from sqlalchemy import URL

    from entitlements.source.protocol import Store


@contextmanager
def demo_store(source: str | None, keep: Path | None) -> Iterator[Store]:
    """An empty store: in the file to `keep`, on the server of `source`, else in a file that goes again."""
    on_server = source is not None and "://" in source and not source.startswith("sqlite")
    if keep is not None:
        with _in_file(_new(keep)) as store:
            yield store
    elif source is not None and on_server:
        with _in_schema(source) as store:
            yield store
    elif find_spec("sqlalchemy") is None:
        say("source: memory; a store in a database needs: pip install 'entitlements[standard]'")
        yield MemoryStore()
    else:
        with tempfile.TemporaryDirectory() as folder, _in_file(Path(folder) / "demo.db") as store:
            yield store


def _new(keep: Path) -> Path:
    if keep.exists():
        msg = f"{keep} is there already, and the demo needs a new file"
    elif not names_store(str(keep)):
        msg = f'"{keep}" must end in .db, so that --source knows it for a store'
    else:
        return keep
    raise click.BadParameter(msg, param_hint="--keep")


@contextmanager
def _in_file(path: Path) -> Iterator[Store]:
    from entitlements.source.sql.store import SqlStore

    say("source: a store in a file of its own")
    with closing(SqlStore.in_file(path)) as store:
        yield store


@contextmanager
def _in_schema(source: str) -> Iterator[Store]:
    """A store in a new schema, which is gone afterwards with all that is in it."""
    from sqlalchemy.schema import CreateSchema, DropSchema

    from entitlements.source.sql.database import Database
    from entitlements.source.sql.migrate import upgrade
    from entitlements.source.sql.store import SqlStore

    name = f"entitlements_demo_{os.getpid()}_{secrets.token_hex(4)}"
    with closing(Database(source)) as database:
        try:
            with database.writing() as connection:
                connection.execute(CreateSchema(name))
        except StoreUnavailable as error:
            hint = "give a database in which you may make a schema, or no --source: then it takes a file"
            raise StoreUnavailable(str(error), hint=hint) from error
        say(f"source: a schema of its own in {without_password(source)}")
        try:
            own = _within(database.url, name)
            upgrade(Database(own))
            with closing(SqlStore(own)) as store:
                yield store
        finally:
            with database.writing() as connection:
                connection.execute(DropSchema(name, cascade=True))


def _within(url: URL, schema: str) -> URL:
    """`url` for connections that see the tables of `schema`, and no others."""
    given = url.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} -csearch_path={schema}".strip()
    return url.update_query_dict({"options": options})
