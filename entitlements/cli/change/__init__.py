"""`entitlements change`: changes of plan, shown before they are made, carried out and taken back."""

from __future__ import annotations

import click

from entitlements.change.document import preview_json
from entitlements.cli.app import App, Command
from entitlements.cli.change.apply import apply
from entitlements.cli.change.asked import change_options, must_say_what, when_asked
from entitlements.cli.change.runs import history, restore, resume, rollback, run_due
from entitlements.cli.change.screen import show
from entitlements.cli.output import json_option, write_json
from entitlements.lifecycle.periods import Cadence
from entitlements.subject import SubscriptionKind


@click.group("change")
def command() -> None:
    """Changes of plan: seen before they are made, carried out, and taken back."""


for one in (apply, resume, rollback, restore, history, run_due):
    command.add_command(one)


@command.command("preview", cls=Command, short_help="What a change would do.")
@click.argument("subject")
@change_options
@click.option("--all", "every", is_flag=True, help="Also name what is lost and not in use.")
@click.option(
    "--assume-default", is_flag=True, help="Take a SUBJECT that nobody knows for one without a plan."
)
@json_option
@click.pass_obj
def preview(
    app: App,
    *,
    subject: str,
    to: str | None,
    end: bool,
    cadence: Cadence | None,
    kind: SubscriptionKind,
    add_ons: tuple[str, ...],
    at: str | None,
    every: bool,
    assume_default: bool,
    as_json: bool,
) -> int:
    """What would SUBJECT lose and gain, from when on, and what becomes of what it uses? Nothing is changed.

    Add-ons that are not named are dropped with the change. What could not be checked may be in use. Leaves
    with 1 if something blocks the change.

    \b
    Examples:
      entitlements change preview demo-health --to community
      entitlements change preview demo-standard --end
      entitlements change preview demo-advanced --to pro --cadence monthly --json
    """  # noqa: D301  click looks for the character itself
    must_say_what(to, end=end)
    engine = app.engine()
    space = app.space(engine, subject, assume_default=assume_default)
    when = when_asked(engine, space.record, at) or app.instant(engine)
    found = engine.preview_change(subject, to, end=end, at=when, add_ons=add_ons, cadence=cadence, kind=kind)
    if as_json:
        write_json(preview_json(found, app.lang))
    else:
        show(found, app.lang, every=every)
    return 1 if found.blockers else 0
