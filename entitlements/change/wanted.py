"""A change of plan that is asked for, and what it makes of a subject's record: nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from entitlements.change.compare import Terms, compare
from entitlements.engine.resolve import resolve
from entitlements.lifecycle import subscriptions
from entitlements.lifecycle.minimum_term import EarliestEnd
from entitlements.lifecycle.periods import Cadence
from entitlements.lifecycle.refusals import Refused
from entitlements.lifecycle.timeline import Changed, current_at
from entitlements.model import Catalog
from entitlements.subject import AddOnPeriod, SubjectRecord, Subscription, SubscriptionKind, zone_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: another plan, or that the subscription ends."""

    #: None: it ends, and nothing follows.
    to: str | None
    #: From when on; None is now.
    at: datetime | None = None
    add_ons: tuple[str, ...] = ()
    #: None goes on as it is.
    cadence: Cadence | None = None
    kind: SubscriptionKind = "product"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The record with the change and without it, and from when on they differ."""

    #: As if what is in force then went on.
    before: SubjectRecord
    after: SubjectRecord
    at: datetime
    #: What put it off to that instant, where something did.
    because: EarliestEnd | None
    #: Subscriptions that would begin later, and then never will.
    cancels: tuple[Subscription, ...]


def outcome(record: SubjectRecord, catalog: Catalog, wanted: Wanted, now: datetime) -> Outcome:
    """What becomes of `record`. Raises Refused where the rules do not allow it."""
    if wanted.to is None:
        return _ended(record, catalog, wanted, now)
    asked = partial(
        subscriptions.change_plan,
        to=wanted.to,
        at=wanted.at,
        cadence=wanted.cadence,
        kind=wanted.kind,
        add_ons=tuple(AddOnPeriod(key) for key in wanted.add_ons),
        replace=True,
    )
    current = record.subscription_at(now if wanted.at is None else wanted.at)
    return _outcome(record, current, deferred_if_it_loses(asked, record, catalog, now), now)


def deferred_if_it_loses(
    asked: Callable[..., Changed], record: SubjectRecord, catalog: Catalog, now: datetime
) -> Changed:
    """What `asked`, a `change_plan`, does: at once, but after the minimum term where anything is lost."""
    done = asked(record, catalog, now=now, loses=False)
    then = catalog.at(done.at)
    had, has = (Terms.of_subject(resolve(then, one, done.at)) for one in (record, done.record))
    if compare(then, had, has).direction in {"downgrade", "switch"}:
        return asked(record, catalog, now=now, loses=True)
    return done


def _ended(record: SubjectRecord, catalog: Catalog, wanted: Wanted, now: datetime) -> Outcome:
    current = current_at(record, now, zone_of(record, catalog))
    try:
        done = subscriptions.end(record, catalog, now=now, at=wanted.at, replace=True)
    except Refused as refused:
        if refused.code != "ends_already" or current.end is None:
            raise
        # It ends by itself: what follows it then, if anything does, was agreed and stays.
        return Outcome(_going_on(record, current), record, current.end, None, ())
    return _outcome(record, current, done, now)


def _outcome(record: SubjectRecord, current: Subscription | None, done: Changed, now: datetime) -> Outcome:
    gone = (change.before for change in done.changes if change.after is None)
    cancels = tuple(s for s in gone if s is not None and s.start is not None and s.start > now)
    # Who leaves at the end of an agreement loses what it gave, although it would end by itself.
    ended = current is not None and record.subscription_at(done.at) is None
    before = _going_on(record, current) if ended and current is not None else record
    return Outcome(before, done.record, done.at, done.because, cancels)


def _going_on(record: SubjectRecord, current: Subscription) -> SubjectRecord:
    """`record` as if `current` had no end."""
    others = (s for s in record.subscriptions if s is not current)
    return replace(record, subscriptions=(*others, replace(current, end=None)))
