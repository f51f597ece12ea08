"""`entitlements explain`: what a problem code means."""

from __future__ import annotations

import difflib
import textwrap

import click

from entitlements.catalog.codes import Code, known_codes
from entitlements.cli.app import Command
from entitlements.cli.output import echo, heading, json_option, styled, wrapped, write_json

_FAMILIES = {
    "Y": "Reading a file",
    "S": "The shape of a file",
    "R": "References between files",
    "L": "Advice",
    "P": "Plugins",
    "V": "Published versions",
    "T": "Plan tests",
}
_FILES = {
    "catalog": "catalog.yaml",
    "features": "features/*.yaml",
    "plan": "plan files",
    "add-ons": "add_ons/*.yaml",
    "published": "published/*.yaml",
    "lang": "lang/*.yaml",
    "plan-tests": "tests/*.yaml",
    "subjects": "subjects files",
    "any": "any file",
}


@click.command("explain", cls=Command)
@click.argument("code", required=False)
@json_option
def command(*, code: str | None, as_json: bool) -> None:
    """What problem CODE means, with a bad and a good example; all codes if none is given.

    \b
    Examples:
      entitlements explain R301
      entitlements explain
    """  # noqa: D301  click looks for the character itself
    codes = known_codes()
    wanted = code.upper() if code is not None else None
    if wanted is not None and wanted not in codes:
        near = difflib.get_close_matches(wanted, codes, n=3, cutoff=0.5)
        msg = f'there is no problem code "{code}"' + (f"; near it: {', '.join(near)}" if near else "")
        raise click.UsageError(msg)
    chosen = [found for key, found in codes.items() if wanted in (None, key)]
    if as_json:
        write_json({"schema": "entitlements/explain/1", "codes": [found.to_json() for found in chosen]})
    elif wanted is None:
        _list(chosen)
    else:
        _show(chosen[0])


def _list(codes: list[Code]) -> None:
    for letter, family in _FAMILIES.items():
        heading(family)
        for found in codes:
            if found.code.startswith(letter):
                echo(f"  {found.code}  {found.title}")
        echo()
    echo("More about one: entitlements explain CODE")


def _show(found: Code) -> None:
    echo(f"{styled(found.code, bold=True)}  {found.title}  {styled(_FILES[found.kind], dim=True)}")
    echo(wrapped(found.explanation))
    for word, colour, example in (("Wrong", "red", found.bad), ("Right", "green", found.good)):
        echo(f"\n{styled(word, fg=colour, bold=True)}")
        echo(textwrap.indent(example.rstrip(), "  "))
