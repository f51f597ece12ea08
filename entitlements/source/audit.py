"""The audit log: a row for each change, each sealed with the hash of the one before it.

The rows are also the feed of changes: they are numbered from 1 without a gap, in the order of their commits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import Any, TypeVar

from entitlements.clock import from_us
from entitlements.errors import StoreError, in_words
from entitlements.source.record_json import record_from_json
from entitlements.subject import SubjectRecord

T = TypeVar("T")

#: What the first row names as the hash of the row before it.
NO_HASH = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One change: its number, subject and revision, what was done by whom and why, records.

    What was put in by hand may be unreadable; asking for it raises StoreError.
    """

    seq: int
    subject: str
    revision: int
    what: str
    done_by: str
    because: str | None
    #: Microseconds since 1970, as it is sealed; `at` is the same as a datetime.
    done_at: int
    #: Records as JSON; None before a subject was known.
    before: str | None
    after: str
    previous: str
    hash: str

    @property
    def at(self) -> datetime:
        return self._read(lambda: from_us(self.done_at))

    def records(self) -> tuple[SubjectRecord, SubjectRecord]:
        """The record before and after it; a subject that became known has a blank one before."""
        before, after = self.before, self.after
        blank = SubjectRecord(self.subject)
        return self._read(
            lambda: (record_from_json(before) if before is not None else blank, record_from_json(after))
        )

    def to_json(self) -> dict[str, Any]:
        """The row as `audit list` and `audit export` give it; the records are JSON in their own right."""
        return {
            "seq": self.seq,
            "subject": self.subject,
            "revision": self.revision,
            "what": self.what,
            "by": self.done_by,
            "because": self.because,
            "at": self.at.isoformat(),
            "before": self._read(lambda: json.loads(self.before or "null")),
            "after": self._read(lambda: json.loads(self.after)),
            "previous": self.previous,
            "hash": self.hash,
        }

    def _read(self, read: Callable[[], T]) -> T:
        """What `read` makes of a value. Raises StoreError for one that no store wrote."""
        try:
            return read()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            msg = f"row {self.seq} of the audit log was not written by a store: {in_words(error)}"
            raise StoreError(msg, hint="`entitlements audit verify` names every such row") from error


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where the log is not what was written: the number of the row, and what is wrong there."""

    seq: int
    says: str

    def __str__(self) -> str:
        return f"row {self.seq}: {self.says}"


def sealed(values: Sequence[Any]) -> str:
    """The hash of a row: over all its `values`, the hash of the row before included, as JSON."""
    text = json.dumps(list(values), separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def next_row(head: tuple[int, str], values: Sequence[Any]) -> AuditRow:
    """The row after `head` (number and hash of the last one) with `values` from subject to after."""
    seq, previous = head
    unsealed: tuple[Any, ...] = (seq + 1, *values, previous)
    return AuditRow(*(*unsealed, sealed(unsealed)))


def exported(rows: Iterable[AuditRow]) -> Iterator[str]:
    """The log as JSON lines, to be kept elsewhere: its last hash gives away a log that is rewritten whole."""
    return (json.dumps(row.to_json(), ensure_ascii=False) for row in rows)


def unlike(kept: Iterable[Mapping[str, Any]], rows: Iterable[AuditRow]) -> Iterator[Broken]:
    """The first place where `rows` are others than those that were `kept` of an earlier export."""
    for told, row in zip(kept, chain(rows, repeat(None)), strict=False):
        if row is None or (row.seq, row.hash) != (told["seq"], told["hash"]):
            yield Broken(told["seq"], "it is gone" if row is None else "it is not the row that was exported")
            return


def broken(rows: Iterable[Sequence[Any] | AuditRow], head: tuple[int, str]) -> Iterator[Broken]:
    """Every place where `rows`, in the order of their numbers, or `head` were tampered with."""
    seq, previous = 0, NO_HASH
    for row in rows:
        found, *_, before, own = values = astuple(row) if isinstance(row, AuditRow) else tuple(row)
        if found != seq + 1:
            yield Broken(found, f"row {seq + 1} should come here; rows were deleted, or this one was put in")
        elif before != previous:
            yield Broken(found, "it does not follow from the row before it")
        if own != sealed(values[:-1]):
            yield Broken(found, "its contents are not what was sealed")
        seq, previous = found, own
    if head != (seq, previous):
        yield Broken(seq, f"the log ends here, but row {head[0]} was the last one written")
