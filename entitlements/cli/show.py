"""`entitlements show`: one plan, feature, cap or add-on, with where each value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from entitlements.catalog.load import read_catalog
from entitlements.cli.app import App, Command, near
from entitlements.cli.output import json_option, write_json
from entitlements.cli.show_json import add_on_json, cap_json, feature_json, plan_json
from entitlements.cli.show_text import show_add_on, show_cap, show_feature, show_plan
from entitlements.cli.words import and_list
from entitlements.model import Catalog, Plan
from entitlements.problems import Mark

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
      entitlements show feature api_access
      entitlements show cap mobile_users
    """  # noqa: D301  click looks for the character itself
    catalog = app.load()
    kind, name = _wanted(catalog, what)
    if kind == "plan":
        plan = catalog.plan(name)
        stated = _stated(app, catalog, plan) if why or as_json else {}
        if as_json:
            write_json(plan_json(catalog, plan, stated))
        else:
            show_plan(catalog, plan, app.lang, stated if why else None)
    elif kind == "feature":
        program = app.program(catalog).features[name]
        if as_json:
            write_json(feature_json(catalog, program))
        else:
            show_feature(catalog, program, app.lang, why=why)
    elif kind == "cap":
        if as_json:
            write_json(cap_json(catalog, catalog.caps[name]))
        else:
            show_cap(catalog, catalog.caps[name], app.lang, why=why)
    elif as_json:
        write_json(add_on_json(catalog.add_ons[name]))
    else:
        show_add_on(catalog, catalog.add_ons[name], app.lang, why=why)


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


def _stated(app: App, catalog: Catalog, plan: Plan) -> Mapping[str, Mark]:
    """The lines that state price, support, BAA and parent of `plan`, in its file or in one it extends."""
    files: dict[str, Any] = {}
    for kind, document in read_catalog(app.folder(), tests_too=False).documents:
        value: Any = document.value
        if kind == "plan":
            files[value["plan"]] = value
        elif kind == "published":
            files[f"{value['plan']}@{value['version']}"] = value
    stated: dict[str, Mark] = {}
    value = files.get(plan.key if catalog.plans.get(plan.key) is plan else plan.ref)
    while value is not None:
        for field in ("price", "support", "baa", "extends"):
            if field in value:
                stated.setdefault(field, value.key_mark(field))
        value = files.get(value.get("extends", ""))
    return stated
