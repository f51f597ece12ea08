"""What changes a subject's record: each verb asks the rules, and the store writes all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any, Literal, cast

from entitlements.amounts import Amount
from entitlements.change.compare import Terms, compare
from entitlements.clock import Clock, from_ns
from entitlements.engine.resolve import resolve
from entitlements.errors import StoreError
from entitlements.lifecycle import add_ons, baa, overrides, subscriptions
from entitlements.lifecycle.overrides import Grounds
from entitlements.lifecycle.periods import Cadence
from entitlements.lifecycle.refusals import Refused
from entitlements.lifecycle.timeline import Changed
from entitlements.model import Catalog
from entitlements.source.protocol import Entry, Source, Store, Token
from entitlements.subject import AddOnPeriod, SubjectRecord, SubscriptionKind

#: When an exception ends; that it never does is said, not left out.
End = datetime | Literal["never"]


class Verbs:
    """The verbs of an Engine whose source is a Store. Each gives the Token of the record that it left.

    `by` is who did it and `because` why, for the audit log; nobody is asked whether they may. `at` is now if
    it is left out. Raises Refused, with what to do instead, and then nothing was changed.
    """

    source: Source
    _clock: Clock

    @property
    def catalog(self) -> Catalog:
        raise NotImplementedError

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
            done = asked(record, catalog, now=now, loses=False)
            loses = _loses(catalog, record, done.record, done.at)
            return asked(record, catalog, now=now, loses=True) if loses else done

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

    def give(
        self,
        subject: str,
        feature: str,
        *,
        kind: str,
        by: str,
        because: str,
        end: End,
        at: datetime | None = None,
    ) -> Token:
        """An exception: the subject has `feature`, whatever its plan says."""
        rule = partial(overrides.give, feature=feature, grounds=Grounds(kind, by, because, end, at))
        return self._write(subject, "override give", by, because, rule)

    def remove(
        self,
        subject: str,
        feature: str,
        *,
        kind: str,
        by: str,
        because: str,
        end: End,
        at: datetime | None = None,
    ) -> Token:
        """An exception: the subject does not have `feature`, whatever else gives it."""
        rule = partial(overrides.remove, feature=feature, grounds=Grounds(kind, by, because, end, at))
        return self._write(subject, "override remove", by, because, rule)

    def set_cap(
        self,
        subject: str,
        cap: str,
        *,
        kind: str,
        by: str,
        because: str,
        end: End,
        to: Amount | None = None,
        at_least: Amount | None = None,
        at: datetime | None = None,
    ) -> Token:
        """An exception: the cap is exactly `to`, or not less than `at_least`."""
        grounds = Grounds(kind, by, because, end, at)
        rule = partial(overrides.set_cap, cap=cap, grounds=grounds, to=to, at_least=at_least)
        return self._write(subject, "override set cap", by, because, rule)

    def set_support(
        self,
        subject: str,
        level: str,
        *,
        kind: str,
        by: str,
        because: str,
        end: End,
        at: datetime | None = None,
    ) -> Token:
        """An exception: support of `level`, or of the plan if that is higher."""
        rule = partial(overrides.set_support, level=level, grounds=Grounds(kind, by, because, end, at))
        return self._write(subject, "override set support", by, because, rule)

    def end_override(
        self,
        subject: str,
        key: str,
        *,
        by: str,
        because: str | None = None,
        at: datetime | None = None,
        kind: str | None = None,
        start: datetime | None = None,
    ) -> Token:
        """The exception about `key` ends; of several, `kind` or `start` say which."""
        rule = partial(overrides.end_override, key=key, at=at, kind=kind, start=start)
        return self._write(subject, "override end", by, because, rule)

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
        rule = partial(add_ons.add_add_on, add_on=add_on, at=at, end=end, unsold=unsold)
        return self._write(subject, "add-on add", by, because, rule)

    def end_add_on(
        self, subject: str, add_on: str, *, by: str, because: str | None = None, at: datetime | None = None
    ) -> Token:
        """The subscription in force has `add_on` no more."""
        rule = partial(add_ons.end_add_on, add_on=add_on, at=at)
        return self._write(subject, "add-on end", by, because, rule)

    def sign_baa(
        self, subject: str, *, by: str, because: str | None = None, at: datetime | None = None
    ) -> Token:
        """The Business Associate Agreement is signed, on a day that may be past."""

        def rule(record: SubjectRecord, catalog: Catalog, *, now: datetime) -> SubjectRecord:
            then = now if at is None else at
            offered = resolve(catalog.at(then), record, then).baa.offered
            return baa.sign_baa(record, catalog, now=now, at=at, offered=offered)

        return self._write(subject, "baa sign", by, because, rule)

    def end_baa(
        self, subject: str, *, by: str, because: str | None = None, at: datetime | None = None
    ) -> Token:
        """The Business Associate Agreement ends, on a day that may be past."""
        return self._write(subject, "baa end", by, because, partial(baa.end_baa, at=at))

    def _write(
        self, subject: str, what: str, by: str, because: str | None, rule: Callable[..., Any]
    ) -> Token:
        if not hasattr(self.source, "change"):
            msg = f"{type(self.source).__name__} is only read, so nothing of {subject!r} can be changed"
            raise StoreError(msg, hint="open the engine on a store, such as SqlStore or MemoryStore")
        if not by.strip():
            raise Refused(code="no_author")
        catalog, clock = self.catalog, self._clock

        def ruled(record: SubjectRecord) -> SubjectRecord:
            # Now is when the store is free: another change may have begun something while this one waited.
            after: SubjectRecord | Changed = rule(record, catalog, now=from_ns(clock()))
            return after.record if isinstance(after, Changed) else after

        return cast("Store", self.source).change(subject, ruled, Entry(what, by, because, from_ns(clock())))


def _whole(add_ons: Iterable[str]) -> tuple[AddOnPeriod, ...]:
    """Add-ons that are had as long as their subscription."""
    return tuple(AddOnPeriod(key) for key in add_ons)


def _loses(catalog: Catalog, before: SubjectRecord, after: SubjectRecord, at: datetime) -> bool:
    """Whether the subject would have less at `at` than it has."""
    then = catalog.at(at)
    had, has = (Terms.of_subject(resolve(then, record, at)) for record in (before, after))
    return compare(then, had, has).direction in {"downgrade", "switch"}
