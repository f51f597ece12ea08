"""The command line as a whole: its list of commands, slips in their names, a reader that leaves early."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from entitlements.cli.main import COMMANDS, SECTIONS

ROOT = Path(__file__).resolve().parents[2]


def test_reader_that_has_enough_is_no_failure() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "entitlements", "demo"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read().decode()
    assert running.returncode == 0, said
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_commands_are_listed_by_what_they_are_about_as_in_the_reference(cli: Any) -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    sections = {
        title: re.findall(r"^### `(.*)`$", text, re.MULTILINE)
        for title, text in re.findall(r"^## (.*)\n((?:(?!## ).*\n?)*)", page, re.MULTILINE)
    }
    assert {title: list(commands) for title, commands in SECTIONS.items()} == {
        title: commands for title, commands in sections.items() if commands
    }
    listed = cli("--help").out.partition("--help ")[2].splitlines()
    assert [line.split()[0] for line in listed if re.match(r"  [a-z]", line)] == list(COMMANDS)


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS if name != "demo")])
def test_help_has_no_word_of_one_catalog_for_its_subjects(words: tuple[str, ...], cli: Any) -> None:
    ran = cli(*words, "--help")
    assert ran.code == 0
    assert "project space" not in ran.words


@pytest.mark.parametrize(
    ("typed", "meant"), [("subscribtion", "subscription"), ("Audit", "audit"), ("overrides", "override")]
)
def test_misspelt_command_is_told_what_is_meant(typed: str, meant: str, cli: Any) -> None:
    ran = cli(typed)
    assert ran.code == 2
    assert f"did you mean {meant}" in ran.err
    assert "did you mean" not in cli("xyzzy").err


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_has_examples_that_fit_the_screen(name: str, cli: Any) -> None:
    command = importlib.import_module(f"entitlements.cli.{name}").command
    subcommands = command.commands if isinstance(command, click.Group) else {None: command}
    for sub in subcommands:
        words = [name] if sub is None else [name, sub]
        lines = cli(*words, "--help").lines
        examples = [line for line in lines if line.startswith("    entitlements ")]
        assert name == "status" or any(" ".join(words) in line for line in examples), words
        assert [line for line in examples if len(line) > 80] == []


@pytest.mark.parametrize("words", [(), ("store",), ("override",)])
def test_a_group_alone_shows_its_help(words: tuple[str, ...], cli: Any) -> None:
    ran = cli(*words)
    assert ran.code == 2
    assert ran.err.startswith("Usage: entitlements")
    assert "Error" not in ran.err
