from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from entitlements.catalog.schema import KINDS
from entitlements.cli.main import COMMANDS


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind_has_its_schema(cli: Any, kind: str) -> None:
    ran = cli("schema", kind)
    assert ran.code == 0
    schema = json.loads(ran.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:entitlements:schema:{kind}:1"


def test_underscores_will_do(cli: Any) -> None:
    assert cli("schema", "add_ons").out == cli("schema", "add-ons").out


def test_the_kinds_are_listed_with_their_files(cli: Any) -> None:
    ran = cli("schema")
    assert ran.out == cli("schema", "--list").out
    for kind in KINDS:
        assert any(line.startswith(f"{kind} ") for line in ran.lines), kind
    kinds = {row["kind"]: row["files"] for row in cli("schema", "--json").document["kinds"]}
    assert list(kinds) == list(KINDS)
    assert (kinds["catalog"], kinds["plan"], kinds["plan-tests"]) == (
        "catalog.yaml",
        "*.yaml",
        "tests/*.yaml",
    )


def test_an_unknown_kind_is_wrong_usage(cli: Any) -> None:
    near, far = cli("schema", "plam"), cli("schema", "zzzzzz")
    assert (near.code, far.code) == (2, 2)
    assert "did you mean plan" in near.err
    assert "the kinds are catalog, features" in far.err


@pytest.mark.parametrize("name", ["check", "compare", "matrix", "plugins", "schema", "show", "why"])
def test_help_shows_each_example_on_a_line_of_its_own(cli: Any, name: str) -> None:
    assert name in COMMANDS
    help_text = importlib.import_module(f"entitlements.cli.{name}").command.help
    assert "Examples:" in help_text
    ran = cli(name, "--help")
    assert ran.code == 0
    examples = [line.strip() for line in help_text.partition("Examples:")[2].splitlines() if line.strip()]
    assert examples
    assert [line.strip() for line in ran.lines if line.startswith("    entitlements")] == examples
    assert max(map(len, ran.lines)) <= 80


def test_the_list_of_commands_comes_with_examples(cli: Any) -> None:
    ran = cli("--help")
    assert "    entitlements compare pro standard" in ran.lines
    assert all(any(line.startswith(f"  {name} ") for line in ran.lines) for name in COMMANDS)
