"""What editors are given: our own verdicts, in draft-07, with the names that the catalog surely has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from entitlements.catalog.editor.draft07 import as_draft_07
from entitlements.catalog.editor.names import editor_names
from entitlements.catalog.editor.schema import editor_schema
from entitlements.catalog.load import read_catalog, shipped_folder
from entitlements.catalog.shape.schema import KINDS, schema_for
from tests.small_catalog import FILES, edited, write

#: Put in place of each value in turn; no date that is none and no 1.0, of which draft-07 cannot tell.
STRANGE: tuple[Any, ...] = ("", "no such word", -1, 3, True, [], ["a", "a"], {}, {"a": 1}, None)


def variants(value: Any) -> Iterator[Any]:
    """`value` with one part left out, added, or of another kind."""
    yield from STRANGE
    if isinstance(value, dict):
        yield {**value, "unheard_of": 1}
        for key, inner in value.items():
            rest = {other: kept for other, kept in value.items() if other != key}
            yield rest
            yield from ({**rest, key: changed} for changed in variants(inner))
    elif isinstance(value, list):
        for number, inner in enumerate(value[:2]):
            yield from ([*value[:number], changed, *value[number + 1 :]] for changed in variants(inner))


@pytest.mark.parametrize("kind", KINDS)
def test_draft_07_refuses_and_accepts_the_same(kind: str, tmp_path: Path) -> None:
    ours: Any = Draft202012Validator(schema_for(kind))
    theirs: Any = Draft7Validator(editor_schema(kind))
    documents = read_catalog(write(tmp_path / "c", RICH)).of_kind(kind)
    assert documents
    verdicts = set()
    for document in documents:
        for value in variants(document.value):
            verdict = ours.is_valid(value)
            assert theirs.is_valid(value) is verdict, value
            verdicts.add(verdict)
    assert verdicts == {True, False}


RICH = {
    **FILES,
    "next/pro.yaml": f"{FILES['pro.yaml']}effective_from: 2027-01-01\nexisting_subscribers: keep\n",
    "samples/more.yaml": """\
- subject: a
  overrides:
    - {kind: test, give: reports, because: x, by: y, start: 2026-01-01, end: never}
    - {kind: test, cap: users, set: 3, because: x, by: y, start: 2026-01-01, end: never}
- subject: b
  subscriptions: [{plan: pro, add_ons: [{add_on: more_users}]}]
""",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("draft", ["draft-07", "2020-12"])
def test_every_shipped_file_is_valid_with_the_names_of_its_catalog(kind: str, draft: Any) -> None:
    reading = read_catalog(shipped_folder())
    schema = editor_schema(kind, editor_names(reading.documents), draft=draft)
    validator = Draft7Validator if draft == "draft-07" else Draft202012Validator
    validator.check_schema(schema)
    checked: Any = validator(schema)
    for document in reading.of_kind(kind):
        assert list(checked.iter_errors(document.value)) == [], document.file


def words(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for word, inner in schema.items():
            yield word
            yield from words(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from words(inner)


@pytest.mark.parametrize("kind", KINDS)
def test_what_draft_07_lacks_and_editors_word_badly_is_gone(kind: str) -> None:
    newer = {"$defs", "dependentRequired", "dependentSchemas", "prefixItems", "oneOf", "$ref"}
    assert newer & set(words(editor_schema(kind))) == set()


def test_a_key_that_is_missing_is_named_in_our_message() -> None:
    made = as_draft_07({"type": "object", "required": ["a", "b"], "errorMessage": "a reason"})
    assert [rule["errorMessage"] for rule in made["allOf"]] == [
        '"a" is missing: a reason',
        '"b" is missing: a reason',
    ]


def test_names_that_a_broken_file_may_declare_are_left_open(tmp_path: Path) -> None:
    files = {**FILES, "features/more.yaml": "["}
    names = editor_names(read_catalog(write(tmp_path / "c", files)).documents)
    assert "feature" not in names
    assert "feature or cap" not in names
    assert list(names["cap"]) == ["users"]
    features = editor_schema("plan", names)["properties"]["features"]["items"]
    assert "enum" not in features


def test_a_plan_is_offered_by_key_by_version_and_by_alias(tmp_path: Path) -> None:
    names = editor_names(read_catalog(write(tmp_path / "c")).documents)
    assert list(names["plan"]) == ["community", "pro"]
    assert names["plan version"].keys() == {
        *("community", "community@0", "free", "free@0"),
        *("pro", "pro@0", "pro@1"),
    }
    assert names["plan version"]["pro@0"] == "Version 0 of Pro."


def test_a_title_that_is_missing_is_no_obstacle(tmp_path: Path) -> None:
    files = edited("features/core.yaml", "    title: Reports\n", "")
    names = editor_names(read_catalog(write(tmp_path / "c", files)).documents)
    assert names["feature"]["reports"] == "Data can be summed up."
