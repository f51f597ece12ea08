"""`entitlements store`: where a store is, whether it is sound, and how its tables come to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entitlements.cli.app import App, Command, note_source
from entitlements.cli.output import echo, facts, json_option, styled, symbol, wrapped, write_json
from entitlements.clock import time_words
from entitlements.source.opening import open_database

if TYPE_CHECKING:
    from entitlements.source.sql.check import Checked
    from entitlements.source.sql.database import Database
    from entitlements.source.sql.state import StoreState

_SHOWN = 5


@click.group("store")
def command() -> None:
    """Where a store is, whether it is sound, and how its tables come to be.

    A file of SQLite gets its tables by itself. On PostgreSQL a person upgrades them, with the right to do so.
    """


@command.command("info", cls=Command, short_help="What and where it is, and how much it holds.")
@json_option
@click.pass_obj
def info(app: App, *, as_json: bool) -> None:
    """What and where the store is, the version of its tables, and how much it holds.

    \b
    Examples:
      entitlements --source entitlements.db store info
      entitlements --source postgresql://db/spaces store info --json
    """  # noqa: D301  click looks for the character itself
    database = _database(app)
    from entitlements.source.sql.migrate import upgrade_command
    from entitlements.source.sql.state import state_of
    from entitlements.source.sql.tables import VERSION

    state = state_of(database)
    if as_json:
        write_json(_info_json(state, VERSION))
        return
    tables = f"version {state.version}" if state.version is not None else "none yet"
    if not state.ready:
        tables += f"; this program needs version {VERSION}, which this makes: {upgrade_command(database)}"
    rows = [("store", state.url), ("database", state.server), ("tables", tables)]
    if state.ready:
        rows += [("subjects", str(state.subjects)), ("changes", str(state.changes))]
    if state.last is not None:
        done = f"{state.last.what} of {state.last.subject} by {state.last.done_by}"
        rows += [("last change", f"{time_words(state.last.at, 'UTC')}: {done}"), ("sealed", state.last.hash)]
    facts(rows)


@command.command("check", cls=Command, short_help="Whether it is sound, thing by thing.")
@json_option
@click.pass_obj
def check(app: App, *, as_json: bool) -> int:
    """Look at the file, the tables, the audit log and every record. Leaves with 1 if anything is wrong.

    The records are held against the audit log, so what somebody changed by hand is found. Nothing is
    written; all is looked at as it was at one moment, while others go on writing.

    \b
    Examples:
      entitlements --source entitlements.db store check
      entitlements --source postgresql://db/spaces store check --json
    """  # noqa: D301  click looks for the character itself
    database = _database(app)
    from entitlements.source.sql.check import checked

    sound, rows = True, []
    for one in checked(database):
        sound = sound and not one.wrong
        rows.append({"check": one.what, "sound": not one.wrong, "wrong": list(one.wrong)})
        if not as_json:
            _show(one)
    if as_json:
        write_json(
            {"schema": "entitlements/store-check/1", "store": str(database), "sound": sound, "checks": rows}
        )
    return 0 if sound else 1


@command.command("upgrade", cls=Command, short_help="Make its tables, or bring them to this version.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@json_option
@click.pass_obj
def upgrade_command(app: App, *, dry_run: bool, as_json: bool) -> None:
    """Make the tables of the store, or bring them to the version that this program needs.

    All or nothing, in one transaction; of several who do so at once, one does it. Programs of an older
    release do not open the store afterwards.

    \b
    Examples:
      entitlements --source postgresql://owner@db/spaces store upgrade --dry-run
      entitlements --source postgresql://owner@db/spaces store upgrade
    """  # noqa: D301  click looks for the character itself
    database = _database(app, makes_store=True)
    from entitlements.source.sql.migrate import upgrade, version_of
    from entitlements.source.sql.tables import VERSION

    before = version_of(database) if dry_run else upgrade(database)[0]
    if as_json:
        told = {"before": before, "after": VERSION, "written": not dry_run and before != VERSION}
        write_json({"schema": "entitlements/upgraded/1", "store": str(database), **told})
        return
    if before == VERSION:
        echo(f"The tables are of version {VERSION} already.")
        return
    were = "would be" if dry_run else "were"
    done = "made, of" if before is None else f"brought from version {before} to"
    echo(f"The tables {were} {done} version {VERSION}.")


def _database(app: App, *, makes_store: bool = False) -> Database:
    given = app.store_named(makes_store=makes_store)
    note_source(given)
    return open_database(given)


def _show(one: Checked) -> None:
    mark = styled(symbol("✗", "x"), fg="red") if one.wrong else styled(symbol("✓", "ok"), fg="green")
    echo(f"{mark} {one.words}")
    for line in one.wrong[:_SHOWN]:
        echo(wrapped(line, "    "))
    if len(one.wrong) > _SHOWN:
        echo(f"    and {len(one.wrong) - _SHOWN} more")


def _info_json(state: StoreState, wanted: str) -> dict[str, object]:
    return {
        "schema": "entitlements/store/1",
        "store": state.url,
        "server": state.server,
        "version": state.version,
        "wanted_version": wanted,
        "ready": state.ready,
        "subjects": state.subjects,
        "changes": state.changes,
        "last_change": state.last.to_json() if state.last is not None else None,
    }
