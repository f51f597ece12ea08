"""An agreement that lapses by a date that is set: told ahead, while something can be done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from entitlements.engine.resolve import resolve
from entitlements.lifecycle.periods import days_later
from entitlements.model import Catalog
from entitlements.subject import SubjectRecord, zone_of
from entitlements.succession import boundaries

_DAYS_AHEAD: Final = 30


def lapse_ahead(catalog: Catalog, record: SubjectRecord, now: datetime) -> datetime | None:
    """When the Business Associate Agreement in force lapses, if that is within 30 days and nobody ended it.

    It lapses when the plan that offers it ends and what follows does not.
    """
    if not resolve(catalog.at(now), record, now).baa.in_force:
        return None
    last = days_later(now, _DAYS_AHEAD, zone_of(record, catalog))
    instants = {*record.boundaries(), *boundaries(catalog.successions.values())}
    for instant in sorted(instant for instant in instants if now < instant <= last):
        if not resolve(catalog.at(instant), record, instant).baa.in_force:
            return None if record.baa_ended_on == instant else instant
    return None
