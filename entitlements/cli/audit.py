"""`entitlements audit`: who changed what, when and why; and whether the log of it is as it was written."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, cast

import click

from entitlements.cli.app import App, Command, note_source
from entitlements.cli.output import echo, heading, json_option, styled, wrapped, write_json
from entitlements.cli.record_lines import differences, echo_differences
from entitlements.cli.words import counted
from entitlements.clock import time_words
from entitlements.source.audit import AuditRow, Broken, exported, unlike
from entitlements.source.opening import open_source
from entitlements.source.protocol import Store
from entitlements.source.subjects_file import at_from


@click.group("audit")
def command() -> None:
    """Who changed what, when and why; and whether the log of it is as it was written."""


@command.command("list", cls=Command, short_help="The changes, oldest first.")
@click.argument("subject", required=False)
@click.option("--since", metavar="TIME", help="Only those from this day or time on.")
@click.option("--by", metavar="WHO", help="Only those that this person made.")
@click.option("--last", metavar="N", type=click.IntRange(min=1), help="Only the last N of them.")
@json_option
@click.pass_obj
def list_command(
    app: App, *, subject: str | None, since: str | None, by: str | None, last: int | None, as_json: bool
) -> None:
    """The changes of SUBJECT, or of all, oldest first: who, when, why, and what became of the record.

    \b
    Examples:
      entitlements audit list hill-school
      entitlements audit list --since 2026-03-01 --by ada
      entitlements audit list --last 20 --json
    """  # noqa: D301  click looks for the character itself
    app.store_named()
    engine = app.engine()
    zone = engine.catalog.time_zone
    began = None if since is None else _instant(since, zone)
    wanted = (
        row
        for row in cast("Store", engine.source).audit(subject)
        if by in (None, row.done_by) and (began is None or row.at >= began)
    )
    rows = wanted if last is None else iter(deque(wanted, maxlen=last))
    first = next(rows, None)
    if first is None and subject is not None:
        app.space(engine, subject)  # a slip in the name is told as such
    found = chain(() if first is None else (first,), rows)
    if as_json:
        write_json({"schema": "entitlements/audit/1", "changes": [row.to_json() for row in found]})
        return
    for row in found:
        _show(row, zone)
    if first is None:
        echo("There is no such change.")


@command.command("verify", cls=Command, short_help="Whether it is as it was written.")
@click.option(
    "--against",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What `audit export` wrote earlier: the log must still say the same.",
)
@json_option
@click.pass_obj
def verify(app: App, *, against: Path | None, as_json: bool) -> int:
    """Is every row as it was written? Leaves with 1, and names the first row that is not.

    Each row is sealed with the hash of the row before it, so a row that was changed, taken out or put in is
    found. Whoever seals all rows anew is found only with what was exported --against it before.

    \b
    Examples:
      entitlements audit verify
      entitlements audit verify --against audit-2026-03.jsonl
    """  # noqa: D301  click looks for the character itself
    store = _opened(app)
    wrong = list(store.verify())
    if against is not None:
        wrong += _unlike(store, against)
    rows = store.changes(None).position
    last = next(iter(store.audit(since=rows - 1)), None) if rows else None
    if as_json:
        write_json(
            {
                "schema": "entitlements/verified/1",
                "whole": not wrong,
                "changes": rows,
                "hash": last.hash if last is not None else None,
                "wrong": [{"seq": found.seq, "says": found.says} for found in wrong],
            }
        )
    elif wrong:
        first = min(wrong, key=lambda found: found.seq)
        more = f", and {counted(len(wrong) - 1, 'more place', 'more places')}" if len(wrong) > 1 else ""
        echo(styled(wrapped(f"The audit log is not as it was written: {first}{more}."), fg="red"))
    else:
        sealed = f", the last one sealed {last.hash}" if last is not None else ""
        echo(wrapped(f"The audit log is whole: {counted(rows, 'change')}{sealed}."))
    return 1 if wrong else 0


@command.command("export", cls=Command, short_help="As JSON lines, to be kept elsewhere.")
@click.option(
    "--after", metavar="N", type=click.IntRange(min=0), default=0, help="Only the rows after number N."
)
@click.pass_obj
def export(app: App, *, after: int) -> None:
    """Every row as a line of JSON, oldest first. Kept elsewhere, `verify --against` finds a log made anew.

    \b
    Examples:
      entitlements audit export > audit-2026-03.jsonl
      entitlements audit export --after 1200 >> audit.jsonl
    """  # noqa: D301  click looks for the character itself
    for line in exported(_opened(app).audit(since=after)):
        echo(line)


def _opened(app: App) -> Store:
    given = app.store_named()
    note_source(given)
    return cast("Store", open_source(given, time_zone="UTC"))


def _show(row: AuditRow, time_zone: str) -> None:
    before, after = row.records()
    zone = after.time_zone or time_zone
    because = f": {row.because}" if row.because is not None else ""
    done = f"{row.subject}: {row.what} by {row.done_by}{because}"
    heading(wrapped(f"{row.seq}  {time_words(row.at, zone)}  {done}", "     ").lstrip())
    echo_differences(*differences(before, after, zone))


def _unlike(store: Store, file: Path) -> Iterator[Broken]:
    with file.open(encoding="utf-8") as lines:
        kept = (_kept(line, number, file) for number, line in enumerate(lines, 1) if line.strip())
        first = next(kept, None)
        if first is not None:
            yield from unlike(chain([first], kept), store.audit(since=first["seq"] - 1))


def _kept(line: str, number: int, file: Path) -> dict[str, Any]:
    try:
        told = json.loads(line)
        return {"seq": int(told["seq"]), "hash": str(told["hash"])}
    except (ValueError, TypeError, LookupError):
        msg = f"{file}:{number}: this is no row that `entitlements audit export` wrote"
        raise click.UsageError(msg) from None


def _instant(text: str, time_zone: str) -> datetime:
    try:
        return at_from(text, time_zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None
