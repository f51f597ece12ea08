"""A snapshot: all records of a source in one file, to decide by while the source is away.

Lines of JSON: when it was taken, each record with its revision, and at the end how many there are and a hash
of all that stands above, so that a file that was cut short or damaged is not believed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from entitlements.errors import SourceError
from entitlements.source.protocol import Source
from entitlements.source.record_json import record_from_told, record_json
from entitlements.subject import SubjectRecord

SCHEMA = "entitlements/records/1"
#: What a file is called that may be named as a source.
SUFFIX = ".snapshot"
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records of all subjects that a source knew, by subject, as they were at `as_of` or later."""

    as_of: datetime
    records: Mapping[str, SubjectRecord]


def write_snapshot(source: Source, path: Path, *, as_of: datetime) -> int:
    """Write the records of `source` to `path`, and how many there are; `as_of` is when the reading began.

    An older snapshot stays until the new one is whole and on the disk. Raises SourceError, and OSError.
    """
    refuse_foreign(path)
    count, hashed = 0, sha256()
    # Beside the file: a rename is only whole within one file system.
    with NamedTemporaryFile("wb", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        unfinished = Path(file.name)
        try:
            for line in _lines(source, as_of):
                hashed.update(line)
                file.write(line)
                count += 1
            file.write(_line({"subjects": count - 1, "sha256": hashed.hexdigest()}))
            file.flush()
            os.fsync(file.fileno())
            if path.exists():
                unfinished.chmod(path.stat().st_mode)
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    return count - 1


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in the file at `path`. Raises SourceError for one that is none, or not whole; OSError."""
    with path.open("rb") as file:
        head = _told(path, file.readline())
        if head.get("schema") != SCHEMA:
            raise _no_snapshot(path)
        hashed, records, last = sha256(_line(head)), {}, b""
        for line in file:
            if last:
                hashed.update(last)
                record = _record(path, last)
                records[record.subject] = record
            last = line
    if _told(path, last) != {"subjects": len(records), "sha256": hashed.hexdigest()}:
        raise _damaged(path)
    return Snapshot(datetime.fromisoformat(head["as_of"]), records)


def refuse_foreign(path: Path) -> None:
    """Refuse to overwrite what is there and no snapshot. Raises SourceError."""
    if path.exists():
        with path.open("rb") as file:
            if not file.readline().startswith(f'{{"schema":"{SCHEMA}"'.encode()):
                raise _no_snapshot(path)


def _lines(source: Source, as_of: datetime) -> Iterator[bytes]:
    yield _line({"schema": SCHEMA, "as_of": as_of.isoformat()})
    subjects = iter(source.subjects())
    while some := list(islice(subjects, _AT_ONCE)):
        found = source.load_many(some)
        for subject in some:
            if (record := found.get(subject)) is not None:
                yield f'{{"revision":{record.revision},"record":{record_json(record)}}}\n'.encode()


def _line(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, separators=(",", ":")) + "\n").encode()


def _told(path: Path, line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise _no_snapshot(path) if not line.startswith(b'{"') else _damaged(path)
    return told


def _record(path: Path, line: bytes) -> SubjectRecord:
    told = _told(path, line)
    try:
        return replace(record_from_told(told["record"]), revision=told["revision"])
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise _damaged(path) from error


def _no_snapshot(path: Path) -> SourceError:
    msg = f"{path} is no snapshot"
    return SourceError(msg, hint=f"write one: entitlements --source STORE snapshot write FILE{SUFFIX}")


def _damaged(path: Path) -> SourceError:
    msg = f"the snapshot {path} is damaged or cut short"
    return SourceError(msg, hint="write it anew")
