"""`entitlements validate`: everything there is to say about a catalog folder."""

from __future__ import annotations

from pathlib import Path

import click

from entitlements.cli.app import App, Command
from entitlements.cli.fix import Fixing, mended_in, show_diff, show_fixed
from entitlements.cli.for_editors import tell_lacking
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
@click.option("--fix", is_flag=True, help="Mend what is surely meant otherwise, in the files.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and change nothing.")
@json_option
@click.pass_obj
def command(
    app: App, *, folder: str | None, strict: bool, style: str, fix: bool, diff: bool, as_json: bool
) -> int:
    """Read and check the catalog in DIR, ./plans if not given; every problem with its line.

    Plans, features, translations, published versions, plan tests and sample subjects are looked at, and what
    installed plugins have to say. Leaves with 0 if all is well or there are only warnings, 1 for errors; with
    --diff also with 1 if --fix would change something.

    \b
    Examples:
      entitlements validate
      entitlements validate plans --strict
      entitlements validate plans --json
      entitlements validate --diff
      entitlements validate --fix
      entitlements explain R301
    """  # noqa: D301  click looks for the character itself
    style = "json" if as_json else style
    path = app.edited_folder(folder) if fix and not diff else app.authoring_folder(folder)
    plugins, at = load_plugins(folder=app.plugins), app.judged_at()
    if not (fix or diff):
        found = findings_in(path, plugins, at=at)
        report = report_on(found, path, strict=strict)
        echo(written(report, style))
        if style == "text":
            tell_lacking(found, path, plugins)
        return 1 if report.failed else 0
    fixing = mended_in(path, plugins, at=at, write=not diff)
    report = report_on(fixing.found, path, strict=strict, fixing=fixing)
    if diff and style == "text":
        show_diff(fixing.changes)
        echo(fixing.would_mend, err=True)
    else:
        if style != "json":
            show_fixed(fixing.fixed, err=style != "text")
        echo(written(report, style))
    if style == "text":
        tell_lacking(fixing.found, path, plugins)
    return 1 if report.failed or (diff and fixing.changes) else 0


def report_on(found: Findings, folder: Path, *, strict: bool = False, fixing: Fixing | None = None) -> Report:
    """All that there is to write about what was found in `folder`, and about what was mended in it before."""
    reading = found.reading
    return Report(
        found.problems,
        tuple(document.file for _, document in reading.documents),
        reading.catalog.digest if reading.catalog is not None else None,
        Texts(folder, reading.paths, fixing.edited if fixing else None),
        strict,
        found.accepted,
        fixing.fixed if fixing else (),
        fixing.diff if fixing else None,
    )
