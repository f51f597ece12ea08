"""`entitlements subscribe`: a plan for a subject, from now or a later day on."""

from __future__ import annotations

from typing import Any

import click

from entitlements.cli.app import Command
from entitlements.cli.writing import (
    Writing,
    add_on_option,
    at_option,
    end_option,
    kind_option,
    replace_option,
    unsold_option,
    writes,
)
from entitlements.source.protocol import Token


@click.command("subscribe", cls=Command)
@writes(new=True)
@click.argument("plan")
@at_option
@end_option
@click.option(
    "--cadence",
    type=click.Choice(["monthly", "annual"]),
    default="monthly",
    show_default=True,
    help="Whether it is paid by the month or by the year.",
)
@kind_option
@add_on_option
@unsold_option
@replace_option
def command(writing: Writing, *, plan: str, at: str | None, end: str | None, **options: Any) -> Token:
    """SUBJECT has PLAN from now or --at on; what is in force then ends then.

    A SUBJECT that the store does not know becomes known. The minimum term of what is in force does not bind
    whoever sells; `subscription change` heeds it.

    \b
    Examples:
      entitlements --source entitlements.db subscribe hill-school pro --by ada
      entitlements subscribe hill-school pro --at 2027-01-01 --by ada --dry-run
      entitlements subscribe hill-school advanced --kind bundle --end 2027-01-01 \\
        --by ada --because "Agreement 7"
    """  # noqa: D301  click looks for the character itself
    when, until = writing.instant(at), writing.instant(end, "--end")
    return writing.engine.subscribe(writing.subject, plan, at=when, end=until, **options, **writing.who)
