"""What a schema wants at a place, in words: types, allowed words, examples."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

Schema = dict[str, Any]
BLOCK = 'a block of "key: value" lines'
FEW = 10
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": BLOCK,
}
_PLAIN = re.compile(r"""[A-Za-z][^:#,\[\]{}"']*|[0-9]{4}-[0-9T:Z-]+""")


class Words(NamedTuple):
    """The bare words a pattern allows; `closed` if it allows nothing else."""

    words: tuple[str, ...]
    closed: bool


def words_of(pattern: str) -> Words:
    """`^(free|on_request)$` → both, closed; `^(never|[0-9]{4}-…)$` → `never`, open."""
    parts = pattern.removeprefix("^(").removesuffix(")$").split("|") if pattern.startswith("^(") else []
    words = tuple(part for part in parts if re.fullmatch("[a-z_]{3,}", part))
    return Words(words, bool(words) and len(words) == len(parts))


def types_of(schema: Schema) -> list[str]:
    """The types a schema allows, in its order."""
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def wanted(schema: Schema) -> str:
    """`a whole number, unlimited or none`."""
    names: list[str] = []
    for name in types_of(schema):
        words = words_of(schema.get("pattern", ""))
        names.extend(words.words if name == "string" and words.closed else [_TYPES[name]])
    return " or ".join(", ".join(names).rsplit(", ", 1))


def expectation(schema: Schema) -> str:
    """What to write: the schema's own words, else what follows from it."""
    if "patternErrorMessage" in schema:
        words, example = str(schema["patternErrorMessage"]), next(iter(schema.get("examples", ())), None)
        lacks_example = schema.get("type") == "string" and isinstance(example, str) and "such as" not in words
        return f"{words}, such as {example}" if lacks_example else words
    if "enum" in schema:
        return f"allowed: {', '.join(schema['enum'])}"
    if schema.get("type") == "object" and schema.get("required"):
        return f"it needs {', '.join(schema['required'])}"
    return f"write {wanted(schema)}"


def example_line(key: str, schema: Schema) -> str:
    """How the line of a key may look, by the schema's first example; else what to write."""
    has_own_words = "enum" in schema or ("patternErrorMessage" in schema and "properties" in schema)
    examples = schema.get("examples")
    return (
        f"for example `{key}: {_flow(examples[0])}`"
        if examples and not has_own_words
        else expectation(schema)
    )


def example_lines(keys: list[str], schema: Schema) -> str | None:
    """How the lines of several keys may look; None unless the schema has an example of each."""
    found = [schema.get("properties", {}).get(key, {}).get("examples") for key in keys]
    if not all(found):
        return None
    return f"for example {', '.join(f'`{key}: {_flow(e[0])}`' for key, e in zip(keys, found, strict=True))}"


def allowed_keys(names: list[str]) -> str | None:
    """The list of what is allowed, if it is short enough to help."""
    return f"allowed: {', '.join(names)}" if 0 < len(names) <= FEW else None


def key_hint(value: str, schema: Schema) -> str | None:
    """How a value that should be a key is written, shown with `value` put right; None for other texts."""
    pattern = str(schema.get("pattern", ""))
    if not pattern.startswith("^[a-z][a-z0-9_"):
        return None
    instead = plain_key(value, "_-" if "_-" in pattern else "_")
    return f"{schema['patternErrorMessage']}, such as {instead}" if re.fullmatch(pattern, instead) else None


def plain_key(text: str, joints: str = "_") -> str:
    """`text` in lower case, with an underscore for whatever is neither letter, digit nor one of `joints`."""
    return re.sub(rf"[^a-z0-9{joints}]+", "_", text[:100].lower()).strip("_0123456789-")


def key_form(key: str, schema: Schema) -> str:
    """How a key of people's own is written, shown with `key` put right."""
    pattern = next(iter(schema.get("patternProperties", ())), "")
    plain = plain_key(key, "_-" if "_-" in pattern else "_")
    if "patternErrorMessage" not in schema:
        words = "write lower-case letters, digits and underscores"
        return f"{words}, such as {plain or 'api_access'}"
    words = str(schema["patternErrorMessage"])
    return f"{words}, such as {plain}" if "such as" not in words and re.fullmatch(pattern, plain) else words


def _flow(value: Any) -> str:
    """A value as one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    return str(value) if is_plain else json.dumps(value, ensure_ascii=False)
