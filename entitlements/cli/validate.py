"""`entitlements validate`: everything there is to say about a catalog folder."""

from __future__ import annotations

from pathlib import Path

import click

from entitlements.cli.app import App, Command
from entitlements.cli.formats import FORMATS, written
from entitlements.cli.formats.report import Report
from entitlements.cli.frames import Texts
from entitlements.cli.output import echo, json_option
from entitlements.plugin_manager import load_plugins
from entitlements.testing.findings import Findings, findings_in


@click.command("validate", cls=Command)
@click.argument("folder", metavar="[DIR]", required=False)
@click.option("--strict", is_flag=True, help="Warnings, too, leave with 1.")
@click.option(
    "--format",
    "style",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="How to write it.",
)
@json_option
@click.pass_obj
def command(app: App, *, folder: str | None, strict: bool, style: str, as_json: bool) -> int:
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
    found = findings_in(path, load_plugins(folder=app.plugins), at=app.judged_at())
    report = report_on(found, path, strict=strict)
    echo(written(report, "json" if as_json else style))
    return 1 if report.failed else 0


def report_on(found: Findings, folder: Path, *, strict: bool = False) -> Report:
    """All that there is to write about what was found in `folder`."""
    reading = found.reading
    return Report(
        found.problems,
        tuple(document.file for _, document in reading.documents),
        reading.catalog.digest if reading.catalog is not None else None,
        Texts(folder, reading.paths),
        strict,
        found.accepted,
    )
