"""`entitlements change resume`, `rollback`, `restore`, `history` and `run-due`: what becomes of a change."""

from __future__ import annotations

from dataclasses import replace

import click

from entitlements.cli.app import App, Command
from entitlements.cli.change.run_shown import report, report_many
from entitlements.cli.output import json_option
from entitlements.cli.writing import writable, writing_options
from entitlements.clock import from_ns
from entitlements.lifecycle.refusals import Refused
from entitlements.source.journal import OVER, TAKEN_UP

_dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would be done; do nothing.")


@click.command("resume", cls=Command, short_help="Take up a change that stopped.")
@click.argument("run", metavar="CHANGE")
@json_option
@click.pass_obj
def resume(app: App, *, run: str, as_json: bool) -> int:
    """Take up a change where it stopped: after a crash, or after a step that failed. Leaves with 1 if it
    stops again.

    \b
    Examples:
      entitlements change resume 5f0c2b9a17e4
    """  # noqa: D205, D301  click looks for the character itself
    done = writable(app).resume(run)
    report(done, written=True, as_json=as_json)
    return 0 if done.state in {"done", "scheduled"} else 1


@click.command("rollback", cls=Command, short_help="Undo one that is not done.")
@click.argument("run", metavar="CHANGE")
@writing_options
@click.pass_obj
def rollback(app: App, *, run: str, by: str, because: str | None, dry_run: bool, as_json: bool) -> int:
    """Undo a change that is not done: its steps, the last first, and the subscription. Leaves with 1 if a
    step could not be undone; then try it again.

    \b
    Examples:
      entitlements change rollback 5f0c2b9a17e4 --by ada --because "They stay"
    """  # noqa: D205, D301  click looks for the character itself
    engine = writable(app)
    if dry_run:
        found = engine.change_run(run)
        if found.state in OVER:
            raise Refused(code="change_over", run=run, state=found.state.replace("_", " "))
        undone = tuple(step for step in reversed(found.steps) if step.state in {"done", "begun"})
        report(replace(found, steps=undone), written=False, as_json=as_json)
        return 0
    done = engine.rollback(run, by=by, because=because)
    report(done, written=True, as_json=as_json)
    return 0 if done.state == "rolled_back" else 1


@click.command("restore", cls=Command, short_help="Bring back what one switched off.")
@click.argument("run", metavar="CHANGE")
@_dry_run_option
@json_option
@click.pass_obj
def restore(app: App, *, run: str, dry_run: bool, as_json: bool) -> int:
    """Bring back what a change switched off, where the subject has the feature again, its file says
    `restores: offered`, and nobody changed the thing meanwhile. Leaves with 1 if something was left as it is.

    \b
    Examples:
      entitlements change restore 5f0c2b9a17e4 --dry-run
      entitlements change restore 5f0c2b9a17e4
    """  # noqa: D205, D301  click looks for the character itself
    engine = writable(app)
    steps = engine.restorable(run) if dry_run else engine.restore(run)
    report(replace(engine.change_run(run), steps=steps), written=bool(steps) and not dry_run, as_json=as_json)
    return 0 if dry_run or all(step.state == "undone" for step in steps) else 1


@click.command("history", cls=Command, short_help="The changes that were agreed to.")
@click.argument("subject", required=False)
@json_option
@click.pass_obj
def history(app: App, *, subject: str | None, as_json: bool) -> None:
    """The changes of SUBJECT, or of all, in the order in which they were agreed to: to what, by whom, and how
    far they are.

    \b
    Examples:
      entitlements change history hill-school
      entitlements change history --json
    """  # noqa: D205, D301  click looks for the character itself
    app.store_named()
    runs = app.engine().history(subject)
    report_many(runs, "No change was carried out yet.", written=False, as_json=as_json)


@click.command("run-due", cls=Command, short_help="Carry out what is due.")
@_dry_run_option
@json_option
@click.pass_obj
def run_due(app: App, *, dry_run: bool, as_json: bool) -> int:
    """Take the steps of each change whose day has come. One that would do more than was agreed to is held
    for a person. May run on several machines at once. Leaves with 1 if one is held, or a step failed.

    \b
    Examples:
      entitlements change run-due
      entitlements change run-due --dry-run --json
    """  # noqa: D205, D301  click looks for the character itself
    engine = writable(app)
    now = from_ns(engine.clock())
    if dry_run:
        runs = tuple(run for run in engine.history() if run.state in TAKEN_UP and run.due <= now)
    else:
        runs = engine.run_due()
    report_many(runs, "Nothing is due.", written=bool(runs) and not dry_run, as_json=as_json)
    return 0 if all(run.state not in {"failed", "held"} for run in runs) else 1
