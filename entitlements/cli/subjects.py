"""`entitlements subjects`: which subjects there are, what is stored of each, and how a store gets them."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import cast

import click

from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, facts, heading, json_option, table, wrapped, write_json
from entitlements.cli.record_lines import record_lines
from entitlements.cli.words import counted, dash
from entitlements.cli.writing import Writing, writable, writes, writing_options
from entitlements.clock import from_ns
from entitlements.errors import SourceError
from entitlements.source.opening import open_source
from entitlements.source.protocol import Entry, Store, Token
from entitlements.source.record_json import record_json
from entitlements.subject import SubjectRecord, zone_of


@click.group("subjects")
def command() -> None:
    """Which subjects are known, and what is stored of each."""


@command.command("list", cls=Command, short_help="All, with the plan of each.")
@json_option
@click.pass_obj
def list_command(app: App, *, as_json: bool) -> None:
    """All subjects that the source knows, with the plan that each has.

    \b
    Examples:
      entitlements subjects list
      entitlements --at 2027-01-01 subjects list --json
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    spaces = engine.entitlements_many(engine.source.subjects(), at=app.instant(engine))
    if as_json:
        rows = [
            {
                "subject": name,
                "plan": space.plan.key,
                "version": space.plan.version,
                "revision": space.revision,
            }
            for name, space in spaces.items()
        ]
        write_json({"schema": "entitlements/subjects/1", "subjects": rows})
        return
    kinds = {name: space.subscription for name, space in spaces.items()}
    table(
        ("subject", "plan", "kind"),
        [
            (name, space.plan.ref, held.kind if (held := kinds[name]) is not None else dash())
            for name, space in spaces.items()
        ],
    )


@command.command("show", cls=Command, short_help="What is stored of one.")
@click.argument("subject")
@json_option
@click.pass_obj
def show(app: App, *, subject: str, as_json: bool) -> None:
    """What is stored of SUBJECT: subscriptions, add-ons, exceptions, agreement, contacts, credits.

    \b
    Examples:
      entitlements subjects show demo-health
      entitlements subjects show hill-school --json
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    record = app.space(engine, subject).record
    if as_json:
        write_json(
            {
                "schema": "entitlements/subject/1",
                "subject": subject,
                "revision": record.revision,
                "record": json.loads(record_json(record)),
            }
        )
        return
    heading(f"{subject}, revision {record.revision}")
    lines = list(record_lines(record, zone_of(record, engine.catalog)))
    for line in lines or ["nothing but its name"]:
        echo(wrapped(line, "  "))
    if record.usage:
        counts = (
            (key, str(usage.count) if usage.count is not None else "unknown")
            for key, usage in record.usage.items()
        )
        echo("  in use:")
        facts([(f"    {key}", count) for key, count in sorted(counts)])


@command.command("set", cls=Command, short_help="Contacts, credits and time zone of one.")
@writes()
@click.option("--billing", metavar="ADDRESS", multiple=True, help="A billing contact; may be given again.")
@click.option("--admin", "admins", metavar="ADDRESS", multiple=True, help="A web admin; may be given again.")
@click.option("--credits", metavar="AMOUNT", help="What is paid in advance and not used, such as 120.00.")
@click.option("--time-zone", metavar="ZONE", help="Where its days begin, such as Africa/Nairobi.")
def set_command(
    writing: Writing,
    *,
    billing: tuple[str, ...],
    admins: tuple[str, ...],
    credits: str | None,  # noqa: A002  the name of the option
    time_zone: str | None,
) -> Token:
    """Contacts of SUBJECT, in place of those of the same kind; its credits, and its time zone.

    \b
    Examples:
      entitlements subjects set hill-school --billing pay@example.org --by ada
      entitlements subjects set hill-school --time-zone Africa/Nairobi --by ada
    """  # noqa: D301  click looks for the character itself
    try:
        amount = None if credits is None else Decimal(credits)
    except InvalidOperation:
        msg = f'"{credits}" is no amount such as 120.00'
        raise click.BadParameter(msg, param_hint="--credits") from None
    return writing.engine.set_details(
        writing.subject,
        billing=billing or None,
        admins=admins or None,
        credits=amount,
        time_zone=time_zone,
        **writing.who,
    )


@command.command("import", cls=Command, short_help="The records of a file, into a store.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Also subjects that the store knows; else they stay as they are."
)
@writing_options
@click.pass_obj
def import_command(
    app: App, *, file: Path, replace: bool, by: str, because: str | None, dry_run: bool, as_json: bool
) -> None:
    """Put the records of FILE into the store, each with its row in the audit log.

    FILE is a subjects file, a snapshot, or a store in a file of SQLite, of which the audit log stays behind.

    \b
    Examples:
      entitlements --source entitlements.db subjects import spaces.yaml --by ada
      entitlements subjects import spaces.jsonl --replace --by ada --dry-run
      entitlements --source postgresql://db/spaces subjects import old.db --by ada
    """  # noqa: D301  click looks for the character itself
    engine = writable(app)
    if not file.is_file():
        msg = f"there is no file {file}"
        raise SourceError(msg, hint="give a subjects file, YAML or JSON lines, a snapshot, or a store ….db")
    opened = open_source(file, time_zone=engine.catalog.time_zone)
    found = opened.load_many(opened.subjects()).values()
    known = engine.source.load_many(record.subject for record in found)
    wanted = [record for record in found if replace or record.subject not in known]
    store, entry = cast("Store", engine.source), Entry("import", by, because, from_ns(engine.clock()))
    for record in () if dry_run else wanted:
        store.change(record.subject, partial(_instead, record), entry)
    left = [record.subject for record in found if record not in wanted]
    names = [record.subject for record in wanted]
    if as_json:
        document = {"subjects": names, "left_alone": left, "written": not dry_run}
        write_json({"schema": "entitlements/imported/1", **document})
        return
    noun = engine.catalog.subject
    done = "would be put" if dry_run else "put"
    echo(f"{counted(len(names), noun.one, noun.other)} {done} into the store.")
    if left:
        known_ones = counted(len(left), noun.one, noun.other)
        echo(f"{known_ones} known already, so left alone; --replace takes them too.")


def _instead(new: SubjectRecord, _: SubjectRecord) -> SubjectRecord:
    return new
