"""`entitlements advise`: the cheapest plan with add-ons that keeps everything in use."""

from __future__ import annotations

from collections.abc import Iterator

import click

from entitlements.catalog.money import money_words
from entitlements.change.advice import Advice
from entitlements.change.search import Choice
from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, heading, json_option, table, wrapped, write_json
from entitlements.cli.words import and_list, dash, plan_words
from entitlements.engine.entitlements import Entitlements
from entitlements.lifecycle.periods import Cadence
from entitlements.model import Catalog


@click.command("advise", cls=Command)
@click.argument("subject")
@click.option("--cadence", type=click.Choice(["monthly", "annual"]), help="As it is, if not given.")
@click.option(
    "--assume-default", is_flag=True, help="Take a SUBJECT that nobody knows for one without a plan."
)
@json_option
@click.pass_obj
def command(app: App, *, subject: str, cadence: Cadence | None, assume_default: bool, as_json: bool) -> None:
    """Which plan keeps everything that SUBJECT uses, and costs least?

    All plans and add-ons on sale are compared, extra use included. A Business Associate Agreement in force is
    kept. What could not be checked is taken for used; if that makes a difference, both answers are given.

    \b
    Examples:
      entitlements advise demo-health
      entitlements advise demo-ended --cadence annual
      entitlements advise demo-enterprise --json
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    space = app.space(engine, subject, assume_default=assume_default)
    advice = engine.advise(subject, at=app.instant(engine), cadence=cadence)
    catalog = engine.catalog.at(space.at)
    if as_json:
        document = {"schema": "entitlements/advise/1", "subject": subject, **advice.to_json()}
        write_json({**document, "currency": catalog.currency, "checked_at": space.at.isoformat()})
        return
    _show(advice, space, catalog, app.lang)


def choice_words(choice: Choice, catalog: Catalog, lang: str | None) -> str:
    """`Pro, for 600.00 USD a month`, `Pro with Report builder, 15 reports; ask sales for the price`."""
    name = catalog.title_of("plan", choice.plan.key, lang)
    if choice.add_ons:
        name += f" with {and_list([catalog.title_of('add_on', key, lang) for key in choice.add_ons])}"
    cost = choice.cost
    if cost.on_request:
        return f"{name}; ask sales for the price"
    if not cost.yearly and cost.known:
        return f"{name}, for nothing"
    more = f" or more ({and_list(cost.unknown)})" if cost.unknown else ""
    asked = "; ask sales for it" if choice.ask_sales else ""
    return f"{name}, for {money_words(cost.monthly, catalog.currency)} a month{more}{asked}"


def _show(advice: Advice, space: Entitlements, catalog: Catalog, lang: str | None) -> None:
    heading(f"{space.subject} has {plan_words(catalog, space.plan, lang)}")
    for line in _lines(advice, catalog, lang):
        echo(wrapped(line))
    rows = list(_rows(advice, space, catalog, lang))
    if rows:
        echo()
        table(("In use", "How much", "Lowest plan"), rows, right=(1,))


def _lines(advice: Advice, catalog: Catalog, lang: str | None) -> Iterator[str]:
    sales = catalog.contacts.get("sales")
    ask = f" {sales.description}" if sales is not None and sales.description else ""
    titles = [_title(catalog, key, lang) for key in advice.unchecked]
    if advice.choice is None:
        yield f"Nothing on sale keeps everything in use.{ask}"
    elif not (advice.needs or titles) and advice.choice.plan.key == catalog.default_plan:
        yield f"Nothing that is in use needs more than {choice_words(advice.choice, catalog, lang)}."
    else:
        yield f"The cheapest that keeps everything in use: {choice_words(advice.choice, catalog, lang)}."
    if advice.present is not None:
        present = plan_words(catalog, advice.present.plan, lang)
        month = money_words(advice.present.cost.monthly, catalog.currency)
        more = " or more" if advice.present.cost.unknown else ""
        yield (
            f"What it has, {present}, keeps everything too, for {month} a month{more}; it is not on sale, so "
            "who leaves it does not get it back."
        )
    if titles:
        yield f"Could not be checked: {and_list(titles)}."
    if advice.otherwise is not None:
        yield f"If none of that is in use: {choice_words(advice.otherwise, catalog, lang)}."
    if advice.not_sold:
        unsold = and_list([_title(catalog, key, lang) for key in advice.not_sold])
        yield f"In use, but in nothing on sale: {unsold}.{ask}"


def _rows(
    advice: Advice, space: Entitlements, catalog: Catalog, lang: str | None
) -> Iterator[tuple[str, str, str]]:
    """What a plan must give, those that ask for the highest plan first."""
    rank = {plan.key: number for number, plan in enumerate(catalog.offered)}
    lowest = {
        key: next((plan.key for plan in catalog.offered if key in plan.features), None)
        for key in advice.needs
    }
    for key in sorted(advice.needs, key=lambda key: (-rank.get(lowest[key] or "", len(rank)), key)):
        usage, plan = space.usage(key), lowest[key]
        used = dash() if usage is None or usage.count is None else f"{usage.count - usage.exempt:,}"
        title = catalog.title_of("plan", plan, lang) if plan is not None else "an add-on"
        yield _title(catalog, key, lang), used, title


def _title(catalog: Catalog, key: str, lang: str | None) -> str:
    return catalog.title_of("cap" if key in catalog.caps else "feature", key, lang)
