"""What a person writes for a source, looked at without opening it."""

from __future__ import annotations

import re
from pathlib import Path

#: What a file of SQLite is called.
_STORE_SUFFIX = ".db"
# What stands between a colon and an @; what stands where a port should and is no number; what is asked for.
_HIDDEN = (
    (re.compile(r"((?:^[a-z+]{2,}|://[^:/@]*):)(?!//).*@", re.IGNORECASE), r"\1***@"),
    (re.compile(r"(://[^:/@]*:)(?!\*|\d+(?:[/?]|$))[^/?]*"), r"\1***"),
    (re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE), r"\1***"),
)


def is_url(given: str) -> bool:
    """Whether `given` is a URL, or meant to be one, and no path."""
    return "://" in given or given.startswith(("sqlite:", "postgresql:", "postgres:"))


def names_store(given: str) -> bool:
    """Whether `given` is the URL of a store or the file of one, and no subjects file."""
    return is_url(given) or Path(given).suffix == _STORE_SUFFIX


def file_to_be_made(given: str) -> Path | None:
    """The file that opening `given` would make, as it names a store in a file that is not there yet."""
    path = Path(given.removeprefix("sqlite:///"))
    named = path.suffix == _STORE_SUFFIX if not is_url(given) else given.startswith("sqlite:///")
    return path if named and not path.exists() else None


def without_password(given: str) -> str:
    """`given`, a path or a URL, as it may be shown; in doubt more of it is hidden."""
    for pattern, shown in _HIDDEN:
        given = pattern.sub(shown, given)
    return given
