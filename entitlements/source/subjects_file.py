"""A subjects file: YAML or JSON lines, one record a subject. Read whole when opened, kept in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from entitlements.catalog.money import decimal_of
from entitlements.catalog.reading.document import Document, Map, read_file
from entitlements.catalog.reading.json_lines import read_json_lines
from entitlements.catalog.shape.schema import violations
from entitlements.clock import FixedClock, instant_from, is_time_zone
from entitlements.errors import CatalogError, SourceError
from entitlements.model import EMPTY
from entitlements.problems import Problem, Related
from entitlements.source.memory import MemorySource
from entitlements.subject import AddOnPeriod, Example, Override, SubjectRecord, Subscription, Usage

_JSON_LINES = (".jsonl", ".ndjson")


class SubjectsFile(MemorySource):
    """The records of a subjects file. A first record `{now: …}` fixes the clock.

    Raises CatalogError with every problem of the file, or SourceError if there is none to read.
    """

    def __init__(self, path: str | Path, *, time_zone: str = "UTC") -> None:
        self.path = Path(path)
        if not self.path.is_file():
            msg = f"there is no subjects file {self.path}"
            raise SourceError(msg, hint="give a YAML or JSON-lines file of subject records")
        found = read_subjects(self.path, time_zone=time_zone)
        super().__init__(found.records, clock=FixedClock(found.now) if found.now else None)


class Subjects:
    """What a subjects file holds: records in the order of the file, and the `now` it fixes, if any."""

    __slots__ = ("now", "records")

    def __init__(self, records: tuple[SubjectRecord, ...], now: datetime | None) -> None:
        self.records = records
        self.now = now


def read_subjects(path: Path, *, time_zone: str = "UTC", shown: str | None = None) -> Subjects:
    """The records in the file at `path`. Bare dates begin in the record's time zone, else in `time_zone`."""
    root = path.parent.resolve()
    name = shown or (path.name if path.is_absolute() else str(path))
    if path.suffix in _JSON_LINES:
        return subjects_of(read_json_lines(path, name), time_zone=time_zone)
    return subjects_of(
        [read_file(path.parent.resolve() / path.name, root=root, file=name)], time_zone=time_zone
    )


def subjects_of(documents: Iterable[Document], *, time_zone: str) -> Subjects:
    """The records of read documents, each a list of records. Raises CatalogError with all problems."""
    problems: list[Problem] = []
    records: dict[str, SubjectRecord] = {}
    now: datetime | None = None
    for document in documents:
        found = document.problems or violations(document, "subjects")
        problems.extend(found)
        if found:
            continue
        value: Any = document.value
        for item in value:
            if "now" in item:
                try:
                    now = instant_from(item["now"], time_zone)
                except (ValueError, OverflowError):
                    message = f'now cannot be "{item["now"]}": it lies beyond the last day that can be told'
                    hint = "write an earlier date"
                    problems.append(Problem("S206", message, item.value_mark("now"), hint=hint))
                continue
            try:
                record = read_record(item, time_zone)
            except _BadValue as bad:
                problems.append(bad.problem)
                continue
            first = records.setdefault(record.subject, record)
            if first is not record:
                related = (Related(first.mark, "first given here"),)
                problems.append(
                    Problem(
                        "R311",
                        f'subject "{record.subject}" is given twice',
                        record.mark,
                        hint="keep one of the two",
                        related=related,
                    )
                )
    if problems:
        raise CatalogError(problems)
    return Subjects(tuple(records.values()), now)


class _BadValue(CatalogError):
    def __init__(self, problem: Problem) -> None:
        super().__init__([problem])
        self.problem = problem


def read_record(given: Map, time_zone: str) -> SubjectRecord:
    """One record from its checked mapping. Raises CatalogError for a day or a time zone that is none."""
    zone = given.get("time_zone", time_zone)
    if not is_time_zone(zone):
        raise _BadValue(
            Problem(
                "R321",
                f'there is no time zone "{zone}"',
                given.value_mark("time_zone"),
                hint='write one such as "UTC" or "Africa/Nairobi"',
            )
        )
    periods: Any = given.get("subscriptions") or ([given] if "plan" in given else [])
    return SubjectRecord(
        subject=given["subject"],
        subscriptions=tuple(_subscription(period, zone) for period in periods),
        overrides=tuple(_override(item, zone) for item in given.get("overrides") or ()),
        baa_signed_on=_optional(given, "baa_signed_on", zone),
        baa_ended_on=_optional(given, "baa_ended_on", zone),
        contacts=MappingProxyType(
            {kind: tuple(people) for kind, people in (given.get("contacts") or {}).items()}
        ),
        credits=decimal_of(given["credits"]) if "credits" in given else Decimal(0),
        time_zone=given.get("time_zone"),
        usage=usage_of(given, zone),
        mark=given.value_mark("subject"),
    )


def _subscription(given: Map, zone: str) -> Subscription:
    return Subscription(
        plan=given["plan"],
        start=_optional(given, "start", zone),
        end=_optional(given, "end", zone),
        cadence=given.get("cadence", "monthly"),
        kind=given.get("kind", "product"),
        add_ons=tuple(_add_on(item, zone) for item in given.get("add_ons") or ()),
        mark=given.value_mark("plan"),
    )


def _add_on(given: Any, zone: str) -> AddOnPeriod:
    if isinstance(given, str):
        return AddOnPeriod(given)
    return AddOnPeriod(given["add_on"], _optional(given, "start", zone), _optional(given, "end", zone))


def _override(given: Map, zone: str) -> Override:
    return Override(
        kind=given["kind"],
        because=given["because"],
        by=given["by"],
        start=_optional(given, "start", zone),
        end=_optional(given, "end", zone),
        give=given.get("give"),
        remove=given.get("remove"),
        cap=given.get("cap"),
        set_to=given.get("set"),
        at_least=given.get("at_least"),
        support=given.get("support"),
        mark=given.mark,
    )


def usage_of(given: Map, zone: str) -> Mapping[str, Usage]:
    """The usage of a record. Raises CatalogError for a day that is none."""
    usage: Any = given.get("usage") or {}
    return MappingProxyType({key: _usage(value, zone) for key, value in usage.items()}) if usage else EMPTY


def _usage(given: Any, zone: str) -> Usage:
    if isinstance(given, int):
        return Usage(given)
    if given == "unknown":
        return Usage(None, unknown="recorded as unknown")
    count = given["count"]
    examples: Any = given.get("examples") or ()
    return Usage(
        count=None if count == "unknown" else count,
        exempt=given.get("exempt", 0),
        examples=tuple(Example(item["label"], item.get("url")) for item in examples),
        last_used=_optional(given, "last_used", zone),
        measured_at=_optional(given, "measured_at", zone),
        unknown="recorded as unknown" if count == "unknown" else None,
    )


def _optional(given: Map, key: str, zone: str) -> datetime | None:
    value = given.get(key)
    if value is None or value == "never":
        return None
    try:
        return instant_from(value, zone)
    except (ValueError, OverflowError):
        raise _BadValue(
            Problem(
                "S205",
                f"`{key}` is {value!r}, which is no date of the calendar",
                given.value_mark(key),
                hint="write a date such as 2026-01-15",
            )
        ) from None


def at_from(text: str, zone: str) -> datetime:
    """The instant that a person writes as a date or as RFC 3339. Raises ValueError with the fix."""
    try:
        instant = instant_from(text, zone)
    except (ValueError, OverflowError):
        msg = f'"{text}" is neither a date such as 2026-03-01 nor a time such as 2026-03-01T12:00:00Z'
        raise ValueError(msg) from None
    return instant
