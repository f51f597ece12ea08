"""Mending a catalog by the safe fixes of its problems, until none is left. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from entitlements.catalog.editing.text import Edit, Source
from entitlements.catalog.reading.document import MAX_BYTES
from entitlements.catalog.reading.files import CannotRead, read_inside
from entitlements.problems import Fix, Problem

#: All problems of the catalog, with files taken as they would be after an edit.
Find = Callable[[Mapping[Path, bytes]], tuple[Problem, ...]]
_MOST_ROUNDS = 200
#: Families of errors in the order in which they are looked for: a file with one has none of a later one, or
#: hides it. Advice comes last: while a version loses something none is given, and it keeps no error alive.
_STAGES = {"Y": 0, "S": 1, "R": 2, "V": 4}
_OTHER_ERRORS, _WARNINGS = 3, 5


@dataclass(frozen=True, slots=True)
class Mended:
    """A problem that was mended, and what was replaced by what at its fix's place."""

    problem: Problem
    before: str
    after: str

    def to_json(self) -> dict[str, Any]:
        problem = self.problem.to_json()
        kept = {key: problem[key] for key in ("code", "file", "line", "column", "message")}
        return {**kept, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Mending:
    """What all safe fixes together make of some files, and the problems that remain."""

    edited: Mapping[Path, bytes]
    fixed: tuple[Mended, ...]
    remaining: tuple[Problem, ...]


def mend(
    find: Find, paths: Mapping[str, Path], root: Path, *, edited: Mapping[Path, bytes] = MappingProxyType({})
) -> Mending:
    """Apply the safe fixes of what `find` gives, again and again as one mistake hides another.

    `paths` leads from names in marks to files in `root`; `edited` is what earlier edits made of some of them.
    A fix that leaves its file with no fewer problems of its kind is not kept.
    """
    texts = _Texts(paths, root, edited)
    problems = find(edited)
    fixed: list[Mended] = []
    #: Fixes that made nothing better, and files in which one fix at a time is tried.
    refused: set[Problem] = set()
    careful: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        batch = _batch((p for p in problems if p not in refused), texts, careful)
        if not batch:
            break
        tried = texts.edited(batch)
        after = find({**texts.new, **tried})
        worse = {p.mark.file for p in batch if not _fewer(p.mark.file, batch, problems, after)}
        if worse:
            for file in worse:
                alone = [problem for problem in batch if problem.mark.file == file]
                if len(alone) == 1:
                    refused.update(alone)
                careful.add(file)
            continue
        fixed.extend(texts.mended(problem) for problem in batch)
        texts.new.update(tried)
        problems = after
    return Mending(texts.new, tuple(fixed), problems)


class _Texts:
    """The files as they are, and `new`: what became of some of them."""

    def __init__(self, paths: Mapping[str, Path], root: Path, edited: Mapping[Path, bytes]) -> None:
        self._paths = paths
        self._root = root
        self.new = dict(edited)

    def source(self, file: str) -> Source | None:
        path = self._paths.get(file)
        if path is None:
            return None
        if path in self.new:
            return Source(self.new[path])
        try:
            return Source(read_inside(path, self._root, MAX_BYTES))
        except CannotRead:
            return None

    def mended(self, problem: Problem) -> Mended:
        fix = _fix(problem)
        source = self.source(fix.mark.file)
        before = source.text[slice(*source.span(fix.mark))] if source else ""
        return Mended(problem, before, fix.text)

    def edited(self, batch: Iterable[Problem]) -> dict[Path, bytes]:
        edits: dict[str, list[Edit]] = {}
        for problem in batch:
            for file, edit in _edits(problem, self):
                edits.setdefault(file, []).append(edit)
        found = {}
        for file, wanted in edits.items():
            source = self.source(file)
            if source is not None:
                found[self._paths[file]] = source.edited(wanted)
        return found


def _batch(problems: Iterable[Problem], texts: _Texts, careful: set[str]) -> list[Problem]:
    """The problems whose fixes can be made at once: none touches what another does."""
    taken: dict[str, list[Edit]] = {}
    batch: list[Problem] = []
    for problem in problems:
        if problem.fix is None or not problem.fix.safe:
            continue
        edits = list(_edits(problem, texts))
        files = {file for file, _ in edits}
        begun = files & careful & taken.keys()
        if (
            not edits
            or begun
            or any(_meet(edit, other) for file, edit in edits for other in taken.get(file, ()))
        ):
            continue
        for file, edit in edits:
            taken.setdefault(file, []).append(edit)
        batch.append(problem)
    return batch


def _edits(problem: Problem, texts: _Texts) -> list[tuple[str, Edit]]:
    """The edits of a fix by file; none if a file of it cannot be had."""
    found = []
    for part in _fix(problem).replacements:
        source = texts.source(part.mark.file)
        span = source.span(part.mark) if source else (1, 0)
        # A plugin may point anywhere.
        if source is None or not 0 <= span[0] <= span[1] <= len(source.text):
            return []
        found.append((part.mark.file, Edit(*span, part.text)))
    return found


def _fix(problem: Problem) -> Fix:
    assert problem.fix is not None  # noqa: S101  only problems with one are taken into a batch
    return problem.fix


def _meet(one: Edit, other: Edit) -> bool:
    return one.start <= other.end and other.start <= one.end


def _fewer(file: str, batch: Iterable[Problem], before: Iterable[Problem], after: Iterable[Problem]) -> bool:
    """Whether `file` has fewer problems of the kind mended in it, and no more of those that hide it."""
    stage = max(_stage(problem) for problem in batch if problem.mark.file == file)
    old, new = (_counts(file, found, stage) for found in (before, after))
    return new[-1] < old[-1] and all(now <= then for now, then in zip(new, old, strict=True))


def _counts(file: str, problems: Iterable[Problem], last: int) -> list[int]:
    """How many problems of `file` are of each stage up to `last`, those of earlier ones counted in."""
    stages = [_stage(problem) for problem in problems if problem.mark.file == file]
    return [sum(known <= stage for known in stages) for stage in range(last + 1)]


def _stage(problem: Problem) -> int:
    return _WARNINGS if problem.severity == "warning" else _STAGES.get(problem.code[0], _OTHER_ERRORS)
