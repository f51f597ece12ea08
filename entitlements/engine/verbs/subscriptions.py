"""The verbs on subscriptions and their add-ons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from entitlements.change.wanted import deferred_if_it_loses
from entitlements.engine.verbs.writing import Writing
from entitlements.lifecycle import add_ons as rules_of_add_ons
from entitlements.lifecycle import subscriptions
from entitlements.lifecycle.periods import Cadence
from entitlements.lifecycle.timeline import Changed
from entitlements.model import Catalog
from entitlements.source.protocol import Token
from entitlements.subject import AddOnPeriod, SubjectRecord, SubscriptionKind


class SubscriptionVerbs(Writing):
    """What becomes of the subscriptions of a subject."""

    def subscribe(
        self,
        subject: str,
        plan: str,
        *,
        by: str,
        because: str | None = None,
        at: datetime | None = None,
        end: datetime | None = None,
        cadence: Cadence = "monthly",
        kind: SubscriptionKind = "product",
        add_ons: Iterable[str] = (),
        unsold: bool = False,
        replace: bool = False,
    ) -> Token:
        """`plan` from `at` on; what is in force then ends then, whatever its minimum term.

        `replace` cancels later subscriptions that are in its way; `unsold` admits what is not on sale.
        """
        sold = partial(subscriptions.subscribe, add_ons=_whole(add_ons), unsold=unsold, replace=replace)
        rule = partial(sold, plan=plan, at=at, end=end, cadence=cadence, kind=kind)
        return self._write(subject, "subscribe", by, because, rule)

    def change_plan(
        self,
        subject: str,
        to: str,
        *,
        by: str,
        because: str | None = None,
        at: datetime | None = None,
        end: datetime | None = None,
        cadence: Cadence | None = None,
        kind: SubscriptionKind = "product",
        add_ons: Iterable[str] = (),
        waive: str | None = None,
        unsold: bool = False,
        replace: bool = False,
    ) -> Token:
        """`to` instead of what is in force; what loses anything waits for the end of the minimum term.

        `waive` is the reason for which it does not wait.
        """
        sold = partial(subscriptions.change_plan, add_ons=_whole(add_ons), unsold=unsold, replace=replace)
        asked = partial(sold, to=to, at=at, end=end, cadence=cadence, kind=kind, waive=waive)

        def rule(record: SubjectRecord, catalog: Catalog, *, now: datetime) -> Changed:
            return deferred_if_it_loses(asked, record, catalog, now)

        return self._write(subject, "change plan", by, because, rule)

    def end(
        self,
        subject: str,
        *,
        by: str,
        because: str | None = None,
        at: datetime | None = None,
        waive: str | None = None,
        replace: bool = False,
    ) -> Token:
        """What is in force ends at `at`, or as soon as its minimum term allows."""
        rule = partial(subscriptions.end, at=at, waive=waive, replace=replace)
        return self._write(subject, "end", by, because, rule)

    def renew(
        self,
        subject: str,
        *,
        by: str,
        because: str | None = None,
        plan: str | None = None,
        cadence: Cadence | None = None,
        end: datetime | None = None,
        replace: bool = False,
    ) -> Token:
        """A next term after the one that ends, of the same kind and version unless `plan` names another."""
        rule = partial(subscriptions.renew, plan=plan, cadence=cadence, end=end, replace=replace)
        return self._write(subject, "renew", by, because, rule)

    def extend(
        self,
        subject: str,
        *,
        by: str,
        because: str | None = None,
        kind: SubscriptionKind = "product",
        plan: str | None = None,
        cadence: Cadence | None = None,
        end: datetime | None = None,
        replace: bool = False,
    ) -> Token:
        """A bundle goes on as another kind when its agreement ends, with the same version of its plan."""
        rule = partial(subscriptions.extend, kind=kind, plan=plan, cadence=cadence, end=end, replace=replace)
        return self._write(subject, "extend", by, because, rule)

    def cancel(
        self, subject: str, start: datetime, *, by: str, because: str | None = None, reopen: bool = False
    ) -> Token:
        """The subscription that should begin at `start` never will; `reopen` lets the one before go on."""
        rule = partial(subscriptions.cancel, start=start, reopen=reopen)
        return self._write(subject, "cancel", by, because, rule)

    def add_add_on(
        self,
        subject: str,
        add_on: str,
        *,
        by: str,
        because: str | None = None,
        at: datetime | None = None,
        end: datetime | None = None,
        unsold: bool = False,
    ) -> Token:
        """The subscription in force has `add_on`: until `end`, else as long as it lasts."""
        rule = partial(rules_of_add_ons.add_add_on, add_on=add_on, at=at, end=end, unsold=unsold)
        return self._write(subject, "add-on add", by, because, rule)

    def end_add_on(
        self, subject: str, add_on: str, *, by: str, because: str | None = None, at: datetime | None = None
    ) -> Token:
        """The subscription in force has `add_on` no more."""
        rule = partial(rules_of_add_ons.end_add_on, add_on=add_on, at=at)
        return self._write(subject, "add-on end", by, because, rule)


def _whole(add_ons: Iterable[str]) -> tuple[AddOnPeriod, ...]:
    """Add-ons that are had as long as their subscription."""
    return tuple(AddOnPeriod(key) for key in add_ons)
