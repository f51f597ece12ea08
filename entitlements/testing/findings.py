"""Everything there is to say about a catalog folder: files, references, plugins, advice, samples, tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from entitlements.catalog.lint import ACCEPTABLE, lint
from entitlements.catalog.lint.acceptance import Accepted, judged_at, sort_out
from entitlements.catalog.load import Reading, read_catalog
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.references import Known, refer_all
from entitlements.catalog.unknown_names import unknown_name_problems
from entitlements.catalog.upcoming import started, too_early
from entitlements.clock import first_instant, from_ns, system_clock
from entitlements.engine.compile import compile_program
from entitlements.errors import CatalogError, in_words
from entitlements.model import Catalog
from entitlements.plugin_manager import Plugins
from entitlements.problems import Mark, Problem, in_file_order
from entitlements.source.subjects_file import subjects_of
from entitlements.subject import SubjectRecord
from entitlements.testing.plan_tests import PlanTest, read_plan_tests
from entitlements.testing.record_advice import ACCEPTABLE as RECORDS
from entitlements.testing.record_advice import record_advice

_NOTHING: Mapping[Path, bytes | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Findings:
    """What reading a catalog folder with its tests and samples gave."""

    reading: Reading
    #: Everything found, in file order.
    problems: tuple[Problem, ...]
    #: The plan tests that can be run.
    tests: tuple[PlanTest, ...]
    #: Advice that the files accept, in file order; none of it is among the problems.
    accepted: tuple[Accepted, ...] = ()


def findings_in(
    folder: Path,
    plugins: Plugins,
    *,
    at: date | None = None,
    edited: Mapping[Path, bytes | None] = _NOTHING,
) -> Findings:
    """All findings about the catalog in `folder`; raises nothing for what files hold or a lint hook does.

    Dates are judged by `at`: an aware datetime, or a day, of which the first instant in the catalog's time
    zone is meant; None is now. `edited` are files as they would be after an edit, as for `read_catalog`.
    """
    return findings_of(read_catalog(folder, edited=edited), plugins, at=at)


def findings_of(reading: Reading, plugins: Plugins, *, at: date | None = None) -> Findings:
    """All findings about a catalog folder that has been read, as `findings_in` gives them."""
    known = Known(reading.documents, reading.names)
    # More places may now name what is unknown, which may show that its declaration has the mistake.
    before = frozenset(unknown_name_problems(reading.names))
    time_zone = reading.catalog.time_zone if reading.catalog is not None else "UTC"
    tests, of_tests = read_plan_tests(reading.of_kind("plan-tests"), known, time_zone=time_zone)
    samples = [_sample(document, known, time_zone) for document in reading.of_kind("subjects")]
    problems = [problem for problem in reading.problems if problem not in before]
    problems += [*of_tests, *(problem for sample in samples for problem in sample.problems)]
    problems.extend(unknown_name_problems(known.names))
    accepted: list[Accepted] = []
    if reading.catalog is not None:
        problems.extend(_of_plugins(reading.catalog, plugins))
        instant = judging_instant(at, time_zone)
        wrong = {problem.mark.file for problem in problems}
        sound = [sample for sample in samples if sample.document.file not in wrong]
        advice = in_file_order(_advice(reading.catalog, reading, sound, plugins, instant))
        standing, accepted = sort_out(
            advice, reading.documents, ACCEPTABLE | RECORDS, at=instant, time_zone=time_zone
        )
        # While a published version loses something, a warning most likely tells of the same edit.
        loses = any(problem.code.startswith("V") for problem in problems)
        problems.extend(problem for problem in standing if problem.severity == "error" or not loses)
        problems.extend(_of_the_day(reading, reading.catalog, problems, instant))
    return Findings(reading, in_file_order(_primary(problems)), tuple(tests), tuple(accepted))


def _of_the_day(
    reading: Reading, catalog: Catalog, found: Iterable[Problem], at: datetime
) -> Iterator[Problem]:
    """What is so at `at`: versions that have started, or not yet. A date that is wrong anyway is left out."""
    wrong = {problem.mark for problem in found}
    working, published = reading.of_kind("plan"), reading.of_kind("published")
    judged = (*started(catalog, reading.of_kind("next"), at), *too_early(catalog, working, published, at))
    return (problem for problem in judged if problem.mark not in wrong)


def _primary(problems: list[Problem]) -> Iterator[Problem]:
    """Without those about versions in a file that has another error: mending it may change them all."""
    wrong = {p.mark.file for p in problems if p.severity == "error" and not p.code.startswith("V")}
    return (p for p in problems if not p.code.startswith("V") or p.mark.file not in wrong)


def judging_instant(at: date | None, time_zone: str) -> datetime:
    """The instant that `at` stands for, as for `findings_in`."""
    if at is None:
        return from_ns(system_clock())
    return at if isinstance(at, datetime) else first_instant(at, time_zone)


def _advice(
    catalog: Catalog, reading: Reading, samples: Iterable[_Sample], plugins: Plugins, at: datetime
) -> Iterator[Problem]:
    yield from lint(catalog, reading.documents)
    for sample in samples:
        now = judged_at(sample.document, at, catalog.time_zone)
        yield from record_advice(catalog, sample.records, now)
    for name, hook in plugins.lint:
        yield from _of_hook(name, hook, reading)


@dataclass(frozen=True, slots=True)
class _Sample:
    """A subjects file: its problems, or its records, each with the map it was read from."""

    document: Document
    problems: tuple[Problem, ...] = ()
    records: tuple[tuple[Map, SubjectRecord], ...] = ()


def _sample(document: Document, known: Known, time_zone: str) -> _Sample:
    if document.problems:
        return _Sample(document)
    refer_all(document, known)
    try:
        found = subjects_of([document], time_zone=time_zone)
    except CatalogError as error:
        return _Sample(document, error.problems)
    given = [item for item in document.value if "subject" in item]
    return _Sample(document, records=tuple(zip(given, found.records, strict=True)))


def _of_plugins(catalog: Catalog, plugins: Plugins) -> tuple[Problem, ...]:
    try:
        compile_program(catalog, plugins)
    except CatalogError as error:
        return error.problems
    return ()


def _of_hook(name: str, hook: Any, reading: Reading) -> list[Problem]:
    """What one plugin's lint says; whatever it does instead becomes a problem that names it."""
    try:
        found = list(hook(catalog=reading.catalog) or ())
        strange = [item for item in found if not _is_sound(item)]
        fault = f"it gave {type(strange[0]).__name__} instead of a sound Problem" if strange else None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a plugin may raise anything, SystemExit too
        found, fault = [], in_words(error)
    if fault is None:
        return found
    head = reading.of_kind("catalog")[0].file
    message = f'plugin "{name}" could not check this catalog: {fault}'
    hint = "tell the plugin's authors, or leave it out"
    sound = [item for item in found if _is_sound(item)]
    return [*sound, Problem("P502", message, Mark(head), hint=hint)]


def _is_sound(item: object) -> bool:
    """Whether `item` is a Problem that can be sorted and printed; a plugin may build its own of anything."""
    if type(item) is not Problem:
        return False
    try:
        edits = item.fix.replacements if item.fix else ()
        marks = [item.mark, *(other.mark for other in item.related), *(edit.mark for edit in edits)]
        texts = [item.code, item.message, item.severity, item.hint or ""]
        texts += [*(other.message for other in item.related), *(edit.text for edit in edits)]
        return (
            all(type(text) is str for text in texts)
            and item.severity in ("error", "warning")
            and type(item.related) is tuple
            and type(item.about) is tuple
            and all(type(key) is str for key in item.about)
            and all(_is_place(mark) for mark in marks)
        )
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a field may be anything, and raise whatever is done with it
        return False


def _is_place(mark: object) -> bool:
    if type(mark) is not Mark or type(mark.file) is not str:
        return False
    numbers = (mark.line, mark.column, mark.end_line, mark.end_column)
    return all(type(number) is int for number in numbers)
