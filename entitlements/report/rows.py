"""The pricing table as rows of words, for renderers whose cells hold nothing but text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from entitlements.amounts import CapTerms, Price
from entitlements.catalog.money import money_said, money_text
from entitlements.change.compare import amount_words
from entitlements.report.pricing_table import Cell, PricingTable
from entitlements.report.words import baa_words


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what it is about, and what each plan says to it."""

    key: str
    title: str
    #: Empty for the terms of a plan; the title of the group for a feature.
    group: str
    cells: tuple[str, ...]


def table_rows(table: PricingTable, *, for_machines: bool = False) -> Iterator[Row]:
    """Terms, then features. Numbers for machines have no separators of thousands."""
    yield from _terms(table, for_machines=for_machines)
    for group in table.groups:
        for feature in group.features:
            cells = tuple(map(_word, feature.cells))
            yield Row(feature.key, feature.title.value, group.title.value, cells)


def _terms(table: PricingTable, *, for_machines: bool) -> Iterator[Row]:
    """Price, support, BAA and caps, a row each; of caps that can be exceeded also the price of one more."""
    money = money_text if for_machines else money_said

    def price(given: Price, amount: Decimal | None) -> str:
        if given.on_request:
            return "on request"
        return "free" if given.free else "" if amount is None else money(amount)

    def amount(terms: CapTerms) -> str:
        if terms.included == "none":
            return ""
        return str(terms.included) if for_machines else amount_words(terms.included)

    def extra(terms: CapTerms) -> str:
        if not isinstance(terms.included, int):
            return ""
        if terms.hard:
            return "no more"
        return money(terms.extra) if isinstance(terms.extra, Decimal) else "by rate"

    prices = [plan.price for plan in table.plans]
    monthly = tuple(price(given, given.monthly) for given in prices)
    annual = tuple(price(given, given.annual_total) for given in prices)
    yield Row("price_monthly", f"{table.currency} a month", "", monthly)
    yield Row("price_annual_total", f"{table.currency} a year", "", annual)
    yield Row("support", "Support", "", tuple(plan.support.value for plan in table.plans))
    yield Row("baa", "BAA", "", tuple(baa_words(plan.baa) for plan in table.plans))
    for row in table.caps:
        key, per = f"cap.{row.cap.key}", " a month" if row.cap.period else ""
        yield Row(key, f"{row.title}{per}", "", tuple(map(amount, row.terms)))
        if any(isinstance(terms.included, int) for terms in row.terms):
            title = f"  one more, {table.currency}"
            yield Row(f"{key}.extra", title, "", tuple(map(extra, row.terms)))


def _word(cell: Cell) -> str:
    return "yes" if cell.included else "add-on" if cell.add_ons else "no"
