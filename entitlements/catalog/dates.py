"""Since when a version is sold, as its file says, and what becomes of those who have the one before."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict

from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Map
from entitlements.clock import instant_from
from entitlements.problems import Problem


class Dates(TypedDict, total=False):
    """Fields of a Plan; none where the file gives no date."""

    effective_from: datetime
    existing_subscribers: Literal["keep", "at_once"]


def read_dates(value: Map, names: Names) -> Dates:
    """The dates that a plan file or a record gives, each checked."""
    given = [field for field in ("effective_from", "existing_subscribers") if field in value]
    if not given:
        return {}
    if len(given) == 1:
        other = "existing_subscribers: keep" if given == ["effective_from"] else "effective_from: 2027-01-01"
        message, hint = f"`{given[0]}` says only half of it", f"add the other half, such as {other}"
        names.problems.append(Problem("R323", message, value.key_mark(given[0]), hint=hint))
        return {}
    try:
        instant = instant_from(value["effective_from"], names.time_zone)
    except (ValueError, OverflowError):
        message = f"`effective_from` is {value['effective_from']!r}, which is no date of the calendar"
        mark, hint = value.value_mark("effective_from"), "write a date such as 2027-01-01"
        names.problems.append(Problem("S205", message, mark, hint=hint))
        return {}
    return {"effective_from": instant, "existing_subscribers": value["existing_subscribers"]}
