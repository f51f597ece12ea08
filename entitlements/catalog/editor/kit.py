"""The files beside a catalog that teach an editor about it: schemas, and settings for VS Code."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from entitlements.catalog.editing.files import FileChange, planned
from entitlements.catalog.editor.names import EditorNames, editor_names
from entitlements.catalog.editor.schema import editor_schema
from entitlements.catalog.folder import KINDS as FOLDERS
from entitlements.catalog.reading.document import Document
from entitlements.catalog.shape.schema import KINDS

_SCHEMAS: Final = ".schemas"
_EXTENSION: Final = "redhat.vscode-yaml"


def kit_files(documents: Sequence[tuple[str, Document]], checkers: Mapping[str, Any]) -> dict[str, str]:
    """File name in the catalog folder → its text, by the names of the catalog and of `checkers`."""
    names = names_for_editors(documents, checkers)
    files = {_schema_file(kind): _json(editor_schema(kind, names)) for kind in KINDS}
    files[".vscode/settings.json"] = _json(
        {"yaml.schemas": {f"./{_schema_file(k)}": _globs(k) for k in KINDS}}
    )
    files[".vscode/extensions.json"] = _json({"recommendations": [_EXTENSION]})
    return files


def renewals(
    folder: Path, documents: Sequence[tuple[str, Document]], checkers: Mapping[str, Any]
) -> list[FileChange]:
    """What brings the schemas that lie in `folder` up to the names of the catalog; nothing where none lie."""
    there = {
        name: text
        for name, text in kit_files(documents, checkers).items()
        if name.startswith(f"{_SCHEMAS}/") and (folder / name).is_file()
    }
    changes = [
        planned(folder / name, (folder / name).as_posix(), folder, text.encode())
        for name, text in there.items()
    ]
    return [change for change in changes if change.before != change.after]


def names_for_editors(documents: Sequence[tuple[str, Document]], checkers: Mapping[str, Any]) -> EditorNames:
    """The names of a catalog, with `checkers` as they describe themselves."""
    said = {name: _first_line(getattr(loaded, "checker", loaded)) for name, loaded in checkers.items()}
    return editor_names(documents, said)


def modeline(file: str, kind: str) -> str:
    """The first line of `file`, by which an editor finds the schema of its `kind`."""
    up = "../" * file.count("/")
    return f"# yaml-language-server: $schema={up}{_schema_file(kind)}\n"


def _schema_file(kind: str) -> str:
    return f"{_SCHEMAS}/{kind}.schema.json"


def _globs(kind: str) -> list[str]:
    """Which files are of `kind`, for a workspace that is the catalog folder."""
    if kind == "catalog":
        return ["catalog.yaml"]
    own = [f"{folder}/**/*.yaml" for folder, of in FOLDERS.items() if of == kind]
    if kind != "plan":
        return own
    others = [f"!{folder}/**" for folder, of in FOLDERS.items() if of != kind]
    return ["*.yaml", *own, "!catalog.yaml", *others]


def _first_line(checker: Any) -> str:
    return (inspect.getdoc(type(checker)) or "").partition("\n")[0]


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
