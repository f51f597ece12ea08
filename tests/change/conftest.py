"""What the tests of changes share: a store of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

import pytest

from entitlements import MemoryStore, SqlStore
from tests.postgres import postgres, postgres_server
from tests.source.stores import opened

__all__ = ["postgres", "postgres_server"]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def new_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], MemoryStore | SqlStore]]:
    """Gives an empty store each time it is called."""
    numbers = count()
    with ExitStack() as stack:

        def made() -> MemoryStore | SqlStore:
            if request.param == "memory":
                return MemoryStore()
            on_server = request.param == "postgresql"
            url = (
                request.getfixturevalue("postgres")()
                if on_server
                else f"sqlite:///{tmp_path}/{next(numbers)}.db"
            )
            return stack.enter_context(closing(opened(url)))

        yield made
