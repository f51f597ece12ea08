"""`entitlements diff`: what an edit of the plan files does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from entitlements.catalog.diff.side import DiffSide, diff_sides, side_of
from entitlements.catalog.load import shipped_folder
from entitlements.cli.app import SHIPPED, App, Command
from entitlements.cli.diff.document import diff_json
from entitlements.cli.diff.text import markdown, show_text
from entitlements.cli.diff.usage import affected_by, affected_json, affected_markdown, show_affected
from entitlements.cli.output import echo, json_option, write_json
from entitlements.errors import CatalogError, EntitlementsError
from entitlements.model import Catalog
from entitlements.source.subjects_file import at_from


@click.command("diff", cls=Command)
@click.argument("old", default="HEAD")
@click.argument("new", required=False)
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How to write it; markdown suits a comment on a pull request.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["narrowing", "any"]),
    help="Leave with 1 if something is taken away, or if anything but texts changes.",
)
@click.option(
    "--usage",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Subjects with their usage: whom the edit affects. YAML, JSON lines or Parquet.",
)
@click.option(
    "--names", default=5, show_default=True, type=click.IntRange(0, 1000), help="So many of each by name."
)
@click.option(
    "--list",
    "listed",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="With --usage: write every affected subject to FILE, as JSON lines.",
)
@json_option
@click.pass_obj
def command(
    app: App,
    *,
    old: str,
    new: str | None,
    style: str,
    fail_on: str | None,
    usage: Path | None,
    names: int,
    listed: Path | None,
    as_json: bool,
) -> int:
    """What an edit does: OLD and NEW are catalog folders or git revisions.

    Without NEW the catalog folder as it is now; without OLD the last commit, HEAD. A folder wins over a
    revision of the same name; git:NAME is always a revision.

    \b
    Examples:
      entitlements diff
      entitlements diff main plans/
      entitlements diff v1.0 HEAD --format markdown
      entitlements diff old-plans/ plans/ --fail-on narrowing
      entitlements diff main --usage spaces.parquet
    """  # noqa: D301  click looks for the character itself
    home = _home(app, old, new)
    before = _read(old, home)
    after = _read(new if new is not None else str(home), home)
    diff = diff_sides(before, after)
    if listed is not None and usage is None:
        msg = "--list needs --usage FILE: it lists whom of them the edit affects"
        raise click.UsageError(msg)
    found = None
    if usage is not None:
        found = affected_by(diff, usage, at=_instant(app, diff.new), names=names, listed=listed)
    if as_json or style == "json":
        affected = {"affected": affected_json(found)} if found is not None else {}
        write_json({**diff_json(diff, before.name, after.name), **affected})
    elif style == "markdown":
        echo(markdown(diff, before.name, after.name), nl=False)
        if found is not None:
            echo("\n".join(affected_markdown(diff, found)))
    else:
        show_text(diff, before.name)
        if found is not None:
            show_affected(diff, found)
    widening, neutral = diff.count("widening"), diff.count("neutral")
    fails = diff.count("narrowing") or (fail_on == "any" and widening + neutral)
    return 1 if fail_on is not None and fails else 0


def _instant(app: App, catalog: Catalog) -> datetime | None:
    try:
        return at_from(app.at, catalog.time_zone) if app.at is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from None


def _home(app: App, old: str, new: str | None) -> Path:
    """The folder a revision is read at, and what NEW is if it is not given."""
    if app.catalog is not None:
        return shipped_folder() if app.catalog == SHIPPED else Path(app.catalog)
    for given in (new, old):
        if given is not None and (Path(given) / "catalog.yaml").is_file():
            return Path(given)
    return app.authoring_folder(None) if new is None else Path("plans")


def _read(given: str, home: Path) -> DiffSide:
    try:
        return side_of(given, home)
    except CatalogError as error:
        problems = "\n".join(str(problem) for problem in error.problems)
        msg = f"the catalog at {given} cannot be read:\n{problems}"
        raise EntitlementsError(msg, hint="mend its files, or see `entitlements validate`") from None
