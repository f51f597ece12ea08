"""`entitlements matrix`: the pricing table, plans by features."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from entitlements.catalog.money import money_text
from entitlements.change.compare import amount_words, baa_word, price_json
from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, json_option, screen_width, styled, symbol, table, write_json
from entitlements.cli.show_json import terms_json
from entitlements.cli.words import baa_words, by_group, dash
from entitlements.model import CapTerms, Catalog, Plan

#: What makes a spreadsheet take a cell for a formula; the last four are full-width forms of the first.
_FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|])")
_NARROWEST_TITLE = 20


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what it is about, and what each plan says to it."""

    key: str
    title: str
    #: Empty for the terms of a plan; the title of the group for a feature.
    group: str
    cells: tuple[str, ...]


@click.command("matrix", cls=Command)
@click.option(
    "--all", "everything", is_flag=True, help="All features, also those that are not on the pricing page."
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "csv", "json"]),
    default="text",
    show_default=True,
    help="How to write it.",
)
@json_option
@click.pass_obj
def command(app: App, *, everything: bool, style: str, as_json: bool) -> None:
    """The pricing table: the plans of the ladder, their terms, and who has which feature.

    \b
    Examples:
      entitlements matrix
      entitlements matrix --all --format markdown
      entitlements matrix --format csv > plans.csv
      entitlements --lang fr matrix
    """  # noqa: D301  click looks for the character itself
    catalog = app.load()
    plans = [catalog.plans[key] for key in catalog.ladder]
    features = [key for key, feature in catalog.features.items() if everything or feature.listed == "pricing"]
    if as_json or style == "json":
        write_json(matrix_json(catalog, plans, features, app.lang))
        return
    titles = [catalog.title_of("plan", plan.key, app.lang) for plan in plans]
    rows = [*_terms(catalog, plans, app.lang), *_features(catalog, plans, features, app.lang, style)]
    if style == "csv":
        # Bytes, because a text stream would turn CRLF into something else on some systems.
        echo(csv_text(titles, rows).encode(), nl=False)
    elif style == "markdown":
        echo(markdown(titles, rows), nl=False)
    else:
        _text(titles, rows)


def matrix_json(
    catalog: Catalog, plans: Sequence[Plan], features: Iterable[str], lang: str | None
) -> dict[str, Any]:
    """The document `entitlements/matrix/1`."""
    return {
        "schema": "entitlements/matrix/1",
        "currency": catalog.currency,
        "plans": [plan.key for plan in plans],
        "titles": {plan.key: catalog.title_of("plan", plan.key, lang) for plan in plans},
        "prices": {plan.key: price_json(plan.price) for plan in plans},
        "support": {plan.key: plan.support for plan in plans},
        "baa": {plan.key: baa_word(plan.baa) for plan in plans},
        "caps": [
            {
                "cap": key,
                "title": catalog.title_of("cap", key, lang),
                "plans": {plan.key: terms_json(_terms_of(plan, key)) for plan in plans},
            }
            for key in catalog.caps
        ],
        "features": [
            {
                "feature": key,
                "title": catalog.title_of("feature", key, lang),
                "group": catalog.features[key].group,
                "plans": [plan.key for plan in plans if key in plan.features],
                "add_ons": {plan.key: found for plan in plans if (found := _add_ons(catalog, plan, key))},
            }
            for key in features
        ],
    }


def _terms_of(plan: Plan, cap: str) -> CapTerms:
    return plan.caps.get(cap) or CapTerms("none", hard=True)


def _add_ons(catalog: Catalog, plan: Plan, feature: str) -> list[str]:
    """The add-ons that bring `feature` to subscribers of `plan`, which lacks it."""
    if feature in plan.features:
        return []
    return [a.key for a in catalog.add_ons.values() if feature in a.features and plan.key in a.sold_with]


