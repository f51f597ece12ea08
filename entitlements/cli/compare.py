"""`entitlements compare`: what one plan has that another lacks."""

from __future__ import annotations

from collections.abc import Sequence

import click

from entitlements.change.compare import PlanComparison, Terms, compare
from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, facts, heading, json_option, symbol, table, wrapped, write_json
from entitlements.cli.words import (
    and_list,
    baa_words,
    cap_words,
    counted,
    dash,
    feature_rows,
    plan_words,
    price_words,
)
from entitlements.model import Catalog


@click.command("compare", cls=Command)
@click.argument("a")
@click.argument("b")
@json_option
@click.pass_obj
def command(app: App, *, a: str, b: str, as_json: bool) -> None:
    """What a change from plan A to plan B loses and gains.

    Plans are named by key, by version (pro@0) or by another word for them (free).

    \b
    Examples:
      entitlements compare pro standard
      entitlements compare pro@0 pro
      entitlements compare free enterprise --json
    """  # noqa: D301  click looks for the character itself
    catalog = app.load()
    before, after = catalog.plan(a), catalog.plan(b)
    change = compare(catalog, Terms.of_plan(before), Terms.of_plan(after))
    if as_json:
        write_json(change.to_json())
        return
    heading(
        f"{plan_words(catalog, before, app.lang)} {symbol('→', '->')} {plan_words(catalog, after, app.lang)}"
    )
    echo(wrapped(_verdict(change)))
    if after.suspends or before.suspends:
        suspending = after if after.suspends else before
        title = catalog.title_of("plan", suspending.key, app.lang)
        echo(wrapped(f"{title} suspends every feature for as long as it is in force."))
    _features(catalog, "Lost", change.lost, app.lang)
    _features(catalog, "Gained", change.gained, app.lang)
    _terms(catalog, change, app.lang)


def _verdict(change: PlanComparison) -> str:
    lost, gained = len(change.lost), len(change.gained)
    if change.direction == "same":
        return "They include the same features, caps, support and BAA."
    word = f"{'An' if change.direction == 'upgrade' else 'A'} {change.direction}"
    if not lost and not gained:
        return f"{word}: the features stay the same, other terms differ."
    first, verb = (lost, "lost") if lost else (gained, "gained")
    sentence = f"{word}: {counted(first, 'feature')} {'is' if first == 1 else 'are'} {verb}"
    if lost:
        return f"{sentence}, {gained or 'none'} gained."
    return f"{sentence}, none lost."


def _features(catalog: Catalog, word: str, features: Sequence[str], lang: str | None) -> None:
    if features:
        echo()
        table((f"{word}: {counted(len(features), 'feature')}", "Key"), feature_rows(catalog, features, lang))


def _terms(catalog: Catalog, change: PlanComparison, lang: str | None) -> None:
    """What else differs, side by side, and in one line what does not."""
    before, after = change.before, change.after
    rows = [
        ("Price", price_words(before.price, catalog.currency), price_words(after.price, catalog.currency)),
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
