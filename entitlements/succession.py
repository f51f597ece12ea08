"""Which version of a plan is sold when, and which one a subscriber has: the rules of dated versions.

A succession is the versions of one plan that were or will be sold one after the other, by their dates; the
first is the one from before the first date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entitlements.model import Catalog, Plan
    from entitlements.subject import Subscription


def sold_at(succession: tuple[Plan, ...], instant: datetime) -> Plan:
    """The version sold at `instant`; each is from its very first instant on."""
    return next((plan for plan in reversed(succession[1:]) if _begun(plan, instant)), succession[0])


def had_at(succession: tuple[Plan, ...], instant: datetime, *, since: datetime | None = None) -> Plan:
    """The version that one has at `instant` who subscribed to the plan at `since`, without a number.

    That is the one sold then, the first if nobody knows when; or a later one that came to all at once.
    """
    return moved(succession, succession[0] if since is None else sold_at(succession, since), instant)


def moved(succession: tuple[Plan, ...], version: Plan, instant: datetime) -> Plan:
    """What `version` has become at `instant` for those who had it: itself, where subscribers keep it."""
    for before, after in pairwise(succession):
        if before is version and after.existing_subscribers == "at_once" and _begun(after, instant):
            version = after
    return version


def version_of(catalog: Catalog, subscription: Subscription, instant: datetime) -> Plan:
    """The version that `subscription` stands for at `instant`; a bare key means the one sold when it started.

    Raises UnknownPlan for a plan that is gone.
    """
    plan = catalog.plan(subscription.plan)
    succession = catalog.successions.get(plan.key)
    if succession is None:
        return plan
    if "@" in subscription.plan:
        return moved(succession, plan, instant)
    return had_at(succession, instant, since=subscription.start)


def boundaries(successions: Iterable[tuple[Plan, ...]]) -> Iterator[datetime]:
    """Every instant at which another version of a plan begins to be sold."""
    for succession in successions:
        yield from (plan.effective_from for plan in succession[1:] if plan.effective_from is not None)


def _begun(plan: Plan, instant: datetime) -> bool:
    return plan.effective_from is not None and plan.effective_from <= instant
