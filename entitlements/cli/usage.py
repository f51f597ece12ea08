"""`entitlements usage`: what was measured of features and caps, as it is now and how it was day by day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, json_option, write_json
from entitlements.cli.usage_shown import must_be_there, show
from entitlements.cli.words import counted
from entitlements.cli.writing import must_be_known, writable
from entitlements.clock import from_ns
from entitlements.engine.engine import Engine
from entitlements.problems import Mark
from entitlements.source.subjects_file import at_from
from entitlements.source.usage import Measured
from entitlements.source.usage_file import Place, Progress, read_usage
from entitlements.subject import Example, SubjectRecord, Usage, zone_of

_dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would be recorded; write nothing.")
_measured_at_option = click.option(
    "--measured-at",
    metavar="TIME",
    help="When it was counted, if the file does not say; else now.",
)
_new_option = click.option("--new", is_flag=True, help="Also of subjects that the store does not know yet.")


@click.group("usage")
def command() -> None:
    """How much is in use: what was measured, now and day by day."""


command.add_command(show)


@command.command("set", cls=Command, short_help="What was counted of one feature or cap.")
@click.argument("subject")
@click.argument("key", metavar="FEATURE|CAP")
@click.argument("count", metavar="COUNT|unknown")
@click.option("--exempt", type=click.IntRange(min=0), default=0, help="How many of them do not count.")
@click.option("--example", "examples", metavar="LABEL", multiple=True, help="One of them; up to five.")
@click.option("--last-used", metavar="TIME", help="When it was last used.")
@_measured_at_option
@_new_option
@_dry_run_option
@json_option
@click.pass_obj
def set_command(
    app: App,
    *,
    subject: str,
    key: str,
    count: str,
    exempt: int,
    examples: tuple[str, ...],
    last_used: str | None,
    measured_at: str | None,
    new: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Record that SUBJECT has so many in use, or that it could not be counted: unknown is not 0.

    \b
    Examples:
      entitlements usage set hill-school mobile_users 212
      entitlements usage set hill-school outbound_sms 6 --example "ANC visit"
      entitlements usage set hill-school cloudcare unknown
    """  # noqa: D301  click looks for the character itself
    engine = writable(app)
    record = engine.source.load(subject)
    if not new:
        must_be_known(engine, subject, known=record is not None)
    zone = zone_of(record or SubjectRecord(subject), engine.catalog)
    usage = Usage(
        _count(count),
        exempt,
        tuple(Example(label) for label in examples),
        _instant(last_used, zone, "--last-used"),
        _instant(measured_at, zone, "--measured-at") or from_ns(engine.clock()),
        unknown="recorded as unknown" if count == "unknown" else None,
    )
    _record(engine, [Measured(subject, key, usage)], dry_run=dry_run, as_json=as_json)


@command.command("import", cls=Command, short_help="What was counted, from a file.")
@click.argument("file", type=click.Path(path_type=Path))
@_measured_at_option
@_new_option
@_dry_run_option
@json_option
@click.pass_obj
def import_command(
    app: App, *, file: Path, measured_at: str | None, new: bool, dry_run: bool, as_json: bool
) -> None:
    """Record what FILE says was counted: all of it or, if a line is wrong, nothing.

    FILE holds JSON lines of records as in a subjects file, of which `subject` and `usage` are read; or it is
    called ….csv and has the columns subject, key and count, and if you like exempt, last_used, measured_at
    and examples (labels between semicolons).

    \b
    Examples:
      entitlements usage import usage.jsonl --dry-run
      entitlements usage import usage.csv --measured-at 2026-03-01
    """  # noqa: D301  click looks for the character itself
    engine = writable(app)
    zone = engine.catalog.time_zone
    with _bar(file.name) as progress:
        found = read_usage(
            file,
            known=[*engine.catalog.features, *engine.catalog.caps],
            measured_at=_instant(measured_at, zone, "--measured-at") or from_ns(engine.clock()),
            time_zone=zone,
            progress=progress,
        )
    if not new:
        _must_know_all(engine, found)
    _record(engine, [place.measured for place in found], dry_run=dry_run, as_json=as_json)


def _record(engine: Engine, rows: list[Measured], *, dry_run: bool, as_json: bool) -> None:
    for key in {row.key for row in rows}:
        must_be_there(engine, key)
    if not dry_run:
        engine.import_usage(rows)
    subjects = {row.subject for row in rows}
    if as_json:
        document = {
            "measurements": len(rows),
            "subjects": len(subjects),
            "written": not dry_run and bool(rows),
        }
        write_json({"schema": "entitlements/measured/1", **document})
        return
    noun = engine.catalog.subject
    done = "would be recorded" if dry_run else "recorded"
    of = counted(len(subjects), noun.one, noun.other)
    echo(f"{counted(len(rows), 'measurement', 'measurements')} of {of} {done}.")


def _must_know_all(engine: Engine, found: list[Place]) -> None:
    """A slip in a name must not make a new subject."""
    known = set(engine.source.subjects())
    strangers: dict[str, Mark] = {}
    for place in found:
        if place.measured.subject not in known:
            strangers.setdefault(place.measured.subject, place.mark)
    if strangers:
        first, mark = next(iter(strangers.items()))
        more = f", nor {len(strangers) - 1:,} more" if len(strangers) > 1 else ""
        msg = f'{mark}: no {engine.catalog.subject.one} "{first}" in the store{more}; --new makes them known'
        raise click.UsageError(msg)


def _count(text: str) -> int | None:
    if text == "unknown":
        return None
    if not (text.isascii() and text.isdigit()):
        msg = f'"{text}" is neither a whole number nor unknown'
        raise click.BadParameter(msg, param_hint="COUNT")
    return int(text)


def _instant(text: str | None, zone: str, option: str) -> datetime | None:
    try:
        return None if text is None else at_from(text, zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


@contextmanager
def _bar(name: str) -> Iterator[Progress]:
    """A progress bar on stderr if that is a terminal and rich is there, else nothing."""
    try:
        from entitlements.cli.progress import reading_bar
    except ImportError:
        yield lambda done, total: None  # noqa: ARG005  what a bar would take
        return
    with reading_bar(name) as progress:
        yield progress
