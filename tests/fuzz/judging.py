"""What may come of a file: a value, or problems with a place in it. Everything else is told."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from entitlements import Engine, load_catalog
from entitlements.catalog.build import build_catalog
from entitlements.catalog.codes import known_codes
from entitlements.catalog.lint import ACCEPTABLE, lint
from entitlements.catalog.lint.acceptance import sort_out
from entitlements.catalog.load import read_catalog, shipped_folder
from entitlements.catalog.reading.document import Document, Map, Number, Seq, read_bytes
from entitlements.catalog.references import Known, refer_all
from entitlements.catalog.shape.schema import violations
from entitlements.catalog.unknown_names import unknown_name_problems
from entitlements.errors import CatalogError
from entitlements.model import Catalog
from entitlements.plugin_manager import Plugins, load_plugins
from entitlements.problems import Mark, Problem
from entitlements.source.subjects_file import subjects_of
from entitlements.subject import SubjectRecord, Subscription
from entitlements.testing.plan_tests import read_plan_tests
from entitlements.testing.record_advice import record_advice
from tests.fuzz.seeds import Seed

#: The instant that advice is given at.
NOW = datetime(2026, 3, 1, tzinfo=UTC)
_BOM = b"\xef\xbb\xbf"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DECIDING = ("catalog", "features", "plan", "add-ons", "published", "lang")
Texts = Mapping[str, list[str]]


def complaint(seed: Seed, *, in_folder: bool = False) -> str | None:
    """What is wrong with how the file is received, `in_folder` in the midst of a catalog; None if nothing."""
    try:
        return next(_complaints(seed, in_folder=in_folder), None)
    except Exception:  # noqa: BLE001  that none is raised is what is tested
        return traceback.format_exc()


def shrunk(seed: Seed, *, in_folder: bool = False) -> Seed:
    """A smaller file that still draws a complaint."""
    size = len(seed.data)
    while size:
        for start in range(0, len(seed.data), size):
            less = seed._replace(data=seed.data[:start] + seed.data[start + size :])
            if complaint(less, in_folder=in_folder) is not None:
                seed = less
                break
        else:
            size //= 2
    return seed


def _complaints(seed: Seed, *, in_folder: bool) -> Iterator[str]:
    name = f"plans/{seed.file}"
    document = read_bytes(seed.data, name)
    texts = {name: _text_lines(seed.data)}
    yield from _misplaced(document.problems, texts)
    if not document.problems:
        yield from _not_a_value(document, texts)
        shape = violations(document, seed.kind)
        yield from _misplaced(shape, texts)
        document = replace(document, problems=shape)
    if seed.kind in ("subjects", "plan-tests"):
        yield from _misplaced(_records(seed.kind, document), {**_shipped_texts(), **texts})
    elif in_folder:
        yield from _complaints_of_folder(seed.kind, document, texts)


def _complaints_of_folder(kind: str, document: Document, texts: Texts) -> Iterator[str]:
    """Those about the shipped catalog with this file in place of its own of that name, or beside them."""
    pairs = [*((k, d) for k, d in _shipped() if d.file != document.file), (kind, document)]
    catalog, problems = build_catalog(pairs)
    yield from _misplaced(problems, {**_shipped_texts(), **texts})
    if catalog is None:
        if not problems and not document.problems:
            yield "there is neither a catalog nor a problem"
        return
    advice, _ = sort_out(lint(catalog, pairs), pairs, ACCEPTABLE, at=NOW, time_zone=catalog.time_zone)
    yield from _misplaced(advice, {**_shipped_texts(), **texts})
    _ask_everything(catalog)


def _records(kind: str, document: Document) -> Iterable[Problem]:
    """The problems of what only a whole program reads: subject records, plan tests."""
    if document.problems:
        return ()
    known = Known(_shipped())
    if kind == "plan-tests":
        return [*read_plan_tests([document], known)[1], *unknown_name_problems(known.names)]
    try:
        found = subjects_of([document], time_zone="Africa/Nairobi")
    except CatalogError as error:
        # These two still show names as they stand in the file.
        return [problem for problem in error.problems if problem.code not in ("R311", "R321")]
    refer_all(document, known)
    given = (item for item in document.value if "subject" in item)
    advice = record_advice(_shipped_catalog(), zip(given, found.records, strict=True), NOW)
    return [*advice, *unknown_name_problems(known.names)]


@cache
def _shipped_catalog() -> Catalog:
    return load_catalog()


def _ask_everything(catalog: Catalog) -> None:
    """A catalog that is in order makes no check raise, on any of its plans."""
    records = [SubjectRecord(ref, (Subscription(ref),)) for ref in catalog.versions]
    try:
        engine = Engine.open(catalog, records, _plugins())
    except CatalogError as error:
        if {problem.code for problem in error.problems} <= {"R307", "P501"}:
            return
        raise
    for record in records[:3]:
        space = engine.entitlements(record.subject)
        for key in chain(catalog.features, (f"cap.{cap}" for cap in catalog.caps)):
            space.check(key, client="commcare-export", action="read").message()


def _misplaced(problems: Iterable[Problem], texts: Texts) -> Iterator[str]:
    for problem in problems:
        if problem.code not in known_codes():
            yield f"unknown code: {problem}"
        if _CONTROL.search(str(problem)):
            yield f"not one line of readable text: {problem}"
        marks = [problem.mark, *(other.mark for other in problem.related)]
        marks += [problem.fix.mark] if problem.fix else []
        yield from (f"{wrong}: {problem} {mark}" for mark in marks if (wrong := _wrong(mark, texts)))


def _wrong(mark: Mark, texts: Texts) -> str | None:
    lines = texts.get(mark.file)
    if lines is None:
        return "another file"
    if not _in(lines, mark.line, mark.column):
        return f"begins outside of the file, at {mark.line}:{mark.column}"
    if not _in(lines, mark.end_line, mark.end_column):
        return f"ends outside of the file, at {mark.end_line}:{mark.end_column}"
    ends_first = (mark.end_line, mark.end_column) < (mark.line, mark.column)
    return "ends before it begins" if ends_first else None


def _in(lines: list[str], line: int, column: int) -> bool:
    return 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1


def _text_lines(data: bytes) -> list[str]:
    return data.removeprefix(_BOM).decode(errors="replace").split("\n")


def _not_a_value(document: Document, texts: Texts) -> Iterator[str]:
    """Whatever in a sound document is no plain data, or stands nowhere in the file."""
    todo: list[tuple[Any, Mark]] = [(document.value, document.mark)]
    while todo:
        value, mark = todo.pop()
        if wrong := _wrong(mark, texts):
            yield f"{wrong}: {value!r}"
        if isinstance(value, str) and _NO_TEXT.search(value):
            yield f"a text with a control character: {value!r}"
        if type(value) is Map:
            todo += [(item, value.value_mark(key)) for key, item in value.items()]
            if not all(type(key) is str and key and not _NO_TEXT.search(key) for key in value):
                yield f"a key that is no text: {value!r}"
        elif type(value) is Seq:
            todo += [(item, value.item_mark(place)) for place, item in enumerate(value)]
        elif type(value) not in (str, int, bool, Number, type(None)):
            yield f"neither text, number, truth, map nor list: {value!r}"


@cache
def _shipped() -> tuple[tuple[str, Document], ...]:
    reading = read_catalog(shipped_folder(), tests_too=False)
    return tuple((kind, document) for kind, document in reading.documents if kind in _DECIDING)


@cache
def _shipped_texts() -> Texts:
    folder = shipped_folder()
    return {
        document.file: _text_lines((folder / PurePosixPath(document.file).relative_to("plans")).read_bytes())
        for _, document in _shipped()
    }


@cache
def _plugins() -> Plugins:
    return load_plugins(entry_points=False)
