"""`entitlements usage show`: what is in use, and how it was day by day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from entitlements.cli.app import App, Command, near
from entitlements.cli.output import echo, heading, json_option, table, wrapped, write_json
from entitlements.cli.words import dash, moment
from entitlements.clock import day_of
from entitlements.engine.engine import Engine
from entitlements.source.usage import UsageDay, peak
from entitlements.subject import Usage, zone_of

_DAYS = 30


@click.command("show", cls=Command, short_help="What is in use, and how it was.")
@click.argument("subject")
@click.argument("key", metavar="[FEATURE|CAP]", required=False)
@click.option("--days", type=click.IntRange(min=1), default=_DAYS, show_default=True, help="How far back.")
@json_option
@click.pass_obj
def show(app: App, *, subject: str, key: str | None, days: int, as_json: bool) -> None:
    """What is in use of all that was measured of SUBJECT, with the peak of the last days; or KEY day by day.

    \b
    Examples:
      entitlements usage show demo-health
      entitlements usage show hill-school mobile_users --days 90 --json
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    space = app.space(engine, subject)
    zone, now = zone_of(space.record, engine.catalog), app.now(engine)
    since = day_of(now - timedelta(days=days - 1), zone)
    keeps_days = hasattr(engine.source, "usage_book")
    if key is not None:
        must_be_there(engine, key)
    keys = [key] if key is not None else sorted({*space.record.usage, *engine.catalog.caps})
    measured = {one: space.usage(one) for one in keys}
    found = {
        one: (usage, engine.usage_days(subject, one, since=since) if keeps_days else ())
        for one, usage in measured.items()
        if usage is not None or key is not None
    }
    if as_json:
        rows = [_shown(one, usage, past) for one, (usage, past) in found.items()]
        write_json(
            {"schema": "entitlements/usage/1", "subject": subject, "since": since.isoformat(), "usage": rows}
        )
        return
    if key is None:
        _print_all(found, zone, days)
    else:
        _print_one(key, *found[key], zone)


def must_be_there(engine: Engine, key: str) -> None:
    """A slip in a key is wrong usage."""
    known = [*engine.catalog.features, *engine.catalog.caps]
    if key not in known:
        msg = f'the catalog has no feature or cap "{key}"{near(key, known)}'
        raise click.UsageError(msg)


def _print_all(found: dict[str, tuple[Usage | None, Any]], zone: str, days: int) -> None:
    rows = []
    for key, (usage, past) in found.items():
        high = peak(past)
        rows.append(
            (
                key,
                _number(usage),
                moment(usage.measured_at if usage is not None else None, zone),
                f"{high.peak:,} on {high.day}" if high is not None else dash(),
            )
        )
    if not rows:
        echo("Nothing was measured.")
        return
    table(("key", "in use", "measured", f"peak of {days} days"), rows, right=(1,))


def _print_one(key: str, usage: Usage | None, past: Any, zone: str) -> None:
    heading(f"{key}: {_number(usage)} in use")
    if usage is not None:
        for example in usage.examples:
            echo(wrapped(f"such as {example.label}", "  "))
        if usage.exempt:
            echo(f"  {usage.exempt:,} of them do not count")
        if usage.last_used is not None:
            echo(f"  last used {moment(usage.last_used, zone)}")
        if usage.measured_at is not None:
            echo(f"  measured {moment(usage.measured_at, zone)}")
    if past:
        rows = [(str(day.day), f"{day.peak:,}", f"{day.last:,}") for day in past]
        table(("day", "peak", "last"), rows, right=(1, 2))


def _shown(key: str, usage: Usage | None, past: Any) -> dict[str, Any]:
    days = [_day(day) for day in past]
    if usage is None:
        return {"key": key, "count": None, "unknown": "not measured", "days": days}
    unknown = {"unknown": usage.unknown or "not measured"} if usage.count is None else {}
    return {
        "key": key,
        "count": usage.count,
        **unknown,
        "exempt": usage.exempt,
        "examples": [{"label": example.label, "url": example.url} for example in usage.examples],
        "last_used": _iso(usage.last_used),
        "measured_at": _iso(usage.measured_at),
        "days": days,
    }


def _day(day: UsageDay) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "peak": day.peak,
        "last": day.last,
        "measured_at": day.measured_at.isoformat(),
    }


def _number(usage: Usage | None) -> str:
    if usage is None or usage.count is None:
        return "unknown" if usage is not None else "not measured"
    return f"{usage.count:,}"


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
