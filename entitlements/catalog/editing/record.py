"""The record of a published version: its resolved terms, flat, as a file of `published/`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from entitlements.amounts import FREE, Price
from entitlements.catalog.digest import terms_digest, terms_of
from entitlements.catalog.editing.edit import add_item, set_value
from entitlements.catalog.editing.text import Draft
from entitlements.catalog.money import money_text
from entitlements.catalog.reading.written import yaml_text
from entitlements.model import EMPTY, Plan

_COMMENT = (
    "# Recorded by `entitlements publish`. Those who have this version keep these terms: do not edit.\n"
)


def record_text(plan: Plan, *, currency: str | None = None) -> str:
    """The file that records `plan`, which nobody recorded before, with prices in `currency`."""
    return _COMMENT + yaml_text(_record(plan, currency))


def widened(record: Draft, plan: Plan) -> Draft:
    """`record` with what the wider terms of `plan` change; the rest of its text stays, comments too."""
    wanted, draft = terms_of(plan), record
    for cap, terms in wanted["caps"].items():
        if record.value["caps"].get(cap) != terms:
            draft = set_value(draft, ("caps", cap), terms, order=tuple(wanted["caps"]))
    for feature in wanted["features"]:
        draft = add_item(draft, ("features",), feature)
    if "suspends" in record.value and not plan.suspends:
        draft = set_value(draft, ("suspends",), value=False)
    return set_value(draft, ("digest",), terms_digest(plan))


def _record(plan: Plan, currency: str | None) -> dict[str, Any]:
    terms = terms_content(plan)
    named = {
        "plan": terms.pop("plan"),
        "version": terms.pop("version"),
        "digest": terms_digest(plan),
        "currency": currency,
    }
    # What is empty is written out, so that nothing seems forgotten; that a plan works need not be said.
    return {**named, **terms, "suspends": plan.suspends or None, "caps": terms["caps"] or EMPTY}


def terms_content(plan: Plan) -> dict[str, Any]:
    """The terms of `plan` as files state them."""
    terms = terms_of(plan)
    caps = {
        cap: MappingProxyType(given) if type(given) is dict else given for cap, given in terms["caps"].items()
    }
    # The price apart: a digest takes whatever costs nothing by the month for free.
    return {**terms, "price": price_content(plan.price), "caps": caps}


def price_content(price: Price) -> str | Mapping[str, str]:
    """A price as files state it, beside its key."""
    if price.monthly is None:
        return "on_request"
    if price == FREE:
        return "free"
    annual = {} if price.annual_total is None else {"annual_total": money_text(price.annual_total)}
    return MappingProxyType({"monthly": money_text(price.monthly), **annual})
