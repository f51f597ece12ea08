"""`entitlements plugins`: which checkers there are, and who judges what."""

from __future__ import annotations

from typing import Any, Final

import click

from entitlements.checker import Volatility, acts, judges, measures, tells_effects
from entitlements.cli.app import App, Command, near
from entitlements.cli.output import echo, heading, json_option, table, wrapped, write_json
from entitlements.cli.words import and_list, counted, dash, feature_rows
from entitlements.engine.ask import Asker
from entitlements.engine.compile import Bound, Program
from entitlements.model import Feature
from entitlements.plugin_manager import LoadedChecker

_BUILT_IN: Final = "entitlements.plugins"


@click.command("plugins", cls=Command)
@click.option("--feature", metavar="KEY", help="Only the checkers that judge this feature.")
@click.option("--gaps", is_flag=True, help="Features that should be switched off with a loss, and are not.")
@json_option
@click.pass_obj
def command(app: App, *, feature: str | None, gaps: bool, as_json: bool) -> int:
    """Which checkers are there, from which plugin, and what each judges.

    With --gaps: the features of which a plan file says that their loss switches something off, but no checker
    here does it; leaves with 1 if there are some.

    \b
    Examples:
      entitlements plugins
      entitlements plugins --feature api_access
      entitlements --plugins ./checkers plugins --json
      entitlements --plugins ./checkers plugins --gaps
    """  # noqa: D301  click looks for the character itself
    program = app.program(app.load())
    if feature is not None and feature not in program.features:
        msg = (
            f'the catalog "{program.catalog.key}" has no feature "{feature}"{near(feature, program.features)}'
        )
        raise click.UsageError(msg)
    found = gaps_of(program) if feature is None else []
    if as_json:
        write_json(plugins_json(program, feature))
    elif gaps:
        _gaps(program, found, app.lang)
    elif feature is None:
        _all(program)
    else:
        _judges_of(program, program.catalog.features[feature], app.lang)
    return 1 if gaps and found else 0


def gaps_of(program: Program) -> list[str]:
    """The features whose loss should switch something off, and that no checker can switch off."""
    return [
        key
        for key, feature in program.catalog.features.items()
        if feature.on_loss.effect == "deactivated"
        and not any(acts(asker.checker) for asker in program.carriers.get(key, ()))
    ]


def plugins_json(program: Program, feature: str | None) -> dict[str, Any]:
    """The document `entitlements/plugins/1`: plugins with their checkers, or those that judge `feature`."""
    found: dict[str, dict[str, Any]] = {
        name: {"name": name, "version": None, "checkers": []} for name in program.plugins.names
    }
    judging = (
        {bound.name for bound in _bound(program, feature)} if feature else program.plugins.checkers.keys()
    )
    for name, loaded in program.plugins.checkers.items():
        plugin = found[loaded.plugin]
        plugin["version"] = loaded.version
        if name in judging:
            plugin["checkers"].append(_checker_json(program, name, loaded, feature))
    shown = [plugin for plugin in found.values() if plugin["checkers"] or feature is None]
    titles = [(key, program.catalog.title_of("feature", key)) for key in gaps_of(program)]
    gaps = [{"feature": key, "title": title} for key, title in titles if feature in {None, key}]
    return {"schema": "entitlements/plugins/1", "feature": feature, "plugins": shown, "gaps": gaps}


def _checker_json(program: Program, name: str, loaded: LoadedChecker, feature: str | None) -> dict[str, Any]:
    checker, asker = loaded.checker, program.askers[name]
    document = {
        "name": name,
        "judges": judges(checker),
        "measures": measures(checker),
        "tells_effects": tells_effects(checker),
        "acts": acts(checker),
        "everywhere": checker.everywhere,
        "features": _judged(program, name),
        "volatility": checker.volatility.kind,
        "ttl": checker.volatility.ttl or None,
        "needs": sorted(checker.needs),
        "on_error": checker.on_error,
        "deadline": checker.deadline,
        "health": asker.health,
        "last_error": asker.last_error,
    }
    if feature is not None:
        binding = program.catalog.features[feature].checks.get(name)
        document["params"] = dict(binding.params) if binding else {}
    return document


