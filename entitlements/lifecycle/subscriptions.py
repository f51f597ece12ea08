"""The life of a subscription: each verb takes a record and gives the record after it, or refuses.

Pure: nothing is read, written or asked, and `now` is what the caller says it is. Dates are those of the
subject's time zone, else the catalog's. Whoever sells uses `subscribe`, which ends what is in force; the
minimum term binds `change_plan` and `end`, which are what subscribers ask for.
"""

from __future__ import annotations

from datetime import datetime

from entitlements.clock import day_words
from entitlements.lifecycle.minimum_term import EarliestEnd, earliest_end
from entitlements.lifecycle.periods import Cadence
from entitlements.lifecycle.refusals import Refused, listed, named
from entitlements.lifecycle.renewal import extend, renew
from entitlements.lifecycle.selling import end_sold, must_be_sold_with, version_held, version_sold
from entitlements.lifecycle.timeline import (
    Change,
    Changed,
    altered,
    current_at,
    later_than,
    not_before,
    placed,
    set_end,
)
from entitlements.model import Catalog
from entitlements.subject import AddOnPeriod, SubjectRecord, Subscription, SubscriptionKind, zone_of

__all__ = ["cancel", "change_plan", "end", "extend", "renew", "subscribe"]


def subscribe(
    record: SubjectRecord,
    catalog: Catalog,
    plan: str,
    *,
    now: datetime,
    at: datetime | None = None,
    end: datetime | None = None,
    cadence: Cadence = "monthly",
    kind: SubscriptionKind = "product",
    add_ons: tuple[AddOnPeriod, ...] = (),
    unsold: bool = False,
    replace: bool = False,
) -> Changed:
    """`plan` from `at` on (now); what is in force then ends then.

    Later subscriptions that it would overlap are in its way; with `replace` they are cancelled. The version
    is the one sold then, and stays; `unsold` admits another.
    """
    zone = zone_of(record, catalog)
    start = not_before(at, now, zone)
    ref = version_sold(catalog, plan, start, kind=kind, zone=zone, unsold=unsold)
    must_be_sold_with(catalog, ref, (a.key for a in add_ons), unsold=unsold)
    end = end_sold(catalog, kind, start, end, zone)
    new = Subscription(ref, start, end, cadence, kind, add_ons)
    return Changed(*placed(record, new, start, now=now, zone=zone, instead=replace), at=start)


def change_plan(
    record: SubjectRecord,
    catalog: Catalog,
    to: str,
    *,
    now: datetime,
    loses: bool,
    at: datetime | None = None,
    end: datetime | None = None,
    cadence: Cadence | None = None,
    kind: SubscriptionKind = "product",
    add_ons: tuple[AddOnPeriod, ...] = (),
    waive: str | None = None,
    unsold: bool = False,
    replace: bool = False,
) -> Changed:
    """`to` instead of what is in force: at once (or at `at`), but not before a minimum term if it `loses`.

    Whether anything is lost is for the caller to say, who has compared what is had with what would be.
    """
    zone = zone_of(record, catalog)
    wanted = not_before(at, now, zone)
    current = record.subscription_at(wanted)
    if cadence is None:
        cadence = current.cadence if current is not None else "monthly"
    start, because, waived = wanted, None, None
    if current is not None and loses:
        start, because, waived = _deferred(current, catalog, wanted, zone, waive)
    done = subscribe(
        record,
        catalog,
        to,
        now=now,
        at=start,
        end=end,
        cadence=cadence,
        kind=kind,
        add_ons=add_ons,
        unsold=unsold,
        replace=replace,
    )
    if current is not None and done.new is not None and _same_terms(catalog, current, done.new, start):
        raise Refused(code="nothing_to_change", what=named(current))
    return Changed(done.record, done.changes, start, because, waived)


def end(
    record: SubjectRecord,
    catalog: Catalog,
    *,
    now: datetime,
    at: datetime | None = None,
    waive: str | None = None,
    replace: bool = False,
) -> Changed:
    """What is in force ends at `at`, or as soon as it may; no sooner unless the minimum term is waived.

    What should begin later is in its way; with `replace` it is cancelled.
    """
    zone = zone_of(record, catalog)
    wanted = not_before(at, now, zone)
    current = current_at(record, now, zone)
    when, because, waived = _deferred(current, catalog, wanted, zone, waive)
    if at is not None and because is not None:
        raise Refused(code="minimum_term", on=day_words(when, zone), why=because.words(zone))
    if current.end is not None and current.end <= when:
        raise Refused(code="ends_already", what=named(current), on=day_words(current.end, zone))
    later = later_than(record, now)
    if later and not replace:
        raise Refused(code="followed", later=listed(later, zone))
    changes = (Change(current, set_end(current, when)), *(Change(s, None) for s in later))
    return Changed(*altered(record, changes), at=when, because=because, waived=waived)


def cancel(
    record: SubjectRecord, catalog: Catalog, *, now: datetime, start: datetime, reopen: bool = False
) -> Changed:
    """The subscription that should begin at `start` will never be.

    What was to end for it still ends, unless `reopen` lets it go on: to the next one, else without an end.
    """
    zone = zone_of(record, catalog)
    later = later_than(record, now)
    found = next((s for s in record.subscriptions if s.start == start and s.end != start), None)
    if found is None:
        raise Refused(code="no_such_start", on=day_words(start, zone), later=listed(later, zone))
    if start <= now:
        raise Refused(code="already_begun", what=named(found), on=day_words(start, zone))
    changes = [Change(found, None)]
    before = next((s for s in record.subscriptions if s.end == start and s.start != start), None)
    if reopen and before is not None:
        if before.kind in {"trial", "bundle"}:
            raise Refused(code="keeps_its_end", what=named(before))
        following = [s.start for s in later if s.start is not None and s.start > start]
        changes.append(Change(before, set_end(before, min(following, default=None))))
    return Changed(*altered(record, changes), at=start)


def _deferred(
    current: Subscription, catalog: Catalog, wanted: datetime, zone: str, waive: str | None
) -> tuple[datetime, EarliestEnd | None, str | None]:
    """When `current` may end that should end at `wanted`; what put it off; the reason that waived it."""
    if waive is not None and not waive.strip():
        raise Refused(code="blank_reason")
    earliest = earliest_end(current, catalog, wanted, zone)
    if earliest.at <= wanted:
        return wanted, None, None
    return (earliest.at, earliest, None) if waive is None else (wanted, None, waive)


def _same_terms(catalog: Catalog, current: Subscription, new: Subscription, at: datetime) -> bool:
    same = (current.cadence, current.kind, current.add_ons) == (new.cadence, new.kind, new.add_ons)
    return same and version_held(catalog, current, at) == new.plan
