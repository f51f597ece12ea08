"""The reference pages say all there is: a hook, option, field or reason without its line fails here.

The tables of `yaml.md` and `problem-codes.md` must equal what `field_rows` and `code_rows` make of schemas/.
To renew them, run `python -m tests.docs.test_reference` and paste what changed.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import entitlements
from entitlements import Allowance, Checker, Decision, Engine, Entitlements, Question, Reason, hookspecs
from entitlements.catalog.codes import known_codes
from entitlements.catalog.shape.schema import KINDS, schema_for
from entitlements.cli.main import COMMANDS, group
from entitlements.decision import ALLOWING

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
#: Without a leading underscore because other modules of the package use them; no promise to anyone else.
INTERNAL = {
    "program",
    "row",
    "keepable",
    "compared_terms",
    "ask",
    "room",
    "judge",
    "begins_with",
    "time_zone",
}
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("entitlements_"))
FAMILIES = {
    "Y": "reading a file",
    "S": "the shape of a file",
    "R": "references between files",
    "P": "parameters of a checker",
    "V": "versions",
    "L": "advice on a catalog",
    "T": "plan tests",
}
PLURAL = {"zero", "one", "two", "few", "many", "other"}
SHARED = {
    "key": "key",
    "name": "key, hyphens too",
    "text": "text",
    "money": "amount",
    "count": "whole number",
    "instant": "date or time",
    "end": "date, time or `never`",
    "plan_ref": "plan, or `plan@version`",
    "acceptances": "[acceptances](#accepted-advice)",
}
TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "block",
}
PLACEHOLDERS = {"^cap\\.": "cap.CAP", "^effect\\.": "effect.KEY", "^(?!": "FEATURE"}


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next of the same or a higher level."""
    lines = iter(text.splitlines())
    level = next((line.split(" ")[0] for line in lines if line.lstrip("# ") == heading), "")
    assert level, f"no heading {heading!r}"
    found = []
    for line in lines:
        if re.match(rf"#{{1,{len(level)}}} ", line):
            break
        found.append(line)
    return "\n".join(found)


