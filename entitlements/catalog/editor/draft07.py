"""Our schemas in the dialect that editors word well: draft-07, without `$ref`, and without a bare `oneOf`.

An editor says of `oneOf` that something "matches multiple schemas"; so each choice becomes rules of its own,
which say what is wrong in our words. What is valid stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

Schema = dict[str, Any]
DRAFT_07: Final = "http://json-schema.org/draft-07/schema#"


def inlined(schema: Any, defs: Schema | None = None) -> Any:
    """The same schema with its definitions put where they are used; what stands beside a `$ref` wins."""
    if isinstance(schema, list):
        return [inlined(item, defs) for item in schema]
    if not isinstance(schema, dict):
        return schema
    known: Schema = schema.get("$defs", {}) if defs is None else defs
    if "$ref" in schema:
        own = {word: value for word, value in schema.items() if word != "$ref"}
        schema = {**known[schema["$ref"].rpartition("/")[2]], **own}
    return {word: inlined(value, known) for word, value in schema.items() if word != "$defs"}


def as_draft_07(schema: Any) -> Any:
    """An inlined 2020-12 schema of ours in draft-07."""
    if not isinstance(schema, dict):
        return schema
    made: Schema = {}
    for word, value in schema.items():
        if word in ("definitions", "dependentSchemas", "patternProperties", "properties"):
            made[word] = {key: as_draft_07(inner) for key, inner in value.items()}
        elif word in ("items", "if", "then", "else"):
            made[word] = as_draft_07(value)
        elif word in ("prefixItems", "oneOf"):
            made[word] = [as_draft_07(inner) for inner in value]
        else:
            made[word] = value
    if "$schema" in made:
        made["$schema"] = DRAFT_07
    if "prefixItems" in made:
        made["additionalItems"] = made.pop("items", True)
        made["items"] = made.pop("prefixItems")
    rules = list(_rules(made))
    return {**made, "allOf": rules} if rules else made


def _rules(made: Schema) -> Iterator[Schema]:
    """What draft-07 lacks or editors word badly, taken out of `made`, as rules beside each other."""
    message = made.get("errorMessage")
    if "oneOf" in made:
        yield from _choice([choice["required"] for choice in made.pop("oneOf")], message)
        made.pop("errorMessage", None)
    elif message and "required" in made:
        # An editor would show the message for every mistake in there, and leave out which key is missing.
        del made["errorMessage"]
        for key in made.pop("required"):
            yield {"required": [key], "errorMessage": f'"{key}" is missing: {message}'}
    for key, needed in made.pop("dependentRequired", {}).items():
        words = " and ".join(f'"{other}"' for other in needed)
        rule = {"required": needed, "errorMessage": f'"{key}" needs {words} beside it'}
        yield {"dependencies": {key: rule}}
    for key, rule in made.pop("dependentSchemas", {}).items():
        yield {"dependencies": {key: rule}}


def _choice(choices: list[list[str]], message: str | None) -> Iterator[Schema]:
    """Exactly one of some keys: at least one, and none beside another."""
    words = {"errorMessage": message} if message else {}
    keys = [key for (key,) in choices]
    yield {"anyOf": [{"required": [key], **words} for key in keys]}
    for number, key in enumerate(keys):
        if others := keys[number + 1 :]:
            yield {"dependencies": {key: {"properties": dict.fromkeys(others, False), **words}}}
