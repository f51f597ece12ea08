"""What the tests of outages share: a server that may be killed, and a way to it that may fail."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.outage.proxy import Proxy
from tests.postgres import Server, postgres, postgres_server
from tests.source.conftest import sqlite

__all__ = ["postgres", "postgres_server", "sqlite"]


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that the test may kill; it writes to the disk before it acknowledges."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    server = Server(folder, durable=True)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def proxy(postgres_server: Server) -> Iterator[Proxy]:
    """A way to the server of all tests, which one test may cut or slow down."""
    with Proxy(postgres_server.folder / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
def proxied(proxy: Proxy, postgres: Callable[[], str]) -> Callable[[], str]:
    """As `postgres`, but the way there is `proxy`."""

    def url() -> str:
        database = postgres().partition("@/")[2].partition("?")[0]
        return f"postgresql://postgres@127.0.0.1:{proxy.port}/{database}"

    return url
