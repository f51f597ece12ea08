"""Shape: what each kind of file may hold, by the JSON Schemas in `schemas/`, as problems at their places."""

from __future__ import annotations

import copy
import importlib.resources
import json
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from entitlements.catalog.reading.nodes import Map
from entitlements.catalog.shape.joined import joined_blocks
from entitlements.catalog.shape.keywords import validator_of
from entitlements.catalog.shape.place import Place
from entitlements.catalog.shape.wording import problems_at
from entitlements.problems import Problem, in_file_order

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from entitlements.catalog.reading.document import Document

Schema = dict[str, Any]
#: Kinds of file; each has its schema in `schemas/<kind>.schema.json`.
KINDS: Final = (
    "catalog",
    "features",
    "plan",
    "add-ons",
    "next",
    "published",
    "lang",
    "plan-tests",
    "subjects",
)
#: Kinds that are told by their keys → what such a file is, and where it belongs; the first that fits counts.
_HOMES: Final = {
    "published": ("a published version", "into published/"),
    "next": ("a version of a plan that starts later", "into next/"),
    "plan": ("a plan", "beside catalog.yaml"),
    "catalog": ("the head of a catalog", "to catalog.yaml"),
    "features": ("a file of features", "into features/"),
    "add-ons": ("a file of add-ons", "into add_ons/"),
    "lang": ("a translation", "into lang/"),
    "plan-tests": ("a file of plan tests", "into tests/"),
}
#: A file with more mistakes than this is of another kind altogether; the rest is not worth the wait.
_MOST_ERRORS = 1000


def violations(document: Document, kind: str) -> tuple[Problem, ...]:
    """Every breach of the schema of `kind`, one of KINDS, in `document`: one problem per mistake."""
    if document.value is None and document.problems:
        return ()
    validator = _validator(_known(kind))
    errors: list[ValidationError] = list(islice(validator.iter_errors(document.value), _MOST_ERRORS))
    if not errors:
        return ()
    other = _other_kind(document, kind)
    if other is not None:
        return (other,)
    by_path: dict[tuple[str | int, ...], list[ValidationError]] = {}
    top = Place(document, validator.schema)
    joined, left = joined_blocks(top, errors, validator)
    for error in left:
        by_path.setdefault(tuple(error.absolute_path), []).append(error)
    places = ((replace(top, path=path), here) for path, here in by_path.items())
    # A wrong value leaves rules undecided that look at it together with its neighbours.
    wrong_inside = {path[:-1] for path in by_path if len(path) > 1}
    others = (
        problem
        for place, here in places
        for problem in problems_at(place, here, unsure=place.path in wrong_inside)
    )
    found = in_file_order([*joined, *others])
    if len(errors) == _MOST_ERRORS:
        hint = f"no more than {_MOST_ERRORS:,} mistakes of one file are shown"
        found = (*found[:-1], replace(found[-1], hint=hint))
    return found


def _other_kind(document: Document, kind: str) -> Problem | None:
    """For a file in the wrong folder: it holds all that another kind needs, and not what its own does."""
    given: Any = document.value
    if not isinstance(given, Map) or given.keys() >= set(_raw(kind).get("required", ())):
        return None
    # A version of a plan that waits is a plan with a date; one that lacks it is not in the wrong folder.
    fitting = ("next", "plan") if kind == "next" else (kind,)
    for other, (what, where) in _HOMES.items():
        if other not in fitting and given.keys() >= set(_raw(other)["required"]):
            mark = given.key_mark(next(iter(given)))
            message = f"this is {what}, in the place of another kind of file"
            return Problem("S209", message, mark, hint=f"move it {where}")
    return None


def schema_for(kind: str) -> Schema:
    """A copy of the JSON Schema of files of `kind`, for editors; the caller may change it."""
    return copy.deepcopy(_raw(_known(kind)))


def resolved_schema(kind: str) -> Schema:
    """The schema of files of `kind` with its definitions put in place, as `violations` reads it."""
    schema: Schema = _validator(_known(kind)).schema
    return schema


def _known(kind: str) -> str:
    name = kind.replace("_", "-")
    if name not in KINDS:
        msg = f"there is no schema for {kind!r}, only for {', '.join(KINDS)}"
        raise ValueError(msg)
    return name


@cache
def _raw(kind: str) -> Schema:
    path = importlib.resources.files("entitlements.schemas") / f"{kind}.schema.json"
    schema: Schema = json.loads(path.read_text(encoding="utf-8"))
    return schema


@cache
def _validator(kind: str) -> Any:
    return validator_of(_raw(kind))
