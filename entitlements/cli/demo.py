"""`entitlements demo`: the main job in one screen, on the plans and project spaces that come along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from entitlements.catalog.load import read_catalog, shipped_folder
from entitlements.catalog.money import money_said
from entitlements.change.compare import Terms, amount_words, compare
from entitlements.cli.app import SHIPPED, App, Command
from entitlements.cli.check import check_json
from entitlements.cli.output import echo, heading, json_option, styled, table, write_json
from entitlements.decision import Decision
from entitlements.engine.engine import Engine
from entitlements.model import Catalog, Plan
from entitlements.problems import Problem
from entitlements.report.comparison import told

#: What is asked, why it is worth asking, and with which context.
_CHECKS: tuple[tuple[str, str, str, Mapping[str, Any]], ...] = (
    ("A plan unlocks it", "demo-community", "api_access", {}),
    ("An exempt client", "demo-community", "api_access", {"client": "commcare-export"}),
    ("A pro bono exception", "demo-pro-bono", "custom_reports", {}),
    ("A hard cap, reached", "demo-health", "cap.builder_reports", {}),
    ("A soft cap, passed", "demo-community", "cap.mobile_users", {}),
    ("Grandfathered in Pro v0", "demo-pro-v0", "inbound_sms", {}),
    ("The same in today's Pro", "demo-health", "inbound_sms", {}),
    ("A paused plan", "demo-paused", "api_access", {"client": "commcare-export"}),
)


@click.command("demo", cls=Command)
@json_option
@click.pass_obj
def command(app: App, as_json: bool) -> int:
    """See the main job done on the shipped plans: validate, decide, explain, compare.

    Works from any folder and writes nothing.
    """
    reading = read_catalog(shipped_folder())
    if reading.catalog is None:
        raise click.ClickException("\n".join(str(problem) for problem in reading.problems))
    engine = App(SHIPPED, SHIPPED, app.plugins, app.at, app.lang).engine()
    decisions = [
        (why, engine.entitlements(subject), engine.check(subject, feature, **context), context)
        for why, subject, feature, context in _CHECKS
    ]
    before, after = engine.catalog.plan("pro"), engine.catalog.plan("standard")
    change = compare(engine.catalog, Terms.of_plan(before), Terms.of_plan(after))
    if as_json:
        write_json(
            {
                "schema": "entitlements/demo/1",
                "validate": {
                    "files": len(reading.documents),
                    "problems": [p.to_json() for p in reading.problems],
                },
                "checks": [check_json(space, decision) for _, space, decision, _ in decisions],
                "compare": change.to_json(),
            }
        )
        return 0
    _validated(len(reading.documents), reading.problems, engine)
    _ladder(engine.catalog)
    _decisions((why, space.subject, decision, context) for why, space, decision, context in decisions)
    _why(engine)
    heading("\nWhat leaving Pro for Standard would take away")
    echo(_wrapped(told(engine.catalog, change, before, after, app.lang), "  "))
    _next_steps()
    return 0


def _validated(files: int, problems: Iterable[Problem], engine: Engine) -> None:
    catalog = engine.catalog
    heading(f"{catalog.title}")
    found = list(problems)
    echo(
        f"  {styled('✓', fg='green')} {files} files read, {len(found)} problems: "
        f"{len(catalog.features)} features, {len(catalog.versions)} plan versions, "
        f"{len(catalog.add_ons)} add-ons"
    )


def _ladder(catalog: Catalog) -> None:
    heading("\nThe plans, low to high")
    rows = [_plan_row(catalog, catalog.plans[key]) for key in catalog.ladder]
    table(("Plan", "Features", "Mobile users", "A month", "Support", "BAA"), rows, right=(1, 2, 3))


def _plan_row(catalog: Catalog, plan: Plan) -> tuple[str, ...]:
    price = (
        "on request"
        if plan.price.monthly is None
        else "free"
        if plan.price.free
        else money_said(plan.price.monthly)
    )
    users = plan.caps["mobile_users"].included
    return (
        plan.title,
        str(len(plan.features)),
        amount_words(users),
        price,
        catalog.support_levels[plan.support].title,
        "offered" if plan.baa else "–",
    )


def _decisions(decisions: Iterable[tuple[str, str, Decision, Mapping[str, Any]]]) -> None:
    heading("\nMay they use it?")
    for why, subject, decision, context in decisions:
        mark = styled("✓ yes", fg="green") if decision.allowed else styled("✗ no ", fg="red")
        asked = "".join(f" --{key} {value}" for key, value in context.items())
        echo(f"  {mark}  {styled(why, bold=True)}")
        echo(styled(f"         entitlements check {subject} {decision.feature}{asked}", dim=True))
        echo(_wrapped(decision.message(), "         "))


def _why(engine: Engine) -> None:
    heading("\nEvery answer says why")
    echo(styled("         entitlements check demo-pro-bono custom_reports --explain", dim=True))
    for number, step in enumerate(engine.explain("demo-pro-bono", "custom_reports").steps, 1):
        echo(_wrapped(f"{number}. {step.looked_at}: {step.found}", "  "))


def _wrapped(text: str, indent: str) -> str:
    return click.wrap_text(text, width=80, initial_indent=indent, subsequent_indent=indent)


def _next_steps() -> None:
    heading("\nNext")
    for line, what in (
        ("entitlements matrix", "the pricing table"),
        ("entitlements show plan pro --why", "every value with its line"),
        ("entitlements compare pro@0 pro", "what grandfathering keeps"),
        ("entitlements validate DIR", "check plans of your own"),
    ):
        echo(f"  {line:<36}{styled(what, dim=True)}")
