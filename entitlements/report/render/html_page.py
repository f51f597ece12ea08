"""A pricing table as a page of its own: to publish, to send by e-mail, to print."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from entitlements.amounts import CapTerms, Price
from entitlements.catalog.money import money_words
from entitlements.change.compare import amount_words
from entitlements.model import Cap
from entitlements.report.pricing_table import PricingTable
from entitlements.report.render.page import listed, page
from entitlements.report.words import extra_words

_MONTHS = 12
_KINDS = {
    "product": "plans that are bought",
    "bundle": "bundles",
    "pro_bono": "pro bono plans",
    "developer": "developer plans",
    "trial": "trials",
}
#: More plans than this do not fit beside each other on a usual screen, so their table may be moved sideways.
_SIDE_BY_SIDE = 6


def pricing_page(table: PricingTable) -> str:
    """One HTML file with everything in it; equal tables give equal pages."""
    return page(
        "pricing.html.j2",
        lang=table.lang,
        table=table,
        wide=len(table.plans) > _SIDE_BY_SIDE,
        saving=saving,
        kinds=lambda keys: listed([_KINDS[key] for key in keys]),
        spaced=lambda keys: listed([key.replace("_", " ") for key in keys], "or"),
        included=included,
        further=lambda terms: further(terms, table.currency),
        highlights=[list(_highlights(table, number)) for number in range(len(table.plans))],
    )


def saving(price: Price) -> Decimal | None:
    """What a year costs less when it is paid at once than by the month, if it does."""
    if not price.monthly or price.annual_total is None:
        return None
    less = _MONTHS * price.monthly - price.annual_total
    return less if less > 0 else None


def included(cap: Cap, terms: CapTerms) -> str:
    """`250 mobile users`, `50 messages a month`, `unlimited`, `none`."""
    if not isinstance(terms.included, int):
        return amount_words(terms.included)
    per = {"calendar_month": " a month", "billing_month": " a billing month"}.get(cap.period or "", "")
    return f"{cap.unit.counted(terms.included)}{per}"


def further(terms: CapTerms, currency: str) -> str | None:
    """What follows the included amount: `then 2.00 USD each a month`, `no more can be added`."""
    if not isinstance(terms.included, int):
        return None
    if terms.hard:
        return "no more can be added"
    if isinstance(terms.extra, Decimal):
        return f"then {money_words(terms.extra, currency)} each a month"
    return f"further ones {extra_words(terms, currency)}"


def _highlights(table: PricingTable, number: int) -> Iterator[str]:
    """In a few words each, the caps in which the plans differ."""
    for row in table.caps:
        terms = row.terms[number]
        if row.varies and terms.included == "unlimited":
            yield f"Unlimited {row.cap.unit.other}"
        elif row.varies and terms.included != "none":
            yield included(row.cap, terms)
