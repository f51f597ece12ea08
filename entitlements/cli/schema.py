"""`entitlements schema`: the JSON Schema of a kind of file, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from entitlements.catalog.editing.files import planned, write_changes
from entitlements.catalog.editor.kit import kit_files, names_for_editors
from entitlements.catalog.editor.names import EditorNames
from entitlements.catalog.editor.schema import Draft, editor_schema
from entitlements.catalog.folder import KINDS as FOLDERS
from entitlements.catalog.load import read_catalog, shipped_folder
from entitlements.catalog.reading.document import Document
from entitlements.catalog.shape.schema import KINDS, schema_for
from entitlements.cli.app import App, Command, near
from entitlements.cli.output import echo, json_option, table, wrapped, write_json
from entitlements.cli.words import and_list
from entitlements.errors import CatalogError
from entitlements.plugin_manager import load_plugins

_ELSEWHERE: Final = {"catalog": "catalog.yaml", "plan": "*.yaml"}


@click.command("schema", cls=Command)
@click.argument("kind", required=False)
@click.option("--list", "listed", is_flag=True, help="List the kinds of files; the same as no KIND.")
@click.option(
    "--draft",
    type=click.Choice(["draft-07", "2020-12"]),
    default="draft-07",
    show_default=True,
    help="The dialect of JSON Schema; editors want draft-07.",
)
@click.option("--write", is_flag=True, help="Write all schemas into the catalog folder, for the editor.")
@json_option
@click.pass_obj
def command(
    app: App,
    *,
    kind: str | None,
    listed: bool,
    draft: Draft,
    write: bool,
    as_json: bool,
) -> None:
    """Print the JSON Schema of files of a KIND, or list the kinds.

    The catalog given, else ./plans, lends its features, caps, plans and other names. With --write they go
    into its folder, with settings for VS Code where there are none; do so again after adding a feature.

    \b
    Examples:
      entitlements schema
      entitlements schema plan > plan.schema.json
      entitlements schema --write
    """  # noqa: D301  click looks for the character itself
    if write:
        _write(app, as_json=as_json)
    elif kind is None or listed:
        _list(as_json=as_json)
    else:
        write_json(editor_schema(_known(kind), _names(app), draft=draft))


def _known(kind: str) -> str:
    name = kind.casefold().replace("_", "-")
    if name not in KINDS:
        found = near(name, KINDS) or f"; the kinds are {and_list(list(KINDS))}"
        msg = f'there is no kind of file "{kind}"{found}'
        raise click.UsageError(msg)
    return name


def _names(app: App) -> EditorNames | None:
    """The names of the catalog that is given, or lies here; a schema can do without."""
    folder = app.folder()
    if app.catalog is None and folder == shipped_folder():
        return None
    return names_for_editors(_documents(folder), load_plugins(folder=app.plugins).checkers)


def _documents(folder: Path) -> tuple[tuple[str, Document], ...]:
    reading = read_catalog(folder)
    if not reading.documents:
        raise CatalogError(reading.problems)
    return reading.documents


def _write(app: App, *, as_json: bool) -> None:
    folder = Path(app.authoring_folder(None))
    files = kit_files(_documents(folder), load_plugins(folder=app.plugins).checkers)
    # Schemas are made, and made again; settings are people's own from the first day.
    wanted = {name: text for name, text in files.items() if name.startswith(".schemas/")}
    wanted |= {name: text for name, text in files.items() if not (folder / name).exists()}
    changes = [planned(folder / name, name, folder, text.encode()) for name, text in wanted.items()]
    write_changes(changes, folder)
    written = [str(folder / change.file) for change in changes if change.before != change.after]
    if as_json:
        write_json({"schema": "entitlements/schema/1", "kinds": _kinds(), "written": written})
    elif written:
        for name in written:
            echo(name)
    else:
        echo("nothing to renew: the schemas are those of the catalog")


def _kinds() -> list[dict[str, str]]:
    return [
        {"kind": kind, "title": str(schema_for(kind).get("title", kind)), "files": _files(kind)}
        for kind in KINDS
    ]


def _list(*, as_json: bool) -> None:
    if as_json:
        write_json({"schema": "entitlements/schema/1", "kinds": _kinds()})
        return
    table(("Kind", "What it describes", "Files"), [tuple(row.values()) for row in _kinds()])
    echo()
    words = "For an editor: `entitlements schema --write` puts them beside your catalog. Begin each plan with"
    echo(wrapped(words))
    echo("  # yaml-language-server: $schema=.schemas/plan.schema.json")


def _files(kind: str) -> str:
    """Where files of `kind` are in a catalog folder."""
    return _ELSEWHERE.get(kind) or ", ".join(
        f"{folder}/*.yaml" for folder, of in FOLDERS.items() if of == kind
    )
