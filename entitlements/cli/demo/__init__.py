"""`entitlements demo`: the main job, on the plans and project spaces that come along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from entitlements.catalog.load import Reading, read_catalog, samples_in, shipped_folder
from entitlements.catalog.money import money_said
from entitlements.change.compare import Terms, amount_words, compare
from entitlements.cli.app import SHIPPED, App, Command, say
from entitlements.cli.check import check_json
from entitlements.cli.demo.history import live_through
from entitlements.cli.demo.life import Step, lived, logged
from entitlements.cli.demo.place import demo_store
from entitlements.cli.output import echo, heading, json_option, styled, table, write_json
from entitlements.clock import FixedClock, from_ns, system_clock
from entitlements.decision import Decision
from entitlements.engine.engine import Engine
from entitlements.engine.explain import Explanation
from entitlements.model import Catalog, Plan
from entitlements.problems import Problem
from entitlements.report.comparison import told
from entitlements.source.subjects_file import read_subjects

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
@click.option(
    "--keep",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A new file ….db to leave the store in, to look around in it.",
)
@json_option
@click.pass_obj
def command(app: App, keep: Path | None, as_json: bool) -> None:
    """See the main job done on the shipped plans: validate, decide, explain, change, look back.

    Works from any folder. What led to the sample project spaces is done once more, in a new store: a file
    that is gone afterwards, unless you --keep it. With --source postgresql://… it is a schema of its own in
    that database, named entitlements_demo_…, which is gone afterwards too; what else is there is left alone.

    \b
    Examples:
      entitlements demo
      entitlements demo --keep demo.db
      entitlements --source postgresql://me@localhost/scratch demo
    """  # noqa: D301  click looks for the character itself
    reading = read_catalog(shipped_folder())
    if reading.catalog is None:
        raise click.ClickException("\n".join(str(problem) for problem in reading.problems))
    say(f"catalog: {SHIPPED} ({reading.catalog.digest[:15]}…)")
    with demo_store(app.source, keep) as store:
        samples = read_subjects(samples_in(shipped_folder())[0], time_zone=reading.catalog.time_zone)
        clock = FixedClock(samples.now or from_ns(system_clock()))
        engine = Engine.open(reading.catalog, store, app.plugins, clock=clock, follow=False)
        live_through(engine, clock, samples)
        _show(app, reading, engine, clock, keep=keep, as_json=as_json)


def _show(
    app: App, reading: Reading, engine: Engine, clock: FixedClock, *, keep: Path | None, as_json: bool
) -> None:
    decisions = [
        (why, engine.entitlements(subject), engine.check(subject, feature, **context), context)
        for why, subject, feature, context in _CHECKS
    ]
    before, after = engine.catalog.plan("pro"), engine.catalog.plan("standard")
    change = compare(engine.catalog, Terms.of_plan(before), Terms.of_plan(after))
    explanation = engine.explain("demo-pro-bono", "custom_reports")
    steps = list(lived(engine, clock))
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
                "life": [{"command": step.command, "says": list(step.says)} for step in steps],
                "audit": [row.to_json() for row in logged(engine)],
            }
        )
        return
    _validated(len(reading.documents), reading.problems, engine)
    _ladder(engine.catalog)
    _decisions((why, space.subject, decision, context) for why, space, decision, context in decisions)
    _why(explanation)
    heading("\nWhat leaving Pro for Standard would take away")
    echo(_wrapped(told(engine.catalog, change, before, after, app.lang), "  "))
    _life(steps)
    _next_steps(keep)


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


def _why(explanation: Explanation) -> None:
    heading("\nEvery answer says why")
    echo(styled("         entitlements check demo-pro-bono custom_reports --explain", dim=True))
    for number, step in enumerate(explanation.steps, 1):
        echo(_wrapped(f"{number}. {step.looked_at}: {step.found}", "  "))


def _life(steps: Iterable[Step]) -> None:
    heading("\nA subscription begins, and ends")
    for step in steps:
        echo(styled(f"  entitlements {step.command}", dim=True))
        for line in step.says:
            echo(_wrapped(line, "      "))


def _wrapped(text: str, indent: str) -> str:
    return click.wrap_text(text, width=80, initial_indent=indent, subsequent_indent=indent)


def _next_steps(kept: Path | None) -> None:
    heading("\nNext")
    look_back = (f"entitlements --source {kept} audit list", "what was done here, by whom")
    for line, what in (
        *((look_back,) if kept is not None else ()),
        ("entitlements matrix", "the pricing table"),
        ("entitlements show plan pro --why", "every value with its line"),
        ("entitlements compare pro@0 pro", "what grandfathering keeps"),
        ("entitlements validate DIR", "check plans of your own"),
    ):
        echo(f"  {line:<35} {styled(what, dim=True)}")
