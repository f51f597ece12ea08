"""What the commands about a change of plan ask: which change it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from entitlements.change.preview import ChangePreview
from entitlements.cli.writing import add_on_option, at_option, kind_option
from entitlements.clock import from_ns
from entitlements.engine.engine import Engine
from entitlements.source.subjects_file import at_from
from entitlements.subject import SubjectRecord, zone_of

F = TypeVar("F", bound=Callable[..., Any])


def change_options(function: F) -> F:
    """`--to`, `--end`, `--cadence`, `--kind`, `--add-on` and `--at`."""
    for option in (
        at_option,
        add_on_option,
        kind_option,
        click.option("--cadence", type=click.Choice(["monthly", "annual"]), help="As it is, if not given."),
        click.option(
            "--end", is_flag=True, help="Instead of --to: the subscription ends, and nothing follows."
        ),
        click.option("--to", metavar="PLAN", help="The plan that is wanted."),
    ):
        function = option(function)
    return function


def must_say_what(to: str | None, *, end: bool) -> None:
    """A change is to a plan, or an end."""
    if (to is None) is not end:
        msg = "say either --to PLAN, or --end"
        raise click.UsageError(msg)


def when_asked(engine: Engine, record: SubjectRecord, at: str | None) -> datetime | None:
    """The instant of `--at` after the command; a bare date begins where the subject is."""
    if at is None:
        return None
    try:
        return at_from(at, zone_of(record, engine.catalog))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from None


def names_preview(what: str) -> bool:
    """Whether `what` is a file of a preview, not a subject."""
    return what.endswith(".json")


def preview_in(path: str) -> dict[str, Any]:
    """The document that `change preview --json` wrote to `path`; anything else is wrong usage."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise click.UsageError(msg) from None
    except ValueError as error:
        msg = f"{path} is no JSON: {error}"
        raise click.UsageError(msg) from None
    if not (isinstance(found, dict) and found.get("schema") == "entitlements/change-preview/1"):
        msg = f"{path} holds no preview; `entitlements change preview SUBJECT --to PLAN --json` prints one"
        raise click.UsageError(msg)
    return found


def previewed_again(engine: Engine, path: str, told: dict[str, Any]) -> ChangePreview:
    """What the change that the file at `path` tells of would do now."""
    try:
        asked, subject = told["asked"], told["subject"]
        at = None if asked["at"] is None else datetime.fromisoformat(asked["at"])
        if at is not None and at < from_ns(engine.clock()):
            at = None  # it was wanted as soon as may be, and still is
        return engine.preview_change(
            subject,
            asked["to"],
            end=asked["end"],
            at=at,
            add_ons=asked["add_ons"],
            cadence=asked["cadence"],
            kind=asked["kind"],
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{path} does not tell which change it is of ({error}); print the preview again"
        raise click.UsageError(msg) from None
