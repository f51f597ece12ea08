"""`entitlements validate`: everything there is to say about a catalog folder."""

from __future__ import annotations

from typing import Any

import click

from entitlements.cli.app import App, Command
from entitlements.cli.frames import Frames, totals
from entitlements.cli.output import echo, json_option, styled, write_json
from entitlements.cli.words import counted
from entitlements.plugin_manager import load_plugins
from entitlements.testing.findings import Findings, findings_in


@click.command("validate", cls=Command)
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--strict", is_flag=True, help="Warnings, too, leave with 1.")
@json_option
@click.pass_obj
def command(app: App, *, folder: str | None, strict: bool, as_json: bool) -> int:
    """Read and check the catalog in DIR, ./plans if not given; every problem with its line.

    Plans, features, translations, published versions, plan tests and sample subjects are looked at, and what
    installed plugins have to say. Leaves with 0 if all is well or there are only warnings, 1 for errors.

    \b
    Examples:
      entitlements validate
      entitlements validate plans --strict
      entitlements validate plans --json
      entitlements explain R301
    """  # noqa: D301  click looks for the character itself
    path = app.authoring_folder(folder)
    found = findings_in(path, load_plugins(folder=app.plugins))
    if as_json:
        write_json(validate_json(found))
    else:
        Frames(path, found.reading.paths).show(found.problems)
        echo(_summary(found))
    return 1 if any(strict or problem.severity == "error" for problem in found.problems) else 0


def validate_json(found: Findings) -> dict[str, Any]:
    """The document `entitlements/validate/1`."""
    catalog = found.reading.catalog
    return {
        "schema": "entitlements/validate/1",
        "problems": [problem.to_json() for problem in found.problems],
        "files": [document.file for _, document in found.reading.documents],
        "digest": catalog.digest if catalog is not None else None,
    }


def _summary(found: Findings) -> str:
    number, catalog = len(found.reading.documents), found.reading.catalog
    if found.problems or catalog is None:
        colour = "red" if any(problem.severity == "error" for problem in found.problems) else "yellow"
        return styled(totals(found.problems, number), fg=colour, bold=True)
    fine = styled(f"{counted(number, 'file')}, no problems.", fg="green", bold=True)
    return f"{fine} {catalog.digest}"
