"""The cases in `example-files/`: catalogs with nothing wrong, and with one mistake and what is said of it.

`valid/small` is a whole catalog. A case is a folder that holds what differs from it, and perhaps `case.yaml`:

    at: 2026-11-25            # the instant that dates are judged by
    expects: [reports]        # features that the host's code relies on
    plugins: [falling]        # of PLUGINS below, beside those that are always there
    remove: [pro.yaml]        # files of the small catalog that are not there

`invalid/CODE-slug/expected.txt` has one line a finding, in the order they are printed:

    SEVERITY FILE:LINE:COLUMN: CODE message; hint
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Self

import yaml

from entitlements import hookimpl
from entitlements.catalog.load import read_catalog
from entitlements.engine.compile import compile_program
from entitlements.errors import CatalogError
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import findings_in

FOLDER = Path(__file__).resolve().parent / "example-files"
SMALL = FOLDER / "valid" / "small"
#: A plugin that refuses some parameters, so that there is one to be wrong about.
OFFICE_HOURS = FOLDER.parents[1] / "examples" / "plugin-office-hours"
#: The day by which a case that names none is judged.
TODAY = date(2026, 11, 25)
#: What belongs to a case and not to its catalog.
_ABOUT = ("case.yaml", "expected.txt")


class _Falling:
    __name__ = "falling"

    @hookimpl
    def entitlements_lint(self) -> None:
        msg = "out of order"
        raise SystemExit(msg)


PLUGINS: Mapping[str, object] = {"falling": _Falling()}


@dataclass(frozen=True, slots=True)
class Case:
    """One folder of `example-files`."""

    folder: Path
    options: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> Self:
        about = folder / "case.yaml"
        return cls(folder, yaml.safe_load(about.read_text(encoding="utf-8")) if about.exists() else {})

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def code(self) -> str:
        """The problem code that an invalid case is named after."""
        return self.name.partition("-")[0]

    @property
    def expected(self) -> str:
        path = self.folder / "expected.txt"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def laid_out(self, parent: Path) -> Path:
        """The whole catalog of this case, in a new folder inside `parent`."""
        catalog = parent / "plans"
        shutil.copytree(SMALL, catalog)
        for name in self.options.get("remove", ()):
            (catalog / name).unlink()
        if self.folder != SMALL:
            _overlay(self.folder, catalog)
        return catalog

    def found(self, catalog: Path) -> tuple[Problem, ...]:
        """All findings about the laid out `catalog`, those of an engine that is opened with it too."""
        chosen = [PLUGINS[name] for name in self.options.get("plugins", ())]
        plugins = load_plugins(chosen, folder=OFFICE_HOURS, entry_points=False)
        expects = self.options.get("expects")
        problems = findings_in(catalog, plugins, at=self.options.get("at", TODAY)).problems
        if expects and not problems:
            return _missed_by_the_host(catalog, plugins, expects)
        return problems


def cases(kind: str) -> list[Case]:
    """The `valid` or the `invalid` cases, by name."""
    return [Case.read(folder) for folder in sorted((FOLDER / kind).iterdir())]


def in_lines(problems: tuple[Problem, ...], catalog: Path) -> str:
    """One line a problem, with the names of files inside `catalog`."""
    found = []
    for problem in problems:
        shown = problem.mark.file
        inside = PurePosixPath(shown)
        if shown == str(catalog) or inside.is_relative_to(catalog.name):
            inside = inside.relative_to(catalog if inside.is_absolute() else catalog.name)
        found.append(f"{problem.severity} {inside}{str(problem).removeprefix(shown)}\n")
    return "".join(found)


def _overlay(source: Path, catalog: Path) -> None:
    """Put what lies in `source` into `catalog`: links stay links, and a folder may replace a file."""
    for path in sorted(source.iterdir()):
        target = catalog / path.name
        if path.name in _ABOUT:
            continue
        if path.is_dir() and not path.is_symlink() and target.is_dir():
            _overlay(path, target)
            continue
        target.unlink(missing_ok=True)
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, target, symlinks=True)
        else:
            shutil.copy(path, target, follow_symlinks=False)


def _missed_by_the_host(catalog: Path, plugins: Any, expects: list[str]) -> tuple[Problem, ...]:
    read = read_catalog(catalog).catalog
    assert read is not None
    try:
        compile_program(read, plugins, expects=expects)
    except CatalogError as error:
        return error.problems
    return ()
