"""`entitlements calendar`: what starts and ends when, of the catalog and of the project spaces."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from entitlements.cli.app import App, Command
from entitlements.cli.calendar.entries import Entry, entries_of
from entitlements.cli.output import echo, json_option, table, wrapped, write_json
from entitlements.cli.words import counted
from entitlements.clock import day_words
from entitlements.engine.engine import Engine
from entitlements.source.subjects_file import at_from

_DAYS = 90


@click.command("calendar", cls=Command)
@click.option("--from", "begin", metavar="TIME", help="From this date on; --at or now if not given.")
@click.option("--to", "end", metavar="TIME", help="Before this date.")
@click.option("--days", type=click.IntRange(1, 36_500), help=f"For so many days; {_DAYS} if not given.")
@json_option
@click.pass_obj
def command(app: App, *, begin: str | None, end: str | None, days: int | None, as_json: bool) -> None:
    """What starts and ends in the next 90 days, by date and with the line that says so.

    That is versions of plans that start later, accepted advice that runs out, and for each subject
    subscriptions, trials, add-ons, exceptions and agreements.

    \b
    Examples:
      entitlements calendar
      entitlements --source spaces.jsonl calendar --days 30
      entitlements calendar --from 2026-12-01 --to 2027-02-01
    """  # noqa: D301  click looks for the character itself
    if end is not None and days is not None:
        msg = "--to and --days both say when to stop; give one of them"
        raise click.UsageError(msg)
    engine = app.engine()
    first = _instant(begin, "--from", engine) if begin is not None else app.now(engine)
    last = _instant(end, "--to", engine) if end is not None else first + timedelta(days=days or _DAYS)
    found = [entry for entry in entries_of(engine, app.folder()) if first <= entry.at < last]
    if as_json:
        write_json(calendar_json(found, first, last))
        return
    zone = engine.catalog.time_zone
    shown = f"from {day_words(first, zone)} to {day_words(last, zone)}"
    if not found:
        echo(wrapped(f"Nothing starts or ends {shown}."))
        return
    rows = [(day_words(entry.at, zone), entry.who, entry.what, str(entry.mark)) for entry in found]
    table(("Date", "Whose", "What", "Where"), rows)
    echo()
    words = f"{counted(len(found), 'date')} {shown}. A day that ends something is the first one without it."
    echo(wrapped(words))


def calendar_json(found: list[Entry], first: datetime, last: datetime) -> dict[str, Any]:
    """The document `entitlements/calendar/1`."""
    return {
        "schema": "entitlements/calendar/1",
        "from": first.isoformat(),
        "to": last.isoformat(),
        "entries": [entry.to_json() for entry in found],
    }


def _instant(text: str, option: str, engine: Engine) -> datetime:
    try:
        return at_from(text, engine.catalog.time_zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None
