"""A feature is open during office hours only, in the time zone that the plan file names.

In a plan file:

    api_access:
      checks:
        office_hours: {from: "08:00", to: "17:00", time_zone: Africa/Nairobi}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from entitlements import DYNAMIC, Checker, Feature, Question, Verdict, deny, hookimpl

_DEFAULTS = {"from": "08:00", "to": "18:00", "time_zone": "UTC"}


class OfficeHours(Checker):
    """Denies outside [from, to). It asks the clock on each call, so it is DYNAMIC."""

    name = "office_hours"
    volatility = DYNAMIC

    def check(self, question: Question) -> Verdict | None:
        given = {**_DEFAULTS, **question.params}
        opens, closes = time.fromisoformat(given["from"]), time.fromisoformat(given["to"])
        now = question.at.astimezone(ZoneInfo(given["time_zone"])).time()
        if opens <= now < closes:
            return None
        return deny(f"Open from {opens:%H:%M} to {closes:%H:%M}, {given['time_zone']} time")

    def problems(self, feature: Feature, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:  # noqa: ARG002
        for name, value in params.items():
            if name not in _DEFAULTS:
                yield name, f"unknown parameter; allowed: {', '.join(_DEFAULTS)}"
            elif name == "time_zone":
                if not _is_zone(value):
                    yield name, f'there is no time zone "{value}"'
            elif not _is_time(value):
                yield name, f'"{value}" is no time of day; write one such as "08:00"'
        given = {**_DEFAULTS, **params}
        if _is_time(given["from"]) and _is_time(given["to"]) and given["from"] >= given["to"]:
            yield "to", "the office must close after it opens"


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and time.fromisoformat(value).tzinfo is None
    except ValueError:
        return False


def _is_zone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


@hookimpl
def entitlements_checkers() -> Iterable[Checker]:
    """What this plugin brings."""
    return (OfficeHours(),)
