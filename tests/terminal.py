"""A terminal screen as a picture: what a command prints, with its colours, as SVG."""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from entitlements.catalog.load import shipped_folder

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 80
#: Name of a picture → the command that it shows, in a folder with the shipped plans and two slips in them.
SCREENS = {"validate": "validate"}
SLIPS = (
    ("pro.yaml", "  - api_access", "  - api_acess"),
    ("advanced.yaml", "mobile_users: {included: 500", "mobile_users: {inclded: 500"),
)


def printed(command: str, folder: Path) -> str:
    """What `entitlements COMMAND` prints on a terminal of 80 columns, with the codes for its colours."""
    plans = Path(shutil.copytree(shipped_folder(), folder / "plans"))
    for name, right, wrong in SLIPS:
        text = (plans / name).read_text(encoding="utf-8")
        assert text.count(right) == 1, (name, right)
        (plans / name).write_text(text.replace(right, wrong), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    ours, theirs = pty.openpty()
    arguments = [sys.executable, "-m", "entitlements", *command.split()]
    with subprocess.Popen(arguments, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL):
        os.close(theirs)
        found = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return found.decode().replace("\r\n", "\n").rstrip()


def picture(command: str, output: str) -> str:
    """The screen as SVG, which loads nothing."""
    console = Console(record=True, file=io.StringIO(), force_terminal=True, width=COLUMNS)
    console.print(Text("$ ", style="green bold") + Text(f"entitlements {command}", style="bold"))
    console.print(Text.from_ansi(output), soft_wrap=False)
    drawn = console.export_svg(title="entitlements", unique_id=command)
    return re.sub(r"\s*@font-face \{.*?\}", "", drawn, flags=re.DOTALL)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # the other side is closed
        return b""
