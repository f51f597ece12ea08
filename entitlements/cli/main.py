"""The group of all commands, its global options, and what becomes of errors."""

from __future__ import annotations

import importlib
import io
import json
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import click

from entitlements.cli.app import App, near
from entitlements.cli.output import keep_stdout_for_ourselves
from entitlements.errors import CatalogError, EntitlementsError

#: What the commands are about → command → the one line of help shown in the list; the module of the same name
#: holds it. docs/reference/cli.md has the same sections.
SECTIONS = {
    "Asking": {
        "check": "May a subject use a feature, or add to a cap?",
        "why": "A paragraph that says why, to paste into a ticket.",
        "terms": "How long one is bound, how one pays, and what is charged next.",
    },
    "Changes of plan": {
        "change": "What a change of plan would do, before it is made.",
        "advise": "The cheapest plan that keeps everything in use.",
    },
    "Looking at plans": {
        "show": "A plan, feature, cap or add-on, with where each value comes from.",
        "compare": "What one plan has that another lacks.",
        "diff": "What an edit of the plan files does, and to whom.",
        "matrix": "The pricing table: plans by features.",
    },
    "Writing plans": {
        "validate": "Read and check a catalog; every problem with its line.",
        "test": "Run the plan tests of a catalog.",
        "edit": "Change plan files without opening them.",
        "publish": "Record the versions now sold, so that those who have them keep them.",
        "init": "A new catalog to begin with.",
        "calendar": "What starts and ends when, with the line that says so.",
        "schema": "The JSON Schema of a kind of file, for editors.",
        "explain": "What a problem code means, with a bad and a good example.",
    },
    "Changing the store": {
        "subscribe": "A plan for a subject, from now or a later day on.",
        "subscription": "What becomes of the subscription in force, and of those to begin.",
        "override": "Exceptions for one subject, beside whatever its plan gives.",
        "baa": "The Business Associate Agreement of a subject is signed, or ends.",
        "subjects": "Which subjects are known, and what is stored of each.",
    },
    "Counting in the store": {
        "seats": "Seats of a cap: who holds them, and whether one more may.",
        "use": "Use up some of what a cap has for the month.",
        "usage": "How much is in use: what was measured, now and day by day.",
    },
    "Looking after the store": {
        "audit": "Who changed what, when and why; and whether the log of it is whole.",
        "store": "Where a store is, whether it is sound, and how its tables come to be.",
        "snapshot": "All records in one file, to decide by while the store is away.",
    },
    "The rest": {
        "plugins": "Which checkers are there, and what each judges.",
        "status": "Whether the catalog can be used, and how the checkers are.",
        "demo": "See the main job done on the shipped plans.",
    },
}
COMMANDS = {name: told for section in SECTIONS.values() for name, told in section.items()}
_WIDEST = max(map(len, COMMANDS))


_NO_COMMAND = re.compile(r"No such command '(.*)'\.\Z")
#: Older releases of click show the help of a group without raising this.
_NO_ARGUMENTS: type[click.UsageError] | None = getattr(click.exceptions, "NoArgsIsHelpError", None)


class _Commands(click.Group):
    """Loads a command's module when it is called, so that each starts quickly."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"entitlements.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  tells the type checker what each module holds
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(_WIDEST), told) for name, told in commands.items()])


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--catalog",
    metavar="DIR",
    envvar="ENTITLEMENTS_CATALOG",
    help='Catalog folder; "shipped" is the one that comes along. Default: ./plans, else the shipped one.',
)
@click.option(
    "--source",
    metavar="SOURCE",
    envvar="ENTITLEMENTS_SOURCE",
    help="Subjects file, or a store: FILE.db, postgresql://… Default: ./entitlements.db, else the samples.",
)
@click.option(
    "--plugins",
    metavar="DIR",
    type=click.Path(path_type=Path),
    envvar="ENTITLEMENTS_PLUGINS",
    help="Folder of plugin files, besides the installed plugins.",
)
@click.option("--at", metavar="TIME", help="Answer for another instant: 2026-03-01 or 2026-03-01T12:00:00Z.")
@click.option("--lang", metavar="LANG", help="Language of plan and feature titles, such as fr.")
@click.version_option(package_name="entitlements", message="entitlements %(version)s")
@click.pass_context
def group(
    ctx: click.Context,
    /,
    catalog: str | None,
    source: str | None,
    plugins: Path | None,
    at: str | None,
    lang: str | None,
) -> None:
    """May this customer use this feature, how much of it, and what happens if they change plan?

    \b
    Examples:
      entitlements demo
      entitlements validate plans
      entitlements check demo-community api_access
      entitlements why demo-health cap.builder_reports
      entitlements compare pro standard
    """  # noqa: D301  click looks for the character itself
    ctx.obj = App(catalog=catalog, source=source, plugins=plugins, at=at, lang=lang)


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line; never lets a traceback out for what a person wrote."""
    given = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in given or "--format=json" in given or ("--format", "json") in pairwise(given)
    keep_stdout_for_ourselves()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # An old terminal shows ? for a letter it lacks; that is no reason to show nothing.
            stream.reconfigure(errors="replace")
    try:
        code = group.main(args=given, prog_name="entitlements", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(130)
    except click.ClickException as error:
        if _NO_ARGUMENTS is not None and isinstance(error, _NO_ARGUMENTS):
            click.echo(error.format_message(), err=True)
            sys.exit(2)
        _report(as_json, "usage", error.format_message(), _hint(error))
        if isinstance(error, click.UsageError) and error.ctx is not None and not as_json:
            click.echo(f"Try '{error.ctx.command_path} --help'.", err=True)
        sys.exit(2)
    except CatalogError as error:
        _report(as_json, "catalog", str(error), "mend the files, or see `entitlements validate`")
        sys.exit(2)
    except EntitlementsError as error:
        _report(as_json, type(error).__name__, str(error), error.hint)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _hint(error: click.ClickException) -> str | None:
    """The hint for a global option that stands after the command, and for a misspelt command."""
    known = {name for option in group.params for name in option.opts}
    if isinstance(error, click.NoSuchOption) and error.option_name in known:
        return f"{error.option_name} goes before the command: entitlements {error.option_name} … COMMAND"
    context = error.ctx if isinstance(error, click.UsageError) else None
    wrong = _NO_COMMAND.match(error.message)
    if wrong is None or context is None or not isinstance(context.command, click.Group):
        return None
    return near(wrong[1], context.command.list_commands(context)).removeprefix("; ") or None


def _report(as_json: bool, code: str, message: str, hint: str | None) -> None:
    if as_json:
        document: dict[str, Any] = {
            "schema": "entitlements/error/1",
            "error": {"code": code, "message": message, "hint": hint},
        }
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    click.echo(f"Error: {message}", err=True)
    if hint and hint not in message:
        click.echo(f"Hint: {hint}", err=True)
