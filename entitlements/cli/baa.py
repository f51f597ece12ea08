"""`entitlements baa`: the Business Associate Agreement of a subject is signed, or ends."""

from __future__ import annotations

import click

from entitlements.cli.app import Command
from entitlements.cli.writing import Writing, writes
from entitlements.source.protocol import Token

_paper = click.option("--at", metavar="TIME", help="The day on the paper, which may be past; else now.")


@click.group("baa")
def command() -> None:
    """The Business Associate Agreement of a subject is signed, or ends."""


@command.command("sign", cls=Command, short_help="It is signed.")
@writes()
@_paper
def sign(writing: Writing, *, at: str | None) -> Token:
    """SUBJECT has signed; its plan must offer the agreement.

    \b
    Examples:
      entitlements baa sign hill-school --by legal
      entitlements baa sign hill-school --at 2026-02-01 --by legal --dry-run
    """  # noqa: D301  click looks for the character itself
    return writing.engine.sign_baa(writing.subject, at=writing.instant(at), **writing.who)


@command.command("end", cls=Command, short_help="It ends.")
@writes()
@_paper
def end(writing: Writing, *, at: str | None) -> Token:
    """The agreement with SUBJECT ends.

    \b
    Examples:
      entitlements baa end hill-school --by legal --because "They moved on"
    """  # noqa: D301  click looks for the character itself
    return writing.engine.end_baa(writing.subject, at=writing.instant(at), **writing.who)
