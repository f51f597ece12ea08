"""`entitlements subscription`: what becomes of the one in force, and of those that are to begin."""

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
    waive_option,
    writes,
)
from entitlements.source.protocol import Token

_cadence = click.option(
    "--cadence", type=click.Choice(["monthly", "annual"]), help="As it is now if not given."
)
_plan = click.option("--plan", help="Another plan; the same version if not given.")


@click.group("subscription")
def command() -> None:
    """What becomes of the subscription in force, and of those that are to begin."""


@command.command("change", cls=Command, short_help="Another plan, heeding the minimum term.")
@writes()
@click.argument("plan")
@at_option
@end_option
@_cadence
@kind_option
@add_on_option
@waive_option
@unsold_option
@replace_option
def change(writing: Writing, *, plan: str, at: str | None, end: str | None, **options: Any) -> Token:
    """PLAN instead of what is in force: at once if nothing is lost, else when its minimum term is over.

    \b
    Examples:
      entitlements subscription change hill-school community --by ada --dry-run
      entitlements subscription change hill-school pro --by ada \\
        --waive "Sold by mistake"
    """  # noqa: D301  click looks for the character itself
    when, until = writing.instant(at), writing.instant(end, "--end")
    writing.wanted_end = when or writing.now
    return writing.engine.change_plan(writing.subject, plan, at=when, end=until, **options, **writing.who)


@command.command("end", cls=Command, short_help="The one in force ends.")
@writes()
@at_option
@waive_option
@replace_option
def end(writing: Writing, *, at: str | None, **options: Any) -> Token:
    """What is in force ends at --at, or as soon as its minimum term allows.

    \b
    Examples:
      entitlements subscription end hill-school --by ada --because "They asked"
    """  # noqa: D301  click looks for the character itself
    when = writing.instant(at)
    writing.wanted_end = when or writing.now
    return writing.engine.end(writing.subject, at=when, **options, **writing.who)


@command.command("renew", cls=Command, short_help="A next term after the one that ends.")
@writes()
@_plan
@_cadence
@end_option
@replace_option
def renew(writing: Writing, *, end: str | None, **options: Any) -> Token:
    """A next term of the same kind after the one that ends: a year of an annual one, else open.

    \b
    Examples:
      entitlements subscription renew hill-school --by ada
    """  # noqa: D301  click looks for the character itself
    until = writing.instant(end, "--end")
    return writing.engine.renew(writing.subject, end=until, **options, **writing.who)


@command.command("extend", cls=Command, short_help="A bundle goes on as another kind.")
@writes()
@kind_option
@_plan
@_cadence
@end_option
@replace_option
def extend(writing: Writing, *, end: str | None, **options: Any) -> Token:
    """A bundle goes on as another kind when its agreement ends, with the same version of its plan.

    \b
    Examples:
      entitlements subscription extend hill-school --by ada
    """  # noqa: D301  click looks for the character itself
    until = writing.instant(end, "--end")
    return writing.engine.extend(writing.subject, end=until, **options, **writing.who)


@command.command("cancel", cls=Command, short_help="One that is to begin never will.")
@writes()
@click.argument("start")
@click.option("--reopen", is_flag=True, help="Let the one before go on.")
def cancel(writing: Writing, *, start: str, reopen: bool) -> Token:
    """The subscription that should begin on START never will.

    \b
    Examples:
      entitlements subscription cancel hill-school 2027-01-01 --reopen --by ada
    """  # noqa: D301  click looks for the character itself
    when = writing.told(start, "START")
    return writing.engine.cancel(writing.subject, when, reopen=reopen, **writing.who)


@command.command("add", cls=Command, short_help="An add-on for the one in force.")
@writes()
@click.argument("add_on", metavar="ADD-ON")
@at_option
@end_option
@unsold_option
def add(writing: Writing, *, add_on: str, at: str | None, end: str | None, unsold: bool) -> Token:
    """The subscription in force has ADD-ON, as long as it lasts or until --end.

    \b
    Examples:
      entitlements subscription add hill report_builder_15_reports --by ada
    """  # noqa: D301  click looks for the character itself
    when, until = writing.instant(at), writing.instant(end, "--end")
    return writing.engine.add_add_on(
        writing.subject, add_on, at=when, end=until, unsold=unsold, **writing.who
    )


@command.command("drop", cls=Command, short_help="An add-on ends.")
@writes()
@click.argument("add_on", metavar="ADD-ON")
@at_option
def drop(writing: Writing, *, add_on: str, at: str | None) -> Token:
    """The subscription in force has ADD-ON no more.

    \b
    Examples:
      entitlements subscription drop hill report_builder_15_reports --by ada
    """  # noqa: D301  click looks for the character itself
    return writing.engine.end_add_on(writing.subject, add_on, at=writing.instant(at), **writing.who)
