"""`entitlements init`: what it makes is right from the first minute, and nothing is overwritten."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from entitlements.catalog.shape.schema import KINDS


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_new_catalog_is_without_problems_and_its_tests_pass(cli: Any) -> None:
    made = cli("init")
    assert made.code == 0
    assert made.lines[0] == "Made a catalog in plans/"
    assert cli("validate", "--strict").code == 0
    assert cli("test").words == "2 passed"
    assert cli("matrix").code == 0


def test_each_file_says_what_it_is_for_and_where_its_schema_is(cli: Any, tmp_path: Path) -> None:
    cli("init")
    plans = tmp_path / "plans"
    written = [name for name in files_in(plans) if name.endswith(".yaml")]
    assert len(written) == 6
    for name in written:
        head, comment, *_ = (plans / name).read_text(encoding="utf-8").splitlines()
        schema = head.removeprefix("# yaml-language-server: $schema=")
        assert ((plans / name).parent / schema).is_file(), head
        assert comment.startswith("# ")


def test_editors_get_a_schema_of_each_kind_and_settings(cli: Any, tmp_path: Path) -> None:
    cli("init")
    plans = tmp_path / "plans"
    settings = json.loads((plans / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    assert {f"./.schemas/{kind}.schema.json" for kind in KINDS} == settings["yaml.schemas"].keys()
    assert all((plans / name).is_file() for name in settings["yaml.schemas"])
    extensions = json.loads((plans / ".vscode" / "extensions.json").read_text(encoding="utf-8"))
    assert extensions == {"recommendations": ["redhat.vscode-yaml"]}


def test_what_is_chosen_stands_in_the_files(cli: Any, tmp_path: Path) -> None:
    chosen = ("--title", "Clinic: plans", "--subject", "clinic/clinics", "--currency", "KES")
    ran = cli("init", "software", *chosen, "--time-zone", "Africa/Nairobi", "--key", "clinic")
    assert ran.code == 0
    assert "  entitlements --catalog software validate" in ran.lines
    head = (tmp_path / "software" / "catalog.yaml").read_text(encoding="utf-8")
    for line in (
        "catalog: clinic",
        'title: "Clinic: plans"',
        "subject: {one: clinic, other: clinics}",
        "currency: KES",
        "time_zone: Africa/Nairobi",
    ):
        assert line in head.splitlines()
    assert cli("validate", "software", "--strict").code == 0


@pytest.mark.parametrize(
    "title", ["No", "# 1", "Pläne", "It's {ours}", "12", "a\\b", "$key", "- a", "Plans: "]
)
def test_any_title_will_do(title: str, cli: Any) -> None:
    assert cli("init", "--title", title, "--key", "ours").code == 0
    assert cli("validate", "--strict").code == 0
    shown = json.loads(cli("matrix", "--json").out)
    assert shown["schema"] == "entitlements/matrix/1"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--key", "Nine 9", 'catalog cannot be "Nine 9"'),
        ("--title", " ", "write some text"),
        ("--subject", "clinic", "--subject is written as one/many, such as clinic/clinics"),
        ("--currency", "dollar", 'currency cannot be "dollar"'),
        ("--time-zone", "Mars", 'there is no time zone "Mars"'),
    ],
)
def test_a_choice_that_cannot_be_makes_nothing(
    option: str, value: str, words: str, cli: Any, tmp_path: Path
) -> None:
    ran = cli("init", option, value)
    assert ran.code == 2
    assert words in ran.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["other.yml", "tests/test_it.py", ".schemas/plan.schema.json", ".vscode"])
def test_nothing_is_overwritten(there: str, cli: Any, tmp_path: Path) -> None:
    held = tmp_path / "plans" / there
    held.parent.mkdir(parents=True)
    held.write_text("mine", encoding="utf-8")
    ran = cli("init")
    assert ran.code == 2
    assert f"plans/ already holds {there.partition('/')[0]}, and nothing is overwritten" in ran.err
    assert files_in(tmp_path) == {f"plans/{there}"}
    assert held.read_text(encoding="utf-8") == "mine"


def test_a_second_time_makes_nothing(cli: Any, tmp_path: Path) -> None:
    cli("init")
    before = {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)}
    ran = cli("init", "--title", "Others")
    assert ran.code == 2
    assert "plans/ already holds a catalog, and nothing is overwritten. Name a new folder" in ran.err
    assert {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)} == before


@pytest.mark.parametrize("mine", ['{"editor.rulers": [80],} // mine', ""])
def test_settings_of_an_editor_stay_as_they_are(mine: str, cli: Any, tmp_path: Path) -> None:
    settings = tmp_path / "plans" / ".vscode" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(mine, encoding="utf-8")
    ran = cli("init")
    assert ran.code == 0
    said = "\n\nplans/.vscode/settings.json stayed as before. Begin each new file with the"
    assert said in ran.out
    assert settings.read_text(encoding="utf-8") == mine
    assert (settings.parent / "extensions.json").is_file()
    assert cli("validate", "--strict").code == 0


def test_json_names_what_stayed(cli: Any, tmp_path: Path) -> None:
    extensions = tmp_path / "new" / ".vscode" / "extensions.json"
    extensions.parent.mkdir(parents=True)
    extensions.write_text("{}", encoding="utf-8")
    document = cli("init", "new", "--json").document
    assert document["kept"] == [".vscode/extensions.json"]
    assert ".vscode/extensions.json" not in document["files"]


def test_the_catalog_that_comes_along_is_not_made(cli: Any, tmp_path: Path) -> None:
    ran = cli("--catalog", "shipped", "init")
    assert ran.code == 2
    assert "name the folder of a new one" in ran.err
    assert not list(tmp_path.iterdir())


def test_what_it_says_to_run_runs(cli: Any, tmp_path: Path) -> None:
    words = [line.split("entitlements ")[1] for line in cli("init", "our plans").lines[-3:]]
    words.append(
        (tmp_path / "our plans/samples/made-up.yaml")
        .read_text()
        .partition("entitlements ")[2]
        .partition("\n")[0]
    )
    assert [cli(*shlex.split(line)).code for line in words] == [0, 0, 0, 0], words


def test_empty_folders_are_not_in_the_way(cli: Any, tmp_path: Path) -> None:
    for name in ("features", "samples", ".vscode"):
        (tmp_path / "plans" / name).mkdir(parents=True)
    assert cli("init").code == 0
    assert cli("validate", "--strict").code == 0


def test_a_folder_that_holds_other_things_will_do(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Ours", encoding="utf-8")
    assert cli("init", ".").code == 0
    assert cli("validate", ".").code == 0


def test_a_file_in_the_way_is_wrong_usage(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "plans").write_text("", encoding="utf-8")
    assert "plans is a file; name a folder" in cli("init").err
    assert "cannot be made" in cli("init", "plans/inner").err


def test_json_names_the_files(cli: Any, tmp_path: Path) -> None:
    document = cli("init", "--json").document
    assert document["folder"] == "plans"
    assert set(document["files"]) == files_in(tmp_path / "plans")


def test_on_a_terminal_it_asks_for_what_is_not_given(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(question: str, default: str, value_proc: Callable[[str], str]) -> str:
        asked.append(question)
        if "Currency" in question:
            with pytest.raises(click.UsageError, match='currency cannot be "dollar"'):
                value_proc("dollar")
        return value_proc({"Currency of all prices": "CHF"}.get(question, default))

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "prompt", answer)
    assert cli("init", "--title", "Ours").code == 0
    assert asked == [
        "Who has a plan, in one and many",
        "Currency of all prices",
        "Time zone in which days begin",
    ]
    assert "currency: CHF" in (tmp_path / "plans" / "catalog.yaml").read_text(encoding="utf-8")
