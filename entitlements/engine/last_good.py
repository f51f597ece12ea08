"""What was last read of each subject, for as long as its source cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from entitlements.clock import to_ns
from entitlements.engine.complaints import Complaints
from entitlements.errors import EntitlementsError
from entitlements.source.snapshot import read_snapshot
from entitlements.subject import SubjectRecord

_MOST_RECORDS = 100_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A record as it was read at `read_at` (ns); `stale` if it was wanted now and could not be read."""

    record: SubjectRecord
    read_at: int
    stale: bool = False


class LastGood:
    """The last reading of each subject lately asked about, and behind them the records of a snapshot file."""

    def __init__(self, snapshot: str | Path | None = None) -> None:
        self._readings: dict[str, Reading] = {}
        self._changed_at: dict[str, int] = {}
        self._snapshot = None if snapshot is None else Path(snapshot)
        self._saved: Mapping[str, SubjectRecord] = {}
        self._written_at: int | None = None
        self._complaints = Complaints()
        #: When the snapshot was taken (ns); None until it was read.
        self.saved_at: int | None = None

    def keep(self, reading: Reading) -> None:
        """Remember `reading`, unless one that began later is there already."""
        subject = reading.record.subject
        known = self._readings.get(subject)
        if known is not None and known.read_at > reading.read_at:
            return
        _make_room(self._readings)
        self._readings[subject] = reading
        if self._changed_at.get(subject, reading.read_at + 1) <= reading.read_at:
            self._changed_at.pop(subject, None)

    def outdate(self, subject: str | None, at: int) -> None:
        """Note that the record of `subject`, or any, is known to have changed by the instant `at` (ns)."""
        for changed in (subject,) if subject is not None else tuple(self._readings):
            _make_room(self._changed_at)
            self._changed_at[changed] = at

    def may_serve(self, subject: str) -> bool:
        """Whether there is a record of `subject`, and nothing is known to have changed in it since."""
        return subject not in self._changed_at and (subject in self._readings or self.saved_at is not None)

    def find(self, subject: str) -> Reading | None:
        """The last good reading of `subject`, as stale; of the snapshot if there was none since."""
        known = self._readings.get(subject)
        if known is not None:
            return Reading(known.record, known.read_at, stale=True)
        if self.saved_at is None:
            return None
        # A snapshot holds everyone whom the store knew; whom it lacks had no subscription.
        return Reading(self._saved.get(subject) or SubjectRecord(subject), self.saved_at, stale=True)

    def prepare(self) -> bool:
        """Take the records of the snapshot file as it now is; whether any are here, of it or an older one."""
        if self._snapshot is not None:
            try:
                self._read(self._snapshot)
            except (EntitlementsError, OSError) as error:
                self._complaints.log(f"reading the snapshot {self._snapshot}", type(error).__name__)
        return self.saved_at is not None

    def _read(self, snapshot: Path) -> None:
        written_at = snapshot.stat().st_mtime_ns
        if written_at == self._written_at:
            return
        found = read_snapshot(snapshot)
        self._saved, self.saved_at = found.records, to_ns(found.as_of)
        self._written_at = written_at


def _make_room(kept: dict[str, Any]) -> None:
    if len(kept) >= _MOST_RECORDS:
        for oldest in tuple(islice(kept, _MOST_RECORDS // 16)):
            kept.pop(oldest, None)
