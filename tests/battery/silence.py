"""Which mutants are rightly no problem: by rule, from the schemas and from what the catalog refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from entitlements.catalog.reading.document import Document, Map, Seq
from entitlements.catalog.shape.schema import resolved_schema
from tests.battery.expected import is_free_text
from tests.battery.mutants import Mutant, Unit

_NUMBER = re.compile(r"\"?[0-9][0-9.]*\"?")
_DATE = re.compile(r"\"?[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
_WHOLE_LINE = ("drop the line", "duplicate the line", "delete the value")


def why_silent(mutant: Mutant, before: Document, after: Document, used: AbstractSet[str]) -> str | None:
    """Why it is right that nothing is found; None if something must be. `used` are the names referred to."""
    if after.problems:
        return None
    if after.value == before.value:
        return "it means the same as before"
    if mutant.operator not in _WHOLE_LINE:
        return _why_any_word(mutant.unit, used)
    if mutant.kind == "plan-tests" and _is_joined(before.value, after.value):
        return "a test expects of one list what it did of two, which running it tells"
    # Lists may be longer or shorter, texts too, and optional keys may be missing.
    changed = list(_changes(before.value, after.value, resolved_schema(mutant.kind)))
    return changed[0] if len(changed) == 1 else None


def _why_any_word(unit: Unit, used: AbstractSet[str]) -> str | None:
    if is_free_text(unit):
        return "free text"
    if unit.role == "value" and _NUMBER.fullmatch(unit.text):
        return "another number"
    if unit.role == "value" and _DATE.match(unit.text):
        return "another date"
    is_open = unit.role == "key" or unit.pattern.startswith(("^[a-z]", "^[A-Z]"))
    return "a word that nothing refers to" if is_open and unit.text not in used else None


def _is_joined(before: Any, after: Any) -> bool:
    """Whether nothing differs but that the items of a list whose key is gone joined the one above."""
    if isinstance(before, Seq) and isinstance(after, Seq) and len(before) == len(after):
        changed = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
        return len(changed) == 1 and _is_joined(*changed[0])
    if not (isinstance(before, Map) and isinstance(after, Map)):
        return False
    steps = [key for key in before if before[key] != after.get(key)]
    if len(steps) == 1:
        return _is_joined(before[steps[0]], after.get(steps[0]))
    lists = [before[key] for key in steps]
    is_pair = len(steps) == 2 and all(isinstance(items, Seq) for items in lists)
    return is_pair and steps[1] not in after and after[steps[0]] == [*lists[0], *lists[1]]


def _changes(before: Any, after: Any, schema: Any) -> Iterator[str]:
    """What differs, in the words of a rule, each difference at the deepest place that holds all of it."""
    if isinstance(before, Map) and isinstance(after, Map):
        for key in before.keys() - after.keys():
            is_needed = key in schema.get("required", ())
            yield f"the required key {key}" if is_needed else "an optional key is not there"
        for key in before.keys() & after.keys():
            yield from _changes(before[key], after[key], _inner(schema, key))
    elif isinstance(before, Seq) and isinstance(after, Seq):
        if len(before) != len(after):
            yield "a list has one item more or less"
            return
        for old, new in zip(before, after, strict=True):
            yield from _changes(old, new, schema.get("items", {}))
    elif before != after:
        yield "free text" if schema.get("pattern") == r"\S" else "another value"


def _inner(schema: Any, key: str) -> Any:
    patterns = schema.get("patternProperties", {}).items()
    own = schema.get("properties", {}).get(key)
    return own or next((inner for pattern, inner in patterns if re.search(pattern, key)), {})
