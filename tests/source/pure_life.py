"""One subject as the pure rules alone make it: no engine, no store, no transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from entitlements.change.compare import Terms, compare
from entitlements.engine.resolve import resolve
from entitlements.lifecycle import add_ons, baa, details, overrides, subscriptions
from entitlements.lifecycle.overrides import Grounds
from entitlements.lifecycle.refusals import Refused
from entitlements.lifecycle.timeline import Changed
from entitlements.model import Catalog
from entitlements.source.record_json import record_json
from entitlements.subject import AddOnPeriod, SubjectRecord

#: Verb → what the audit log calls it.
VERBS = {
    "subscribe": "subscribe",
    "change_plan": "change plan",
    "end": "end",
    "renew": "renew",
    "extend": "extend",
    "cancel": "cancel",
    "add_add_on": "add-on add",
    "end_add_on": "add-on end",
    "give": "override give",
    "remove": "override remove",
    "set_cap": "override set cap",
    "set_support": "override set support",
    "end_override": "override end",
    "sign_baa": "baa sign",
    "end_baa": "baa end",
    "set_details": "set details",
}
_ABOUT = {"give": "feature", "remove": "feature", "set_cap": "cap", "set_support": "level"}


@dataclass(frozen=True)
class Refusal:
    """What a verb gave that refused."""

    code: str
    says: str


@dataclass(frozen=True)
class Row:
    """What the audit log should say of one change."""

    revision: int
    what: str
    by: str
    because: str | None
    at: datetime
    before: str | None
    after: str


class PureLife:
    """The record, and the rows that its changes leave."""

    def __init__(self, subject: str, catalog: Catalog) -> None:
        self.record = SubjectRecord(subject)
        self.rows: list[Row] = []
        self._catalog = catalog

    def do(self, verb: str, now: datetime, by: str, because: str | None, asked: dict[str, Any]) -> Any:
        """The revision after it, or the Refusal. Raises what the rule raises besides."""
        before = self.record
        try:
            after = self._after(verb, now, by, because, dict(asked))
        except Refused as refused:
            return Refusal(refused.code, str(refused))
        if after is before or (self.rows and after == before):
            return before.revision
        self.record = replace(after, revision=before.revision + 1)
        told = record_json(before) if self.rows else None
        row = Row(self.record.revision, VERBS[verb], by, because, now, told, record_json(after))
        self.rows.append(row)
        return self.record.revision

    def _after(
        self, verb: str, now: datetime, by: str, because: str | None, asked: dict[str, Any]
    ) -> SubjectRecord:
        record, catalog = self.record, self._catalog
        if "add_ons" in asked:
            asked["add_ons"] = tuple(AddOnPeriod(key) for key in asked["add_ons"])
        if verb == "set_details":
            kinds = ("billing", "admins")
            people: dict[str, Any] = {kind: asked.pop(kind) for kind in kinds if kind in asked}
            return details.set_details(record, catalog, now=now, contacts=people, **asked)
        if verb in _ABOUT:
            grounds = Grounds(asked.pop("kind"), by, str(because), asked.pop("end"), asked.pop("at"))
            rule = getattr(overrides, verb)
            changed: SubjectRecord = rule(record, catalog, grounds=grounds, now=now, **asked)
            return changed
        if verb == "change_plan":
            return self._change_plan(now, asked)
        if verb == "sign_baa":
            then = asked["at"] or now
            offered = resolve(catalog.at(then), record, then).baa.offered
            return baa.sign_baa(record, catalog, now=now, offered=offered, **asked)
        home = next(module for module in (subscriptions, add_ons, overrides, baa) if hasattr(module, verb))
        done: SubjectRecord | Changed = getattr(home, verb)(record, catalog, now=now, **asked)
        return done.record if isinstance(done, Changed) else done

    def _change_plan(self, now: datetime, asked: dict[str, Any]) -> SubjectRecord:
        """At once if nothing is lost on the day it is wanted; else when the minimum term is over."""
        at_once = subscriptions.change_plan(self.record, self._catalog, now=now, loses=False, **asked)
        then = self._catalog.at(at_once.at)
        had, has = (
            Terms.of_subject(resolve(then, record, at_once.at)) for record in (self.record, at_once.record)
        )
        if compare(then, had, has).direction in {"upgrade", "same"}:
            return at_once.record
        return subscriptions.change_plan(self.record, self._catalog, now=now, loses=True, **asked).record
