"""`entitlements publish`: record the versions now sold, so that those who have them keep them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from entitlements.catalog.editing.publish import Publication, publications
from entitlements.catalog.upcoming import whom_it_moves
from entitlements.cli.app import App, Command, near
from entitlements.cli.for_editors import tell_renewed, write_with_schemas
from entitlements.cli.formats import written
from entitlements.cli.output import echo, json_option, styled, wrapped, write_json
from entitlements.cli.validate import report_on
from entitlements.cli.words import and_list, cap_words, counted, in_ladder_order, price_words
from entitlements.clock import day_words
from entitlements.model import Catalog, Plan
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import Findings, findings_in, judging_instant


@click.command("publish", cls=Command)
@click.argument("plans", metavar="[PLAN]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@click.option("--dry-run", is_flag=True, help="Only show what would be recorded.")
@json_option
@click.pass_obj
def command(app: App, *, plans: tuple[str, ...], yes: bool, dry_run: bool, as_json: bool) -> int:
    """Record the versions now sold of all plans, or of each PLAN, under published/ in the catalog folder.

    A published version keeps its word: those who have it keep what it gives, whatever becomes of the plan
    file. It may still be widened, by a feature or a bigger cap, and published again. What will be recorded is
    shown first, and nothing is written before you agree. A version under next/ that has started becomes the
    working file. Leaves with 1, and writes nothing, if the catalog
    has errors or a plan file takes something away under a published number.

    \b
    Examples:
      entitlements publish
      entitlements publish pro --dry-run
      entitlements publish --yes
    """  # noqa: D301  click looks for the character itself
    path = app.authoring_folder(None) if dry_run else app.edited_folder()
    plugins, day = load_plugins(folder=app.plugins), app.judged_at()
    found = findings_in(path, plugins, at=day)
    catalog = found.reading.catalog
    errors = _errors(found)
    if errors or catalog is None:
        return _refused(replace(found, problems=errors), path, as_json=as_json)
    instant = judging_instant(day, catalog.time_zone)
    planned = publications(catalog, found.reading, _keys(catalog, plans), path, instant)
    due = [publication for publication in planned if publication.changes]
    changes = [change for publication in due for change in publication.changes]
    after = findings_in(path, plugins, at=day, edited={change.path: change.after for change in changes})
    if _errors(after):
        return _refused(replace(after, problems=_errors(after)), path, as_json=as_json)
    if not as_json:
        _show(path, catalog, planned)
    agreed = bool(due) and not dry_run and (yes or _agreed(len(due), as_json=as_json))
    schemas = write_with_schemas(changes, path, after, plugins) if agreed else []
    if as_json:
        write_json(publish_json(planned, (), written=agreed))
    elif agreed:
        echo(styled(f"{counted(len(due), 'version')} published.", fg="green", bold=True))
        tell_renewed(schemas)
    elif due:
        echo("Nothing was written.")
    else:
        echo("Nothing new to publish.")
    return 0


def _errors(found: Findings) -> tuple[Problem, ...]:
    """What keeps everything from being published. That something is not published yet does not."""
    return tuple(p for p in found.problems if p.severity == "error" and p.code != "V605")


def _refused(found: Findings, folder: Path, *, as_json: bool) -> int:
    if as_json:
        write_json(publish_json((), found.problems, written=False))
    else:
        echo(written(report_on(found, folder), "text"))
        echo("Nothing is published from a catalog with errors.")
    return 1


def publish_json(
    planned: Iterable[Publication], problems: Iterable[Problem], *, written: bool
) -> dict[str, Any]:
    """The document `entitlements/publish/1`."""
    return {
        "schema": "entitlements/publish/1",
        "written": written,
        "versions": [
            {
                "plan": publication.plan.key,
                "version": publication.plan.version,
                "state": publication.state,
                "file": publication.file,
                "gives_more": list(publication.gives_more),
                "takes": list(publication.takes),
            }
            for publication in planned
        ],
        "problems": [problem.to_json() for problem in problems],
    }


def _keys(catalog: Catalog, given: Sequence[str]) -> list[str]:
    """The keys of the plans asked for, low to high; all if none is."""
    for name in given:
        key, _, number = name.partition("@")
        if number and key in catalog.plans:
            msg = f'a plan is published by its key alone, as it is sold: write "{key}" instead of "{name}"'
            raise click.UsageError(msg)
        if name not in catalog.plans:
            hint = near(name, catalog.plans) or f"; the plans are {and_list(list(catalog.plans))}"
            msg = f'there is no plan "{name}" to publish{hint}'
            raise click.UsageError(msg)
    chosen = [plan for key, plan in catalog.plans.items() if not given or key in given]
    return [plan.key for plan in in_ladder_order(catalog, chosen)]


def _show(folder: Path, catalog: Catalog, planned: Iterable[Publication]) -> None:
    for publication in planned:
        plan, state = publication.plan, publication.state
        ref = styled(plan.ref, bold=True)
        if state == "unchanged":
            echo(f"{ref}  is published as it is")
            continue
        if state == "started":
            since = day_words(plan.effective_from, catalog.time_zone) if plan.effective_from else ""
            echo(f"{ref}  sold since {since}; its file becomes the working file")
            echo(f"  new record {folder / publication.file}")
        else:
            echo(f"{ref}  {'new record' if state == 'new' else 'widened'} {folder / publication.file}")
        for line in publication.gives_more or _terms(catalog, plan):
            echo(wrapped(line, "  "))
        if publication.takes:
            echo(wrapped(f"{whom_it_moves(plan)}:", "  "))
            for line in publication.takes:
                echo(wrapped(line, "    "))


def _terms(catalog: Catalog, plan: Plan) -> list[str]:
    """The terms of a version that nobody recorded before, in a few lines."""
    caps = [
        f"{catalog.caps[key].title} {cap_words(catalog.caps[key], terms, catalog.currency)}"
        for key, terms in plan.caps.items()
    ]
    features = "no feature at all" if plan.suspends else counted(len(plan.features), "feature")
    baa = f"BAA {'offered' if plan.baa else 'not offered'}"
    support = catalog.title_of("support", plan.support)
    return [f"{price_words(plan.price, catalog.currency)}; {features}; {support}; {baa}", "; ".join(caps)]


def _agreed(number: int, *, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        msg = "nothing was written: there is nobody to ask here; --yes publishes, --dry-run only shows"
        raise click.UsageError(msg)
    return click.confirm(f"Publish {counted(number, 'version')}?", default=False, err=True)
