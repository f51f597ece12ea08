"""Django with databases that are made while it runs: each store has an alias of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.utils import ConnectionHandler

from tests.postgres import Server, postgres_server

if TYPE_CHECKING:
    from entitlements.integrations.django.store import DjangoStore

__all__ = ["postgres_server"]

Make = Callable[[], "DjangoStore"]
_SQLITE = "django.db.backends.sqlite3"
_numbers = count()

if not settings.configured:
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": _SQLITE, "NAME": ":memory:"}},
        ENTITLEMENTS={"subject": "tests.integrations.django.views.subject_of"},
        INSTALLED_APPS=["entitlements.integrations.django"],
        LOGGING_CONFIG=None,
        MIDDLEWARE=["entitlements.integrations.django.middleware.EntitlementsMiddleware"],
        ROOT_URLCONF="tests.integrations.django.views",
        SECRET_KEY="for tests",  # noqa: S106  guards nothing
        USE_TZ=True,
    )
    django.setup()


@pytest.fixture
def opened() -> Iterator[Callable[[dict[str, Any]], DjangoStore]]:
    """Gives a store with tables in a database of given settings; closes all connections at the end."""
    from entitlements.integrations.django.store import DjangoStore

    made: list[Any] = []

    def keep(connection: Any, **_: Any) -> None:
        made.append(connection.connection)

    def make(database: dict[str, Any]) -> DjangoStore:
        alias = f"made_{next(_numbers)}"
        whole = ConnectionHandler({"default": {"ENGINE": _SQLITE, "NAME": ":memory:"}, alias: database})
        connections.settings[alias] = whole.settings[alias]
        call_command("migrate", database=alias, verbosity=0)
        return DjangoStore(alias)

    connection_created.connect(keep)
    yield make
    connection_created.disconnect(keep)
    connections.close_all()
    for connection in made:
        connection.close()


@pytest.fixture
def on_sqlite(opened: Callable[[dict[str, Any]], DjangoStore], tmp_path: Path) -> Make:
    return lambda: opened({"ENGINE": _SQLITE, "NAME": str(tmp_path / f"{next(_numbers)}.db")})


@pytest.fixture
def on_postgresql(opened: Callable[[dict[str, Any]], DjangoStore], postgres_server: Server) -> Make:
    def make() -> DjangoStore:
        place = {
            "NAME": postgres_server.new_database(),
            "USER": "postgres",
            "HOST": str(postgres_server.folder),
        }
        return opened({"ENGINE": "django.db.backends.postgresql", **place})

    return make


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def store(request: pytest.FixtureRequest) -> DjangoStore:
    """A store with tables, on each database in turn."""
    make: Make = request.getfixturevalue(request.param)
    return make()
