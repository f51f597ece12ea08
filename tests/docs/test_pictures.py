"""Pictures of the terminal show what the commands print today."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import click
import pytest

from tests.pictures import FOLDER
from tests.terminal import SCREENS, printed


@pytest.mark.parametrize("name", SCREENS)
def test_a_picture_shows_what_the_command_prints(name: str, tmp_path: Path) -> None:
    drawn = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    words = "".join(unescape("".join(shown)).split())
    assert words.endswith("".join(click.unstyle(printed(SCREENS[name], tmp_path)).split()))


@pytest.mark.parametrize("name", SCREENS)
def test_a_picture_loads_nothing(name: str) -> None:
    drawn = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert not re.findall(r"(?:url\(|href=|src=)[\"']?http[^)\"']*", drawn)
