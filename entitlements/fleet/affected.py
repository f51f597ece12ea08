"""Whom an edit affects: the subjects of a file, held against the catalog before and after."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from entitlements.catalog.reading.document import MAX_BYTES
from entitlements.clock import from_ns, system_clock
from entitlements.errors import SourceError
from entitlements.fleet.line_files import count_lines
from entitlements.fleet.outcome import Outcomes
from entitlements.fleet.records import count_records
from entitlements.fleet.tally import Progress, Tally
from entitlements.model import Catalog
from entitlements.source.subjects_file import at_from, read_subjects

_LINES = (".jsonl", ".ndjson")
_PARQUET = ".parquet"


@dataclass(frozen=True, slots=True)
class Affected:
    """Who is affected, and the instant at which this was judged; `tally.later` has what happens later."""

    tally: Tally
    at: datetime


def count_affected(
    old: Catalog, new: Catalog, path: Path, tally: Tally, *, at: datetime | None, progress: Progress
) -> Affected:
    """Count every subject of the file at `path`: YAML, JSON lines or Parquet, by its ending.

    Without `at` it is the `now` of the file, else now. Raises CatalogError or SourceError for what cannot be
    read; nothing is counted then.
    """
    if not path.is_file():
        msg = f"there is no subjects file {path}"
        raise SourceError(msg, hint="give a file of subjects with their usage: YAML, JSON lines or Parquet")
    zone = new.time_zone
    if path.suffix == _PARQUET:
        at = at or from_ns(system_clock())
        try:
            from entitlements.fleet.parquet import count_parquet
        except ModuleNotFoundError as error:
            msg = f"Parquet needs {error.name}"
            raise SourceError(msg, hint="pip install 'entitlements[fleet]'") from None
        count_parquet(path, Outcomes(old, new, at), tally, time_zone=zone, progress=progress)
    elif path.suffix in _LINES:
        fixed = _now_of_first_line(path, zone)
        at = at or fixed or from_ns(system_clock())
        count_lines(
            path,
            Outcomes(old, new, at),
            tally,
            time_zone=zone,
            shown=path.name if path.is_absolute() else str(path),
            progress=progress,
            skip_first=fixed is not None,
        )
    else:
        found = read_subjects(path, time_zone=zone)
        at = at or found.now or from_ns(system_clock())
        count_records(Outcomes(old, new, at), found.records, tally)
    return Affected(tally, at)


def _now_of_first_line(path: Path, zone: str) -> datetime | None:
    """The instant of `{"now": …}`; None if the first line is another, which is judged later."""
    with path.open("rb") as file:
        line = file.readline(MAX_BYTES)
    try:
        first = json.loads(line.decode("utf-8-sig"))
        return at_from(first["now"], zone) if first.keys() == {"now"} else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
