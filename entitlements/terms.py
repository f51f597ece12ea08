"""What binds a subject and what it pays: earliest end, payment, invoices, credits, and the next charges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from entitlements.catalog.money import money_text
from entitlements.change.lapse import lapse_ahead
from entitlements.charges.estimate import charges_of
from entitlements.charges.lines import Charge, ChargeLine
from entitlements.charges.years import refund_until
from entitlements.engine.entitlements import Entitlements
from entitlements.lifecycle.minimum_term import EarliestEnd, earliest_end
from entitlements.model import EMPTY, Catalog, Plan
from entitlements.problems import NOWHERE, Mark
from entitlements.subject import Payer, SubjectRecord, Subscription, pays, zone_of

Recipients = Literal["billing_contacts", "web_admins"]
#: Who receives invoices → under which word a record lists them.
_CONTACTS: Mapping[Recipients, str] = {"billing_contacts": "billing", "web_admins": "admins"}


@dataclass(frozen=True, slots=True)
class SubjectTerms:
    """The terms of one subject at one instant. What `terms` of the catalog leaves out is empty or None."""

    subject: str
    at: datetime
    time_zone: str
    currency: str
    plan: Plan
    #: None on the default plan.
    subscription: Subscription | None
    #: Who pays for the plan. Only a subscriber is charged.
    pays: Payer
    #: When it may end, and by which rule; None where there is no subscription to end.
    earliest_end: EarliestEnd | None
    #: `timing`, `methods`, `autopay`, as the catalog says.
    payment: Mapping[str, Any]
    invoice_day: int | None
    #: Who receives invoices: the first list that names anyone.
    invoices_to: tuple[str, ...]
    recipients: Recipients | None
    credits: Decimal
    #: `expire`, `kept_on`, as the catalog says.
    credit_rules: Mapping[str, Any]
    #: `paid`, `due_days`, `refund_days`, `note` of a subscription by the year, else empty.
    annual: Mapping[str, Any]
    #: Until when who ends a year early gets the rest back; None if it is over or was never so.
    refund_until: datetime | None
    #: When the Business Associate Agreement in force lapses by a date that is set; told 30 days ahead.
    baa_lapses_on: datetime | None
    #: An estimate of what is charged next, by day.
    charges: tuple[Charge, ...]
    #: What of the above is stated where: `payment` → its line.
    places: Mapping[str, Mark]

    def to_json(self) -> dict[str, Any]:
        """The document of `entitlements terms --json`."""
        held, end = self.subscription, self.earliest_end
        return {
            "schema": "entitlements/terms/1",
            "subject": self.subject,
            "plan": self.plan.key,
            "version": self.plan.version,
            "kind": held.kind if held is not None else None,
            "cadence": held.cadence if held is not None else None,
            "pays": self.pays,
            "earliest_end": None
            if end is None
            else {**end.to_json(), "why": end.words(self.time_zone), **self._source("earliest_end")},
            "payment": {
                "timing": list(self.payment.get("timing", ())),
                "methods": list(self.payment.get("methods", ())),
                "autopay": self.payment.get("autopay"),
                **self._source("payment"),
            },
            "invoices": {
                "to": list(self.invoices_to),
                "recipients": self.recipients,
                "day": self.invoice_day,
                **self._source("invoices"),
            },
            "credits": {
                "amount": money_text(self.credits),
                "expire": self.credit_rules.get("expire"),
                "kept_on": list(self.credit_rules.get("kept_on", ())),
                **self._source("credits"),
            },
            "annual": None if not self.annual else self._annual_json(),
            "baa_lapses_on": self.baa_lapses_on.isoformat() if self.baa_lapses_on is not None else None,
            "charges": [self._charge_json(charge) for charge in self.charges],
            "currency": self.currency,
            "checked_at": self.at.isoformat(),
        }

    def _annual_json(self) -> dict[str, Any]:
        until = self.refund_until.isoformat() if self.refund_until is not None else None
        words = {word: self.annual.get(word) for word in ("paid", "due_days", "refund_days", "note")}
        return {**words, "refund_until": until, **self._source("annual")}

    def _charge_json(self, charge: Charge) -> dict[str, Any]:
        return {
            "on": charge.on.isoformat() if charge.on is not None else None,
            "lines": [_line_json(line) for line in charge.lines],
            "total": _money(charge.total),
            "at_least": money_text(charge.at_least),
        }

    def _source(self, what: str) -> dict[str, Any]:
        return {"source": _mark_json(self.places.get(what, NOWHERE))}


def terms_of(space: Entitlements, catalog: Catalog) -> SubjectTerms:
    """The terms of whom `space` is about; `catalog` has the versions sold then as its plans."""
    record, held, rules = space.record, space.subscription, catalog.terms
    zone = zone_of(record, catalog)
    end = earliest_end(held, catalog, space.at, zone) if held is not None else None
    annual = rules.get("annual", EMPTY) if held is not None and held.cadence == "annual" else EMPTY
    to, recipients = _invoices_to(record, rules.get("invoice_recipients", EMPTY))
    return SubjectTerms(
        subject=space.subject,
        at=space.at,
        time_zone=zone,
        currency=catalog.currency,
        plan=space.plan,
        subscription=held,
        pays=pays(held) if held is not None else "subscriber",
        earliest_end=end,
        payment=rules.get("payment", EMPTY),
        invoice_day=rules.get("invoice_day"),
        invoices_to=to,
        recipients=recipients,
        credits=record.credits,
        credit_rules=rules.get("credits", EMPTY),
        annual=annual,
        refund_until=_refund_until(held, catalog, space.at, zone),
        baa_lapses_on=lapse_ahead(catalog, record, space.at),
        charges=charges_of(space, catalog, zone),
        places=_places(catalog, end),
    )


def _invoices_to(
    record: SubjectRecord, rule: Mapping[str, Recipients]
) -> tuple[tuple[str, ...], Recipients | None]:
    for place in ("first", "otherwise"):
        kind = rule.get(place)
        people = record.contacts.get(_CONTACTS[kind], ()) if kind is not None else ()
        if people:
            return people, kind
    return (), None


def _refund_until(held: Subscription | None, catalog: Catalog, at: datetime, zone: str) -> datetime | None:
    until = refund_until(held, catalog, zone) if held is not None else None
    return until if until is not None and at < until else None


def _places(catalog: Catalog, end: EarliestEnd | None) -> dict[str, Mark]:
    parts = {
        "payment": "terms.payment",
        "invoices": "terms.invoice_recipients",
        "credits": "terms.credits",
        "annual": "terms.annual",
    }
    found = {what: catalog.places[part] for what, part in parts.items() if part in catalog.places}
    if end is not None:
        own = end.rule in {"agreement", "end"}
        stated = "exempt" if end.rule == "exempt" else end.subscription.cadence
        place = None if own else catalog.places.get(f"minimum_term.{stated}")
        found["earliest_end"] = place or end.subscription.mark
    return found


def _line_json(line: ChargeLine) -> dict[str, Any]:
    return {
        "what": line.what,
        "key": line.key,
        "count": line.count,
        "unit_price": _money(line.unit_price),
        "days": line.days,
        "amount": _money(line.amount),
        "unknown": line.unknown,
        "source": _mark_json(line.mark),
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else money_text(amount)


def _mark_json(mark: Mark) -> dict[str, Any]:
    return {"file": mark.file or None, "line": mark.line if mark.file else None}
