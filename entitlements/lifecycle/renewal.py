"""What comes after a subscription that ends: its renewal, and the extension of a bundle."""

from __future__ import annotations

from datetime import datetime

from entitlements.lifecycle.periods import MONTHS, Cadence, months_later
from entitlements.lifecycle.refusals import Refused, named
from entitlements.lifecycle.selling import end_sold, version_kept, version_sold
from entitlements.lifecycle.timeline import Changed, current_at, placed
from entitlements.model import Catalog
from entitlements.subject import SubjectRecord, Subscription, SubscriptionKind, is_over, zone_of


def renew(
    record: SubjectRecord,
    catalog: Catalog,
    *,
    now: datetime,
    plan: str | None = None,
    cadence: Cadence | None = None,
    end: datetime | None = None,
    replace: bool = False,
) -> Changed:
    """A next term of the same kind after the one that ends: a year of an annual one, else open.

    The version is kept, sold or not, unless `plan` names another.
    """
    zone = zone_of(record, catalog)
    current, start = _ending(record, now, zone)
    if current.kind == "trial":
        raise Refused(code="trial_not_renewed")
    cadence = cadence or current.cadence
    if end is None and cadence == "annual" and current.kind != "bundle":
        end = months_later(start, MONTHS[cadence], zone)
    next_one = _next(catalog, current, start, plan, kind=current.kind, cadence=cadence, end=end, zone=zone)
    return Changed(*placed(record, next_one, start, now=now, zone=zone, instead=replace), at=start)


def extend(
    record: SubjectRecord,
    catalog: Catalog,
    *,
    now: datetime,
    kind: SubscriptionKind = "product",
    plan: str | None = None,
    cadence: Cadence | None = None,
    end: datetime | None = None,
    replace: bool = False,
) -> Changed:
    """A bundle goes on as another kind when its agreement ends, without a gap.

    Plan and version are kept, so that nothing is lost, unless `plan` names another.
    """
    zone = zone_of(record, catalog)
    current, start = _ending(record, now, zone)
    if current.kind != "bundle" or kind == "bundle":
        raise Refused(code="not_a_bundle", kind=current.kind, wanted=kind)
    cadence = cadence or current.cadence
    next_one = _next(catalog, current, start, plan, kind=kind, cadence=cadence, end=end, zone=zone)
    return Changed(*placed(record, next_one, start, now=now, zone=zone, instead=replace), at=start)


def _ending(record: SubjectRecord, now: datetime, zone: str) -> tuple[Subscription, datetime]:
    """What is in force, and when it ends: another can follow then."""
    current = current_at(record, now, zone)
    if current.end is None:
        raise Refused(code="does_not_end", what=named(current))
    return current, current.end


def _next(
    catalog: Catalog,
    current: Subscription,
    start: datetime,
    plan: str | None,
    *,
    kind: SubscriptionKind,
    cadence: Cadence,
    end: datetime | None,
    zone: str,
) -> Subscription:
    if plan is None:
        ref = version_kept(catalog, current, start)
    else:
        ref = version_sold(catalog, plan, start, kind=kind, zone=zone)
    # Add-ons are part of what is kept: those that go on past the end go on with the next one.
    going_on = tuple(a for a in current.add_ons if not is_over(a.end, start))
    return Subscription(ref, start, end_sold(catalog, kind, start, end, zone), cadence, kind, going_on)
