"""Exceptions for one subject: each verb takes a record and gives the one with the override, or refuses.

Whatever plan and add-ons give, an override stands beside it and is left alone by every change of plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from entitlements.amounts import Amount
from entitlements.clock import day_words
from entitlements.lifecycle.refusals import Refused, must_be_known
from entitlements.lifecycle.timeline import not_before
from entitlements.model import Catalog
from entitlements.subject import Override, SubjectRecord, in_force, is_over, zone_of

#: What an exception may be; a file may name others, of which these verbs end what they did not make.
KINDS: Final = ("agreement", "developer", "legacy", "pro_bono")


@dataclass(frozen=True, slots=True)
class Grounds:
    """On what grounds an exception is made, and for how long; `never` is said, not left out."""

    kind: str
    by: str
    because: str
    end: datetime | Literal["never"]
    start: datetime | None = None


def give(
    record: SubjectRecord, catalog: Catalog, feature: str, grounds: Grounds, *, now: datetime
) -> SubjectRecord:
    """The subject has `feature`, whatever its plan says."""
    must_be_known("unknown_feature", feature, catalog.features)
    return _with(record, catalog, grounds, now, give=feature)


def remove(
    record: SubjectRecord, catalog: Catalog, feature: str, grounds: Grounds, *, now: datetime
) -> SubjectRecord:
    """The subject does not have `feature`, whatever else gives it."""
    must_be_known("unknown_feature", feature, catalog.features)
    return _with(record, catalog, grounds, now, remove=feature)


def set_cap(
    record: SubjectRecord,
    catalog: Catalog,
    cap: str,
    grounds: Grounds,
    *,
    now: datetime,
    to: Amount | None = None,
    at_least: Amount | None = None,
) -> SubjectRecord:
    """The cap is exactly `to`, or not less than `at_least`. One of the two is given."""
    must_be_known("unknown_cap", cap, catalog.caps)
    amount = at_least if to is None else to
    # At least none would say nothing.
    nonsense = at_least == "none" or (isinstance(amount, int) and amount < 0)
    if (to is None) is (at_least is None) or nonsense:
        raise Refused(code="no_amount", cap=cap)
    return _with(record, catalog, grounds, now, cap=cap, set_to=to, at_least=at_least)


def set_support(
    record: SubjectRecord, catalog: Catalog, level: str, grounds: Grounds, *, now: datetime
) -> SubjectRecord:
    """The subject has support of `level`, or of its plan if that is higher."""
    must_be_known("unknown_support", level, catalog.support_levels)
    return _with(record, catalog, grounds, now, support=level)


def end_override(
    record: SubjectRecord,
    catalog: Catalog,
    key: str,
    *,
    now: datetime,
    at: datetime | None = None,
    kind: str | None = None,
    start: datetime | None = None,
) -> SubjectRecord:
    """The exception about `key`, a feature, cap or support level, ends at `at` (now).

    Of several about the same, `kind` or `start` say which. One that has not begun by then never will.
    """
    zone = zone_of(record, catalog)
    end = not_before(at, now, zone)
    found = [
        o for o in record.overrides if key == about(o) and kind in (None, o.kind) and start in (None, o.start)
    ]
    open_ones = [o for o in found if not is_over(o.end, now)]
    if not found:
        listed = _listed(o for o in record.overrides if not is_over(o.end, now))
        raise Refused(code="no_such_override", key=key, others=listed)
    if not open_ones:
        ended = max(found, key=lambda o: o.end or now)
        raise Refused(code="ended_already", what=_named(ended), on=_day(ended.end, zone))
    if len(open_ones) > 1:
        raise Refused(code="several_overrides", key=key, others=_listed(open_ones))
    (one,) = open_ones
    if is_over(one.end, end):
        raise Refused(code="ends_already", what=_named(one), on=_day(one.end, zone))
    kept = None if one.start is not None and one.start >= end else replace(one, end=end)
    overrides = (kept if o is one else o for o in record.overrides)
    return replace(record, overrides=tuple(o for o in overrides if o is not None))


def about(override: Override) -> str | None:
    """The feature, cap or support level that `override` is about."""
    return override.give or override.remove or override.cap or override.support


def _with(
    record: SubjectRecord, catalog: Catalog, grounds: Grounds, now: datetime, **what: Any
) -> SubjectRecord:
    zone = zone_of(record, catalog)
    must_be_known("unknown_kind", grounds.kind, KINDS)
    if not grounds.by.strip() or not grounds.because.strip():
        raise Refused(code="no_grounds")
    start = not_before(grounds.start, now, zone)
    end = None if grounds.end == "never" else grounds.end
    if end is not None and end <= start:
        raise Refused(code="ends_before_start", start=day_words(start, zone), end=day_words(end, zone))
    new = Override(grounds.kind, grounds.because, grounds.by, start, end, **what)
    for other in record.overrides:
        both = max(start, other.start or start)
        if not (in_force(start, end, both) and in_force(other.start, other.end, both)):
            continue
        if new.set_to is not None and other.set_to is not None and new.cap == other.cap:
            raise Refused(
                code="cap_set_already", cap=new.cap, what=_named(other), until=_day(other.end, zone)
            )
        if _does(new) == _does(other):
            raise Refused(code="there_already", what=_named(other), until=_day(other.end, zone))
    return replace(record, overrides=(*record.overrides, new))


def _does(override: Override) -> tuple[object, ...]:
    o = override
    return (o.kind, o.give, o.remove, o.cap, o.set_to, o.at_least, o.support)


def _named(override: Override) -> str:
    """An override in the middle of a sentence: `pro_bono gives custom_reports`."""
    return f"{override.kind} {override.does()}"


def _listed(overrides: Iterable[Override]) -> str:
    return ", ".join(_named(o) for o in overrides) or "none"


def _day(instant: datetime | None, zone: str) -> str:
    return "further notice" if instant is None else day_words(instant, zone)
