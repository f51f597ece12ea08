"""The words of a catalog on a terminal; those that need no terminal are the report's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from entitlements.catalog.money import money_words
from entitlements.cli.output import styled, symbol
from entitlements.clock import day_words
from entitlements.model import Catalog
from entitlements.report.words import (
    and_list,
    baa_words,
    by_group,
    cap_words,
    client_words,
    counted,
    extra_words,
    in_ladder_order,
    included_words,
    is_current,
    loss_phrase,
    loss_words,
    named,
    plan_words,
    price_words,
    raise_words,
    sold_words,
    ways_to_reduce,
)

__all__ = [
    "and_list",
    "baa_words",
    "by_group",
    "cap_words",
    "client_words",
    "counted",
    "dash",
    "extra_words",
    "feature_rows",
    "in_ladder_order",
    "included_words",
    "is_current",
    "loss_phrase",
    "loss_words",
    "moment",
    "money_words",
    "named",
    "plan_words",
    "price_words",
    "raise_words",
    "sold_words",
    "ways_to_reduce",
]


def dash() -> str:
    """What stands in a table where there is nothing."""
    return symbol("\N{EN DASH}", "-")


def moment(instant: datetime | None, zone: str) -> str:
    """An instant on clocks in `zone`, to the second; a dash for none."""
    return dash() if instant is None else day_words(instant.replace(microsecond=0), zone)


def feature_rows(catalog: Catalog, features: Iterable[str], lang: str | None) -> list[tuple[str, str]]:
    """Rows of (title, key) for a table, with a line for each group; its key is empty."""
    rows = []
    for group, keys in by_group(catalog, features, lang):
        rows.append((styled(group, bold=True), ""))
        rows.extend((f"  {catalog.title_of('feature', key, lang)}", key) for key in keys)
    return rows
