"""Edits of a text by place: what stands outside the edited stretches stays as it is, to the byte."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from entitlements.catalog.reading.document import Document, read_bytes
from entitlements.catalog.reading.nodes import Map, Number, Seq
from entitlements.catalog.reading.written import flow_text
from entitlements.errors import EntitlementsError
from entitlements.problems import Mark

_LINE_BREAK = re.compile("\r?\n")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class CannotEdit(EntitlementsError):
    """An edit that is not made: nothing was written. The text says why, `hint` what to do instead."""


class Edit(NamedTuple):
    """Put `text` in place of the characters from `start` to before `end`."""

    start: int
    end: int
    text: str


class Source:
    """The bytes of one file as the text that marks count in: no byte order mark, line ends as they are."""

    __slots__ = ("_bom", "_starts", "text")

    def __init__(self, data: bytes) -> None:
        self._bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        # Bytes that are no UTF-8 stand for themselves, so that they come out as they went in.
        self.text = data[len(self._bom) :].decode("utf-8", "surrogateescape")
        self._starts: list[int] | None = None

    @property
    def line_break(self) -> str:
        """What ends the lines of this file; of the two kinds, that of its first line."""
        found = _LINE_BREAK.search(self.text)
        return found[0] if found else "\n"

    def span(self, mark: Mark) -> tuple[int, int]:
        """Start and end of `mark` as character positions."""
        return self._offset(mark.line, mark.column), self._offset(mark.end_line, mark.end_column)

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """The file with `edits` made, all of them counted in the text as it is now.

        Raises ValueError if two edits want the same characters, or if one lies outside the text.
        """
        parts, at = [], 0
        for start, end, text in sorted(edits, key=lambda edit: (edit.start, edit.end)):
            if not at <= start <= end <= len(self.text):
                msg = f"the edit of {start}:{end} overlaps another, or lies outside the text"
                raise ValueError(msg)
            parts += [self.text[at:start], text]
            at = end
        parts.append(self.text[at:])
        return self._bom + "".join(parts).encode("utf-8", "surrogateescape")

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Where the line of `index` ends, before its line break."""
        found = _LINE_BREAK.search(self.text, index)
        return found.start() if found else len(self.text)

    def _offset(self, line: int, column: int) -> int:
        if self._starts is None:
            self._starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        return self._starts[min(line, len(self._starts)) - 1] + column - 1


class Draft:
    """One readable file while it is edited: its bytes and what they say. An edit gives a new Draft."""

    __slots__ = ("data", "document", "source")

    def __init__(self, data: bytes, file: str) -> None:
        """`file` is the name to show. Raises CannotEdit if it cannot be read as YAML."""
        self.data = data
        self.document: Document = read_bytes(data, file)
        self.source = Source(data)
        if self.document.problems:
            first = self.document.problems[0]
            msg = f"{first.mark}: {first.message}"
            raise CannotEdit(msg, hint="mend this first: only a file that can be read is edited")

    @property
    def value(self) -> Any:
        return self.document.value

    def edited(self, edits: Iterable[Edit], expected: Any) -> Draft:
        """The draft with `edits` made. Raises CannotEdit unless it then reads as `expected`."""
        file = self.document.file
        try:
            draft = Draft(self.source.edited(edits), file)
        except (CannotEdit, ValueError, UnicodeEncodeError):
            draft = None
        if draft is None or not same(draft.value, expected):
            msg = f"{file} is written in a way that this edit cannot follow; nothing was changed"
            raise CannotEdit(msg, hint="edit the file by hand")
        return draft


def same(one: Any, other: Any) -> bool:
    """Whether two values are alike to the type and to how a number is written: `1`, `1.0`, true differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Number) or isinstance(other, Number):
        return getattr(one, "text", None) == getattr(other, "text", None)
    return type(one) is type(other) and bool(one == other)


def plain(value: Any) -> Any:
    """A copy of what was read, in plain dicts and lists that may be changed."""
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def written(value: Any, *, like: str = "") -> str:
    """`value` on one line of YAML; a text in the quotes that `like`, what stood there before, has."""
    if isinstance(value, str):
        if like.startswith('"'):
            quoted = json.dumps(value, ensure_ascii=False)
            return quoted if value.isprintable() else flow_text(value)
        if like.startswith("'") and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        if _DATE.fullmatch(value):
            return value
    return flow_text(value)


def content_end(source: Source, node: Any, start: int, end: int) -> int:
    """Where what a node says ends: its span may reach past it, over empty lines and comments."""
    spans = node.spans if isinstance(node, Map | Seq) else ()
    if spans and source.text[start] not in "[{":
        last = list(node.values())[-1] if isinstance(node, Map) else node[-1]
        return content_end(source, last, spans[-2], spans[-1])
    return start + len(source.text[start:end].rstrip()) if end > start else end
