"""The Business Associate Agreement of one subject: signed, and ended. Its days are those on the paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from entitlements.clock import day_words
from entitlements.lifecycle.refusals import Code, Refused
from entitlements.model import Catalog
from entitlements.subject import SubjectRecord, zone_of


def sign_baa(
    record: SubjectRecord, catalog: Catalog, *, now: datetime, offered: bool, at: datetime | None = None
) -> SubjectRecord:
    """The agreement is signed at `at` (now), which may be past: whoever writes it down comes after the paper.

    Whether the plan offers it then is for the caller to say, who knows which plan that is.
    """
    zone, signed, ended = zone_of(record, catalog), record.baa_signed_on, record.baa_ended_on
    at = now if at is None else at
    if not offered:
        plans = (plan.key for plan in catalog.at(at).plans.values() if plan.baa and plan.sold != "no")
        raise Refused(code="baa_not_offered", on=day_words(at, zone), plans=", ".join(plans) or "none")
    if signed is not None and (ended is None or at < ended):
        raise Refused(code="baa_signed_already", on=day_words(signed, zone))
    return replace(record, baa_signed_on=at, baa_ended_on=None)


def end_baa(
    record: SubjectRecord, catalog: Catalog, *, now: datetime, at: datetime | None = None
) -> SubjectRecord:
    """The agreement ends at `at` (now)."""
    zone, signed, ended = zone_of(record, catalog), record.baa_signed_on, record.baa_ended_on
    at = now if at is None else at
    if signed is None:
        raise Refused(code="baa_not_signed")
    if ended is not None and ended <= max(now, at):
        code: Code = "ended_already" if ended <= now else "ends_already"
        raise Refused(code=code, what="the agreement", on=day_words(ended, zone))
    if at <= signed:
        raise Refused(code="ends_before_start", start=day_words(signed, zone), end=day_words(at, zone))
    return replace(record, baa_ended_on=at)
