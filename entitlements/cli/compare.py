"""`entitlements compare`: what one plan has that another lacks."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import click

from entitlements.amounts import Price
from entitlements.catalog.money import money_said, money_words
from entitlements.change.compare import PlanComparison, Terms, compare
from entitlements.cli.app import App, Command
from entitlements.cli.output import (
    echo,
    facts,
    heading,
    json_option,
    styled,
    symbol,
    table,
    wrapped,
    write_json,
)
from entitlements.cli.words import (
    and_list,
    baa_words,
    by_group,
    cap_words,
    counted,
    dash,
    loss_phrase,
    plan_words,
    price_words,
)
from entitlements.model import Catalog, Plan
from entitlements.report.comparison import told


@click.command("compare", cls=Command)
@click.argument("a")
@click.argument("b")
@click.option("--both", is_flag=True, help="Also tell what the way back, from B to A, loses and gains.")
@json_option
@click.pass_obj
def command(app: App, *, a: str, b: str, both: bool, as_json: bool) -> None:
    """What a change from plan A to plan B loses and gains, in words.

    Plans are named by key, by version (pro@0) or by another word for them (free).

    \b
    Examples:
      entitlements compare pro standard
      entitlements compare pro standard --both
      entitlements compare pro@0 pro
      entitlements compare free enterprise --json
    """  # noqa: D301  click looks for the character itself
    catalog = app.load()
    plans = catalog.plan(a), catalog.plan(b)
    ways = [plans, plans[::-1]] if both else [plans]
    changes = [compare(catalog, Terms.of_plan(before), Terms.of_plan(after)) for before, after in ways]
    if as_json:
        documents = [
            _json(catalog, change, before, after, app.lang)
            for change, (before, after) in zip(changes, ways, strict=True)
        ]
        write_json({**documents[0], "back": documents[1]} if both else documents[0])
        return
    for number, (change, (before, after)) in enumerate(zip(changes, ways, strict=True)):
        if number:
            echo()
        _show(catalog, change, before, after, app.lang)


def _json(
    catalog: Catalog, change: PlanComparison, before: Plan, after: Plan, lang: str | None
) -> dict[str, Any]:
    losses = [(key, catalog.features[key].on_loss) for key in change.lost]
    return {
        **change.to_json(),
        "summary": told(catalog, change, before, after, lang),
        "losses": [
            {"feature": key, "effect": loss.effect, "restores": loss.restores, "advice": loss.advice}
            for key, loss in losses
        ],
    }


def _show(catalog: Catalog, change: PlanComparison, before: Plan, after: Plan, lang: str | None) -> None:
    heading(f"{plan_words(catalog, before, lang)} {symbol('→', '->')} {plan_words(catalog, after, lang)}")
    echo(wrapped(told(catalog, change, before, after, lang)))
    if after.suspends or before.suspends:
        suspending = after if after.suspends else before
        title = catalog.title_of("plan", suspending.key, lang)
        echo(wrapped(f"{title} suspends every feature for as long as it is in force."))
    _lost(catalog, change.lost, lang)
    _gained(catalog, change.gained, lang)
    _terms(catalog, change, lang)


def _lost(catalog: Catalog, features: Sequence[str], lang: str | None) -> None:
    """Each with what becomes of what was made with it."""
    rows = []
    for group, keys in by_group(catalog, features, lang):
        rows.append((styled(group, bold=True), ""))
        rows.extend(
            (f"  {catalog.title_of('feature', key, lang)}", loss_phrase(catalog.features[key]))
            for key in keys
        )
    if rows:
        echo()
        table((f"Lost: {counted(len(features), 'feature')}", "What becomes of what is in use"), rows)


def _gained(catalog: Catalog, features: Sequence[str], lang: str | None) -> None:
    rows = [
        (group, "; ".join(catalog.title_of("feature", key, lang) for key in keys))
        for group, keys in by_group(catalog, features, lang)
    ]
    if rows:
        echo()
        table((f"Gained: {counted(len(features), 'feature')}", ""), rows)


def _terms(catalog: Catalog, change: PlanComparison, lang: str | None) -> None:
    """What else differs, side by side, and in one line what does not."""
    before, after = change.before, change.after
    rows = [
        *_prices(before.price, after.price, catalog.currency),
        (
            "Support",
            catalog.title_of("support", before.support, lang),
            catalog.title_of("support", after.support, lang),
        ),
        ("BAA", baa_words(before.baa), baa_words(after.baa)),
    ]
    for key, cap in catalog.caps.items():
        title = catalog.title_of("cap", key, lang)
        old, new = before.caps.get(key), after.caps.get(key)
        rows.append(
            (
                title,
                cap_words(cap, old, catalog.currency) if old else dash(),
                cap_words(cap, new, catalog.currency) if new else dash(),
            )
        )
    differing = [row for row in rows if row[1] != row[2]]
    if differing:
        echo()
        table(("Also different", before.name, after.name), differing)
    alike = [row[0] for row in rows if row[1] == row[2]]
    if alike and differing:
        echo()
        facts([("The same", and_list(alike))])


def _prices(before: Price, after: Price, currency: str) -> list[tuple[str, str, str]]:
    """A row for each cadence; where both plans have an amount, with what it is more or less."""
    rows = []
    for label, old, new in (
        ("Price a month", before.monthly, after.monthly),
        ("Price a year", before.annual_total, after.annual_total),
    ):
        words = _amount(after, new, currency)
        if old and new and old != new:
            words += f" ({money_said(abs(new - old))} {'less' if new < old else 'more'})"
        rows.append((label, _amount(before, old, currency), words))
    return rows


def _amount(price: Price, amount: Decimal | None, currency: str) -> str:
    if price.free or price.on_request:
        return price_words(price, currency)
    return dash() if amount is None else money_words(amount, currency)
