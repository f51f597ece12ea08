"""The schemas for editors that lie in a catalog folder: renewed with each change, or behind the files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from entitlements.catalog.editing.files import FileChange, write_changes
from entitlements.catalog.editor.kit import renewals
from entitlements.cli.output import echo
from entitlements.plugin_manager import Plugins
from entitlements.testing.findings import Findings


def write_with_schemas(
    changes: Sequence[FileChange], folder: Path, after: Findings, plugins: Plugins
) -> list[FileChange]:
    """Write `changes` and the schemas behind them, which it gives; `after` is what is then found."""
    schemas = renewals(folder, after.reading.documents, plugins.checkers) if changes else []
    write_changes([*changes, *schemas], folder)
    return schemas


def tell_renewed(schemas: Sequence[FileChange]) -> None:
    """Say that files were written which no diff shows."""
    if schemas:
        echo("The schemas for editors are renewed too.")


def tell_lacking(found: Findings, folder: Path, plugins: Plugins) -> None:
    """Say so if an editor underlines what is right, because its schemas lack a new name."""
    sound = not any(problem.severity == "error" for problem in found.problems)
    if sound and renewals(folder, found.reading.documents, plugins.checkers):
        echo("Editors do not know all names yet: entitlements schema --write")
