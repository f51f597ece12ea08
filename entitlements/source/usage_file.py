"""A file of measurements: JSON lines of records as a subjects file has them, or a table with a row for each.

{"subject": "hill-school", "usage": {"mobile_users": {"count": 212, "measured_at": "2026-03-01"}}}

subject,key,count,exempt,last_used,measured_at,examples
hill-school,mobile_users,212,,,2026-03-01,
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from entitlements.catalog.reading.document import MAX_BYTES, Document
from entitlements.catalog.reading.json_lines import read_json_line
from entitlements.catalog.shape.schema import violations
from entitlements.errors import CatalogError, SourceError
from entitlements.problems import Mark, Problem, suggestion
from entitlements.source.subjects_file import usage_of
from entitlements.source.usage import Measured

_COLUMNS = ("subject", "key", "count", "exempt", "last_used", "measured_at", "examples")
_NEEDED = _COLUMNS[:3]
_MOST_PROBLEMS = 100
_TOLD_EVERY = 500
#: Takes how many bytes are read, and of how many.
Progress = Callable[[int, int], object]


class Place(NamedTuple):
    """A measurement and where it stands."""

    measured: Measured
    mark: Mark


def read_usage(
    path: Path,
    *,
    known: Iterable[str],
    measured_at: datetime,
    time_zone: str,
    progress: Progress = lambda done, total: None,  # noqa: ARG005  what a bar would take
) -> list[Place]:
    """The measurements in the file at `path`; those that do not say when are of `measured_at`.

    `known` are the keys of features and caps. Raises CatalogError with the first hundred problems, or
    SourceError if there is no such file.
    """
    if not path.is_file():
        msg = f"there is no file {path}"
        raise SourceError(msg, hint="give a file of JSON lines, or a table in a file that ends in .csv")
    keys = dict.fromkeys(known)
    problems: list[Problem] = []
    found: list[Place] = []
    for document in _documents(path, progress):
        wrong = document.problems or violations(document, "subjects")
        if not wrong:
            try:
                wrong = tuple(_unknown_keys(document, keys))
                found.extend(_measured(document, measured_at, time_zone))
            except CatalogError as error:
                wrong = error.problems
        problems.extend(wrong)
        if len(problems) >= _MOST_PROBLEMS:
            break
    if problems:
        raise CatalogError(islice(problems, _MOST_PROBLEMS))
    return found


def _documents(path: Path, progress: Progress) -> Iterator[Document]:
    name = path.name if path.is_absolute() else str(path)
    lines = _lines(path, progress)
    if path.suffix.casefold() == ".csv":
        yield from _rows(lines, name)
        return
    for number, line in lines:
        if line.strip():
            yield read_json_line(line, name, number)


def _lines(path: Path, progress: Progress) -> Iterator[tuple[int, bytes]]:
    total = path.stat().st_size
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_BYTES), b""), 1):
            yield number, line
            if number % _TOLD_EVERY == 0:
                progress(file.tell(), total)


def _rows(lines: Iterator[tuple[int, bytes]], name: str) -> Iterator[Document]:
    """Each row as the line of JSON that says the same, at its place in the table."""
    texts = _texts(lines, name)
    head = next(texts, "")
    columns = next(csv.reader([head], delimiter=(delimiter := _delimiter(head))), [])
    _check_columns([column.strip() for column in columns], name)
    rows, number = csv.reader(texts, delimiter=delimiter), 2
    for row in rows:
        if any(cell.strip() for cell in row):
            told = json.dumps(_record(dict(zip((c.strip() for c in columns), row, strict=False))))
            document = read_json_line(told.encode(), name, number)
            extra = Mark(name, number)
            if len(row) > len(columns):
                message = f"this row has {len(row)} cells, and the table {len(columns)} columns"
                hint = "put a cell that holds a comma between quotes"
                document = replace(document, problems=(Problem("S201", message, extra, hint=hint),))
            yield document
        number = rows.line_num + 2


def _texts(lines: Iterator[tuple[int, bytes]], name: str) -> Iterator[str]:
    for number, line in lines:
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            mark = Mark(name, number, error.start + 1, number, error.end + 1)
            problem = Problem("Y101", "this line is not UTF-8", mark, hint="save the file as UTF-8")
            raise CatalogError([problem]) from None


def _delimiter(head: str) -> str:
    """Spreadsheets write semicolons where a comma is for decimals."""
    return ";" if head.count(";") > head.count(",") else ","


def _check_columns(columns: list[str], name: str) -> None:
    problems = []
    for column in columns:
        if column not in _COLUMNS:
            hint = suggestion(column, _COLUMNS) or f"the columns are {', '.join(_COLUMNS)}"
            problems.append(Problem("S201", f'unknown column "{column}"', Mark(name, 1), hint=hint))
        elif columns.count(column) > 1:
            problems.append(Problem("S207", f'the column "{column}" stands twice', Mark(name, 1)))
    missing = [column for column in _NEEDED if column not in columns]
    if missing:
        message = f"the first line names no column {' and no column '.join(missing)}"
        hint = f"begin the table with a line such as {','.join(_COLUMNS)}"
        problems.append(Problem("S202", message, Mark(name, 1), hint=hint))
    if problems:
        raise CatalogError(problems)


def _record(row: Mapping[str, str]) -> list[Any] | dict[str, Any]:
    cells = {column: cell.strip() for column, cell in row.items() if cell.strip()}
    subject, key = cells.pop("subject", ""), cells.pop("key", "")
    usage: dict[str, Any] = {column: _number(cell) for column, cell in cells.items()}
    if "examples" in cells:
        usage["examples"] = [{"label": label.strip()} for label in cells["examples"].split(";")]
    return {"subject": subject, "usage": {key: usage}}


def _number(cell: str) -> int | str:
    return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 19 else cell  # noqa: PLR2004  64 bits


def _unknown_keys(document: Document, known: Mapping[str, None]) -> Iterator[Problem]:
    for record in _records(document):
        for key in record.get("usage") or {}:
            if key not in known:
                message = f'{record["subject"]} uses the unknown feature or cap "{key}"'
                yield Problem("R301", message, record["usage"].key_mark(key), hint=suggestion(key, known))


def _measured(document: Document, measured_at: datetime, time_zone: str) -> Iterator[Place]:
    for record in _records(document):
        for key, usage in usage_of(record, record.get("time_zone", time_zone)).items():
            when = usage.measured_at or measured_at
            measured = Measured(record["subject"], key, replace(usage, measured_at=when))
            yield Place(measured, record.value_mark("subject"))


def _records(document: Document) -> Iterator[Any]:
    value: Any = document.value
    return (record for record in value if "subject" in record)
