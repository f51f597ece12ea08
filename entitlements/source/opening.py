"""A source by what a person writes: the URL of a store, a file of one, or a subjects file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from entitlements.errors import SourceError, StoreError
from entitlements.source.memory import MemorySource
from entitlements.source.snapshot import SUFFIX, Snapshot, read_snapshot
from entitlements.source.subjects_file import SubjectsFile
from entitlements.source.urls import is_url, names_store

if TYPE_CHECKING:
    from entitlements.source.protocol import Source
    from entitlements.source.sql.database import Database


def open_source(given: str | Path, *, time_zone: str) -> Source:
    """The store at a URL or in a file `….db`, which is made if it is not there; a snapshot; a subjects file.

    Raises CatalogError, SourceError or StoreError.
    """
    text = str(given)
    if text.endswith(SUFFIX) and not is_url(text):
        return MemorySource(_snapshot_at(Path(text)).records.values())
    if not names_store(text):
        return SubjectsFile(given, time_zone=time_zone)
    with _extra_named():
        from entitlements.source.sql.store import SqlStore
    return SqlStore(text) if is_url(text) else SqlStore.in_file(text)


def open_database(given: str) -> Database:
    """The database of the store that `given` names, whatever tables it has or lacks. Raises StoreError."""
    with _extra_named():
        from entitlements.source.sql.database import Database, url_of_file
    return Database(given if is_url(given) else url_of_file(given))


def _snapshot_at(path: Path) -> Snapshot:
    try:
        return read_snapshot(path)
    except OSError as error:
        msg = f"the snapshot {path} cannot be read: {error.strerror}"
        raise SourceError(msg) from error


@contextmanager
def _extra_named() -> Iterator[None]:
    """What is not installed is said as an error of the store, with the command that installs it."""
    try:
        yield
    except ImportError as error:
        raise StoreError(str(error)) from None