def _terms(catalog: Catalog, plans: Sequence[Plan], lang: str | None) -> Iterable[Row]:
    """Price, support, BAA and caps, a row each; of caps that can be exceeded also the price of one more."""
    money = catalog.currency
    yield Row("price_monthly", f"{money} a month", "", tuple(_price(p, p.price.monthly) for p in plans))
    yield Row(
        "price_annual_total", f"{money} a year", "", tuple(_price(p, p.price.annual_total) for p in plans)
    )
    yield Row("support", "Support", "", tuple(catalog.title_of("support", p.support, lang) for p in plans))
    yield Row("baa", "BAA", "", tuple(baa_words(p.baa) for p in plans))
    caps = [(catalog.title_of("cap", key, lang), cap) for key, cap in catalog.caps.items()]
    for title, cap in sorted(caps, key=lambda pair: pair[0].casefold()):
        terms = [_terms_of(plan, cap.key) for plan in plans]
        per = " a month" if cap.period else ""
        yield Row(f"cap.{cap.key}", f"{title}{per}", "", tuple(_amount(given) for given in terms))
        if any(isinstance(given.included, int) for given in terms):
            yield Row(
                f"cap.{cap.key}.extra",
                f"  each one more, {money}",
                "",
                tuple(_extra(given) for given in terms),
            )


def _price(plan: Plan, amount: Any) -> str:
    if plan.price.on_request:
        return "on request"
    if plan.price.free:
        return "free"
    return money_text(amount) if amount is not None else ""


def _amount(terms: CapTerms) -> str:
    return "" if terms.included == "none" else amount_words(terms.included)


def _extra(terms: CapTerms) -> str:
    if not isinstance(terms.included, int):
        return ""
    if terms.hard:
        return "no more"
    return "by rate" if terms.extra is None or isinstance(terms.extra, str) else money_text(terms.extra)


def _features(
    catalog: Catalog,
    plans: Sequence[Plan],
    features: Iterable[str],
    lang: str | None,
    style: str,
) -> Iterable[Row]:
    for group, keys in by_group(catalog, features, lang):
        for key in keys:
            cells = [
                "yes" if key in plan.features else "add-on" if _add_ons(catalog, plan, key) else "no"
                for plan in plans
            ]
            yield Row(
                key,
                catalog.title_of("feature", key, lang),
                group,
                tuple(cell if style == "csv" else _checked(cell) for cell in cells),
            )


def _text(titles: Sequence[str], rows: Sequence[Row]) -> None:
    """Two tables, terms and features, each over as many plans at a time as the screen has room for."""
    for part in ([row for row in rows if not row.group], [row for row in rows if row.group]):
        widths = [
            max(len(word) for row in part for cell in (row.cells[n], title) for word in cell.split() or [""])
            for n, title in enumerate(titles)
        ]
        for chosen in _that_fit(widths):
            body: list[tuple[str, ...]] = []
            group = ""
            for row in part:
                if row.group != group:
                    group = row.group
                    body.append((styled(group, bold=True), *("" for _ in chosen)))
                title = f"  {row.title}" if group else row.title
                body.append((title, *(row.cells[n] or dash() for n in chosen)))
            table(("Feature" if group else "Plan", *(titles[n] for n in chosen)), body)
            echo()


def _that_fit(widths: Sequence[int]) -> list[list[int]]:
    """The columns in runs that fit on the screen beside a readable title."""
    runs: list[list[int]] = [[]]
    for number, width in enumerate(widths):
        used = _NARROWEST_TITLE + sum(widths[n] + 2 for n in runs[-1])
        if runs[-1] and used + width + 2 > screen_width():
            runs.append([])
        runs[-1].append(number)
    return runs


def markdown(titles: Sequence[str], rows: Iterable[Row]) -> str:
    """A table in GitHub's Markdown."""
    lines = [_line(["", *titles]), _line(["---", *(":-:" for _ in titles)])]
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append(_line([f"**{_escaped(group)}**", *("" for _ in titles)]))
        lines.append(_line([_escaped(row.title.strip()), *(_escaped(cell) or dash() for cell in row.cells)]))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def csv_text(titles: Sequence[str], rows: Iterable[Row]) -> str:
    """RFC 4180, with no cell that a spreadsheet would run as a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(map(_harmless, ["Group", "Key", "Title", *titles]))
    for row in rows:
        writer.writerow(map(_harmless, [row.group, row.key, row.title.strip(), *row.cells]))
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _checked(cell: str) -> str:
    return {"yes": symbol("✓", "x"), "no": ""}.get(cell, cell)
