"""The small catalog in `example-files/valid/small`, in which nothing is wrong: to write, edit and read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

Files = Mapping[str, str]

FOLDER = Path(__file__).resolve().parent / "example-files" / "valid" / "small"
#: Name inside the folder → text.
FILES: Files = {
    path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(FOLDER.rglob("*.yaml"))
}


def write(folder: Path, files: Files = FILES) -> Path:
    """`folder` with all of `files` in it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


def edited(name: str, old: str, new: str, files: Files = FILES) -> dict[str, str]:
    """The files with `old` replaced by `new` in one of them; `old` must stand there once."""
    assert files[name].count(old) == 1, f"{old!r} stands {files[name].count(old)} times in {name}"
    return {**files, name: files[name].replace(old, new)}


def overlaid(text: str, part: str) -> str:
    """A file of keys with `part` in place of what it says of the same keys."""
    keys = {line.partition(":")[0] for line in part.splitlines() if re.match(r"\w+:", line)}
    kept, keep = [], True
    for line in text.splitlines(keepends=True):
        if not line.startswith((" ", "-", "#")):
            keep = line.partition(":")[0] not in keys
        if keep:
            kept.append(line)
    return "".join(kept) + part
