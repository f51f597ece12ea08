"""`entitlements status`: whether the catalog on disk can come into force, and how the checkers are."""

from __future__ import annotations

import click

from entitlements.catalog.load import load_catalog
from entitlements.cli.app import App, Command
from entitlements.cli.output import echo, json_option, styled, table, wrapped, write_json
from entitlements.clock import from_ns, system_clock
from entitlements.engine.compile import compile_program
from entitlements.engine.status import EngineStatus
from entitlements.errors import CatalogError
from entitlements.plugin_manager import load_plugins


@click.command("status", cls=Command)
@json_option
@click.pass_obj
def command(app: App, as_json: bool) -> int:
    """Would an engine that reloads now take this catalog? Leaves with 0 if so, 1 if it would not.

    A running engine tells the same of itself through `engine.status`.
    """
    now = from_ns(system_clock())
    plugins = load_plugins(folder=app.plugins)
    try:
        program = compile_program(load_catalog(app.folder()), plugins)
        status = EngineStatus("READY", now, 1, program.catalog.digest)
        health = {name: asker.health for name, asker in program.askers.items()}
    except CatalogError as error:
        status = EngineStatus("ERROR", now, 0, "", error.problems)
        health = {}
    if as_json:
        write_json({"schema": "entitlements/status/1", **status.to_json(), "checkers": health})
    else:
        good = status.state == "READY"
        word = styled(status.state, fg="green" if good else "red", bold=True)
        echo(f"{word}  {status.digest or app.folder()}")
        for problem in status.problems:
            echo(wrapped(str(problem), "  "))
        if health:
            table(("Checker", "Health"), health.items())
    return 0 if status.state == "READY" else 1
