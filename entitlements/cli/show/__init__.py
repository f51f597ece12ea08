"""`entitlements show`: one plan, feature, cap or add-on, with where each value comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import click

from entitlements.catalog.load import read_catalog
from entitlements.cli.app import App, Command, near
from entitlements.cli.output import json_option, write_json
from entitlements.cli.show.document import add_on_json, cap_json, feature_json, plan_json
from entitlements.cli.show.places import Places, add_on_places, cap_places, feature_places, plan_places
from entitlements.cli.show.text import show_add_on, show_cap, show_feature, show_plan
from entitlements.cli.words import and_list
from entitlements.model import Catalog

_NOUNS: Final = {"plan": "plan", "feature": "feature", "cap": "cap", "add_on": "add-on"}


@click.command("show", cls=Command)
@click.argument("what", nargs=-1, required=True, metavar="[plan|feature|cap|add_on] NAME")
@click.option("--why", is_flag=True, help="Show the file and line that each value comes from.")
@json_option
@click.pass_obj
def command(app: App, *, what: tuple[str, ...], why: bool, as_json: bool) -> None:
    """Show one plan, feature, cap or add-on.

    The kind may be left out where the name is that of one thing only. A plan may have a version: pro@0.

    \b
    Examples:
      entitlements show pro
      entitlements show plan pro@0 --why
      entitlements show feature api_access --why
      entitlements show cap mobile_users
    """  # noqa: D301  click looks for the character itself
    catalog = app.load()
    kind, name = _wanted(catalog, what)
    reading = read_catalog(app.folder(), tests_too=False) if why or as_json else None
    document: Callable[[Places], dict[str, Any]]
    if kind == "plan":
        plan = catalog.plan(name)
        places = plan_places(reading, catalog, plan, app.lang) if reading else None
        document, show = partial(plan_json, catalog, plan), partial(show_plan, catalog, plan)
    elif kind == "feature":
        program = app.program(catalog).features[name]
        places = feature_places(reading, name, app.lang) if reading else None
        document, show = partial(feature_json, catalog, program), partial(show_feature, catalog, program)
    elif kind == "cap":
        cap = catalog.caps[name]
        places = cap_places(reading, name, app.lang) if reading else None
        document, show = partial(cap_json, catalog, cap), partial(show_cap, catalog, cap)
    else:
        add_on = catalog.add_ons[name]
        places = add_on_places(reading, name, app.lang) if reading else None
        document, show = partial(add_on_json, add_on), partial(show_add_on, catalog, add_on)
    if as_json:
        write_json(document(places or {}))
    else:
        show(app.lang, places)


def _wanted(catalog: Catalog, what: tuple[str, ...]) -> tuple[str, str]:
    """(kind, name) that the arguments stand for; wrong usage, with near names, if they stand for nothing."""
    known: Mapping[str, Any] = {
        "plan": {**catalog.versions, **catalog.plans, **catalog.aliases},
        "feature": catalog.features,
        "cap": catalog.caps,
        "add_on": catalog.add_ons,
    }
    *kinds, name = what
    if len(kinds) > 1:
        msg = f'one thing at a time: "{" ".join(what)}" is more than a kind and a name'
        raise click.UsageError(msg)
    if kinds:
        kind = kinds[0].casefold().replace("-", "_")
        if kind not in known:
            msg = f'there is no kind "{kinds[0]}"; show takes {and_list(list(_NOUNS), "or")}'
            raise click.UsageError(msg)
    elif name.startswith("cap."):
        kind = "cap"
    else:
        kind = _only_kind(known, name)
    name = name.removeprefix("cap.") if kind == "cap" else name
    if name not in known[kind] and "@" not in name:
        msg = f'the catalog "{catalog.key}" has no {_NOUNS[kind]} "{name}"{near(name, known[kind])}'
        raise click.UsageError(msg)
    return kind, name


def _only_kind(known: Mapping[str, Any], name: str) -> str:
    if "@" in name:
        return "plan"
    kinds = [kind for kind, names in known.items() if name in names]
    if not kinds:
        everything = {key for names in known.values() for key in names}
        msg = f'there is no plan, feature, cap or add-on "{name}"{near(name, everything)}'
        raise click.UsageError(msg)
    if len(kinds) > 1:
        both = and_list([f"a {_NOUNS[kind]}" if kind != "add_on" else "an add-on" for kind in kinds])
        lines = and_list([f"`entitlements show {kind} {name}`" for kind in kinds], "or")
        msg = f'"{name}" is {both}; say which: {lines}'
        raise click.UsageError(msg)
    return kinds[0]
