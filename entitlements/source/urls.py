"""What a person writes for a source, looked at without opening it."""

from __future__ import annotations

import re
from pathlib import Path

#: What a file of SQLite is called.
_STORE_SUFFIX = ".db"
_PASSWORD = re.compile(r"(://[^:/@]*):.*@")
_PASSWORD_ASKED = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)


def names_store(given: str) -> bool:
    """Whether `given` is the URL of a store or the file of one, and no subjects file."""
    return "://" in given or Path(given).suffix == _STORE_SUFFIX


def file_to_be_made(given: str) -> Path | None:
    """The file that opening `given` would make, as it names a store in a file that is not there yet."""
    path = Path(given.removeprefix("sqlite:///"))
    named = path.suffix == _STORE_SUFFIX if "://" not in given else given.startswith("sqlite:///")
    return path if named and not path.exists() else None


def without_password(given: str) -> str:
    """`given`, a path or a URL, as it may be shown; in doubt more of it is hidden."""
    return _PASSWORD_ASKED.sub(r"\1***", _PASSWORD.sub(r"\1:***@", given))
