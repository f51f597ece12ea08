"""Add-ons of the subscription in force: each verb takes a record and gives the one after it, or refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from entitlements.clock import day_words
from entitlements.lifecycle.refusals import Code, Refused, named
from entitlements.lifecycle.selling import must_be_sold_with, version_held
from entitlements.lifecycle.timeline import current_at, not_before
from entitlements.model import Catalog
from entitlements.subject import AddOnPeriod, SubjectRecord, Subscription, is_over, zone_of


def add_add_on(
    record: SubjectRecord,
    catalog: Catalog,
    add_on: str,
    *,
    now: datetime,
    at: datetime | None = None,
    end: datetime | None = None,
    unsold: bool = False,
) -> SubjectRecord:
    """What is in force at `at` (now) has `add_on` from then on: until `end`, else as long as it lasts.

    It must be sold with the plan; `unsold` admits another.
    """
    zone = zone_of(record, catalog)
    start = not_before(at, now, zone)
    subscription = current_at(record, start, zone)
    held = version_held(catalog, subscription, start) or subscription.plan
    must_be_sold_with(catalog, held, (add_on,), unsold=unsold)
    if end is not None and end <= start:
        raise Refused(code="ends_before_start", start=day_words(start, zone), end=day_words(end, zone))
    if any(
        a.key == add_on and not is_over(a.end, start) and (end is None or a.start is None or a.start < end)
        for a in subscription.add_ons
    ):
        raise Refused(code="has_add_on", name=add_on, what=named(subscription))
    return _with(record, subscription, (*subscription.add_ons, AddOnPeriod(add_on, start, end)))


def end_add_on(
    record: SubjectRecord, catalog: Catalog, add_on: str, *, now: datetime, at: datetime | None = None
) -> SubjectRecord:
    """What is in force has `add_on` no more from `at` (now) on; one that has not begun never will."""
    zone = zone_of(record, catalog)
    end = not_before(at, now, zone)
    subscription = current_at(record, now, zone)
    held = [a for a in subscription.add_ons if a.key == add_on]
    if not held:
        others = ", ".join(a.key for a in subscription.add_ons if not is_over(a.end, now)) or "none"
        raise Refused(code="no_such_add_on", name=add_on, others=others)
    shortened = [a for a in held if not is_over(a.end, end)]
    if not shortened:
        last = max(a.end for a in held if a.end is not None)
        code: Code = "ended_already" if last <= now else "ends_already"
        raise Refused(code=code, what=add_on, on=day_words(last, zone))
    kept = (_until(a, end) if a in shortened else a for a in subscription.add_ons)
    return _with(record, subscription, tuple(a for a in kept if a is not None))


def _until(add_on: AddOnPeriod, end: datetime) -> AddOnPeriod | None:
    return None if add_on.start is not None and add_on.start >= end else replace(add_on, end=end)


def _with(
    record: SubjectRecord, subscription: Subscription, add_ons: tuple[AddOnPeriod, ...]
) -> SubjectRecord:
    new = replace(subscription, add_ons=add_ons)
    return replace(record, subscriptions=tuple(new if s is subscription else s for s in record.subscriptions))
