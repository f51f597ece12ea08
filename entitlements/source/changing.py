"""What every store does alike around its own way of writing: ask the rule, and word the audit row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from typing import Any

from entitlements.clock import to_us
from entitlements.errors import StoreConflict
from entitlements.source.protocol import Entry, Rule
from entitlements.source.record_json import record_json
from entitlements.subject import SubjectRecord, Subscription


def changed_record(before: SubjectRecord, rule: Rule, *, known: bool) -> SubjectRecord | None:
    """What `rule` makes of the record, with the next revision; None if there is nothing to write."""
    after = rule(before)
    if after.subject != before.subject:
        msg = f'a rule for "{before.subject}" gave a record of "{after.subject}"'
        raise ValueError(msg)
    if after is before or (known and replace(after, revision=before.revision) == before):
        return None
    return replace(after, revision=before.revision + 1)


def is_storable(text: str) -> bool:
    """Whether every database takes `text`: PostgreSQL knows no NUL, and none knows half a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def refuse_unstorable(subject: str) -> None:
    """Raises StoreConflict for a name that not every database takes."""
    if not is_storable(subject):
        msg = f"no store takes the name {subject!r}, which holds a character that is none"
        raise StoreConflict(msg, hint="give a name without control characters")


@contextmanager
def values_refused() -> Iterator[None]:
    """A value that the driver cannot even hand over is a conflict like one that the database refuses."""
    try:
        yield
    except (OverflowError, UnicodeError) as error:
        msg = f"the store takes no such value: {error}"
        raise StoreConflict(msg) from error


def audited(before: SubjectRecord | None, after: SubjectRecord, entry: Entry) -> tuple[Any, ...]:
    """The values of the audit row, from subject to after; a subject that becomes known has no before."""
    return (
        after.subject,
        after.revision,
        entry.what,
        entry.by,
        entry.because,
        to_us(entry.at),
        record_json(before) if before is not None else None,
        record_json(after),
    )


def refuse_overlap(record: SubjectRecord) -> None:
    """Raises StoreConflict if two subscriptions would be in force at one instant."""
    for one, other in combinations(record.subscriptions, 2):
        if _runs(one) and _runs(other) and _begins_before_end(one, other) and _begins_before_end(other, one):
            raise overlap(record.subject)


def overlap(subject: str) -> StoreConflict:
    """The refusal of two subscriptions in force at once, in the same words whoever found them."""
    msg = f'two subscriptions of "{subject}" would be in force at the same time'
    return StoreConflict(msg, hint="end the first one where the second one starts")


def _runs(subscription: Subscription) -> bool:
    return _begins_before_end(subscription, subscription)


def _begins_before_end(one: Subscription, other: Subscription) -> bool:
    return one.start is None or other.end is None or one.start < other.end
