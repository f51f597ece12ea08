"""`entitlements init`: a new catalog to begin with."""

from __future__ import annotations

import importlib.resources
import json
import re
import shlex
import string
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from entitlements.catalog.build import build_catalog
from entitlements.catalog.editing.files import planned, write_changes
from entitlements.catalog.editor.kit import kit_files, modeline
from entitlements.catalog.folder import KINDS
from entitlements.catalog.reading.document import Document, read_bytes
from entitlements.catalog.shape.schema import violations
from entitlements.cli.app import SHIPPED, App, Command
from entitlements.cli.output import echo, facts, json_option, styled, wrapped, write_json
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem

#: File of the new catalog → the template it is made from.
_FILES: Final[Mapping[str, str]] = {
    "catalog.yaml": "catalog.yaml",
    "features/data.yaml": "features.yaml",
    "basic.yaml": "basic.yaml",
    "plus.yaml": "plus.yaml",
    "tests/promises.yaml": "tests.yaml",
    "samples/made-up.yaml": "samples.yaml",
}
_ABOUT: Final[Mapping[str, str]] = {
    "catalog.yaml": "what holds for all plans: edit it first",
    "features/data.yaml": "a group of features",
    "basic.yaml": "a plan, free",
    "plus.yaml": "a plan that extends it",
    "tests/promises.yaml": "what must stay true",
    "samples/made-up.yaml": "subjects to try things with",
}
#: What may be chosen → its option and what it is if nobody says.
_CHOICES: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Title of the catalog", "Our plans"),
    "subject": ("Who has a plan, in one and many", "workspace/workspaces"),
    "currency": ("Currency of all prices", "USD"),
    "time_zone": ("Time zone in which days begin", "UTC"),
}
_PLAIN = re.compile(r"[^\W\d][\w '/&-]*[\w.]|[A-Za-z]")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


@click.command("init", cls=Command)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), required=False)
@click.option("--key", metavar="KEY", help="Key of the catalog; made from the title if not given.")
@click.option("--title", metavar="TEXT", help="Title of the catalog, such as 'Clinic plans'.")
@click.option("--subject", metavar="ONE/MANY", help="Who has a plan, such as clinic/clinics.")
@click.option("--currency", metavar="CODE", help="Currency of all prices, such as USD.")
@click.option("--time-zone", metavar="ZONE", help="Where days begin, such as Africa/Nairobi.")
@json_option
@click.pass_obj
def command(app: App, /, *, folder: Path | None, key: str | None, as_json: bool, **given: str | None) -> None:
    """Make a new catalog in DIR, ./plans if not given: two plans to change into your own.

    The plans validate, their tests pass, and editors that know YAML check them while you type. Nothing that
    is there is overwritten. On a terminal it asks for what the options do not say.

    \b
    Examples:
      entitlements init
      entitlements init plans --title 'Clinic plans' --subject clinic/clinics
    """  # noqa: D301  click looks for the character itself
    home = folder if folder is not None else _home(app)
    _must_be_free(home)
    chosen = dict(_chosen(given, ask=not as_json and sys.stdin.isatty()))
    texts = _texts(home, key or _key_of(chosen["title"]), chosen)
    documents = _documents(texts)
    plugins = load_plugins(folder=app.plugins)
    kit = kit_files(documents, plugins.checkers)
    kept = sorted(name for name in kit if (home / name).exists())
    files = {**texts, **{name: text for name, text in kit.items() if name not in kept}}
    _make(home)
    write_changes([planned(home / name, name, home, text.encode()) for name, text in files.items()], home)
    if as_json:
        write_json(
            {"schema": "entitlements/init/1", "folder": str(home), "files": sorted(files), "kept": kept}
        )
        return
    echo(f"{styled(f'Made a catalog in {home}/', bold=True)}")
    facts([(f"  {name}", about) for name, about in _ABOUT.items()])
    if kept:
        words = (
            f"{' and '.join(str(home / name) for name in kept)} stayed as before. Begin each new file with"
        )
        echo(f"\n{wrapped(f'{words} the first line of its neighbours, and editors check it all the same.')}")
    echo("\nNow change it into your own, and look after each edit:")
    for words in ("validate", "test", "matrix"):
        echo(f"  {_begin(home)} {words}")


