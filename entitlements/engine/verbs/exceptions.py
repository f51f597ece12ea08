"""The verbs on exceptions, on the Business Associate Agreement, and on what else is known of a subject."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Literal

from entitlements.amounts import Amount
from entitlements.engine.resolve import resolve
from entitlements.engine.verbs.writing import Writing
from entitlements.lifecycle import baa, details, overrides
from entitlements.lifecycle.overrides import Grounds
from entitlements.model import Catalog
from entitlements.source.protocol import Token
from entitlements.subject import SubjectRecord

#: When an exception ends; that it never does is said, not left out.
End = datetime | Literal["never"]


class ExceptionVerbs(Writing):
    """What stands beside the subscriptions of a subject."""

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

    def set_details(
        self,
        subject: str,
        *,
        by: str,
        because: str | None = None,
        billing: Iterable[str] | None = None,
        admins: Iterable[str] | None = None,
        credits: Decimal | None = None,  # noqa: A002  the word of the record
        time_zone: str | None = None,
    ) -> Token:
        """Who is written to, what is paid in advance, and where days begin; what is not given stays."""
        contacts = {"billing": billing, "admins": admins}
        people = {kind: tuple(given) for kind, given in contacts.items() if given is not None}
        rule = partial(details.set_details, contacts=people, credits=credits, time_zone=time_zone)
        return self._write(subject, "set details", by, because, rule)
