"""`entitlements diff`: what an edit of the plan files does."""

from __future__ import annotations

from pathlib import Path

import click

from entitlements.catalog.diff_side import DiffSide, diff_sides, side_of
from entitlements.catalog.load import shipped_folder
from entitlements.cli.app import SHIPPED, App, Command
from entitlements.cli.diff_json import diff_json
from entitlements.cli.diff_text import markdown, show_text
from entitlements.cli.output import echo, json_option, write_json
from entitlements.errors import CatalogError, EntitlementsError


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
@json_option
@click.pass_obj
def command(app: App, *, old: str, new: str | None, style: str, fail_on: str | None, as_json: bool) -> int:
    """What an edit does: OLD and NEW are catalog folders or git revisions.

    Without NEW the catalog folder as it is now; without OLD the last commit, HEAD. A folder wins over a
    revision of the same name; git:NAME is always a revision.

    \b
    Examples:
      entitlements diff
      entitlements diff main plans/
      entitlements diff v1.0 HEAD --format markdown
      entitlements diff old-plans/ plans/ --fail-on narrowing
    """  # noqa: D301  click looks for the character itself
    home = _home(app, old, new)
    before = _read(old, home)
    after = _read(new if new is not None else str(home), home)
    diff = diff_sides(before, after)
    if as_json or style == "json":
        write_json(diff_json(diff, before.name, after.name))
    elif style == "markdown":
        echo(markdown(diff, before.name, after.name), nl=False)
    else:
        show_text(diff, before.name)
    widening, neutral = diff.count("widening"), diff.count("neutral")
    fails = diff.count("narrowing") or (fail_on == "any" and widening + neutral)
    return 1 if fail_on is not None and fails else 0


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