def _home(app: App) -> Path:
    if app.catalog == SHIPPED:
        msg = "the catalog that comes along is there already; name the folder of a new one"
        raise click.UsageError(msg)
    return Path(app.catalog or "plans")


def _begin(home: Path) -> str:
    """How a command begins that is about the catalog in `home`."""
    return "entitlements" if home == Path("plans") else f"entitlements --catalog {shlex.quote(str(home))}"


def _must_be_free(home: Path) -> None:
    """Refuses a folder in which a file would be overwritten, or would become part of the catalog."""
    if home.exists() and not home.is_dir():
        msg = f"{home} is a file; name a folder"
        raise click.UsageError(msg)
    if (home / "catalog.yaml").exists():
        msg = f"{home}/ already holds a catalog, and nothing is overwritten. Name a new folder"
        raise click.UsageError(msg)
    there = _in_the_way(home)
    if there:
        msg = f"{home}/ already holds {', '.join(there)}, and nothing is overwritten. Name a new folder"
        raise click.UsageError(msg)


def _in_the_way(home: Path) -> list[str]:
    plans = {path.name for path in home.glob("*.y*ml")}
    folders = [home / name for name in (*KINDS, ".schemas")]
    full = {path.name for path in folders if path.is_file() or (path.is_dir() and any(path.iterdir()))}
    return sorted(plans | full | ({".vscode"} if (home / ".vscode").is_file() else set()))


def _make(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the folder {home} cannot be made: {error.strerror or error}"
        raise click.UsageError(msg) from None


def _chosen(given: Mapping[str, str | None], *, ask: bool) -> Iterator[tuple[str, str]]:
    for name, (question, default) in _CHOICES.items():
        value = given[name]
        if value is None:
            value = (
                click.prompt(question, default=default, value_proc=partial(_fit, name)) if ask else default
            )
        yield name, value


def _fit(name: str, value: str) -> str:
    """`value` if a catalog can be made with it; else click asks again."""
    chosen = {other: default for other, (_, default) in _CHOICES.items()} | {name: value}
    _documents(_texts(Path("plans"), _key_of(chosen["title"]), chosen))
    return value


def _texts(home: Path, key: str, chosen: Mapping[str, str]) -> dict[str, str]:
    """The text of each file, with what was chosen."""
    one, slash, other = (part.strip() for part in chosen["subject"].partition("/"))
    if not slash:
        msg = f'--subject is written as one/many, such as clinic/clinics, not "{chosen["subject"]}"'
        raise click.UsageError(msg)
    words = {"key": key, "one": one, "other": other}
    words |= {name: chosen[name] for name in ("title", "currency", "time_zone")}
    values = {name: _scalar(value) for name, value in words.items()}
    values["begin"] = _begin(home)
    folder = importlib.resources.files("entitlements.cli") / "starter"
    return {
        name: modeline(name, _kind(name))
        + string.Template((folder / template).read_text(encoding="utf-8")).substitute(values)
        for name, template in _FILES.items()
    }


def _kind(name: str) -> str:
    folder = name.rpartition("/")[0]
    return KINDS[folder] if folder else "catalog" if name == "catalog.yaml" else "plan"


def _documents(texts: Mapping[str, str]) -> list[tuple[str, Document]]:
    """What the new files say. Raises UsageError for what was chosen and cannot be."""
    documents = [(_kind(name), read_bytes(text.encode(), name)) for name, text in texts.items()]
    problem = next(_problems(documents), None)
    if problem is not None:
        msg = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
        raise click.UsageError(msg)
    return documents


def _problems(documents: Any) -> Iterator[Problem]:
    for kind, document in documents:
        yield from document.problems or violations(document, kind)
    yield from build_catalog(documents)[1]


def _key_of(title: str) -> str:
    """`Clinic plans` → `clinic_plans`."""
    key = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_0123456789")
    return key or "our_plans"


def _scalar(text: str) -> str:
    """`text` as YAML, in quotes where it needs them."""
    plain = _PLAIN.fullmatch(text) and text.casefold() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
