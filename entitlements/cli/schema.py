"""`entitlements schema`: the JSON Schema of a kind of file, for editors."""

from __future__ import annotations

from typing import Final

import click

from entitlements.catalog.load import KINDS as FOLDERS
from entitlements.catalog.schema import KINDS, schema_for
from entitlements.cli.app import App, Command, near
from entitlements.cli.output import echo, json_option, table, wrapped, write_json
from entitlements.cli.words import and_list

_ELSEWHERE: Final = {"catalog": "catalog.yaml", "plan": "*.yaml"}


@click.command("schema", cls=Command)
@click.argument("kind", required=False)
@click.option("--list", "listed", is_flag=True, help="List the kinds of files; the same as no KIND.")
@json_option
@click.pass_obj
def command(app: App, *, kind: str | None, listed: bool, as_json: bool) -> None:  # noqa: ARG001  as all commands
    """Print the JSON Schema of files of a KIND, or list the kinds.

    \b
    Examples:
      entitlements schema
      entitlements schema plan > plan.schema.json
    """  # noqa: D301  click looks for the character itself
    if kind is None or listed:
        _list(as_json=as_json)
        return
    name = kind.casefold().replace("_", "-")
    if name not in KINDS:
        found = near(name, KINDS) or f"; the kinds are {and_list(list(KINDS))}"
        msg = f'there is no kind of file "{kind}"{found}'
        raise click.UsageError(msg)
    write_json(schema_for(name))


def _list(*, as_json: bool) -> None:
    kinds = [(kind, str(schema_for(kind).get("title", kind)), _files(kind)) for kind in KINDS]
    if as_json:
        found = [{"kind": kind, "title": title, "files": files} for kind, title, files in kinds]
        write_json({"schema": "entitlements/schema/1", "kinds": found})
        return
    table(("Kind", "What it describes", "Files"), kinds)
    echo()
    echo(
        wrapped(
            "For an editor: write one to a file with `entitlements schema plan > plan.schema.json`, and "
            "begin each plan with"
        )
    )
    echo("  # yaml-language-server: $schema=plan.schema.json")


def _files(kind: str) -> str:
    """Where files of `kind` are in a catalog folder."""
    return _ELSEWHERE.get(kind) or ", ".join(
        f"{folder}/*.yaml" for folder, of in FOLDERS.items() if of == kind
    )
