"""Plan tests as data: what a product manager expects of the plans, read from `tests/*.yaml`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entitlements.catalog.names import Kind
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.reading.scalars import shown
from entitlements.catalog.references import Known, Reference, references_of
from entitlements.errors import CatalogError
from entitlements.problems import Mark, Problem
from entitlements.source.subjects_file import at_from, read_record
from entitlements.subject import SubjectRecord

#: Expectations that speak of a change of plan; so do those that begin with `effect.`.
_OF_A_CHANGE = frozenset({"lost", "gained", "direction"})
#: What an exception in a test need not say, since no answer depends on it.
_OVERRIDE = {"kind": "test", "because": "a plan test says so", "by": "plan test"}


@dataclass(frozen=True, slots=True)
class PlanTest:
    """One test: a subject, what is asked about it, and what is expected."""

    name: str
    mark: Mark
    record: SubjectRecord
    #: The instant it speaks of; None for now.
    at: datetime | None
    #: What the caller of a check passes: client, action.
    context: Mapping[str, str]
    #: The plan it moves to, if it is about a change.
    change_to: str | None
    expect: Map = field(compare=False)


def read_plan_tests(
    documents: Iterable[Document], known: Known, *, time_zone: str = "UTC"
) -> tuple[list[PlanTest], list[Problem]]:
    """The tests of sound documents, and what is wrong with the others; unknown names are noted in `known`."""
    tests: list[PlanTest] = []
    problems: list[Problem] = []
    entries = [entry for document in documents if not document.problems for entry in document.value["tests"]]
    for number, entry in enumerate(entries, 1):
        # Not a generator: each unknown name is noted.
        unknown = [reference for reference in _references(entry) if not known.refer(reference, "T701")]
        found = [*_changes_without_plan(entry), *_empty_lists(entry)]
        try:
            test = _plan_test(entry, f"plan-test-{number}", time_zone)
        except CatalogError as error:
            found.extend(error.problems)
        else:
            tests.extend([] if found or unknown else [test])
        problems.extend(found)
    return tests, problems


def _plan_test(entry: Map, subject: str, time_zone: str) -> PlanTest:
    given: Map = entry["given"]
    overrides = [_with(override, _OVERRIDE) for override in given.get("overrides") or ()]
    record = _with(given, {"subject": subject})
    if overrides:
        record["overrides"] = overrides
    return PlanTest(
        name=entry["name"],
        mark=entry.value_mark("name"),
        record=read_record(record, time_zone),
        at=_instant(given, time_zone) if "date" in given else None,
        context={key: given[key] for key in ("client", "action") if key in given},
        change_to=entry.get("change_to"),
        expect=entry["expect"],
    )


def _with(given: Map, more: Mapping[str, str]) -> Map:
    """The same map, with what it lacks of `more` standing where the whole of it stands."""
    made = Map(given.lines, given.start)
    made.end = given.end
    made.spans = array("I", given.spans)
    made.update(given)
    for key, value in more.items():
        if key not in given:
            made[key] = value
            made.spans.extend((given.start, given.end) * 2)
    return made


def _instant(given: Map, time_zone: str) -> datetime:
    try:
        return at_from(given["date"], time_zone)
    except ValueError as error:
        raise CatalogError([Problem("S206", str(error), given.value_mark("date"))]) from None


def _changes_without_plan(entry: Map) -> Iterator[Problem]:
    expect: Map = entry["expect"]
    if "change_to" in entry:
        return
    keys = [key for key in expect if key in _OF_A_CHANGE or key.startswith("effect.")]
    if keys:
        message = f"the test expects {', '.join(map(shown, keys))}, but changes to no plan"
        hint = "beside `given` write `change_to:` with the key of a plan"
        yield Problem("T702", message, expect.key_mark(keys[0]), hint=hint)


def _empty_lists(entry: Map) -> Iterator[Problem]:
    expect: Map = entry["expect"]
    for key, right in (("lost", "upgrade"), ("gained", "downgrade")):
        if key in expect and not expect[key]:
            message = f'"{key}" is empty, and so is always right: it names some features, not all'
            hint = f"to say that nothing is {key} write `direction: {right}`, or `direction: same`"
            yield Problem("T703", message, expect.value_mark(key), hint=hint)


def _references(entry: Map) -> Iterator[Reference]:
    given, expect = entry["given"], entry["expect"]
    yield from references_of(given, "the test")
    if "client" in given:
        yield Reference(("client",), given["client"], given.value_mark("client"), "the test asks as the")
    if "change_to" in entry:
        mark = entry.value_mark("change_to")
        yield Reference(("plan",), entry["change_to"], mark, "the test changes to the")
    for key in expect:
        yield from _expected(key, expect, "the test expects something of the")


def _expected(key: str, expect: Map, who: str) -> Iterator[Reference]:
    value: Any = expect[key]
    prefix, _, name = key.partition(".")
    if key in ("lost", "gained"):
        for number, feature in enumerate(value):
            yield Reference(("feature",), feature, value.item_mark(number), who)
    elif key == "support":
        yield Reference(("support level",), value, expect.value_mark(key), who)
    elif name:
        kinds: tuple[Kind, ...] = ("cap",) if prefix == "cap" else ("feature", "cap")
        yield Reference(kinds, name, expect.key_mark(key), who, f"{prefix}.")
    elif key not in ("baa", "direction"):
        yield Reference(("feature",), key, expect.key_mark(key), who)
