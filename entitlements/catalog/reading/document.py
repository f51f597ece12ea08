"""Reads one YAML file: values with the place of every part, or problems with theirs. Never an exception.

The rules, in short: UTF-8; YAML 1.2 core scalars, keys always text; no anchors, merge keys, tags or second
documents; duplicate keys are problems; limits on size, depth, parts, texts and digits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entitlements.catalog.reading.files import CannotRead, read_inside
from entitlements.catalog.reading.findings import ReadingStops
from entitlements.catalog.reading.nodes import Map, Number, Seq
from entitlements.catalog.reading.reader import read_events
from entitlements.catalog.reading.text import decode
from entitlements.problems import Mark, Problem, in_file_order

__all__ = ["MAX_BYTES", "Document", "Map", "Number", "Seq", "read_bytes", "read_file"]

MAX_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """What one file holds. The value is fit for use only when there are no problems."""

    #: The name to show.
    file: str
    #: Map, Seq, Number, int, str, bool or None; None also where reading had to stop.
    value: Any
    problems: tuple[Problem, ...]
    #: The place of the value.
    mark: Mark
    #: SHA-256 of the bytes, in hexadecimal; empty if there are none to speak of.
    digest: str

    def mark_at(self, path: Sequence[str | int]) -> Mark:
        """The place of the value that keys and indexes lead to, or of the last step that is there."""
        return self._last_step(path, key=False)

    def key_mark_at(self, path: Sequence[str | int]) -> Mark:
        """The place of the last key of `path`; of the item, if the last step is an index."""
        return self._last_step(path, key=True)

    def _last_step(self, path: Sequence[str | int], *, key: bool) -> Mark:
        value, mark = self.value, self.mark
        for number, step in enumerate(path, start=1):
            if isinstance(value, Map) and isinstance(step, str) and step in value:
                named = key and number == len(path)
                mark = value.key_mark(step) if named else value.value_mark(step)
                value = value[step]
            elif isinstance(value, Seq) and isinstance(step, int) and step < len(value):
                mark, value = value.item_mark(step), value[step]
            else:
                break
        return mark


def read_bytes(data: bytes, file: str) -> Document:
    """The document that `data` holds; `file` is the name to show in marks. Raises nothing for any bytes."""
    digest = hashlib.sha256(data).hexdigest()
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024**2} MB, the most that is read"
        return _unread(Problem("Y109", message, Mark(file), hint="split it into several files"), digest)
    found, sound = decode(data, file)
    value: Any = None
    mark = Mark(file)
    if sound:
        try:
            root = read_events(found)
            if not root or (root[0] is None and root.spans[0] == root.spans[1]):
                found.add("Y114", "the file is empty", (0, 0), hint="fill it, or delete it")
            else:
                value, mark = root[0], root.item_mark(0)
        except ReadingStops:
            pass
    return Document(file, value, in_file_order(found.problems), mark, digest)


def read_file(path: Path, *, root: Path, file: str) -> Document:
    """The document in the file at `path`; `file` is the name to show. Nothing outside `root` is read."""
    try:
        data = read_inside(path, root, MAX_BYTES)
    except CannotRead as error:
        return _unread(Problem(error.code, error.message, Mark(file), hint=error.hint), "")
    return read_bytes(data, file)


def _unread(problem: Problem, digest: str) -> Document:
    return Document(problem.mark.file, None, (problem,), problem.mark, digest)
