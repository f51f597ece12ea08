"""Where the problem of a mutant belongs, and whether a name was misspelt.

The right line is that of the edit, and where an edit leaves no line or more than one:

- a line written twice: the second copy, by a problem that names the first. Where the copies are items of a
  list, the first is the one that lacks its rest; where they make a list too long, the one item too many.
- a line that is gone: the place it was taken from, which is the line now there or the one before; or the
  block it stood in, by a problem that says what is gone. Where others name it, it may be missed there, by its
  name. Where an entry lost its own line, the first of its keys that the entry above has as well.
- files that no longer agree: one of them, by a problem that names the line of the other.
- what a published version would lose: the line with the number of the version. Where a published file was
  touched: the line of its digest, as only that tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from entitlements.catalog.reading.document import Document, Map, Seq
from entitlements.catalog.shape.schema import resolved_schema
from entitlements.problems import Problem
from tests.battery.mutants import Mutant, Path, Unit, text_of

_LETTERS = ("swap two letters", "change case", "underscore and hyphen")
#: Numbers, dates and digests: nobody can tell what was meant.
_UNKNOWABLE = re.compile(r"\"?(?:[0-9][0-9.]*\"?$|[0-9]{4}-[0-9]{2}-[0-9]{2}|sha256:)")
#: What is said of two of one thing: a key, an item, a record.
_TWICE = ("Y110", "S207", "R311")
_WORD = re.compile(r"[\w.@-]+")


def is_name(mutant: Mutant) -> bool:
    """Whether letters of a word were changed that the file, another file or the schema knows."""
    unit = mutant.unit
    if mutant.operator not in _LETTERS:
        return False
    return unit.role == "key" or not (is_free_text(unit) or _UNKNOWABLE.match(unit.text))


def is_free_text(unit: Unit) -> bool:
    return unit.role == "value" and unit.pattern == r"\S"


def is_right_place(problem: Problem, mutant: Mutant, before: Document) -> bool:
    """Whether the problem is shown where the edit was, or where what it did is noticed."""
    line = mutant.unit.line
    if _is_of_versions(problem, mutant, before):
        return True
    match mutant.operator:
        case "duplicate the line":
            return _is_second(problem, mutant, before)
        case "drop the line":
            return _is_where_it_was(problem, mutant, before)
        case "delete the value" if _is_missed(problem, mutant, before):
            return True
        case _:
            return (mutant.file, line) in _places(problem)


def _places(problem: Problem) -> set[tuple[str, int]]:
    """The line of the problem; with those it names, where it is in another file than one of these."""
    here = (problem.mark.file, problem.mark.line)
    named = {(other.mark.file, other.mark.line) for other in problem.related}
    return {here} | {place for place in named if place[0] != here[0]}


def _is_of_versions(problem: Problem, mutant: Mutant, before: Document) -> bool:
    field = {"published": "digest", "plan": "version"}.get(mutant.kind)
    if field is None or not problem.code.startswith("V") or problem.mark.file != mutant.file:
        return False
    return problem.mark.line == _moved(before.key_mark_at([field]).line, mutant)


def _is_second(problem: Problem, mutant: Mutant, before: Document) -> bool:
    line = mutant.unit.line
    if problem.mark.file != mutant.file:
        return False
    if problem.code in _TWICE:
        return problem.mark.line == line + 1 and line in {other.mark.line for other in problem.related}
    if problem.code == "S206":
        return problem.mark.line == _list_end(mutant.unit, before)
    starts_item = text_of(before).splitlines()[line - 1].lstrip().startswith("- ")
    return problem.mark.line == (line if problem.code == "S202" and starts_item else line + 1)


def _is_where_it_was(problem: Problem, mutant: Mutant, before: Document) -> bool:
    if problem.code == "L420":
        return True  # the acceptance of advice that has nothing more to say
    if _is_missed(problem, mutant, before):
        return True
    if problem.mark.file != mutant.file:
        return False
    line = mutant.unit.line
    first, last = _gap(text_of(before).splitlines(), line)
    if problem.mark.line in (first, last - 1):
        return True
    if problem.code == "Y110":
        return problem.mark.line >= line > max(other.mark.line for other in problem.related)
    block = _block(before, mutant.unit)
    inside = before.key_mark_at(block).line <= problem.mark.line <= before.mark_at(block).end_line
    return inside and bool(_gone(mutant, before) & set(_WORD.findall(_words(problem))))


def _is_missed(problem: Problem, mutant: Mutant, before: Document) -> bool:
    """Whether a name is missed that stood on the line: one that is no word of the schema."""
    names = _gone(mutant, before) - _schema_words(mutant.kind)
    return any(f'"{name}"' in _words(problem) for name in names)


def _words(problem: Problem) -> str:
    return " ".join((problem.message, problem.hint or "", *(other.message for other in problem.related)))


def _gone(mutant: Mutant, before: Document) -> set[str]:
    return set(_WORD.findall(text_of(before).splitlines()[mutant.unit.line - 1]))


@cache
def _schema_words(kind: str) -> frozenset[str]:
    return frozenset(_keys_in(resolved_schema(kind)))


def _keys_in(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", ())
        for inner in schema.values():
            yield from _keys_in(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _keys_in(inner)


def _moved(line: int, mutant: Mutant) -> int:
    """Where a line of the original stands in the mutant."""
    shift = {"drop the line": -1, "duplicate the line": 1}.get(mutant.operator, 0)
    return line + shift if line > mutant.unit.line else line


def _list_end(unit: Unit, before: Document) -> int:
    """Where a list that has become too long ends: its last item, one line further down."""
    steps = [count for count, step in enumerate(unit.path) if isinstance(step, int)]
    home = unit.path[: steps[-1]]
    return before.mark_at((*home, len(_at(before, home)) - 1)).line + 1


def _gap(lines: list[str], line: int) -> tuple[int, int]:
    """The last line before `line` that holds something, and the first after it."""
    full = [number for number, text in enumerate(lines, start=1) if text.strip() and text.lstrip()[0] != "#"]
    above = [number for number in full if number < line]
    below = [number for number in full if number > line]
    return (above[-1] if above else 1), (below[0] if below else len(lines))


def _block(before: Document, unit: Unit) -> Path:
    """The innermost block that has more than what stands on the line of `unit`."""
    for count in range(len(unit.path) - 1, 0, -1):
        home, value = unit.path[:count], _at(before, unit.path[:count])
        steps = value if isinstance(value, Map) else range(len(value))
        if any(before.key_mark_at((*home, step)).line != unit.line for step in steps):
            return home
    return ()


def _at(document: Document, path: Path) -> Map | Seq:
    value: Any = document.value
    for step in path:
        value = value[step]
    found: Map | Seq = value
    return found
