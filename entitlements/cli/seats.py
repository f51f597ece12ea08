"""`entitlements seats`: who holds how many of a cap, and whether one more may."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

from entitlements.cli.app import App, Command
from entitlements.cli.counting import (
    Counting,
    by_options,
    counting_options,
    hold_json,
    key_option,
    report_reservation,
    reserved,
)
from entitlements.cli.output import echo, heading, json_option, table, write_json
from entitlements.cli.reconcile import reconcile
from entitlements.cli.words import dash, moment
from entitlements.source.seats import Hold
from entitlements.subject import zone_of

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.group("seats")
def command() -> None:
    """Seats of a cap: who holds them, and whether one more may."""


command.add_command(reconcile)


class _Lease(click.ParamType[timedelta]):
    name = "lease"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", str(value), re.ASCII)
        if found is None:
            self.fail(f'"{value}" is no time such as 30s, 15m, 2h or 1d', param, ctx)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


@command.command("reserve", cls=Command, short_help="Hold some, under a key.")
@click.argument("subject")
@click.argument("cap")
@click.argument("n", type=click.IntRange(min=1), default=1)
@key_option
@click.option("--lease", metavar="TIME", type=_Lease(), help="Only for so long, unless committed: 15m, 2h.")
@click.option(
    "--starts-at", metavar="N", type=click.IntRange(min=0), help="How many there are, if nobody knows."
)
@by_options
@counting_options
@click.pass_obj
def reserve(
    app: App,
    *,
    subject: str,
    cap: str,
    n: int,
    key: str,
    lease: timedelta | None,
    starts_at: int | None,
    by: str | None,
    because: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Hold N (1 if not given) of CAP for SUBJECT: all of them or none. The same key again holds no more.

    Leaves with 0 if they are held, 1 if there is no room.

    \b
    Examples:
      entitlements seats reserve hill-school builder_reports --key report-7
      entitlements seats reserve hill-school mobile_users 3 --key b1 --lease 15m
    """  # noqa: D301  click looks for the character itself
    counting = Counting(app, subject, dry_run=dry_run)
    with counting.connection() as connection:
        made = reserved(
            lambda: counting.engine.seats(subject, cap).reserve(
                n,
                key=key,
                lease=lease,
                starts_at=starts_at,
                by=by,
                because=because,
                connection=connection,
            )
        )
    return report_reservation(counting, cap, made, as_json=as_json)


@command.command("commit", cls=Command, short_help="Take the end off a lease.")
@click.argument("subject")
@click.argument("cap")
@key_option
@counting_options
@click.pass_obj
def commit(app: App, *, subject: str, cap: str, key: str, dry_run: bool, as_json: bool) -> None:
    """What is held under the key is held until it is released.

    \b
    Examples:
      entitlements seats commit hill-school mobile_users --key batch-1
    """  # noqa: D301  click looks for the character itself
    counting = Counting(app, subject, dry_run=dry_run)
    with counting.connection() as connection:
        hold = counting.engine.seats(subject, cap).commit(key, connection=connection)
    _report(counting, cap, "committed", hold, as_json=as_json)


@command.command("release", cls=Command, short_help="Give back what is held.")
@click.argument("subject")
@click.argument("cap")
@key_option
@counting_options
@click.pass_obj
def release(app: App, *, subject: str, cap: str, key: str, dry_run: bool, as_json: bool) -> None:
    """What is held under the key is given back. A key that holds nothing is no mistake.

    \b
    Examples:
      entitlements seats release hill-school mobile_users --key batch-1
    """  # noqa: D301  click looks for the character itself
    counting = Counting(app, subject, dry_run=dry_run)
    with counting.connection() as connection:
        hold = counting.engine.seats(subject, cap).release(key, connection=connection)
    _report(counting, cap, "released", hold, as_json=as_json)


@command.command("list", cls=Command, short_help="Who holds some.")
@click.argument("subject")
@click.argument("cap")
@json_option
@click.pass_obj
def list_command(app: App, *, subject: str, cap: str, as_json: bool) -> None:
    """Who holds how many of CAP, the latest first, and how many there are in all.

    \b
    Examples:
      entitlements seats list hill-school mobile_users
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    space = app.space(engine, subject)
    seats = engine.seats(subject, cap)
    holds, used = seats.holds(), seats.used()
    allowance = space.cap(cap)
    if as_json:
        write_json(
            {
                "schema": "entitlements/seats/1",
                "subject": subject,
                "cap": cap,
                "used": used,
                **({} if used is not None else {"unknown": "never counted"}),
                "included": allowance.included,
                "hard": allowance.hard,
                "holds": [hold_json(hold) for hold in holds],
            }
        )
        return
    in_all = f"{used:,}" if used is not None else "nobody knows how many"
    heading(f"{subject}, {cap}: {in_all} in use, {allowance.included} included")
    zone = zone_of(space.record, engine.catalog)
    if holds:
        table(("key", "n", "since", "until", "by"), [_row(hold, zone) for hold in holds], right=(1,))


def _report(counting: Counting, cap: str, done: str, hold: Hold | None, *, as_json: bool) -> None:
    if as_json:
        document = {
            "subject": counting.subject,
            "cap": cap,
            "written": hold is not None and not counting.dry_run,
        }
        held = hold_json(hold) if hold is not None else None
        write_json({"schema": "entitlements/held/1", **document, "hold": held})
    elif hold is None:
        echo("Nothing is held under this key.")
    else:
        echo(f"{counting.subject}: {hold.n:,} of {cap} {counting.would_be(done)}, {hold.key}")


def _row(hold: Hold, zone: str) -> tuple[str, str, str, str, str]:
    return hold.key, f"{hold.n:,}", moment(hold.since, zone), moment(hold.until, zone), hold.by or dash()
