from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from entitlements.catalog.shape.schema import KINDS
from entitlements.cli.main import COMMANDS
from tests.small_catalog import FILES, write


@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind_has_its_schema_in_both_drafts(cli: Any, kind: str) -> None:
    for options, draft in (
        ((), "http://json-schema.org/draft-07/schema#"),
        (("--draft", "2020-12"), "https://json-schema.org/draft/2020-12/schema"),
    ):
        ran = cli("schema", kind, *options)
        assert ran.code == 0
        schema = json.loads(ran.out)
        assert schema["$schema"] == draft
        assert schema["$id"] == f"urn:entitlements:schema:{kind}:1"


def test_the_catalog_here_lends_its_names(cli: Any, tmp_path: Path) -> None:
    assert "enum" not in json.loads(cli("schema", "plan").out)["properties"]["features"]["items"]
    write(tmp_path / "plans")
    for options in ((), ("--draft", "2020-12")):
        items = json.loads(cli("schema", "plan", *options).out)["properties"]["features"]["items"]
        assert items["enum"] == ["exports", "reports", "security"]
        assert items["enumDescriptions"][1] == "Reports. Data can be summed up."
    named = json.loads(cli("--catalog", "shipped", "schema", "plan").out)
    assert "api_access" in named["properties"]["features"]["items"]["enum"]


def test_checkers_are_offered_with_what_they_do(cli: Any) -> None:
    schema = json.loads(cli("--catalog", "shipped", "schema", "features").out)
    (feature,) = schema["properties"]["features"]["patternProperties"].values()
    checks = feature["properties"]["checks"]["properties"]
    assert "kept_readable" in checks
    assert checks["kept_readable"]["description"].startswith("Judges features whose loss is `read_only`")


def test_write_renews_the_schemas_and_leaves_settings_alone(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans")
    ran = cli("schema", "--write")
    assert ran.code == 0
    assert "plans/.schemas/plan.schema.json" in ran.lines
    assert "plans/.vscode/settings.json" in ran.lines
    (plans / ".vscode" / "settings.json").write_text("{}", encoding="utf-8")
    assert cli("schema", "--write").words.startswith("nothing to renew")
    with (plans / "features" / "core.yaml").open("a", encoding="utf-8") as file:
        file.write("  maps: {title: Maps, description: Places., on_loss: {effect: closed}}\n")
    document = cli("schema", "--write", "--json").document
    assert "plans/.schemas/plan.schema.json" in document["written"]
    assert "maps" in (plans / ".schemas" / "plan.schema.json").read_text(encoding="utf-8")
    assert (plans / ".vscode" / "settings.json").read_text(encoding="utf-8") == "{}"


def test_write_wants_a_catalog(cli: Any) -> None:
    assert cli("schema", "--write").code == 2
    assert cli("--catalog", "nowhere", "schema", "--write").code == 2


def test_what_is_beside_the_catalog_is_no_part_of_it(cli: Any, tmp_path: Path) -> None:
    hidden = {".schemas/a.yaml": "[", ".vscode/b.yaml": "[", "features/.old/c.yaml": "["}
    write(tmp_path / "plans", {**FILES, **hidden})
    assert cli("validate").code == 0


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


@pytest.mark.parametrize(
    "name", ["check", "compare", "edit", "init", "matrix", "plugins", "schema", "show", "why"]
)
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


def test_an_edit_renews_the_schemas_that_lie_there(cli: Any, tmp_path: Path) -> None:
    cli("init")
    ran = cli("edit", "new-plan", "pro", "--extends", "plus", "--title", "Pro", "--after", "plus")
    assert ran.lines[-1] == "The schemas for editors are renewed too."
    schema = (tmp_path / "plans" / ".schemas" / "plan.schema.json").read_text(encoding="utf-8")
    assert '"pro"' in schema
    assert cli("schema", "--write").words.startswith("nothing to renew")
    assert "for editors" not in cli("edit", "set", "pro", "sold", "by_sales").out
    document = cli("edit", "new-plan", "max", "--extends", "pro", "--title", "Max", "--json").document
    assert "plans/.schemas/plan.schema.json" in document["files"]
    assert ".schemas" not in document["diff"]


def test_an_edit_that_is_only_shown_renews_nothing(cli: Any, tmp_path: Path) -> None:
    cli("init")
    before = (tmp_path / "plans" / ".schemas" / "plan.schema.json").read_bytes()
    cli("edit", "new-plan", "pro", "--extends", "plus", "--title", "Pro", "--diff")
    assert (tmp_path / "plans" / ".schemas" / "plan.schema.json").read_bytes() == before


def test_validate_says_that_editors_lack_a_name(cli: Any, tmp_path: Path) -> None:
    cli("init")
    note = "Editors do not know all names yet: entitlements schema --write"
    features = tmp_path / "plans" / "features" / "data.yaml"
    assert note not in cli("validate").out
    with features.open("a", encoding="utf-8") as file:
        file.write("  maps: {title: Maps, description: Places., on_loss: {effect: closed}}\n")
    assert cli("validate").lines[-1] == note
    assert cli("validate", "--fix").lines[-1] == note
    assert note not in cli("validate", "--format", "markdown").out
    cli("schema", "--write")
    assert note not in cli("validate").out
    features.write_text("group: [", encoding="utf-8")
    assert note not in cli("validate").out


def test_a_catalog_without_schemas_is_left_without(cli: Any, tmp_path: Path) -> None:
    plans = write(tmp_path / "plans")
    cli("edit", "set", "pro", "title", "Professional")
    cli("validate")
    assert not (plans / ".schemas").exists()


def test_a_fix_is_told_to_editors_too(cli: Any, tmp_path: Path) -> None:
    cli("init")
    cli("publish", "--yes")
    assert "Editors" not in cli("validate").out
    features = tmp_path / "plans" / "features" / "data.yaml"
    with features.open("a", encoding="utf-8") as file:
        file.write("  maps: {titel: Maps, description: Places., on_loss: {effect: closed}}\n")
    cli("validate", "--fix")
    assert cli("schema", "--write").words.startswith("nothing to renew")
