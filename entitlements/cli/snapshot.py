"""`entitlements snapshot`: all records in one file, to decide by while the store is away."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, facts, json_option, wrapped, write_json
from entitlements.clock import from_ns, time_words
from entitlements.model import Catalog
from entitlements.source.snapshot import read_snapshot, write_snapshot


@click.group("snapshot")
def command() -> None:
    """All records in one file, to decide by while the store is away.

    Write one often, from a job that runs by itself; programs take it with Engine.open(…, snapshot=FILE). The
    command line answers from one that is named as its source.
    """


@command.command("write", cls=Command, short_help="Write all records of the source into a file.")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def write(app: App, *, file: Path, as_json: bool) -> None:
    """Write all records of the source into FILE, in place of an older snapshot. FILE is whole or as it was.

    \b
    Examples:
      entitlements --source entitlements.db snapshot write spaces.snapshot
      entitlements --source postgresql://db/spaces snapshot write spaces.snapshot
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    as_of = from_ns(engine.clock())
    try:
        count = write_snapshot(engine.source, file, as_of=as_of)
    except OSError as error:
        msg = f"{file} cannot be written: {error.strerror}"
        raise click.UsageError(msg) from None
    if as_json:
        told = {"file": str(file), "as_of": as_of.isoformat(), "subjects": count}
        write_json({"schema": "entitlements/snapshot/1", **told})
        return
    echo(wrapped(f"{file}: {engine.catalog.subject.counted(count)}, as of {_time(as_of, engine.catalog)}."))


@command.command("show", cls=Command, short_help="When one was taken, and of how many.")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def show(app: App, *, file: Path, as_json: bool) -> None:
    """When FILE was taken and how many it holds, once every line of it was read and found whole.

    \b
    Examples:
      entitlements snapshot show spaces.snapshot
      entitlements --source spaces.snapshot subjects list
    """  # noqa: D301  click looks for the character itself
    try:
        found = read_snapshot(file)
    except OSError as error:
        msg = f"{file} cannot be read: {error.strerror}"
        raise click.UsageError(msg) from None
    if as_json:
        told = {"file": str(file), "as_of": found.as_of.isoformat(), "subjects": len(found.records)}
        write_json({"schema": "entitlements/snapshot/1", **told})
        return
    catalog = app.load()
    facts(
        [
            ("as of", _time(found.as_of, catalog)),
            ("holds", catalog.subject.counted(len(found.records))),
        ]
    )


def _time(instant: datetime, catalog: Catalog) -> str:
    return time_words(instant, catalog.time_zone)
