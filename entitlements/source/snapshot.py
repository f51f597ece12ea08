"""A snapshot: all records of a source in one file of JSON lines, which is a subjects file like any other."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from entitlements.source.protocol import Source
from entitlements.subject import AddOnPeriod, Override, SubjectRecord, Subscription, Usage

_AT_ONCE = 1_000
#: What a subjects file writes where an exception always held.
_SINCE_EVER = "0001-01-01T00:00:00+00:00"


def write_snapshot(source: Source, path: Path, *, as_of: datetime) -> int:
    """Write the records of `source` to `path`, and how many there are; `as_of` is when the reading began.

    The old file stays until the new one is whole and on the disk. Raises OSError.
    """
    written = 0
    # Beside the file: a rename is only whole within one file system.
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        unfinished = Path(file.name)
        try:
            file.write(_line({"as_of": _time(as_of)}))
            for record in _records(source):
                file.write(_line(record_values(record)))
                written += 1
            file.flush()
            os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    return written


def record_values(record: SubjectRecord) -> dict[str, Any]:
    """The record as a subjects file writes it; read again, it decides the same."""
    values = {
        "subject": record.subject,
        "subscriptions": [_subscription(period) for period in record.subscriptions],
        "overrides": [_override(override) for override in record.overrides],
        "baa_signed_on": _time(record.baa_signed_on),
        "baa_ended_on": _time(record.baa_ended_on),
        "contacts": {kind: list(people) for kind, people in record.contacts.items()},
        "credits": str(record.credits) if record.credits else None,
        "time_zone": record.time_zone,
        "usage": {key: _usage(usage) for key, usage in record.usage.items()},
    }
    return {key: value for key, value in values.items() if value not in (None, [], {})}


def _records(source: Source) -> Iterator[SubjectRecord]:
    subjects = iter(source.subjects())
    while some := list(islice(subjects, _AT_ONCE)):
        found = source.load_many(some)
        yield from (found[subject] for subject in some if subject in found)


def _subscription(period: Subscription) -> dict[str, Any]:
    return _told(
        plan=period.plan,
        start=_time(period.start),
        end=_time(period.end),
        cadence=period.cadence,
        kind=period.kind,
        add_ons=_add_ons(period.add_ons),
    )


def _add_ons(add_ons: Iterable[AddOnPeriod]) -> list[Any] | None:
    return [_told(add_on=a.key, start=_time(a.start), end=_time(a.end)) for a in add_ons] or None


def _override(override: Override) -> dict[str, Any]:
    return _told(
        kind=override.kind,
        because=override.because,
        by=override.by,
        start=_time(override.start) or _SINCE_EVER,
        end=_time(override.end) or "never",
        give=override.give,
        remove=override.remove,
        cap=override.cap,
        set=override.set_to,
        at_least=override.at_least,
        support=override.support,
    )


def _usage(usage: Usage) -> dict[str, Any]:
    return _told(
        count="unknown" if usage.count is None else usage.count,
        exempt=usage.exempt or None,
        examples=[_told(label=example.label, url=example.url) for example in usage.examples] or None,
        last_used=_time(usage.last_used),
        measured_at=_time(usage.measured_at),
    )


def _told(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"
