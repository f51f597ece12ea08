"""Amounts of money: as the files and machines write them, and as people read them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from entitlements.catalog.reading.document import Number


def decimal_of(value: Any) -> Decimal:
    """The exact amount of a YAML scalar: `"600.00"`, `600`, `2.50`."""
    return Decimal(value.text if isinstance(value, Number) else str(value))


def money_text(amount: Decimal) -> str:
    """At least two decimals, as in prices: `600.00`, `0.015`."""
    return f"{amount:.{_places(amount)}f}"


def money_said(amount: Decimal) -> str:
    """As `money_text`, with the thousands apart: `1,200.00`."""
    return f"{amount:,.{_places(amount)}f}"


def money_words(amount: Decimal, currency: str) -> str:
    """`1,200.00 USD`."""
    return f"{money_said(amount)} {currency}"


def _places(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(2, -exponent) if isinstance(exponent, int) else 2