def public_members(kind: type) -> set[str]:
    fields = {field.name for field in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else set()
    names = {*vars(kind), *fields, *getattr(kind, "__slots__", ())}
    return {name for name in names if not name.startswith("_")}


def arguments(function: Any) -> str:
    """`(feature, params)`: the names of what a caller gives, as the pages write them."""
    parameters = inspect.signature(function).parameters.values()
    shown: list[str] = []
    for parameter in parameters:
        if parameter.name in {"self", "cls"}:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not any("*" in name for name in shown):
            shown.append("*")
        shown.append(f"**{parameter.name}" if parameter.kind is parameter.VAR_KEYWORD else parameter.name)
    return f"({', '.join(shown)})"


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_there_with_its_arguments(hook: str) -> None:
    text = section(page("hooks.md"), f"`{hook}{arguments(getattr(hookspecs, hook))}`")
    for word in ("When", "Called", "Returns", "Combining", "Errors"):
        assert f"**{word}**" in text, f"{hook}: no {word}"


def test_every_attribute_and_method_of_a_checker_is_there() -> None:
    text = section(page("hooks.md"), "`Checker`")
    wanted = {
        f"`{name}{arguments(member)}`" if inspect.isfunction(member := vars(Checker)[name]) else f"`{name}`"
        for name in public_members(Checker)
    }
    assert {name for name in wanted if name not in text} == set()


def test_all_that_a_question_holds_is_there() -> None:
    text = section(page("hooks.md"), "`Question`")
    methods = {"usage"}
    wanted = {f"`{name}()`" if name in methods else f"`{name}`" for name in public_members(Question)}
    assert {name for name in wanted if name not in text} == set()


@pytest.mark.parametrize("kind", [Engine, Entitlements, Decision, Allowance], ids=lambda kind: kind.__name__)
def test_every_public_member_of_the_main_classes_is_there(kind: type) -> None:
    text = section(page("python.md"), f"`{kind.__name__}`")
    missing = {
        name
        for name in public_members(kind) - INTERNAL
        if not re.search(rf"`(?:\w+\.)?{name}(?:\(.*\))?`", text)
    }
    assert missing == set()


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (kind, name)
        for kind in (Engine, Entitlements)
        for name in sorted(public_members(kind) - INTERNAL)
        if inspect.isfunction(getattr(kind, name)) or inspect.ismethod(getattr(kind, name))
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_methods_are_shown_with_their_arguments(kind: type, method: str) -> None:
    text = section(page("python.md"), f"`{kind.__name__}`")
    assert f"`{method}{arguments(getattr(kind, method))}`" in text


def test_every_public_name_is_there() -> None:
    lines = page("python.md").splitlines()
    cells = [line.split("|")[1] for line in lines if line.startswith("| `")]
    homes = [*cells, *(line for line in lines if line.startswith("#")), section("\n".join(lines), "Plugins")]
    assert [name for name in entitlements.__all__ if not any(f"`{name}`" in home for home in homes)] == []


def test_every_reason_is_in_the_table_in_order_of_precedence() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (yes|no) \|", page("decisions.md"), re.MULTILINE)
    assert rows == [(reason.value, "yes" if reason in ALLOWING else "no") for reason in Reason]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_there_with_its_options(name: str) -> None:
    text = section(page("cli.md"), f"`{name}`")
    for command in commands_of(name):
        assert missing_options(command, text) == []
        for argument in (p for p in command.params if isinstance(p, click.Argument)):
            shown = argument.make_metavar(click.Context(command))
            assert shown in text, f"{name}: {shown}"
        assert str(command.name) in text


def commands_of(name: str) -> list[click.Command]:
    """The command of that name, and if it is a group those in it."""
    command: click.Command = importlib.import_module(f"entitlements.cli.{name}").command
    return [command, *command.commands.values()] if isinstance(command, click.Group) else [command]


def test_every_global_option_is_there_with_its_variable() -> None:
    text = section(page("cli.md"), "Global options")
    assert missing_options(group, text) == []
    variables = [option.envvar for option in group.params if option.envvar]
    assert [name for name in variables if f"`{name}`" not in text] == []


def test_no_option_is_there_that_does_not_exist() -> None:
    known = {"--help", *(opt for p in group.params for opt in p.opts)}
    for name in COMMANDS:
        known |= {opt for command in commands_of(name) for p in command.params for opt in p.opts}
    assert set(re.findall(r"`(--[a-z-]+)", page("cli.md"))) <= known


def missing_options(command: click.Command, text: str) -> list[str]:
    options = [
        opt for p in command.params if isinstance(p, click.Option) for opt in p.opts if opt != "--help"
    ]
    return [opt for opt in options if f"`{opt}" not in text]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_problem_code_is_there(family: str) -> None:
    lines = section(page("problem-codes.md"), f"`{family}`: {FAMILIES[family]}").splitlines()
    assert [line for line in lines if line.startswith("| `")] == list(code_rows(family))


def test_every_family_of_problem_codes_has_its_section() -> None:
    assert {code[0] for code in known_codes()} <= FAMILIES.keys()


def code_rows(family: str) -> Iterator[str]:
    """The rows of the table of a family of problem codes."""
    for code in known_codes().values():
        if code.code.startswith(family):
            yield f"| `{code.code}` | {_cell(code.title)} | {_cell(code.explanation)} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_file_is_there(kind: str) -> None:
    found = [line for line in section(page("yaml.md"), f"`{kind}`").splitlines() if line.startswith("| `")]
    assert found == list(field_rows(kind))


def test_every_field_of_an_acceptance_is_there() -> None:
    lines = section(page("yaml.md"), "Accepted advice").splitlines()
    assert [line for line in lines if line.startswith("| `")] == list(acceptance_rows())


def acceptance_rows() -> Iterator[str]:
    """The rows of the table of `accept`, which several kinds of file share."""
    yield from _rows(schema_for("plan")["$defs"]["acceptances"]["items"], {}, "accept[].")


def field_rows(kind: str) -> Iterator[str]:
    """The rows of the table of a kind of file: field, what may stand there, if it must, what it means."""
    schema = schema_for(kind)
    shared = schema.get("$defs", {})
    if kind == "subjects":
        yield from _rows(shared["first"]["then"], shared, "")
        schema = shared["record"]
    yield from _rows(schema, shared, "")


def _rows(node: dict[str, Any], shared: dict[str, Any], prefix: str) -> Iterator[str]:
    named = [
        (name, field, name in node.get("required", ())) for name, field in node.get("properties", {}).items()
    ]
    patterned = [(_placeholder(p), field, False) for p, field in node.get("patternProperties", {}).items()]
    for name, field, needed in (*named, *patterned):
        if isinstance(field, bool):
            continue
        path = f"{prefix}{name}"
        meaning = _cell(field.get("description", ""))
        yield f"| `{path}` | {_value(field)} | {'yes' if needed else ''} | {meaning} |"
        if not _is_plural(field):
            yield from _rows(field, shared, f"{path}.")
            if isinstance(field.get("items"), dict):
                yield from _rows(field["items"], shared, f"{path}[].")


def _placeholder(pattern: str) -> str:
    if "(\\." in pattern:
        return "TEXT_KEY"
    return next((name for start, name in PLACEHOLDERS.items() if pattern.startswith(start)), "KEY")


def _is_plural(field: dict[str, Any]) -> bool:
    return bool(field.get("properties", {}).keys() == PLURAL)


def _value(field: dict[str, Any]) -> str:
    """What may stand at a field, in words."""
    if "$ref" in field:
        return SHARED[field["$ref"].removeprefix("#/$defs/")]
    if "format" in field:
        return "date or `never`"
    if "enum" in field:
        return " · ".join(f"`{word}`" for word in field["enum"])
    if _is_plural(field):
        return "noun forms"
    kinds = [field["type"]] if isinstance(field["type"], str) else list(field["type"])
    if kinds == ["array"]:
        return f"list of {_value(field['items'])}"
    if kinds == ["string", "array"]:
        return "text, or a list of such"
    words = _words(field.get("pattern", "")) if "string" in kinds else []
    parts = [
        *(f"`{word}`" for word in words),
        *(TYPES[kind] for kind in kinds if kind != "string" or not words),
    ]
    if "number" in kinds:
        parts[-1] = "amount"
    if "patternProperties" in field and "properties" not in field:
        parts[-1] = (
            "blocks by key"
            if any("properties" in p for p in field["patternProperties"].values())
            else "by key"
        )
    return " or ".join(parts)


def _words(pattern: str) -> list[str]:
    found = re.match(r"\^\(([a-z_|]+)(?:\|.*)?\)\$$", pattern)
    return found[1].rstrip("|").split("|") if found else []


def tables() -> Iterator[str]:
    """Every generated table, to renew the pages from."""
    for letter, about in FAMILIES.items():
        yield f"## `{letter}`: {about}\n\n| code | problem | what to do |\n| --- | --- | --- |"
        yield from code_rows(letter)
    for kind in KINDS:
        yield f"## `{kind}`\n\n| field | value | needed | meaning |\n| --- | --- | --- | --- |"
        yield from field_rows(kind)
    yield "## Accepted advice\n\n| field | value | needed | meaning |\n| --- | --- | --- | --- |"
    yield from acceptance_rows()


if __name__ == "__main__":
    sys.stdout.write("\n".join(tables()))
