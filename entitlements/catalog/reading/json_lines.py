"""Reads JSON lines into the documents that YAML gives, one a line, so that one set of rules judges both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entitlements.catalog.reading.document import MAX_BYTES, Document
from entitlements.catalog.reading.nodes import Lines, Map, Number, Seq
from entitlements.problems import Mark, Problem


class _OneLine(Lines):
    """The whole of one line of a larger file; JSON parsers tell no closer place."""

    __slots__ = ("_mark",)

    def __init__(self, file: str, number: int, text: str) -> None:
        super().__init__(file, text)
        self._mark = Mark(file, number, 1, number, len(text) + 1)

    def mark(self, start: int, end: int) -> Mark:  # noqa: ARG002  every place is the line
        return self._mark


def read_json_lines(path: Path, file: str) -> Iterator[Document]:
    """A list of one value for each line that is not blank; what is no JSON becomes a problem."""
    with path.open("rb") as lines:
        for number, line in enumerate(iter(lambda: lines.readline(MAX_BYTES), b""), 1):
            if line.strip():
                yield read_json_line(line, file, number)


def read_json_line(line: bytes, file: str, number: int) -> Document:
    """A list of the one value on line `number` of `file`."""
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError as error:
        mark = Mark(file, number, error.start + 1, number, error.end + 1)
        return _broken(Problem("Y101", "this line is not UTF-8", mark, hint="save the file as UTF-8"))
    place = _OneLine(file, number, text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=lambda pairs: _map(place, pairs),
            parse_float=Number,
            parse_constant=_refuse,
        )
    except json.JSONDecodeError as error:
        mark = Mark(file, number, error.colno, number, error.colno + 1)
        return _broken(
            Problem(
                "Y108",
                f"this line is no JSON: {error.msg[:1].lower()}{error.msg[1:]}",
                mark,
                hint="write one complete JSON object on each line",
            )
        )
    except (ValueError, RecursionError) as error:
        return _broken(_problem_of(error, place.mark(0, 0)))
    return Document(file, _list(place, [value]), (), place.mark(0, 0), "")


class _Twice(ValueError):
    pass


def _map(place: _OneLine, pairs: list[tuple[str, Any]]) -> Map:
    found = Map(place, 0)
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = _list(place, value) if isinstance(value, list) else value
        found.spans.extend((0, 0, 0, 0))
    return found


def _list(place: _OneLine, values: list[Any]) -> Seq:
    found = Seq(place, 0)
    for value in values:
        found.append(_list(place, value) if isinstance(value, list) else value)
        found.spans.extend((0, 0))
    return found


def _refuse(name: str) -> Any:
    msg = f"{name} is no number"
    raise ValueError(msg)


def _problem_of(error: Exception, mark: Mark) -> Problem:
    if isinstance(error, _Twice):
        return Problem(
            "Y110", f'the key "{error}" stands twice in this object', mark, hint="keep one of the two"
        )
    if isinstance(error, RecursionError):
        return Problem("Y109", "this line is nested too deep", mark)
    code = "Y116" if "is no number" in str(error) else "Y109"
    return Problem(code, str(error) if code == "Y116" else "a number of this line has too many digits", mark)


def _broken(problem: Problem) -> Document:
    return Document(problem.mark.file, None, (problem,), problem.mark, "")