def _all(program: Program) -> None:
    rows = []
    for name, loaded in program.plugins.checkers.items():
        checker, asker = loaded.checker, program.askers[name]
        rows.append(
            (
                name,
                _plugin_words(loaded),
                _volatility_words(checker.volatility),
                and_list(sorted(checker.needs)) or dash(),
                _judges_words(program, name, loaded),
                _error_words(asker),
                asker.health,
            )
        )
    table(("Checker", "Plugin", "Volatility", "Needs", "Judges", "On error", "Health"), rows)
    echo()
    others = sorted(
        {*program.plugins.names} - {loaded.plugin for loaded in program.plugins.checkers.values()}
    )
    echo(f"{counted(len(rows), 'checker')} from {counted(len(program.plugins.names), 'plugin')}.")
    if others:
        echo(wrapped(f"Without a checker: {and_list(others)}."))


def _gaps(program: Program, gaps: list[str], lang: str | None) -> None:
    if not gaps:
        echo("What the plan files say is switched off with a loss, a checker here does.")
        return
    table(("Not switched off with its loss", "Key"), feature_rows(program.catalog, gaps, lang))
    echo()
    echo(
        wrapped(
            f"The files of {counted(len(gaps), 'feature')} say `deactivated`, but no checker here defines "
            "`apply` for them: access ends, and nothing is switched off."
        )
    )


def _judges_of(program: Program, feature: Feature, lang: str | None) -> None:
    title = program.catalog.title_of("feature", feature.key, lang)
    bound = _bound(program, feature.key)
    if not bound:
        echo(
            wrapped(
                f"No checker judges {title} ({feature.key}): what plan, add-ons and overrides give decides."
            )
        )
        return
    heading(f"{title} ({feature.key}) is judged by")
    rows = []
    for one in bound:
        loaded, binding = program.plugins.checkers[one.name], feature.checks.get(one.name)
        params = ", ".join(f"{key}: {value}" for key, value in one.params.items())
        rows.append(
            (
                one.name,
                _plugin_words(loaded),
                _when_words(one),
                f"{params or 'named'} [{binding.mark}]" if binding else "by itself",
            )
        )
    table(("Checker", "Plugin", "Asked", "Bound by"), rows)


def _bound(program: Program, feature: str) -> list[Bound]:
    """The checkers that judge `feature`, by name."""
    found = program.features[feature]
    return sorted((*found.static, *found.live), key=lambda bound: bound.name)


def _judged(program: Program, name: str) -> list[str]:
    return [
        key
        for key, found in program.features.items()
        if any(bound.name == name for bound in (*found.static, *found.live))
    ]


def _judges_words(program: Program, name: str, loaded: LoadedChecker) -> str:
    if not judges(loaded.checker):
        if tells_effects(loaded.checker):
            return "tells of losses"
        return "only measures" if measures(loaded.checker) else "nothing"
    return "everywhere" if loaded.checker.everywhere else counted(len(_judged(program, name)), "feature")


def _plugin_words(loaded: LoadedChecker) -> str:
    if loaded.plugin == _BUILT_IN:
        return "built-in"
    return f"{loaded.plugin} {loaded.version}" if loaded.version else loaded.plugin


def _volatility_words(volatility: Volatility) -> str:
    return f"kept {volatility.ttl:g} s" if volatility.kind == "cacheable" else volatility.kind


def _error_words(asker: Asker) -> str:
    deadline = asker.checker.deadline
    word = asker.checker.on_error.replace("_", " ")
    return word if deadline is None else f"{word}, after {deadline:g} s"


def _when_words(bound: Bound) -> str:
    volatility = bound.asker.checker.volatility
    if volatility.kind == "static":
        return "once, with the plan"
    if volatility.kind == "cacheable":
        return f"every {volatility.ttl:g} s at most"
    needs = and_list(sorted(bound.needs))
    return f"when a call names {needs}" if needs else "on each call"
