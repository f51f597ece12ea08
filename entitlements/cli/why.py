"""`entitlements why`: a paragraph that says why, to paste into a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import click

from entitlements.amounts import Price
from entitlements.cli.app import App, Command
from entitlements.cli.check import check_json, context_of, question_options
from entitlements.cli.output import echo, json_option, wrapped, write_json
from entitlements.cli.words import and_list, client_words, in_ladder_order, price_words, ways_to_reduce
from entitlements.clock import end_words, time_words
from entitlements.decision import Decision, Reason
from entitlements.engine.engine import Engine
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.explain import kept_words
from entitlements.model import Cap, Catalog

#: Denials that a bigger plan or an add-on would turn around.
_SOLVED_BY_PLAN: Final = frozenset({Reason.NOT_INCLUDED, Reason.REQUIRES_FEATURE, Reason.CAP_REACHED})
_ABOUT_ROOM: Final = frozenset({Reason.CAP_REACHED, Reason.OVER_SOFT_CAP})


@click.command("why", cls=Command)
@question_options
@json_option
@click.pass_obj
def command(
    app: App,
    *,
    subject: str,
    feature: str,
    client: str | None,
    action: str | None,
    adding: int | None,
    assume_default: bool,
    as_json: bool,
) -> int:
    """Why may SUBJECT use FEATURE, or why not? One paragraph to paste into a ticket.

    Leaves with 0 if allowed, 1 if denied, 2 for a subject or feature that nobody knows.

    \b
    Examples:
      entitlements why demo-community api_access
      entitlements why demo-health cap.builder_reports --adding 2
      entitlements --at 2026-08-01 why demo-pro-bono custom_reports
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    space = app.space(engine, subject, assume_default=assume_default)
    context = context_of(client=client, action=action, adding=adding)
    decision = space.check(feature, **context)
    text = paragraph(engine, space, decision, context, app.lang)
    if as_json:
        document = check_json(space, decision, space.explain(feature, **context))
        write_json({**document, "paragraph": text, "checked_at": space.at.isoformat()})
    else:
        echo(wrapped(text))
    return 0 if decision.allowed else 1


def paragraph(
    engine: Engine, space: Entitlements, decision: Decision, context: Mapping[str, Any], lang: str | None
) -> str:
    """Decision, reason, origin, ways out, and until when: whole sentences, in this order."""
    catalog = engine.catalog.at(space.at)
    record = engine.source.load(space.subject)
    zone = (record.time_zone if record else None) or catalog.time_zone
    # What unlocks it has a fuller sentence below, so the message is asked to leave it out.
    bare = replace(decision, unlocked_by=None, unlocked_by_add_ons=(), exempt_clients=())
    parts = [
        _verdict(catalog, space, decision, context, lang),
        bare.message(lang),
        f"Source: {decision.source}." if decision.source else "",
        f"{space.plan.ref} is {kept}." if (kept := kept_words(catalog, space.plan)) else "",
        *(_ways_out(catalog, space, decision, lang) if decision.reason in _SOLVED_BY_PLAN else ()),
        "Any other plan opens it again." if decision.reason is Reason.NOT_IN_FORCE else "",
        *(ways_to_reduce(_cap_of(catalog, decision)) if decision.reason in _ABOUT_ROOM else ()),
        _exemption(catalog, decision),
        _until(space, zone),
        f"Checked at {time_words(space.at, zone)} with catalog {catalog.key} {catalog.digest[:15]}.",
    ]
    return " ".join(part for part in parts if part)


def _verdict(
    catalog: Catalog, space: Entitlements, decision: Decision, context: Mapping[str, Any], lang: str | None
) -> str:
    verb = "may" if decision.allowed else "may not"
    cap = (
        catalog.caps.get(decision.feature.removeprefix("cap."))
        if decision.feature.startswith("cap.")
        else None
    )
    if cap is not None:
        adding = context.get("adding", 1)
        wanted = f"add {adding:,} more {cap.unit.one if adding == 1 else cap.unit.other} ({decision.feature})"
    else:
        wanted = f"use {catalog.title_of('feature', decision.feature, lang)} ({decision.feature})"
    asked = f" when the client {context['client']} asks" if "client" in context else ""
    done = f' for the action "{context["action"]}"' if "action" in context else ""
    return f"{space.subject} {verb} {wanted}{asked}{done}."


def _ways_out(catalog: Catalog, space: Entitlements, decision: Decision, lang: str | None) -> Iterable[str]:
    """The plan and the add-ons that would change the answer, and whom to ask if one cannot choose them."""
    ask = False
    if decision.unlocked_by is not None:
        plan = catalog.plans[decision.unlocked_by]
        price = _price(catalog, plan.price)
        has = "with room for it" if decision.reason is Reason.CAP_REACHED else "that has it"
        yield f"The lowest plan {has} is {catalog.title_of('plan', plan.key, lang)} ({price})."
        if plan.sold == "self_service":
            yield f"An admin of the {catalog.subject.one} can choose it."
        else:
            ask = True
    for key in decision.unlocked_by_add_ons:
        add_on = catalog.add_ons[key]
        sold_with = [
            catalog.title_of("plan", plan.key, lang)
            for plan in in_ladder_order(catalog, [catalog.plans[name] for name in add_on.sold_with])
        ]
        plans = and_list(sold_with)
        if space.plan.key not in add_on.sold_with:
            plans += f", not with {catalog.title_of('plan', space.plan.key, lang)}"
        yield (
            f"The add-on {catalog.title_of('add_on', key, lang)} would do; it is sold with {plans} "
            f"({_price(catalog, add_on.price)})."
        )
        ask = True
    if decision.unlocked_by is None and not decision.unlocked_by_add_ons:
        yield "No plan or add-on on sale would change that."
        ask = True
    sales = catalog.contacts.get("sales")
    if ask and sales is not None:
        yield f"Contact: {sales.title}. {sales.description or ''}".strip()


def _price(catalog: Catalog, price: Price) -> str:
    return "price on request" if price.on_request else price_words(price, catalog.currency)


def _cap_of(catalog: Catalog, decision: Decision) -> Cap:
    return catalog.caps[decision.feature.removeprefix("cap.")]


def _exemption(catalog: Catalog, decision: Decision) -> str:
    """Who may use it all the same. An exemption helps only against a plan that lacks the feature."""
    if decision.reason is not Reason.NOT_INCLUDED:
        return ""
    because = {e.client: e.because for e in catalog.features[decision.feature].exempt}
    return " ".join(
        f"The client {client_words(catalog, key)} may use it all the same: {because[key]}"
        for key in decision.exempt_clients
    )


def _until(space: Entitlements, zone: str) -> str:
    """The last day on which this holds, and whether that is the end of a subscription."""
    until = space.valid_until
    if until is None:
        return "No date is recorded at which this changes."
    subscription = space.subscription
    ends = subscription is not None and subscription.end == until
    return f"This holds {end_words(until, zone)}{', when the subscription ends' if ends else ''}."
