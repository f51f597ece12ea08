"""`entitlements override`: exceptions for one subject, beside whatever its plan gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from entitlements.amounts import Amount
from entitlements.catalog.reading.document import read_file
from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, heading, json_option, wrapped, write_json
from entitlements.cli.record_lines import override_line
from entitlements.cli.writing import Writing, at_option, writes
from entitlements.clock import from_ns
from entitlements.errors import CatalogError
from entitlements.lifecycle.clones import proposal
from entitlements.lifecycle.overrides import KINDS
from entitlements.source.protocol import Token
from entitlements.subject import Override, is_over, zone_of


@click.group("override")
def command() -> None:
    """Exceptions for one subject, beside whatever its plan gives."""


def _grounds(function: Callable[..., Any]) -> Callable[..., Any]:
    """What every exception must say."""
    kind = click.option("--kind", required=True, help=f"The kind of exception: {', '.join(KINDS)}.")
    end = click.option("--end", required=True, metavar="TIME", help="The first day without it; or never.")
    return kind(at_option(end(function)))


@command.command("give", cls=Command, short_help="A feature, whatever the plan says.")
@writes()
@click.argument("feature")
@_grounds
def give(writing: Writing, *, feature: str, **grounds: Any) -> Token:
    """SUBJECT has FEATURE, whatever its plan says.

    \b
    Examples:
      entitlements override give hill-school custom_reports --kind pro_bono \\
        --end 2027-01-01 --by ada --because "A school"
    """  # noqa: D301  click looks for the character itself
    return writing.engine.give(writing.subject, feature, **_told(writing, grounds))


@command.command("remove", cls=Command, short_help="No feature, whatever else gives it.")
@writes()
@click.argument("feature")
@_grounds
def remove(writing: Writing, *, feature: str, **grounds: Any) -> Token:
    """SUBJECT does not have FEATURE, whatever else gives it.

    \b
    Examples:
      entitlements override remove hill-school api_access --kind agreement \\
        --end never --by ada --because "Contract 7"
    """  # noqa: D301  click looks for the character itself
    return writing.engine.remove(writing.subject, feature, **_told(writing, grounds))


@command.command("set", cls=Command, short_help="A cap, to or at least a number.")
@writes()
@click.argument("cap")
@click.option("--to", metavar="N", help="Exactly this: a whole number, unlimited or none.")
@click.option("--at-least", metavar="N", help="Not less than this: a whole number or unlimited.")
@_grounds
def set_command(writing: Writing, *, cap: str, to: str | None, at_least: str | None, **grounds: Any) -> Token:
    """CAP of SUBJECT is --to N, or at least N. Two that set one cap at one time are refused.

    \b
    Examples:
      entitlements override set hill-school mobile_users --at-least 300 \\
        --kind agreement --end 2027-01-01 --by ada --because "Contract 7"
    """  # noqa: D301  click looks for the character itself
    exactly, least = _amount(to, "--to"), _amount(at_least, "--at-least")
    told = _told(writing, grounds)
    return writing.engine.set_cap(writing.subject, cap, to=exactly, at_least=least, **told)


@command.command("support", cls=Command, short_help="A level of support.")
@writes()
@click.argument("level")
@_grounds
def support(writing: Writing, *, level: str, **grounds: Any) -> Token:
    """SUBJECT has support of LEVEL, or of its plan if that is higher.

    \b
    Examples:
      entitlements override support hill-school named_contact --kind agreement \\
        --end 2027-01-01 --by ada --because "Contract 7"
    """  # noqa: D301  click looks for the character itself
    return writing.engine.set_support(writing.subject, level, **_told(writing, grounds))


@command.command("end", cls=Command, short_help="An exception ends.")
@writes()
@click.argument("key")
@at_option
@click.option("--kind", help="Of several about KEY, the one of this kind.")
@click.option("--start", metavar="TIME", help="Of several about KEY, the one that began or begins then.")
def end(writing: Writing, *, key: str, at: str | None, kind: str | None, start: str | None) -> Token:
    """The exception about KEY, a feature, cap or level of support, ends.

    \b
    Examples:
      entitlements override end hill-school custom_reports --by ada --dry-run
    """  # noqa: D301  click looks for the character itself
    when, began = writing.instant(at), writing.instant(start, "--start")
    return writing.engine.end_override(writing.subject, key, at=when, kind=kind, start=began, **writing.who)


@command.command("list", cls=Command, short_help="Those that hold or will hold.")
@click.argument("subject")
@click.option("--all", "ended", is_flag=True, help="Also those that have ended.")
@json_option
@click.pass_obj
def list_command(app: App, *, subject: str, ended: bool, as_json: bool) -> None:
    """The exceptions of SUBJECT that hold or will hold, with who made each and why.

    \b
    Examples:
      entitlements override list demo-pro-bono
      entitlements override list hill-school --all --json
    """  # noqa: D301  click looks for the character itself
    engine = app.engine()
    record = app.space(engine, subject).record
    now, zone = app.instant(engine) or from_ns(engine.clock()), zone_of(record, engine.catalog)
    listed = [o for o in record.overrides if ended or not is_over(o.end, now)]
    if as_json:
        rows = [_override_json(override) for override in listed]
        write_json({"schema": "entitlements/overrides/1", "subject": subject, "overrides": rows})
        return
    for override in listed:
        echo(wrapped(override_line(override, zone)))
    if not listed:
        echo(f"{subject} has no exceptions.")


@command.command("import", cls=Command, short_help="What cloned plans differ in, as exceptions.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--plan", help="The plan to differ from; if not given, the one that takes the fewest exceptions."
)
@json_option
@click.pass_obj
def import_command(app: App, *, file: Path, plan: str | None, as_json: bool) -> None:
    """Which exceptions would do in place of the cloned plans in FILE. Nothing is written.

    FILE is a YAML or JSON map of each clone to the list of its features.

    \b
    Examples:
      entitlements override import clones.yaml
      entitlements override import clones.json --plan pro --json
    """  # noqa: D301  click looks for the character itself
    catalog, clones = app.load(), _clones(file)
    found = [proposal(catalog, clone, features, plan) for clone, features in clones.items()]
    if as_json:
        write_json({"schema": "entitlements/proposals/1", "clones": [asdict(one) for one in found]})
        return
    for one in found:
        heading(f"{one.clone}: {one.plan}{'' if one.give or one.remove else ', without exceptions'}")
        for sign, verb, features in (("+", "give", one.give), ("-", "remove", one.remove)):
            for feature in features:
                echo(f"  {sign} override {verb} … {feature}")


def _clones(file: Path) -> dict[str, list[str]]:
    """Clone → its features. Raises CatalogError for a file that cannot be read."""
    document = read_file(file.resolve(), root=file.resolve().parent, file=str(file))
    if document.problems:
        raise CatalogError(document.problems)
    clones: Any = document.value
    lists = clones.values() if isinstance(clones, dict) else [None]
    if not all(isinstance(listed, list) and all(isinstance(f, str) for f in listed) for listed in lists):
        msg = f"{file} is no map of clones to lists of features, such as `pro_hill: [api_access, geocoder]`"
        raise click.UsageError(msg)
    return dict(clones)


def _told(writing: Writing, grounds: dict[str, Any]) -> dict[str, Any]:
    """What the options say, with instants for texts."""
    if writing.who["because"] is None:
        msg = "Missing option '--because': an exception says why."
        raise click.UsageError(msg)
    end = "never" if grounds["end"] == "never" else writing.told(grounds["end"], "--end")
    return {"kind": grounds["kind"], "at": writing.instant(grounds["at"]), "end": end, **writing.who}


def _amount(text: str | None, option: str) -> Amount | None:
    words: dict[str, Amount] = {"unlimited": "unlimited", "none": "none"}
    if text is None or text in words:
        return None if text is None else words[text]
    if not (text.isascii() and text.isdigit()):
        msg = f'"{text}" is neither a whole number nor unlimited nor none'
        raise click.BadParameter(msg, param_hint=option)
    return int(text)


def _override_json(override: Override) -> dict[str, Any]:
    return {
        "kind": override.kind,
        "give": override.give,
        "remove": override.remove,
        "cap": override.cap,
        "set": override.set_to,
        "at_least": override.at_least,
        "support": override.support,
        "start": override.start.isoformat() if override.start is not None else None,
        "end": override.end.isoformat() if override.end is not None else "never",
        "by": override.by,
        "because": override.because,
    }
