"""What is known of a subject beside its plan: whom to write to, what is paid in advance, where days begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from entitlements.clock import is_time_zone
from entitlements.lifecycle.refusals import Refused
from entitlements.model import Catalog
from entitlements.subject import SubjectRecord


def set_details(
    record: SubjectRecord,
    catalog: Catalog,  # noqa: ARG001  as all rules
    *,
    now: datetime,  # noqa: ARG001  as all rules
    contacts: Mapping[str, tuple[str, ...]],
    credits: Decimal | None = None,  # noqa: A002  the word of the record
    time_zone: str | None = None,
) -> SubjectRecord:
    """`contacts` replace those of their kind, an empty tuple removes them. None leaves things as they are.

    Instants stay what they are in another time zone; bare dates that are written from now on begin there.
    """
    if credits is not None and (not credits.is_finite() or credits < 0):
        raise Refused(code="no_credit", amount=credits)
    if time_zone is not None and not is_time_zone(time_zone):
        raise Refused(code="unknown_time_zone", name=time_zone)
    people = {kind: listed for kind, listed in {**record.contacts, **contacts}.items() if listed}
    return replace(
        record,
        contacts=MappingProxyType(people),
        credits=record.credits if credits is None else credits,
        time_zone=record.time_zone if time_zone is None else time_zone,
    )
