"""`entitlements change apply`: carries out what a preview showed, and nothing else."""

from __future__ import annotations

import sys

import click

from entitlements.change.preview import ChangePreview
from entitlements.cli.app import App, Command
from entitlements.cli.change.asked import (
    change_options,
    must_say_what,
    names_preview,
    preview_in,
    previewed_again,
    when_asked,
)
from entitlements.cli.change.run_shown import report, report_rehearsal
from entitlements.cli.change.screen import show
from entitlements.cli.writing import must_be_known, writable, writing_options
from entitlements.lifecycle.periods import Cadence
from entitlements.lifecycle.refusals import Refused
from entitlements.subject import SubscriptionKind


@click.command("apply", cls=Command, short_help="Carry a change out as it was shown.")
@click.argument("what", metavar="SUBJECT|PREVIEW.json")
@change_options
@click.option("--fingerprint", metavar="F", help="Of the preview that was agreed to.")
@click.option("--accept-unknown", metavar="WHY", help="Go on although not all could be checked.")
@writing_options
@click.pass_obj
def apply(
    app: App,
    *,
    what: str,
    to: str | None,
    end: bool,
    cadence: Cadence | None,
    kind: SubscriptionKind,
    add_ons: tuple[str, ...],
    at: str | None,
    fingerprint: str | None,
    accept_unknown: str | None,
    by: str,
    because: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Carry out what a preview showed: by its file (.json), or its fingerprint. If neither is given, the
    change is shown as it is now, and asked about.

    If anything else would be done now than was shown, nothing is done. A loss that waits is carried out on
    its day by `change run-due`. Leaves with 1 if a step failed.

    \b
    Examples:
      entitlements change apply preview.json --by ada --because "Asked by phone"
      entitlements change apply hill-school --to community --by ada
      entitlements change apply hill-school --end --fingerprint 9c1f --by ada
    """  # noqa: D205, D301  click looks for the character itself
    engine = writable(app)
    if names_preview(what):
        if to is not None or end or cadence or add_ons or at is not None or fingerprint is not None:
            msg = f"{what} says what is wanted and its fingerprint; leave the options out that say it too"
            raise click.UsageError(msg)
        told = preview_in(what)
        preview, agreed = previewed_again(engine, what, told), told.get("fingerprint", "")
        must_be_known(engine, preview.subject, known=engine.source.load(preview.subject) is not None)
    else:
        must_say_what(to, end=end)
        record = engine.source.load(what)
        must_be_known(engine, what, known=record is not None)
        when = None if record is None else when_asked(engine, record, at)
        preview = engine.preview_change(
            what, to, end=end, at=when, add_ons=add_ons, cadence=cadence, kind=kind
        )
        agreed = fingerprint
    if agreed is not None and agreed != preview.fingerprint:
        raise Refused(code="change_moved", what=preview.summary)
    if dry_run:
        report_rehearsal(preview, by=by, because=because, as_json=as_json)
        return 1 if preview.blockers else 0
    if agreed is None:
        _ask(app, preview, as_json=as_json)
    run = engine.apply_change(preview, by=by, because=because, accept_unknown=accept_unknown)
    report(run, written=True, as_json=as_json)
    return 0 if run.state in {"done", "scheduled"} else 1


def _ask(app: App, preview: ChangePreview, *, as_json: bool) -> None:
    """Show the change to a person and ask; a program must have seen it before."""
    if as_json or not sys.stdin.isatty():
        msg = (
            "nobody is here to agree to the change: give --fingerprint F of its preview, or the file of that"
        )
        raise click.UsageError(msg)
    show(preview, app.lang, every=False)
    click.confirm("Carry this out?", abort=True, err=True)
