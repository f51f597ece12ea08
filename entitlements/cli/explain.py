"""`entitlements explain`: what a problem code means, offline, with a wrong and a right example."""

from __future__ import annotations

import difflib

import click

from entitlements.catalog.codes import Code, known_codes
from entitlements.catalog.lint import ACCEPTABLE
from entitlements.cli.app import Command
from entitlements.cli.frames import Texts, frame, printable
from entitlements.cli.output import echo, heading, json_option, screen_width, styled, wrapped, write_json
from entitlements.problems import Mark
from entitlements.testing.record_advice import ACCEPTABLE as RECORDS

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
    "next": "next/*.yaml",
    "plan": "plan files",
    "add-ons": "add_ons/*.yaml",
    "published": "published/*.yaml",
    "lang": "lang/*.yaml",
    "plan-tests": "tests/*.yaml",
    "subjects": "subjects files",
    "any": "any file",
}


@click.command("explain", cls=Command)
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@json_option
def command(*, codes: tuple[str, ...], as_json: bool) -> None:
    """What each problem CODE means, with a wrong and a right example; all codes if none is given.

    \b
    Examples:
      entitlements explain R301
      entitlements explain
    """  # noqa: D301  click looks for the character itself
    known = known_codes()
    chosen = [known[code] for code in dict.fromkeys(map(_wanted, codes))] or list(known.values())
    if as_json:
        write_json({"schema": "entitlements/explain/1", "codes": [found.to_json() for found in chosen]})
    elif not codes:
        _list(chosen)
    else:
        for number, found in enumerate(chosen):
            if number:
                echo("\n")
            _show(found)


def _wanted(code: str) -> str:
    """The known code that `code` means; one that nobody knows is wrong usage, with near ones."""
    known = known_codes()
    wanted = code.upper()
    if wanted in known:
        return wanted
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    msg = f'there is no problem code "{code}"' + (f"; near it: {', '.join(near)}" if near else "")
    raise click.UsageError(msg)


def _list(codes: list[Code]) -> None:
    for letter, family in _FAMILIES.items():
        heading(family)
        for found in codes:
            if found.code.startswith(letter):
                echo(f"  {found.code}  {found.title}")
        echo()
    echo("More about one: entitlements explain CODE")


def _show(found: Code) -> None:
    heading(f"{found.code}  {found.title}")
    echo(styled(f"{_FAMILIES[found.code[0]]}: {_FILES[found.kind]}", dim=True))
    echo(f"\n{wrapped(found.explanation)}")
    echo(f"\n{styled('Wrong', fg='red', bold=True)}")
    _example(found.bad, Mark("", *found.at) if found.at else None)
    echo(f"\n{styled('Right', fg='green', bold=True)}")
    _example(found.good, None)
    if found.code in ACCEPTABLE | RECORDS:
        part = "record" if found.code in RECORDS else "file"
        echo(f"\n{styled('Or accept it', bold=True)} in that {part}, with a reason, until a day or for good")
        echo(f"  accept: [{{rule: {found.code}, because: Why it is meant so., until: never}}]")


def _example(text: str, mark: Mark | None) -> None:
    """The example as it is written, with the carets that `validate` shows under the same characters."""
    carets = []
    if mark is not None:
        rows = frame(mark, Texts.of("", text), room=screen_width() - 3, context=False)
        carets = [row.text for row in rows if row.kind == "carets"]
    for number, line in enumerate(text.rstrip().split("\n"), start=1):
        echo(f"  {printable(line)}".rstrip())
        if carets and mark is not None and number == mark.line:
            echo(f"  {styled(carets[0], fg='red', bold=True)}")
