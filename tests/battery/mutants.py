"""Each key and each value of a plan file, and the small mistakes that people make with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from entitlements.catalog.reading.document import Document, Map, Seq
from entitlements.catalog.shape.place import Place
from entitlements.catalog.shape.schema import resolved_schema

Path = tuple[str | int, ...]
Operator = Literal[
    "drop the line",
    "swap two letters",
    "change case",
    "underscore and hyphen",
    "indent by one",
    "outdent by one",
    "duplicate the line",
    "delete the value",
    "lose a quotation mark",
]
_SWAPPED = re.compile(r"(?=([A-Za-z0-9]{2}))")


@dataclass(frozen=True, slots=True)
class Unit:
    """A key, or a value that is no map and no list; `path` leads to the value in both cases."""

    path: Path
    role: Literal["key", "value"]
    start: int
    end: int
    #: Counted from 1.
    line: int
    text: str
    #: The pattern that the schema has for what stands here.
    pattern: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edited file. `unit` is what was edited; for edits of a whole line, the first on it."""

    file: str
    kind: str
    operator: Operator
    unit: Unit
    text: str
    #: What stands in the place of the unit now, where letters were changed.
    written: str | None = None

    def __str__(self) -> str:
        written = f" → {self.written}" if self.written is not None else ""
        return f"{self.file}:{self.unit.line} {self.operator}: {self.unit.text}{written}"


def text_of(document: Document) -> str:
    value: Map | Seq = document.value
    return value.lines.text


def units_of(document: Document, kind: str) -> list[Unit]:
    """All units of a sound document, in the order of the file."""
    place = Place(document, resolved_schema(kind))
    return sorted(_units(document.value, place), key=lambda unit: unit.start)


def _units(value: Map | Seq, place: Place) -> Iterator[Unit]:
    parts: list[tuple[str | int, Any]] = list(value.items() if isinstance(value, Map) else enumerate(value))
    for number, (step, inner) in enumerate(parts):
        here = place.at(step)
        spans = value.spans[4 * number : 4 * number + 4]
        if isinstance(value, Map):
            yield _unit(here, "key", spans[0], spans[1])
        else:
            spans = value.spans[2 * number : 2 * number + 2]
        if isinstance(inner, (Map, Seq)):
            yield from _units(inner, here)
        elif spans[-2] < spans[-1]:
            yield _unit(here, "value", spans[-2], spans[-1])


def _unit(place: Place, role: Literal["key", "value"], start: int, end: int) -> Unit:
    text = text_of(place.document)
    line = text.count("\n", 0, start) + 1
    return Unit(place.path, role, start, end, line, text[start:end], str(place.schema.get("pattern", "")))


def mutants_of(document: Document, kind: str, seed: int) -> Iterator[Mutant]:
    """Every mutant of one file; `seed` chooses which letters change."""
    text, units = text_of(document), units_of(document, kind)
    for unit in units:
        rng = Random(f"{seed}/{document.file}/{unit.start}")  # noqa: S311  nothing secret
        for operator, written in _changed(unit, rng):
            edited = text[: unit.start] + written + text[unit.end :]
            yield Mutant(document.file, kind, operator, unit, edited, written)
    first: dict[int, Unit] = {}
    for unit in units:
        first.setdefault(unit.line, unit)
    lines = text.splitlines(keepends=True)
    for number, unit in first.items():
        for operator, instead in _changed_line(lines[number - 1]):
            edited = "".join((*lines[: number - 1], instead, *lines[number:]))
            yield Mutant(document.file, kind, operator, unit, edited)


def _changed(unit: Unit, rng: Random) -> Iterator[tuple[Operator, str]]:
    text = unit.text
    if "\n" in text:  # a text of several lines: only its lines are edited
        return
    pairs = [match.start() for match in _SWAPPED.finditer(text) if text[match.start()] != match[1][1]]
    if pairs:
        at = rng.choice(pairs)
        yield "swap two letters", text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    cased = {text.upper(), text[0].upper() + text[1:], text.lower(), text.capitalize()} - {text}
    if cased:
        yield "change case", rng.choice(sorted(cased))
    others = {text.replace("_", "-"), text.replace("_", "-", 1), text.replace("-", "_")} - {text}
    if others:
        yield "underscore and hyphen", rng.choice(sorted(others))
    if unit.role == "value":
        yield "delete the value", ""
        yield "lose a quotation mark", text[:-1] if text[0] in "\"'" else f'"{text}'


def _changed_line(line: str) -> Iterator[tuple[Operator, str]]:
    yield "drop the line", ""
    yield "indent by one", f" {line}"
    if line.startswith(" "):
        yield "outdent by one", line[1:]
    yield "duplicate the line", line + line
