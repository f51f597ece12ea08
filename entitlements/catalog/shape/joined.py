"""Blocks and entries whose own line is gone: what stood in them has joined what stands around them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from entitlements.catalog.reading.nodes import Map
from entitlements.catalog.reading.scalars import shown
from entitlements.catalog.shape.expected import FEW, Schema, types_of

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from entitlements.catalog.shape.place import Path, Place
    from entitlements.problems import Problem

#: A file in which more blocks than this have mistakes is wrong in another way.
_MOST_BLOCKS = 20


def joined_blocks(
    top: Place, errors: list[ValidationError], validator: Any
) -> tuple[list[Problem], list[ValidationError]]:
    """A problem for each line that is missing above others, and the errors that do not come of that."""
    found: list[Problem] = []
    for home, wrong in islice(_wrong_keys(top, errors).items(), _MOST_BLOCKS):
        place = _at(top, home)
        fields = _fields(place, errors)
        if fields:
            found.append(_nameless(place, fields))
            errors = [error for error in errors if not _follows(error, home, set(fields))]
            continue
        keys, outer = _astray(place, wrong)
        entries = {key: place.value[key] for key in keys}
        for block, schema in _absent_blocks(outer) if keys else ():
            if validator.evolve(schema=schema).is_valid(entries):
                found.append(_headless(place, block, keys))
                errors = [error for error in errors if not _follows(error, home, {block, *keys})]
                break
    return found, errors


def _fields(place: Place, errors: list[ValidationError]) -> list[str]:
    """The fields of an entry that stand right in the map of entries at `place`: a title under `features:`."""
    entry: Schema = next(iter(place.schema.get("patternProperties", {}).values()), {})
    if place.schema.get("properties"):
        return []
    fields = [key for key in place.value if key in entry.get("properties", ())]
    typed = {tuple(error.absolute_path) for error in errors if error.validator == "type"}
    return fields if any((*place.path, field) in typed for field in fields) else []


def _nameless(place: Place, fields: list[str]) -> Problem:
    what = ", ".join(f'"{field}"' for field in fields)
    hint = "write the key of the entry in a line above, and give these more spaces in front than it has"
    message = f"the key that {what} belongs to is missing{place.inside}"
    return place.problem("S202", message, hint=hint, mark=place.at(fields[0]).key_mark)


def _wrong_keys(top: Place, errors: list[ValidationError]) -> dict[Path, set[str]]:
    """The maps of the file, each with its keys that are wrong or have something wrong below them."""
    wrong: dict[Path, set[str]] = {}
    for error in errors:
        path = tuple(error.absolute_path)
        for count, step in enumerate(path):
            if isinstance(step, str):
                wrong.setdefault(path[:count], set()).add(step)
        if error.validator == "additionalProperties":
            wrong.setdefault(path, set()).add(str(error.message))
    return {path: keys for path, keys in wrong.items() if isinstance(_at(top, path).value, Map)}


def _astray(place: Place, wrong: set[str]) -> tuple[list[str], Place]:
    """The keys of the map at `place` that may belong to another block, and where that block would be."""
    given = list(place.value)
    first = next(number for number, key in enumerate(given) if key in wrong)
    if not place.path:
        # Only what belongs to a block is indented.
        return (given if place.value.key_mark(given[0]).column > 1 else []), place
    # What joined the block above it comes last there. One entry alone is more likely wrong in itself.
    return (given[first:] if 0 < first < len(given) - 1 else []), place.parent


def _absent_blocks(place: Place) -> list[tuple[str, Schema]]:
    known = place.schema.get("properties", {}).items() if isinstance(place.value, Map) else ()
    return [
        (key, inner)
        for key, inner in known
        if key not in place.value and isinstance(inner, dict) and types_of(inner) == ["object"]
    ]


def _headless(place: Place, block: str, keys: list[str]) -> Problem:
    names = [shown(key) for key in keys[:FEW]]
    what = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    mark = place.at(keys[0]).key_mark
    message = f"the line `{block}:` that {what} belong{'s' if len(keys) == 1 else ''} to is missing"
    hint = f"write `{block}:` in a line above, with fewer spaces in front"
    return place.problem("S202", message, hint=hint, mark=mark)


def _follows(error: ValidationError, home: Path, gone: set[str]) -> bool:
    path = tuple(error.absolute_path)
    if path[: len(home)] == home and len(path) > len(home):
        return path[len(home)] in gone
    return path in (home, home[:-1]) and str(error.message) in gone


def _at(top: Place, path: Path) -> Place:
    for step in path:
        top = top.at(step)
    return top
