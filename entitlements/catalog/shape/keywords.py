"""The validator behind the schemas: jsonschema's, with some keywords replaced by ones linear in the file.

Their verdicts are jsonschema's own. Single values are tested without a walk of their own, and a map or a
list yields one error per offending key or item, so that each can be shown at its place.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from entitlements.catalog.reading.nodes import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Schema = dict[str, Any]
_CLASSES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float, Number),
    "boolean": (bool,),
}
_LEAF_WORDS: Final = frozenset(
    (
        *("type", "pattern", "enum", "minimum", "maximum", "format"),
        *("title", "description", "examples", "patternErrorMessage"),
    )
)


def validator_of(schema: Schema) -> Any:
    """A validator of `schema`. Its `iter_errors` gives paths and, as messages, the keys in question."""
    # An empty registry: a `$ref` reaches neither file nor socket.
    return _Validator(_prepared(schema, schema.get("$defs", {})), registry=Registry())


class _Leaf(dict[str, Any]):
    """The schema of a single value, with a quick test that spares jsonschema the walk when all is well."""

    __slots__ = ("accepts",)

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self.accepts = _quick_test(schema)


def _prepared(schema: Any, defs: Schema) -> Any:
    """The same schema with its definitions put in place and its single values made leaves."""
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        own = {word: value for word, value in schema.items() if word != "$ref"}
        schema = {**defs[schema["$ref"].rpartition("/")[2]], **own}
    ready: Schema = {}
    for word, value in schema.items():
        if word in ("properties", "patternProperties", "dependentSchemas"):
            ready[word] = {key: _prepared(inner, defs) for key, inner in value.items()}
        elif word in ("prefixItems", "oneOf"):
            ready[word] = [_prepared(inner, defs) for inner in value]
        elif word in ("items", "if", "then", "else"):
            ready[word] = _prepared(value, defs)
        elif word != "$defs":
            ready[word] = value
    return _Leaf(ready) if "type" in ready and ready.keys() <= _LEAF_WORDS else ready


def _quick_test(schema: Schema) -> Callable[[Any], bool]:
    """Whether a value is surely right. A False only means that jsonschema has to look."""
    types = schema["type"]
    names = [types] if isinstance(types, str) else types
    classes = {cls for name in names for cls in _CLASSES.get(name, ())}
    matches = _matcher(schema.get("pattern", ""))
    allowed = frozenset(schema.get("enum", ()))
    low, high = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))
    dated = "format" in schema

    def accepts(value: Any) -> bool:
        cls = value.__class__
        if cls not in classes:
            return False
        if cls is str:
            right = matches(value) if not allowed else value in allowed
            return bool(right) and not (dated and not _is_instant(value))
        return cls is bool or low <= value <= high

    return accepts


@cache
def _matcher(pattern: str) -> Callable[[str], object]:
    compiled = re.compile(pattern)
    # `$` would let a line break pass after the last character; JSON Schema's does not.
    return compiled.fullmatch if pattern.startswith("^") and pattern.endswith("$") else compiled.search


def _is_instant(text: str) -> bool:
    if text == "never":
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _properties(validator: Any, properties: Schema, value: Any, schema: Schema) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for key, inner in properties.items():
            if key not in value:
                continue
            if inner is False:
                yield ValidationError(schema.get("errorMessage", "it has no place here"), path=[key])
            elif not (inner.__class__ is _Leaf and inner.accepts(value[key])):
                yield from validator.descend(value[key], inner, path=key, schema_path=key)


def _pattern_properties(validator: Any, patterns: Schema, value: Any, _: Schema) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for pattern, inner in patterns.items():
            matches, is_leaf = _matcher(pattern), inner.__class__ is _Leaf
            for key, item in value.items():
                if isinstance(key, str) and matches(key) and not (is_leaf and inner.accepts(item)):
                    yield from validator.descend(item, inner, path=key, schema_path=pattern)


def _additional(_: Any, allowed: bool, value: Any, schema: Schema) -> Iterator[ValidationError]:
    if isinstance(value, dict) and not allowed:
        known = schema.get("properties", {})
        matchers = [_matcher(pattern) for pattern in schema.get("patternProperties", ())]
        for key in value:
            if key not in known and not (isinstance(key, str) and any(matches(key) for matches in matchers)):
                yield ValidationError(key)


def _required(_: Any, required: list[str], value: Any, __: Schema) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        yield from (ValidationError(key) for key in required if key not in value)


def _items(validator: Any, inner: Any, value: Any, schema: Schema) -> Iterator[ValidationError]:
    if isinstance(value, list):
        is_leaf = inner.__class__ is _Leaf
        for i in range(len(schema.get("prefixItems", ())), len(value)):
            if not (is_leaf and inner.accepts(value[i])):
                yield from validator.descend(value[i], inner, path=i)


def _unique_items(_: Any, unique: bool, value: Any, __: Schema) -> Iterator[ValidationError]:
    if unique and isinstance(value, list):
        first: dict[str, int] = {}
        for i, item in enumerate(value):
            same = item if isinstance(item, str) else json.dumps([item], sort_keys=True)
            if first.setdefault(same, i) != i:
                yield ValidationError(str(first[same]), path=[i])


def _pattern(_: Any, pattern: str, value: Any, __: Schema) -> Iterator[ValidationError]:
    if isinstance(value, str) and not _matcher(pattern)(value):
        yield ValidationError(pattern)


def _format(_: Any, __: str, value: Any, schema: Schema) -> Iterator[ValidationError]:
    # What has not even the form of a date is a matter of `pattern`.
    if isinstance(value, str) and _matcher(schema["pattern"])(value) and not _is_instant(value):
        yield ValidationError(value)


_Validator: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "properties": _properties,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
        "required": _required,
        "items": _items,
        "uniqueItems": _unique_items,
        "pattern": _pattern,
        "format": _format,
    },
    # 250.0 is a whole number to JSON Schema; to us it is a slip, because the file says something else.
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
