"""Lines of JSON, each a subject, counted without keeping any; what is not plain is read the ordinary way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from entitlements.catalog.reading.json_lines import read_json_line
from entitlements.catalog.shape.schema import schema_for
from entitlements.clock import is_time_zone
from entitlements.errors import CatalogError
from entitlements.fleet.holders import INSTANT, Holders, NotPlain
from entitlements.fleet.outcome import Hit, Outcome, Outcomes, hits_of
from entitlements.fleet.records import count_record
from entitlements.fleet.tally import Tally
from entitlements.problems import Problem
from entitlements.source.subjects_file import subjects_of
from entitlements.subject import SubjectRecord

_RECORD: Final = schema_for("subjects")["$defs"]["record"]["properties"]
_ALL = frozenset(_RECORD)
_OF_PERIOD = frozenset({"plan", "start", "end", "cadence", "kind", "add_ons"})
#: So plain that a line with no others needs no closer look.
_PLAIN = frozenset({"subject", *_OF_PERIOD, "baa_signed_on", "baa_ended_on", "time_zone", "usage"})
_OF_OVERRIDE = frozenset(_RECORD["overrides"]["items"]["properties"])
_OF_USE = frozenset({"count", "exempt", "examples", "last_used", "measured_at"})
_STATED = ("kind", "because", "by", "start", "end")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,99}\Z")
_INTS = {int}
MOST_PROBLEMS = 100


@dataclass(slots=True)
class Counted:
    """What some lines hold: the sums, every subject in order, and what is wrong with lines."""

    tally: Tally
    subjects: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class LineCounter:
    """Counts lines of one file, which `file` names in problems."""

    def __init__(self, outcomes: Outcomes, time_zone: str, file: str) -> None:
        self._outcomes = outcomes
        self._holders = Holders(outcomes, time_zone)
        self._time_zone = time_zone
        self._file = file
        #: Keys of usage that were looked at.
        self._keys: set[str] = set()

    def count(self, lines: Iterable[bytes], first: int, counted: Counted) -> None:
        """Count `lines`, of which the first has number `first`."""
        for number, line in enumerate(lines, first):
            if line.strip():
                self._line(line, number, counted)

    def _line(self, line: bytes, number: int, counted: Counted) -> None:
        try:
            row, usage, whole = self._plain_row(line)
            key = self._holders.key(row)
        except (NotPlain, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            record = self._ordinary(line, number, counted)
            if record is not None:
                counted.subjects.append(record.subject)
                count_record(self._outcomes.of(record), record, counted.tally)
            return
        outcome = self._holders.known(key)
        if outcome is None:
            # Usage was looked at; the rest is judged by the ordinary rules once for all that is like it.
            record = self._ordinary(json.dumps(row).encode(), number, counted)
            if record is None:
                return
            outcome = self._holders.resolve(key, record)
        subject = row["subject"]
        counted.subjects.append(subject)
        counted.tally.add(subject, *_measured(outcome, usage, whole=whole))
        for day, then in outcome.later:
            counted.tally.on(day).add(subject, *_measured(then, usage, whole=whole))

    def _plain_row(self, line: bytes) -> tuple[dict[str, Any], dict[str, Any], bool]:
        """The record of a line that can be taken as it is, its usage, and whether that is whole numbers only.

        Raises one of many errors if it cannot be taken so.
        """
        text = line.decode()
        row = json.loads(text)
        if not row.keys() <= _PLAIN:
            _look_closer(row)
        subject = row["subject"]
        if type(subject) is not str or not subject.strip() or None in row.values():
            raise NotPlain
        zone = row.get("time_zone")
        if zone is not None and not is_time_zone(zone):
            raise NotPlain
        colons = 1 if "usage" in row else 0
        usage: dict[str, Any] = row.pop("usage", {})
        if not usage.keys() <= self._keys:
            self._learn(usage)
        counts = usage.values()
        whole = set(map(type, counts)) <= _INTS
        if not whole:
            _look_at_use(usage)
        elif min(counts, default=0) < 0:
            raise NotPlain
        # Of a key that stands twice JSON keeps one. Then there are fewer keys than colons to go with them.
        colons += _colons(row) + (len(usage) if whole else _colons(usage))
        if text.count(":") != colons or "\\u003" in text:
            raise NotPlain
        return row, usage, whole

    def _learn(self, usage: Mapping[str, Any]) -> None:
        if not all(map(_KEY.match, usage)):
            raise NotPlain
        self._keys.update(usage)

    def _ordinary(self, line: bytes, number: int, counted: Counted) -> SubjectRecord | None:
        """The record as the reader of small files has it; None if there is none, with its problems noted."""
        try:
            found = subjects_of([read_json_line(line, self._file, number)], time_zone=self._time_zone)
        except CatalogError as error:
            counted.problems.extend(error.problems[: MOST_PROBLEMS - len(counted.problems)])
            return None
        return found.records[0] if found.records else None


def _look_closer(row: Mapping[str, Any]) -> None:
    """Raises NotPlain if the rarer parts of a record are not all as they should be."""
    if not row.keys() <= _ALL or ("subscriptions" in row and row.keys() & _OF_PERIOD):
        raise NotPlain
    for item in row.get("overrides", ()):
        stated = [item[word] for word in _STATED]
        if not item.keys() <= _OF_OVERRIDE or not all(type(word) is str and word.strip() for word in stated):
            raise NotPlain
        if not _KEY.match(item["kind"]) or None in item.values():
            raise NotPlain
    for item in row.get("subscriptions", ()):
        if None in item.values():
            raise NotPlain


def _look_at_use(usage: Mapping[str, Any]) -> None:
    """Raises NotPlain for what is neither a number, `unknown`, nor a count with all that may go with it."""
    for use in usage.values():
        if type(use) is int or use == "unknown":
            continue
        if not use.keys() <= _OF_USE or not (type(use["count"]) is int or use["count"] == "unknown"):
            raise NotPlain
        times = (use[word] for word in ("last_used", "measured_at") if word in use)
        if type(use.get("exempt", 0)) is not int or not all(map(INSTANT.match, times)):
            raise NotPlain


def _colons(value: Any) -> int:
    """How many colons stand in the JSON of a value: one for each key, and those in texts."""
    kind = type(value)
    if kind is str:
        return value.count(":")  # type: ignore[no-any-return]
    if kind is dict:
        return len(value) + sum(map(_colons, value.values()))
    if kind is list:
        return sum(map(_colons, value))
    if kind is not int or value < 0:
        raise NotPlain  # no record has anything else in it
    return 0


def _measured(outcome: Outcome, usage: Mapping[str, Any], *, whole: bool) -> tuple[list[Hit], int]:
    if outcome.nothing:
        return [], 0
    if whole:
        return hits_of(outcome, usage.get, usage.get)

    def in_use(feature: str) -> int | None:
        count, exempt = _count(usage.get(feature))
        return None if count is None else max(count - exempt, 0)

    return hits_of(outcome, in_use, lambda cap: _count(usage.get(cap))[0])


def _count(given: Any) -> tuple[int | None, int]:
    if given is None or type(given) is int:
        return given, 0
    if given == "unknown":
        return None, 0
    count = given["count"]
    return (None if count == "unknown" else count), given.get("exempt", 0)
