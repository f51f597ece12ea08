"""What becomes of an edit: it is checked with the whole catalog, then written and shown, or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from entitlements.catalog.editing.catalog import Desk
from entitlements.catalog.editing.files import FileChange
from entitlements.catalog.editing.fixes import mend
from entitlements.catalog.editing.text import CannotEdit
from entitlements.catalog.load import read_catalog
from entitlements.cli.app import App
from entitlements.cli.fix import MOVES, show_diff
from entitlements.cli.for_editors import tell_renewed, write_with_schemas
from entitlements.cli.formats.report import totals
from entitlements.cli.formats.text import block
from entitlements.cli.frames import Texts
from entitlements.cli.output import echo, styled, wrapped, write_json
from entitlements.model import Catalog
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import Findings, findings_in


@dataclass(frozen=True, slots=True)
class Wishes:
    """How an edit is to be made and shown."""

    diff: bool
    as_json: bool
    new_version: bool = False


def opened(app: App, *, diff: bool) -> Desk:
    """The catalog folder of the command line, ready for an edit."""
    folder = app.authoring_folder(None) if diff else app.edited_folder()
    reading = read_catalog(folder)
    if not reading.documents:
        first = reading.problems[0]
        msg = f"{first.mark.file}: {first.message}"
        raise CannotEdit(msg, hint=first.hint)
    return Desk(folder, reading)


def sound(desk: Desk) -> Catalog:
    """The catalog on the desk. Raises CannotEdit if it has an error: nobody can tell what it gives."""
    errors = [problem for problem in desk.reading.problems if problem.severity == "error"]
    if errors or desk.reading.catalog is None:
        msg = f"the catalog has an error already: {errors[0].mark}: {errors[0].message}"
        raise CannotEdit(msg, hint="mend it first; `entitlements validate` shows all there are")
    return desk.reading.catalog


def settled(app: App, desk: Desk, words: Sequence[str], wishes: Wishes) -> int:
    """Write what is on the desk if it makes no new error; say what was done, and give the exit code."""
    plugins, at = load_plugins(folder=app.plugins), app.judged_at()

    def find(edited: Mapping[Path, bytes]) -> Findings:
        return findings_in(desk.folder, plugins, at=at, edited=edited)

    before = find({})
    if wishes.new_version:
        words = [*words, *_next_versions(desk, find)]
    after = find(desk.edited)
    new, changes = list(_new_errors(before.problems, after.problems)), desk.changes()
    is_written = bool(changes) and not new and not wishes.diff
    schemas = write_with_schemas(changes, desk.folder, after, plugins) if is_written else []
    if wishes.as_json:
        document = _document(words, changes, new or after.problems, written=is_written)
        document["files"] += [change.file for change in schemas]
        write_json(document)
    elif new:
        _show_problems(new, desk)
        what = "the edit would make an error" if len(new) == 1 else f"the edit would make {len(new)} errors"
        echo(styled(f"Nothing was written: {what}.", fg="red", bold=True))
        if any(problem.code == "V602" for problem in new) and not wishes.new_version:
            words = "With --new-version the plan gets that number in the same step."
            echo(wrapped(words))
    else:
        for line in words:
            echo(wrapped(line))
        show_diff(changes)
        if changes:
            _show_problems(after.problems, desk)
        echo(_last_words(after, changes, written=is_written))
        tell_renewed(schemas)
    return 1 if new else 0


def _next_versions(desk: Desk, find: Callable[[Mapping[Path, bytes]], Findings]) -> Iterator[str]:
    """Raise the version of each plan under whose published number something would be lost."""

    def losses(edited: Mapping[Path, bytes]) -> tuple[Problem, ...]:
        problems = find(edited).problems
        return tuple(p if p.code == "V602" else replace(p, fix=None) for p in problems)

    mending = mend(losses, desk.paths, desk.folder, edited=desk.edited)
    desk.take(mending.edited)
    for mended in mending.fixed:
        fix = mended.problem.fix
        for part in fix.replacements if fix else ():
            yield f"{part.mark.file}: version is {part.text}"
    if mending.fixed:
        yield MOVES


def _new_errors(before: Iterable[Problem], after: Iterable[Problem]) -> Iterator[Problem]:
    """The errors that were not there before, wherever those that were may stand now."""
    known = Counter((problem.code, problem.mark.file, problem.message) for problem in before)
    for problem in after:
        key = (problem.code, problem.mark.file, problem.message)
        known[key] -= 1
        if problem.severity == "error" and known[key] < 0:
            yield problem


def _document(
    words: Sequence[str], changes: Iterable[FileChange], problems: Iterable[Problem], *, written: bool
) -> dict[str, Any]:
    """The document `entitlements/edit/1`."""
    return {
        "schema": "entitlements/edit/1",
        "written": written,
        "done": list(words),
        "files": [change.file for change in changes],
        "diff": "".join(change.diff() for change in changes),
        "problems": [problem.to_json() for problem in problems],
    }


def _show_problems(problems: Iterable[Problem], desk: Desk) -> None:
    texts = Texts(desk.folder, desk.paths, desk.edited)
    for problem in problems:
        echo(f"{block(problem, texts)}\n")


def _last_words(after: Findings, changes: Sequence[FileChange], *, written: bool) -> str:
    if not changes:
        return "Nothing to change."
    said = totals(after.problems, len(after.reading.documents))
    done = f"Written: {said}." if written else f"Nothing was written; it would leave {said}."
    return styled(done, bold=True)
