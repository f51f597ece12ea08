"""The schemas themselves: valid, closed, explained, and alike where they say the same."""

from __future__ import annotations

import importlib.resources
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry

SOURCE = Path(__file__).parent.parent / "entitlements"
SCHEMAS = importlib.resources.files("entitlements.schemas")
INPUTS = sorted(path.name for path in SCHEMAS.iterdir() if path.name.endswith(".json"))
OUTPUTS = sorted(path.name for path in (SCHEMAS / "output").iterdir() if path.name.endswith(".json"))
INNER = {"properties", "patternProperties", "dependentSchemas", "$defs"}


def load(name: str, folder: str = "") -> dict[str, Any]:
    path = SCHEMAS / folder / name if folder else SCHEMAS / name
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def subschemas(schema: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if not isinstance(schema, dict):
        return
    yield path, schema
    for word, value in schema.items():
        if word in INNER:
            for key, inner in value.items():
                yield from subschemas(inner, f"{path}/{word}/{key}")
        elif word in {"items", "then", "else"}:
            yield from subschemas(value, f"{path}/{word}")
        elif word in {"prefixItems", "oneOf"}:
            for i, inner in enumerate(value):
                yield from subschemas(inner, f"{path}/{word}/{i}")


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named field, with what its `$ref` adds."""
    defs = schema.get("$defs", {})
    for path, inner in subschemas(schema):
        for word in ("properties", "patternProperties"):
            for key, field in inner.get(word, {}).items():
                if isinstance(field, dict):
                    name = field.get("$ref", "").removeprefix("#/$defs/")
                    yield f"{path}/{key}", {**defs.get(name, {}), **field}


def test_every_kind_of_file_has_a_schema() -> None:
    kinds = "add-ons catalog features lang next plan plan-tests published subjects"
    assert {f"{kind}.schema.json" for kind in kinds.split()} == set(INPUTS)


def test_every_json_document_has_a_schema() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py")))
    names = set(re.findall(r'"schema": "entitlements/([a-z-]+)/1"', code))
    assert {"check", "error", "status", "validate", "verified"} <= names
    assert {f"{name}.schema.json" for name in names} - set(OUTPUTS) == set()


@pytest.mark.parametrize(("folder", "name"), [("", n) for n in INPUTS] + [("output", n) for n in OUTPUTS])
def test_schema_is_valid_2020_12_with_an_id_of_its_own(folder: str, name: str) -> None:
    schema = load(name, folder)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    prefix = f"{folder}:" if folder else ""
    assert schema["$id"] == f"urn:entitlements:schema:{prefix}{name.removesuffix('.schema.json')}:1"


@pytest.mark.parametrize("name", INPUTS)
def test_objects_are_closed_in_input_schemas(name: str) -> None:
    for path, schema in subschemas(load(name)):
        is_free = path.endswith("/checks/patternProperties/^[a-z][a-z0-9_]{0,99}$")  # parameters of checkers
        if "object" in schema.get("type", ()) and not is_free and "$ref" not in schema:
            closed = [
                schema,
                *(part for word in ("then", "else") if isinstance(part := schema.get(word), dict)),
            ]
            assert any(part.get("additionalProperties") is False for part in closed), path


@pytest.mark.parametrize("name", OUTPUTS)
def test_objects_are_open_and_versioned_in_output_schemas(name: str) -> None:
    schema = load(name, "output")
    assert schema["properties"]["schema"]["const"] == f"entitlements/{name.removesuffix('.schema.json')}/1"
    assert "schema" in schema["required"]
    assert all("additionalProperties" not in inner for _, inner in subschemas(schema))


@pytest.mark.parametrize(("folder", "name"), [("", n) for n in INPUTS] + [("output", n) for n in OUTPUTS])
def test_every_field_has_a_title_a_description_and_an_example(folder: str, name: str) -> None:
    for path, field in fields(load(name, folder)):
        if "/if" in path or "/then/properties/extra" in path:
            continue
        assert field.get("title"), path
        assert field.get("description", "").endswith((".", "?", ")")), path
        if not field.keys() & {"properties", "patternProperties", "items"}:
            assert field.get("examples"), path


@pytest.mark.parametrize(("folder", "name"), [("", n) for n in INPUTS] + [("output", n) for n in OUTPUTS])
def test_every_example_follows_its_own_schema(folder: str, name: str) -> None:
    schema = load(name, folder)
    for path, field in fields(schema):
        validator: Any = Draft202012Validator(
            {**field, "$defs": schema.get("$defs", {})}, registry=Registry()
        )
        for example in field.get("examples", ()):
            assert not list(validator.iter_errors(example)), (path, example)


@pytest.mark.parametrize("name", INPUTS)
def test_every_pattern_is_explained_in_words(name: str) -> None:
    for path, schema in subschemas(load(name)):
        if "pattern" in schema and "/$defs/" in path:
            assert schema.get("patternErrorMessage", "")[:1].islower(), path
    for path, field in fields(load(name)):
        if "pattern" in field:
            assert field.get("patternErrorMessage"), path


def test_definitions_of_one_name_are_the_same_in_every_file() -> None:
    seen: dict[str, Any] = {}
    for name in INPUTS:
        for key, definition in load(name).get("$defs", {}).items():
            assert seen.setdefault(key, definition) == definition, (name, key)


@pytest.mark.parametrize("name", INPUTS)
def test_references_stay_inside_the_file(name: str) -> None:
    schema = load(name)
    for path, inner in subschemas(schema):
        if "$ref" in inner:
            assert inner["$ref"].removeprefix("#/$defs/") in schema["$defs"], path


@pytest.mark.parametrize("name", INPUTS)
def test_no_unions_but_the_choice_of_keys(name: str) -> None:
    for path, schema in subschemas(load(name)):
        assert not schema.keys() & {"anyOf", "allOf", "not"}, path
        assert all(choice.keys() == {"required"} for choice in schema.get("oneOf", ())), path
