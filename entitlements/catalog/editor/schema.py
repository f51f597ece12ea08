"""What an editor needs of a kind of file: our schema with the catalog's own names and with snippets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from entitlements.catalog.editor.draft07 import as_draft_07, inlined
from entitlements.catalog.editor.names import EditorNames
from entitlements.catalog.editor.snippets import SNIPPETS
from entitlements.catalog.shape.schema import schema_for

Schema = dict[str, Any]
Draft = Literal["draft-07", "2020-12"]
_SUBJECT: Final = {
    "plan": "plan version",
    "add_ons[]": "add-on",
    "add_ons[].add_on": "add-on",
    "overrides[].give": "feature",
    "overrides[].remove": "feature",
    "overrides[].cap": "cap",
    "overrides[].support": "support level",
    "usage.*": "feature or cap",
}
_PLAN: Final = {
    "extends": "plan",
    "support": "support level",
    "caps.*": "cap",
    "features[]": "feature",
    "without[]": "feature",
}
#: Kind of file → place → the kind of name that stands there; `*` is a key of people's own, `[]` an item.
_PLACES: Final[Mapping[str, Mapping[str, str]]] = {
    "catalog": {
        "ladder[]": "plan",
        "default_plan": "plan",
        "after_end": "plan",
        "aliases.*:": "plan",
        "baa.needs[]": "feature",
        "terms.trial.plan": "plan",
        "caps.*:.feature": "feature",
    },
    "features": {
        "features.*:.exempt[].client": "client",
        "features.*:.requires[]": "feature",
        "features.*:.checks.*": "checker",
    },
    "plan": _PLAN,
    "next": {**_PLAN, "plan": "plan"},
    "add-ons": {
        "add_ons.*:.sold_with[]": "plan",
        "add_ons.*:.features[]": "feature",
        "add_ons.*:.caps.*": "cap",
    },
    "plan-tests": {
        **{f"tests[].given.{place}": name for place, name in _SUBJECT.items()},
        "tests[].given.client": "client",
        "tests[].change_to": "plan version",
        "tests[].expect.support": "support level",
        "tests[].expect.lost[]": "feature",
        "tests[].expect.gained[]": "feature",
        "tests[].expect.*": "feature",
        "tests[].expect.cap.*": "cap",
        "tests[].expect.effect.*": "feature or cap",
    },
    "subjects": {
        f"{start}{place}": name
        for place, name in {
            **_SUBJECT,
            "subscriptions[].plan": "plan version",
            "subscriptions[].add_ons[]": "add-on",
            "subscriptions[].add_ons[].add_on": "add-on",
        }.items()
        for start in ("[].", "[0].")
    },
}
#: The fixed beginning of a pattern for keys, such as `cap.` of `^cap\\.[a-z]…`.
_PREFIX = re.compile(r"\^([a-z]+)\\\.")


def editor_schema(kind: str, names: EditorNames | None = None, *, draft: Draft = "draft-07") -> Schema:
    """The JSON Schema of files of `kind` with `names` as the allowed words, made for editors."""
    schema = inlined(schema_for(kind))
    walk = _Walk(_PLACES.get(kind, {}), names or {}, SNIPPETS.get(kind, {}))
    walk.visit(schema, "")
    if walk.shared:
        schema["definitions"] = walk.shared
    made: Schema = as_draft_07(schema) if draft == "draft-07" else schema
    return made


class _Walk:
    """Goes through a schema of its own and writes names and snippets into it."""

    def __init__(self, places: Mapping[str, str], names: EditorNames, snippets: Mapping[str, Any]) -> None:
        self._places = places
        self._names = names
        self._snippets = snippets
        #: What the keys of a map have in common, by name.
        self.shared: Schema = {}

    def visit(self, schema: Any, place: str) -> None:
        if not isinstance(schema, dict):
            return
        words = self._names.get(self._places.get(place, ""))
        if words:
            _only(schema, words, self._places[place])
        if place in self._snippets:
            schema["defaultSnippets"] = self._snippets[place]
        start = f"{place}." if place else ""
        for key, inner in schema.get("properties", {}).items():
            self.visit(inner, f"{start}{key}")
        for pattern, inner in list(schema.get("patternProperties", {}).items()):
            prefix = f"{found[1]}." if (found := _PREFIX.match(pattern)) else ""
            self.visit(inner, f"{start}{prefix}*:")
            keys = self._names.get(self._places.get(f"{start}{prefix}*", ""))
            if keys:
                self._only_keys(schema, pattern, {f"{prefix}{key}": said for key, said in keys.items()})
        self.visit(schema.get("items"), f"{place}[]")
        if self._names.get(self._places.get(f"{place}[]", "")):
            schema.pop("examples", None)
        for inner in schema.get("prefixItems", ()):
            self.visit(inner, f"{place}[0]")
        self.visit(schema.get("else"), place)

    def _only_keys(self, schema: Schema, pattern: str, words: Mapping[str, str]) -> None:
        """Puts one property for each of `words` in place of the pattern that stands for all of them."""
        inner = schema["patternProperties"].pop(pattern)
        if not schema["patternProperties"]:
            del schema["patternProperties"]
        schema.pop("examples", None)
        name = inner["title"].lower().replace(" ", "_")
        while self.shared.setdefault(name, inner) != inner:
            name = f"{name}_too"
        same = {"$ref": f"#/definitions/{name}"}
        named = {
            key: {**same, "description": f"{said}\n\n{inner['description']}"} for key, said in words.items()
        }
        schema["properties"] = {**named, **schema.get("properties", {})}


def _only(schema: Schema, words: Mapping[str, str], name: str) -> None:
    """Lets a text be one of `words` and says of each what it is."""
    # Our examples are keys of the catalog that comes along; an editor would offer them.
    schema.pop("examples", None)
    message = f"this catalog has no such {name}; if it is new, renew this with `entitlements schema --write`"
    if "object" in schema["type"]:
        schema["pattern"], schema["patternErrorMessage"] = f"^({'|'.join(words)})$", message
        return
    schema["enum"] = list(words)
    schema["enumDescriptions"] = schema["markdownEnumDescriptions"] = list(words.values())
    schema["errorMessage"] = message
