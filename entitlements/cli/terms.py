"""`entitlements terms`: how long a subject is bound, how it pays, and what it is likely charged next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import click

from entitlements.catalog.money import money_said, money_words
from entitlements.charges.lines import Charge, ChargeLine
from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, facts, heading, json_option, table, write_json
from entitlements.cli.words import and_list, counted
from entitlements.clock import day_words, last_day
from entitlements.model import Catalog
from entitlements.problems import NOWHERE, Mark
from entitlements.terms import SubjectTerms

_RECIPIENTS: Final = {"billing_contacts": "the billing contacts", "web_admins": "the web admins"}
_PAYERS: Final = {
    "agreement": "covered by its agreement, but for what is used beyond the plan",
    "nobody": "nothing, but for what is used beyond the plan",
}


@click.command("terms", cls=Command)
@click.argument("subject")
@click.option(
    "--assume-default", is_flag=True, help="Take a SUBJECT that nobody knows for one without a plan."
)
@json_option
@click.pass_obj
def command(app: App, *, subject: str, assume_default: bool, as_json: bool) -> None:
    """How long SUBJECT is bound, how it pays, who receives invoices, and what it is charged next.

    The charges are an estimate in whole periods, with the use of today; each line names the line that states
    its price. What cannot be told is not taken for nothing.

    \b
    Examples:
      entitlements terms demo-standard
      entitlements terms demo-advanced --json
      entitlements --at 2026-04-01 terms demo-bundle
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    space = app.space(engine, subject, assume_default=assume_default)
    terms = engine.terms(subject, at=space.at)
    if as_json:
        write_json(terms.to_json())
        return
    catalog = engine.catalog.at(space.at)
    heading(f"{subject}: {_held(terms, catalog, app.lang)}")
    facts([(label, f"{value}{_place(mark)}") for label, value, mark in _facts(terms)])
    for charge in terms.charges:
        echo()
        _show(charge, terms, catalog, app.lang)
    if not terms.charges:
        echo()
        echo("Nothing is to be charged.")


def _held(terms: SubjectTerms, catalog: Catalog, lang: str | None) -> str:
    title, held = catalog.title_of("plan", terms.plan.key, lang), terms.subscription
    if held is None:
        return f"{title} ({terms.plan.ref}), without a subscription"
    return f"{title} ({terms.plan.ref}), {held.kind.replace('_', ' ')}, {held.cadence}"


def _facts(terms: SubjectTerms) -> Iterator[tuple[str, str, Mark]]:
    zone, places = terms.time_zone, terms.places
    if terms.subscription is not None and terms.pays in _PAYERS:
        yield "Price", _PAYERS[terms.pays], terms.subscription.mark
    if terms.earliest_end is not None:
        end = terms.earliest_end
        when = "any time" if end.at <= terms.at else day_words(end.at, zone)
        yield "Earliest end", f"{when}: {end.words(zone)}", places.get("earliest_end", NOWHERE)
    if terms.baa_lapses_on is not None:
        lapses = day_words(terms.baa_lapses_on, zone)
        yield (
            "Agreement",
            f"the BAA in force lapses on {lapses} unless a plan that offers it follows",
            NOWHERE,
        )
    if terms.refund_until is not None:
        rest = "paid back" if terms.annual.get("paid") != "in_arrears" else "not charged"
        early = f"ended through {last_day(terms.refund_until, zone)}, the rest of the year is {rest}"
        yield "Refund", early, places.get("annual", NOWHERE)
    if terms.annual:
        yield "By the year", " ".join(_annual(terms)), places.get("annual", NOWHERE)
    payment = places.get("payment", NOWHERE)
    if terms.payment.get("methods"):
        yield "Payment", and_list([_plain(way) for way in terms.payment["methods"]], "or"), payment
    if terms.payment.get("timing"):
        yield "Paid", and_list([_plain(time) for time in terms.payment["timing"]], "or"), payment
    if terms.payment.get("autopay"):
        yield "Autopay", terms.payment["autopay"], payment
    yield "Invoices", _invoices(terms), places.get("invoices", NOWHERE)
    yield "Credits", _credits(terms), places.get("credits", NOWHERE)


def _annual(terms: SubjectTerms) -> Iterator[str]:
    rules = terms.annual
    if "paid" in rules:
        due = f", due within {rules['due_days']} days" if "due_days" in rules else ""
        yield f"Paid {_plain(rules['paid'])}{due}."
    if "refund_days" in rules:
        yield f"Ended within {rules['refund_days']} days, it is charged for its days alone."
    if "note" in rules:
        yield rules["note"]


def _invoices(terms: SubjectTerms) -> str:
    day = f"on day {terms.invoice_day} of the month, " if terms.invoice_day is not None else ""
    if terms.recipients is None:
        return f"{day}to nobody yet: no contacts are entered"
    return f"{day}to {_RECIPIENTS[terms.recipients]}: {and_list(list(terms.invoices_to))}"


def _credits(terms: SubjectTerms) -> str:
    amount = money_words(terms.credits, terms.currency)
    kept = terms.credit_rules.get("kept_on", ())
    words = {"downgrade": "a downgrade", "end": "the end of a subscription"}
    rules = ["never expire"] if terms.credit_rules.get("expire") == "never" else []
    rules += [f"survive {and_list([words[change] for change in kept])}"] if kept else []
    return f"{amount}; they {and_list(rules)}" if rules else amount


def _show(charge: Charge, terms: SubjectTerms, catalog: Catalog, lang: str | None) -> None:
    when = f"on {day_words(charge.on, terms.time_zone)}" if charge.on is not None else "next"
    known = money_words(abs(charge.at_least), terms.currency)
    what = "charge" if charge.at_least >= 0 else "refund"
    heading(f"Estimate of the {what} {when}: {known if charge.total is not None else f'{known} or more'}")
    table(("For", "Amount", "Stated at"), _rows(charge.lines, terms, catalog, lang), right=(1,))


def _rows(
    lines: Iterable[ChargeLine], terms: SubjectTerms, catalog: Catalog, lang: str | None
) -> Iterator[tuple[str, str, str]]:
    for line in lines:
        amount = "not known" if line.amount is None else money_said(line.amount)
        why = f" ({line.unknown})" if line.unknown else ""
        yield f"{_name(line, terms, catalog, lang)}{why}", amount, str(line.mark) if line.mark.file else ""


def _name(line: ChargeLine, terms: SubjectTerms, catalog: Catalog, lang: str | None) -> str:
    if line.what == "credits":
        return "Credits"
    if line.what != "cap":
        key, version, _ = line.key.partition("@")
        title = catalog.title_of("plan" if version else "add_on", key, lang)
        days = counted(line.days, "day", "days") if line.days is not None else None
        return title if days is None else f"{title}, {days}{' not used' if line.what == 'refund' else ''}"
    unit = catalog.caps[line.key].unit
    if line.count is None:
        return f"further {unit.other}"
    each = f" at {money_words(line.unit_price, terms.currency)}" if line.unit_price is not None else ""
    return f"{counted(line.count, unit.one, unit.other)} more{each}"


def _place(mark: Mark) -> str:
    return f" ({mark.file}:{mark.line})" if mark.file else ""


def _plain(word: str) -> str:
    return word.replace("_", " ")
