"""What the tests of stores share: empty databases of both kinds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.postgres import postgres, postgres_server

__all__ = ["postgres", "postgres_server"]


@pytest.fixture
def sqlite(tmp_path: Path) -> Callable[[], str]:
    """Gives the URL of a new empty database each time it is called."""
    numbers = count()
    return lambda: f"sqlite:///{tmp_path}/{next(numbers)}.db"
