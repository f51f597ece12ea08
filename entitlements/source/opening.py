"""A source by what a person writes: the URL of a store, a file of one, or a subjects file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from entitlements.errors import StoreError
from entitlements.source.subjects_file import SubjectsFile

if TYPE_CHECKING:
    from entitlements.source.protocol import Source

#: What a file of SQLite is called.
STORE_SUFFIX = ".db"


def open_source(given: str | Path, *, time_zone: str) -> Source:
    """The store at a URL or in a file `….db`, which is made if it is not there; else a subjects file.

    Raises CatalogError, SourceError or StoreError.
    """
    text = str(given)
    if "://" not in text and Path(text).suffix != STORE_SUFFIX:
        return SubjectsFile(given, time_zone=time_zone)
    try:
        from entitlements.source.sql.store import SqlStore
    except ImportError as error:
        raise StoreError(str(error)) from None
    return SqlStore(text) if "://" in text else SqlStore.in_file(text)


def file_to_be_made(given: str) -> Path | None:
    """The file that opening `given` would make, as it names a store in a file that is not there yet."""
    path = Path(given.removeprefix("sqlite:///"))
    named = path.suffix == STORE_SUFFIX if "://" not in given else given.startswith("sqlite:///")
    return path if named and not path.exists() else None


def without_password(given: str) -> str:
    """`given`, a path or a URL, as it may be shown."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", given)
