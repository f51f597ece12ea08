"""Every example in README.md and docs/ runs: Python in order, console blocks with the output they show.

In a `console` block a line `$ entitlements …` is run and what follows it must be its output; a line `…`
stands for any lines, `…` inside a line for any text. A block `yaml FILE` or the like is written to FILE.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w+)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced example and where it stands."""

    kind: str
    argument: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(found[1], found[2], found[3], text.count("\n", 0, found.start()) + 1)
        for found in FENCE.finditer(text)
    ]


#: These need more than a folder, so tests of their own run them.
ELSEWHERE = {"run-on-postgresql.md"}


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name not in ELSEWHERE],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks(page):
        where = f"{page.relative_to(ROOT)}:{block.line}"
        if block.kind in {"python", "yaml", "text"} and block.argument:
            target = tmp_path / block.argument
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text, encoding="utf-8")
        elif block.kind == "python":
            code = "\n" * block.line + block.text
            exec(compile(code, str(page), "exec"), names)  # noqa: S102  our own examples
        elif block.kind == "console":
            for command, shown in sessions(block):
                assert_output(where, command, shown, tmp_path)


def sessions(block: Block) -> list[tuple[str, str]]:
    """(command, what the page shows for it) of a console block."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2].strip("\n")) for part in parts]


def assert_output(where: str, command: str, shown: str, folder: Path) -> None:
    words = shlex.split(command, comments=True)
    assert words[0] == "entitlements", f"{where}: only entitlements commands are run, not {command!r}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    got = (done.stderr + done.stdout if done.returncode > 1 else done.stdout).strip("\n")
    assert "Traceback" not in done.stderr, f"{where}: {command}\n{done.stderr}"
    assert matches(shown, got), f"{where}: {command}\n--- shown\n{shown}\n--- got\n{got}\n{done.stderr}"


def matches(shown: str, got: str) -> bool:
    pattern = re.escape(shown).replace("\\\n…\\\n", "\\\n(?:.*\\\n)*?").replace("\n…\n", "\n(?:.*\n)*?")
    pattern = pattern.replace("\n…", "\n(?:.|\n)*").replace("…", ".*?")
    return re.fullmatch(pattern, got) is not None


@pytest.mark.parametrize(
    ("shown", "got", "fits"),
    [
        ("a\nb", "a\nb", True),
        ("a\n…\nd", "a\nb\nc\nd", True),
        ("a\n…", "a\nb\nc", True),
        ("a (…)", "a (sha)", True),
        ("a\nb", "a\nc", False),
        ("a", "a\nb", False),
    ],
)
def test_shown_output_is_compared(shown: str, got: str, fits: bool) -> None:
    assert matches(shown, got) is fits


def test_every_page_is_reached_from_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#]+\.md)", index))
    pages = {str(page.relative_to(ROOT / "docs")) for page in PAGES[:] if page.parent != ROOT}
    assert linked >= pages - {"index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    local = [target.partition("#")[0] for target in targets if not target.startswith(("http", "#"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_begins_bold_ends_bold(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [part for part in re.split(r"\n\s*\n", text) if part.count("**") % 2] == []
