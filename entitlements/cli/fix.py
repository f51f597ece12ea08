"""What `validate --fix` and `--diff` do: the safe fixes, made or only shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from entitlements.catalog.editing.files import FileChange, planned
from entitlements.catalog.editing.fixes import Mended, mend
from entitlements.catalog.reading.scalars import shown
from entitlements.cli.for_editors import write_with_schemas
from entitlements.cli.output import echo, styled, symbol, wrapped
from entitlements.cli.words import counted
from entitlements.plugin_manager import Plugins
from entitlements.problems import Problem
from entitlements.testing.findings import Findings, findings_in

#: What becomes of subscribers where a working file just gets its next number.
MOVES: Final = (
    "Those whose record names the old number keep it; those whose record has only the plan's key come to the "
    "new one. A file in next/ with existing_subscribers: keep lets them keep it too."
)


@dataclass(frozen=True, slots=True)
class Fixing:
    """What the safe fixes make of a catalog folder, and what is found in it then."""

    fixed: tuple[Mended, ...]
    changes: tuple[FileChange, ...]
    found: Findings
    #: A unified diff of what is not written; None where it is.
    diff: str | None

    @property
    def edited(self) -> Mapping[Path, bytes | None]:
        return {change.path: change.after for change in self.changes}

    @property
    def would_mend(self) -> str:
        """`would mend 3 problems in 2 files; 1 problem would remain`."""
        if not self.fixed:
            return "nothing would be mended"
        mended = f"{counted(len(self.fixed), 'problem')} in {counted(len(self.changes), 'file')}"
        return f"would mend {mended}; {counted(len(self.found.problems), 'problem')} would remain"


def mended_in(folder: Path, plugins: Plugins, *, at: date | None, write: bool) -> Fixing:
    """Make the safe fixes of all problems in `folder`, or only find out what they would change."""
    first = findings_in(folder, plugins, at=at)

    def problems(edited: Mapping[Path, bytes]) -> tuple[Problem, ...]:
        return findings_in(folder, plugins, at=at, edited=edited).problems if edited else first.problems

    paths = first.reading.paths
    mending = mend(problems, paths, folder)
    names = {path: file for file, path in paths.items()}
    changes = tuple(planned(path, names[path], folder, data) for path, data in mending.edited.items())
    found = findings_in(folder, plugins, at=at, edited=mending.edited) if changes else first
    if write:
        write_with_schemas(changes, folder, found, plugins)
    return Fixing(mending.fixed, changes, found, None if write else "".join(map(FileChange.diff, changes)))


def show_fixed(fixed: Sequence[Mended], *, err: bool = False) -> None:
    """A line for each problem that was mended."""
    for mended in fixed:
        mark, fix = mended.problem.mark, mended.problem.fix
        arrow = symbol("→", "->")
        if fix is not None and fix.also and not mended.after:
            what = f"{shown(mended.before.strip())} moved to line {fix.also[0].mark.line}"
        elif not mended.after:
            what = f"{shown(mended.before)} taken out"
        else:
            what = f"{shown(mended.before)} {arrow} {shown(mended.after)}"
            what += "".join(f", in {part.mark} {shown(part.text)}" for part in (fix.also if fix else ()))
        code = styled(mended.problem.code, fg="green", bold=True)
        echo(f"{mark}:{mark.column}: {code} mended: {what}", err=err)
    if any(mended.problem.code == "V602" for mended in fixed):
        echo(wrapped(MOVES), err=err)


def show_diff(changes: Iterable[FileChange]) -> None:
    """A unified diff, in colours on a terminal."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for change in changes:
        for line in change.diff().splitlines(keepends=True):
            colour = None if line.startswith(("+++", "---")) else colours.get(line[0])
            echo(styled(line, fg=colour) if colour else styled(line, bold=line[0] in "+-"), nl=False)
