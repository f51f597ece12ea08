"""What every command needs: the catalog, source and plugins the options name, opened when asked for."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from entitlements.catalog.folder import renamed_head
from entitlements.catalog.load import load_catalog, samples_in, shipped_folder
from entitlements.cli.output import echo, strangers_print_to_stderr, styled
from entitlements.clock import from_ns, system_clock
from entitlements.engine.compile import Program, compile_program
from entitlements.engine.engine import Engine
from entitlements.engine.entitlements import Entitlements
from entitlements.model import Catalog
from entitlements.plugin_manager import load_plugins
from entitlements.source.memory import MemorySource
from entitlements.source.subjects_file import at_from
from entitlements.source.urls import file_to_be_made, names_store, without_password

SHIPPED = "shipped"
_HERE = Path("plans")
_OWN_STORE = Path("entitlements.db")


class Command(click.Command):
    """A command during which only our own output reaches stdout."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with strangers_print_to_stderr():
                return super().invoke(ctx)
        except BrokenPipeError:
            # Whoever read our output has enough of it, as `head` does: no failure, though click takes it
            # for one. What is still buffered goes nowhere, so that Python does not complain on the way out.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise click.exceptions.Exit(0) from None


@dataclass(slots=True)
class App:
    """The global options, and what they stand for."""

    catalog: str | None
    source: str | None
    plugins: Path | None
    at: str | None
    lang: str | None

    def folder(self) -> Path:
        """The catalog folder to read: the one named, else ./plans, else the shipped one."""
        if self.catalog == SHIPPED:
            return shipped_folder()
        if self.catalog is not None:
            return Path(self.catalog)
        return _HERE if (_HERE / "catalog.yaml").is_file() else shipped_folder()

    def authoring_folder(self, given: str | None) -> Path:
        """The folder that a command for authors works on; it never falls back to the shipped catalog."""
        named = given or self.catalog
        if named == SHIPPED:
            return shipped_folder()
        if named is not None:
            return _from_here(Path(named))
        if (_HERE / "catalog.yaml").is_file():
            return _HERE
        msg = "no catalog here: ./plans/catalog.yaml does not exist"
        if Path("catalog.yaml").is_file():
            msg += ", but ./catalog.yaml does. Go one folder up (cd ..), or give --catalog . first."
        elif _HERE.is_dir() and (name := renamed_head(_HERE)):
            msg += f", but ./plans/{name} does. Rename it to catalog.yaml."
        else:
            msg += f". Name the folder, or give --catalog {SHIPPED} first for the catalog that comes along."
        raise click.UsageError(msg)

    def edited_folder(self, given: str | None = None) -> Path:
        """The folder whose files a command changes: never the one that comes along."""
        if (given or self.catalog) == SHIPPED:
            msg = "the catalog that comes along is not edited; copy its folder, and name the copy"
            raise click.UsageError(msg)
        return self.authoring_folder(given)

    def load(self) -> Catalog:
        """The catalog, named on stderr, with the versions sold at `--at` or now as its plans.

        To look at one under work, its versions need not be in order yet.
        """
        catalog = self._read(check_versions=False)
        return catalog.at(self._instant(catalog) or from_ns(system_clock()))

    def _read(self, *, check_versions: bool) -> Catalog:
        catalog = load_catalog(self.folder(), check_versions=check_versions)
        say(f"catalog: {self._folder_words()} ({catalog.digest[:15]}…)")
        if self.catalog is None and self.folder() != _HERE and Path("catalog.yaml").is_file():
            say("the catalog in this folder is not read; --catalog . reads it")
        return catalog

    def program(self, catalog: Catalog) -> Program:
        """`catalog` with the checkers bound to it, for commands that ask about no subject."""
        return compile_program(catalog, load_plugins(folder=self.plugins))

    def engine(self, *, makes_store: bool = False) -> Engine:
        """An engine over the catalog and source that the options name; both are said on stderr.

        A store is made by what writes to it; for a question, a file that is not there is a slip.
        """
        catalog = self._read(check_versions=True)
        given = self.source_named()
        if given is not None and not makes_store:
            _must_be_there(given)
        if given is None:
            say(f"source: no {catalog.subject.other} yet; --source FILE gives some")
            return Engine.open(catalog, MemorySource(), self.plugins)
        note_source(given)
        return Engine.open(catalog, given, self.plugins, follow=False)

    def source_named(self) -> str | None:
        """The one named, else the store in ./entitlements.db, else the sample beside the catalog, or None."""
        if self.source is not None and self.source != SHIPPED:
            return self.source
        if self.source is None and _OWN_STORE.is_file():
            return str(_OWN_STORE)
        folder = self.folder() if self.source is None else shipped_folder()
        found = samples_in(folder)
        if len(found) > 1:
            names = ", ".join(path.name for path in found)
            msg = f"{folder / 'samples'} holds several files, {names}; say which: --source {found[0]}"
            raise click.UsageError(msg)
        return str(found[0]) if found else None

    def store_named(self, *, makes_store: bool = False) -> str:
        """The store that the options name; a source that is only read is wrong usage, and so is a slip."""
        given = self.source_named()
        if given is None or not names_store(given):
            named = without_password(given) if given and not _is_shipped(given) else "the file of samples"
            msg = f"{named} is only read; name a store: entitlements --source entitlements.db …"
            raise click.UsageError(msg)
        if not makes_store:
            _must_be_there(given)
        return given

    def instant(self, engine: Engine) -> datetime | None:
        """The instant of `--at`, a bare date in the catalog's time zone; None for now."""
        return self._instant(engine.catalog)

    def _instant(self, catalog: Catalog) -> datetime | None:
        if self.at is None:
            return None
        try:
            return at_from(self.at, catalog.time_zone)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--at") from None

    def judged_at(self) -> date | None:
        """The instant of `--at`, or its day, for what is about no subject; None for now."""
        if self.at is None:
            return None
        try:
            instant = at_from(self.at, "UTC")
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--at") from None
        return instant.date() if len(self.at) == len("2026-03-01") else instant

    def space(self, engine: Engine, subject: str, *, assume_default: bool = False) -> Entitlements:
        """What `subject` has. One that nobody knows is wrong usage unless the default plan may be assumed."""
        if not assume_default and engine.source.load(subject) is None:
            raise click.UsageError(self._unknown(engine, subject))
        return engine.entitlements(subject, at=self.instant(engine))

    def _unknown(self, engine: Engine, subject: str) -> str:
        noun, path = engine.catalog.subject, self.source_named()
        if path is None:
            own = self.folder() / "samples" / "made-up.yaml"
            return (
                f'no {noun.one} "{subject}", as there are no {noun.other} yet: give a file of them with '
                f"--source FILE, or write {own}; --assume-default takes the default plan"
            )
        found = near(subject, engine.source.subjects()) or "; --assume-default gives it the default plan"
        return f'no {noun.one} "{subject}" in {without_password(Path(path).name)}{found}'

    def now(self, engine: Engine) -> datetime:
        return self.instant(engine) or from_ns(engine.clock())

    def _folder_words(self) -> str:
        folder = self.folder()
        return SHIPPED if folder == shipped_folder() else str(folder)


def _must_be_there(given: str) -> None:
    missing = file_to_be_made(given)
    if missing is not None:
        msg = f"there is no store {missing}; `entitlements --source {missing} subscribe …` makes one"
        raise click.UsageError(msg)


def _from_here(folder: Path) -> Path:
    """`folder` as seen from the current one, so that an editor or a CI server opens what problems name."""
    try:
        return Path(os.path.relpath(folder)) if folder.is_absolute() else folder
    except ValueError:  # on another drive
        return folder


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` with the names nearest to `name`, or nothing."""
    names = difflib.get_close_matches(name.casefold(), list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(names)}?" if names else ""


def note_source(given: str) -> None:
    """Say on stderr which source is read."""
    say(f"source: {'shipped sample spaces' if _is_shipped(given) else without_password(given)}")


def _is_shipped(given: str) -> bool:
    return Path(given).parent == shipped_folder() / "samples"


def say(text: str) -> None:
    """A line on stderr, about what is done and not what was asked."""
    echo(styled(text, dim=True), err=True)
