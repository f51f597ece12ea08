"""Where the problem of a mutant belongs, and whether a name was misspelt."""

from __future__ import annotations

import re
from typing import Any

from entitlements.catalog.reading.document import Document, Map
from entitlements.problems import Problem
from tests.battery.mutants import Mutant, Unit, text_of

_LETTERS = ("swap two letters", "change case", "underscore and hyphen")
#: Numbers, dates and digests: nobody can tell what was meant.
_UNKNOWABLE = re.compile(r"\"?(?:[0-9][0-9.]*\"?$|[0-9]{4}-[0-9]{2}-[0-9]{2}|sha256:)")


def is_name(mutant: Mutant) -> bool:
    """Whether letters of a word were changed that the file, another file or the schema knows."""
    unit = mutant.unit
    if mutant.operator not in _LETTERS:
        return False
    return unit.role == "key" or not (is_free_text(unit) or _UNKNOWABLE.match(unit.text))


def is_free_text(unit: Unit) -> bool:
    return unit.role == "value" and unit.schema.get("pattern") == r"\S"


def is_right_place(problem: Problem, mutant: Mutant, before: Document) -> bool:
    """Whether the problem is shown where the edit was, or where what it did is noticed."""
    if mutant.operator == "drop the line" and problem.code == "L420":
        return True  # the acceptance of advice that has nothing more to say
    if mutant.operator in ("drop the line", "delete the value") and any(
        f'"{word}"' in problem.message for word in _dropped(mutant, before)
    ):
        return True
    return problem.mark.file == mutant.file and problem.mark.line in _right_lines(mutant, before)


def _dropped(mutant: Mutant, before: Document) -> set[str]:
    """The words on the line that is gone: what names them elsewhere shows that they are missed."""
    line = text_of(before).splitlines()[mutant.unit.line - 1]
    return set(re.findall(r"[\w.@-]+", line))


def _right_lines(mutant: Mutant, before: Document) -> set[int]:
    unit, line, lines = mutant.unit, mutant.unit.line, text_of(before).splitlines()
    if mutant.kind == "published":
        # Only the digest tells that such a file was touched, and it does not tell where.
        found = {line, before.key_mark_at(["digest"]).line}
    elif mutant.kind == "plan":
        # What a published version would lose is mended where its number stands.
        found = {line, before.key_mark_at(["version"]).line}
    else:
        found = {line}
    if mutant.operator == "duplicate the line":
        return {*found, line + 1, *_list_end(unit, before)}
    if mutant.operator in ("indent by one", "outdent by one"):
        return {*found, _next(lines, line, deeper=True), _next(lines, line)}
    if mutant.operator == "drop the line":
        found |= {*_heads(unit, before), _next(lines, line, deeper=True), _next(lines, line)}
        return found | {number - 1 for number in found}
    return found


def _list_end(unit: Unit, before: Document) -> set[int]:
    """Where a list that has become too long ends: its last item, one line further down."""
    for count in range(len(unit.path), 0, -1):
        if isinstance(unit.path[count - 1], int):
            items = _at(before, unit.path[: count - 1])
            return {before.mark_at((*unit.path[: count - 1], len(items) - 1)).line + 1}
    return set()


def _next(lines: list[str], line: int, *, deeper: bool = False) -> int:
    """The next line that holds something and is no deeper than this one was, or is `deeper` too."""
    depth = _depth(lines[line - 1])
    for number in range(line + 1, len(lines) + 1):
        text = lines[number - 1].strip()
        if text and not text.startswith("#") and (deeper or _depth(lines[number - 1]) <= depth):
            return number
    return line


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())


def _heads(unit: Unit, before: Document) -> set[int]:
    """The lines that begin what the unit stands in: each key above it, and the first keys beside it."""
    found = set()
    for count in range(len(unit.path)):
        found.add(before.key_mark_at(unit.path[:count]).line if count else 1)
        inside = _at(before, unit.path[:count])
        steps = list(inside)[:2] if isinstance(inside, Map) else [0]
        found.update(before.key_mark_at((*unit.path[:count], step)).line for step in steps)
    return found


def _at(document: Document, path: tuple[str | int, ...]) -> Any:
    value: Any = document.value
    for step in path:
        value = value[step]
    return value
