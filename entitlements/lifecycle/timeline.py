"""The subscriptions of one subject along time: at most one in force at any instant, the past left alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from entitlements.clock import day_words
from entitlements.lifecycle.minimum_term import EarliestEnd
from entitlements.lifecycle.refusals import Refused, listed
from entitlements.subject import SubjectRecord, Subscription, in_force

_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """One subscription before and after; `before` None is a new one, `after` None one that will never be."""

    before: Subscription | None
    after: Subscription | None


@dataclass(frozen=True, slots=True)
class Changed:
    """What a verb did: the new record, each change of a subscription, from when it holds, and why then.

    The revision of the record is as it was: whoever stores it counts it up.
    """

    record: SubjectRecord
    changes: tuple[Change, ...]
    at: datetime
    #: What put it off to that instant, where something did.
    because: EarliestEnd | None = None
    #: The reason for which the minimum term did not count, where that made a difference.
    waived: str | None = None

    @property
    def new(self) -> Subscription | None:
        """The subscription that was not there before."""
        return next((change.after for change in self.changes if change.before is None), None)


def later_than(record: SubjectRecord, now: datetime) -> tuple[Subscription, ...]:
    """The subscriptions that have not begun at `now`, in their order."""
    return tuple(s for s in in_order(record.subscriptions) if s.start is not None and s.start > now)


def current_at(record: SubjectRecord, now: datetime, zone: str) -> Subscription:
    """The subscription in force, which a verb is about."""
    current = record.subscription_at(now)
    if current is None:
        raise Refused(code="nothing_in_force", later=listed(later_than(record, now), zone))
    return current


def not_before(at: datetime | None, now: datetime, zone: str) -> datetime:
    """`at`, else now. What has been stays as it was."""
    if at is not None and at < now:
        raise Refused(code="in_the_past", on=day_words(at, zone), now=day_words(now, zone))
    return now if at is None else at


def placed(
    record: SubjectRecord, new: Subscription, start: datetime, *, now: datetime, zone: str, instead: bool
) -> tuple[SubjectRecord, tuple[Change, ...]]:
    """`record` with `new` from `start` on: what is in force then ends then, what would overlap is refused.

    With `instead`, what has not begun and would overlap is cancelled.
    """
    if new.end is not None and new.end <= start:
        raise Refused(code="ends_before_start", start=day_words(start, zone), end=day_words(new.end, zone))
    over = tuple(s for s in later_than(record, now) if _begins_within(s, start, new.end))
    if over and not instead:
        raise Refused(code="followed", later=listed(over, zone))
    changes = [Change(s, None) for s in over]
    changes += [
        Change(s, set_end(s, start))
        for s in record.subscriptions
        if s not in over and in_force(s.start, s.end, start)
    ]
    return altered(record, (*changes, Change(None, new)))


def altered(record: SubjectRecord, changes: Iterable[Change]) -> tuple[SubjectRecord, tuple[Change, ...]]:
    """`record` after `changes`, which come back in the order of time."""
    done = tuple(sorted(changes, key=_when))
    gone = [change.before for change in done]
    kept = [s for s in record.subscriptions if s not in gone]
    new = [change.after for change in done if change.after is not None]
    return replace(record, subscriptions=in_order((*kept, *new))), done


def set_end(subscription: Subscription, end: datetime | None) -> Subscription | None:
    """`subscription` until `end`; None if it would end when it starts, since that is never in force."""
    if end is not None and subscription.start is not None and subscription.start >= end:
        return None
    return replace(subscription, end=end)


def in_order(subscriptions: Iterable[Subscription]) -> tuple[Subscription, ...]:
    """By start; one whose start is open has always been."""
    return tuple(sorted(subscriptions, key=lambda s: (s.start is not None, s.start or _EVER)))


def _begins_within(subscription: Subscription, start: datetime, end: datetime | None) -> bool:
    begins = subscription.start
    return begins is not None and start <= begins and (end is None or begins < end)


def _when(change: Change) -> tuple[bool, datetime, bool]:
    one = change.before or change.after
    start = one.start if one is not None else None
    return start is not None, start or _EVER, change.before is None
