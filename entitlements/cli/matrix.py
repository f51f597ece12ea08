"""`entitlements matrix`: the pricing table, plans by features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from entitlements.change.compare import baa_word, price_json, terms_json
from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, json_option, screen_width, styled, symbol, table, write_json
from entitlements.cli.words import dash
from entitlements.report.pricing_table import PricingTable, pricing_table
from entitlements.report.rows import Row, table_rows

_NARROWEST_TITLE = 20


@click.command("matrix", cls=Command)
@click.option(
    "--all", "everything", is_flag=True, help="All features, also those that are not on the pricing page."
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "html", "markdown", "csv", "json"]),
    default="text",
    show_default=True,
    help="How to write it; html is a page of its own, to publish or to send.",
)
@json_option
@click.pass_obj
def command(app: App, *, everything: bool, style: str, as_json: bool) -> None:
    """The pricing table: the plans of the ladder, their terms, and who has which feature.

    \b
    Examples:
      entitlements matrix
      entitlements matrix --format html > plans.html
      entitlements matrix --all --format markdown
      entitlements matrix --format csv > plans.csv
      entitlements --lang fr matrix
    """  # noqa: D301  click looks for the character itself
    found = pricing_table(app.load(), lang=app.lang, everything=everything)
    if as_json or style == "json":
        write_json(matrix_json(found))
    elif style == "text":
        _text(found)
    else:
        # Bytes, because a text stream may lack letters, or turn CRLF into something else on some systems.
        echo(_written(found, style).encode(), nl=False)


def _written(found: PricingTable, style: str) -> str:
    if style == "csv":
        from entitlements.report.render.csv_table import csv_table

        return csv_table(found)
    if style == "markdown":
        from entitlements.report.render.markdown_table import markdown_table

        return markdown_table(found)
    try:
        from entitlements.report.render.html_page import pricing_page
    except ModuleNotFoundError as error:
        if error.name != "jinja2":
            raise
        msg = "--format html needs jinja2: pip install 'entitlements[standard]'"
        raise click.UsageError(msg) from None
    return pricing_page(found)


def matrix_json(found: PricingTable) -> dict[str, Any]:
    """The document `entitlements/matrix/1`."""
    keys = [plan.key for plan in found.plans]
    return {
        "schema": "entitlements/matrix/1",
        "currency": found.currency,
        "plans": keys,
        "titles": {plan.key: plan.title.value for plan in found.plans},
        "prices": {plan.key: price_json(plan.price) for plan in found.plans},
        "support": {plan.key: plan.support_key for plan in found.plans},
        "baa": {plan.key: baa_word(plan.baa) for plan in found.plans},
        "caps": [
            {
                "cap": row.cap.key,
                "title": row.title.value,
                "plans": {key: terms_json(terms) for key, terms in zip(keys, row.terms, strict=True)},
            }
            for row in sorted(found.caps, key=lambda row: row.cap.key)
        ],
        "features": [
            {
                "feature": row.key,
                "title": row.title.value,
                "group": row.group,
                "plans": [key for key, cell in zip(keys, row.cells, strict=True) if cell.included],
                "add_ons": {
                    key: [add_on for add_on, _ in cell.add_ons]
                    for key, cell in zip(keys, row.cells, strict=True)
                    if cell.add_ons
                },
            }
            for row in sorted(found.features, key=lambda row: row.key)
        ],
    }


def _text(found: PricingTable) -> None:
    """Two tables, terms and features, each over as many plans at a time as the screen has room for."""
    rows = list(table_rows(found))
    _part("Plan", found, [row for row in rows if not row.group])
    _part("Feature", found, [row for row in rows if row.group])


def _part(first: str, found: PricingTable, rows: Sequence[Row]) -> None:
    titles = [plan.title.value for plan in found.plans]
    widths = [
        max(len(word) for row in rows for cell in (row.cells[n], title) for word in cell.split() or [""])
        for n, title in enumerate(titles)
    ]
    for chosen in _that_fit(widths):
        body: list[tuple[str, ...]] = []
        group = ""
        for row in rows:
            if row.group != group:
                group = row.group
                body.append((styled(group, bold=True), *("" for _ in chosen)))
            title = f"  {row.title}" if group else row.title
            body.append((title, *(_sign(row.cells[n]) for n in chosen)))
        table((first, *(titles[n] for n in chosen)), body)


def _that_fit(widths: Sequence[int]) -> list[list[int]]:
    """The columns in runs that fit on the screen beside a readable title."""
    runs: list[list[int]] = [[]]
    for number, width in enumerate(widths):
        used = _NARROWEST_TITLE + sum(widths[n] + 2 for n in runs[-1])
        if runs[-1] and used + width + 2 > screen_width():
            runs.append([])
        runs[-1].append(number)
    return runs


def _sign(word: str) -> str:
    if word == "yes":
        return styled(symbol("✓", "x"), fg="green")
    return styled(dash(), dim=True) if word in ("no", "") else word
