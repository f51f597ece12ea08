"""The conformance kits: what is ours conforms, and one planted fault for each rule is caught by that rule."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from entitlements import (
    CACHEABLE,
    STATIC,
    Checker,
    Effect,
    MemorySource,
    SubjectRecord,
    SubjectsFile,
    Thing,
    Usage,
    Verdict,
    admit,
    deny,
    load_catalog,
)
from entitlements.plugin_manager import load_plugins
from entitlements.testing import checker_conformance, checker_findings, source_conformance
from entitlements.testing.conforming_sources import RECORDS

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "plugin-office-hours"
FIRST_PARTY = load_plugins(entry_points=False).checkers
LAUNCH = datetime(2026, 7, 1, tzinfo=UTC)


def office_hours() -> ModuleType:
    import importlib.util

    spec = importlib.util.spec_from_file_location("example", EXAMPLE / "entitlements_office_hours.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", FIRST_PARTY)
def test_our_own_checkers_conform(name: str) -> None:
    contexts = [{"client": "commcare-export", "action": "read"}, {"client": "another", "action": "write"}]
    conformance = checker_conformance(FIRST_PARTY[name].checker, catalog=load_catalog(), contexts=contexts)
    assert conformance.name == name
    assert "1,000 calls" in conformance.notes[0]


def test_the_example_plugin_conforms() -> None:
    params = {"from": "08:00", "to": "17:00", "time_zone": "Africa/Nairobi"}
    checker_conformance(office_hours().OfficeHours(), params=params)
    checker_conformance(office_hours().OfficeHours(), feature="cloudcare")


class NotYet(Checker):
    """Right in all it does: STATIC, with a word on how long it holds, parameters, and usage."""

    name = "not_yet"
    features = ("geocoder", "mobile_users")
    volatility = STATIC
    deadline = 5.0

    def check(self, question: Any) -> Any:
        return deny("It is launched in July", until=LAUNCH) if question.at < LAUNCH else None

    def problems(self, feature: Any, params: Any) -> Any:  # noqa: ARG002
        return [(name, "there are no parameters") for name in params]

    def usage(self, subject: Any, feature: Any, at: Any) -> Any:  # noqa: ARG002
        return Usage(len(subject), measured_at=at)


class SwitchesOff(Checker):
    """Right in what it says of a loss, and able to carry it out and to take it back."""

    name = "switches_off"
    features = ("geocoder",)

    def effects(self, loss: Any) -> Any:
        if loss.usage is not None and loss.usage.count is None:
            return [Effect("deactivated", None, unknown="the server is away")]
        return (Effect("deactivated", 2, things=(Thing("1"), Thing("2"))) for _ in range(1))

    def apply(self, step: Any) -> Any:
        return {"was": step.key}

    def undo(self, record: Any) -> str | None:
        return None if record.before else "nothing is known of it"


def test_a_checker_that_switches_off_conforms() -> None:
    assert str(checker_conformance(SwitchesOff())).startswith("switches_off: conforms")


def test_a_right_checker_conforms_and_its_speed_is_told() -> None:
    conformance = checker_conformance(NotYet(), catalog=load_catalog())
    assert str(conformance).startswith("not_yet: conforms\n1,000 calls: ")


def faulty(check: Any = None, **declared: Any) -> Checker:
    """A checker for `geocoder` that is right but for what is given."""
    body = {"name": "faulty", "features": ("geocoder",), **declared}
    if check is not None:
        body["check"] = lambda _, question: check(question)
    made: Checker = type("Faulty", (Checker,), body)()
    return made


def raises(*_: Any) -> Any:
    raise ValueError


def hides(touch: Any) -> Any:
    """Looks at what it may not see, and lets nobody know."""

    def check(question: Any) -> None:
        with contextlib.suppress(RuntimeError):
            touch(question)

    return check


def losing(*told: Any, **declared: Any) -> Checker:
    """A checker that says this of each loss, one after the other."""
    turns = cycle(told)
    return faulty(effects=lambda *_: next(turns), **declared)


ACTS: dict[str, Any] = {"apply": lambda *_: {}, "undo": lambda *_: None}


class TakesTurns(Checker):
    name, features, volatility = "faulty", ("geocoder",), STATIC

    def __init__(self) -> None:
        self.asked = 0

    def check(self, question: Any) -> Any:  # noqa: ARG002
        self.asked += 1
        return deny("an odd time") if self.asked % 2 else None


class Shares(Checker):
    """Keeps the subject where the next thread overwrites it."""

    name, features = "faulty", ("geocoder",)

    def check(self, question: Any) -> Any:
        self.subject = question.subject
        time.sleep(0)
        return deny("no") if self.subject == "space" else None


class LeavesThreads(Checker):
    name, features = "faulty", ("geocoder",)
    over = threading.Event()
    started = False

    def check(self, question: Any) -> None:  # noqa: ARG002
        if not self.started:
            self.started = True
            threading.Thread(target=self.over.wait).start()


def disagrees(_: Any, subjects: Any, *__: Any) -> Any:
    return dict.fromkeys(subjects, Usage(2))


def spoils(question: Any) -> None:
    question.params.get("days", []).append("sunday")


def spoils_context(question: Any) -> None:
    question.context.get("roles", []).append("admin")


SLOW = 0.0002
PLANTED: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "contract 0": ("declaration", faulty(contract=0), {}),
    "no text": ("declaration", faulty(features="geocoder"), {}),
    "first-party name": ("declaration", faulty(name="requires"), {}),
    "no checker": ("declaration", SimpleNamespace(name="faulty"), {}),
    "binds raises": ("binds", faulty(binds=raises), {}),
    "binds says 1": ("binds", faulty(binds=lambda *_: 1), {}),
    "unknown feature": ("features", faulty(features=("geocodr",)), {"catalog": load_catalog()}),
    "problems raises": ("parameters", faulty(problems=raises), {}),
    "problems is a text": ("parameters", faulty(problems=lambda *_: "wrong"), {}),
    "problems of odd params raises": (
        "parameters",
        faulty(problems=lambda _, __, params: [] if params["n"] > 0 else [("n", "too small")]),
        {"params": {"n": 1}},
    ),
    "refuses right params": ("parameters", faulty(problems=lambda *_: [("n", "no")]), {"params": {"n": 1}}),
    "misses a misspelt one": ("parameters", faulty(problems=lambda *_: []), {}),
    "problems changes them": (
        "mutates",
        faulty(problems=lambda _, __, params: [(params.popitem()[0], "gone")] if params else []),
        {"params": {"n": 1}},
    ),
    "check raises": ("raises", faulty(raises), {}),
    "check exits": ("raises", faulty(lambda _: sys.exit()), {}),
    "raises without usage": ("raises", faulty(lambda q: deny("no") if q.usage().count > 1 else None), {}),
    "raises on one plan": ("raises", faulty(lambda q: deny(str(q.subscription.plan))), {}),
    "needs a parameter": ("raises", faulty(lambda q: deny(q.params["n"])), {"params": {"n": "x"}}),
    "needs the context": ("raises", faulty(lambda q: deny(q.context["user"])), {}),
    "answers True": ("verdict", faulty(lambda _: True), {}),
    "answers NaN": ("verdict", faulty(lambda _: float("nan")), {}),
    "own verdict": ("verdict", faulty(lambda _: Verdict(True, "yes", "included")), {}),  # type: ignore[arg-type]
    "changes params": ("mutates", faulty(spoils), {"params": {"days": ["monday"]}}),
    "changes context": ("mutates", faulty(spoils_context), {"contexts": [{"roles": ["nurse"]}]}),
    "sets an attribute": ("raises", faulty(lambda q: setattr(q, "subject", "x")), {}),
    "STATIC context": ("touches", faulty(lambda q: q.context and None, volatility=STATIC), {}),
    "STATIC usage": ("touches", faulty(lambda q: q.usage() and None, volatility=STATIC), {}),
    "STATIC hides it": ("touches", faulty(hides(lambda q: q.usage()), volatility=STATIC), {}),
    "CACHEABLE context": ("touches", faulty(hides(lambda q: q.context), volatility=CACHEABLE(9)), {}),
    "takes turns": ("repeats", TakesTurns(), {}),
    "until is missing": (
        "until",
        faulty(lambda q: deny("not yet") if q.at < LAUNCH else None, volatility=STATIC),
        {},
    ),
    "silence ends": (
        "until",
        faulty(lambda q: deny("retired") if q.at >= LAUNCH else None, volatility=STATIC),
        {},
    ),
    "until is over": ("until", faulty(lambda q: deny("no", until=q.at), volatility=STATIC), {}),
    "everywhere admits": ("everywhere", faulty(lambda _: admit("all"), everywhere=True), {}),
    "counts NaN": ("usage", faulty(usage=lambda *_: Usage(float("nan"))), {}),  # type: ignore[arg-type]
    "counts -1": ("usage", faulty(usage=lambda *_: Usage(-1)), {}),
    "counts True": ("usage", faulty(usage=lambda *_: Usage(True)), {}),
    "measures a number": ("usage", faulty(usage=lambda *_: 7), {}),
    "measuring raises": ("usage", faulty(usage=raises), {}),
    "does not say why": ("usage", faulty(usage=lambda *_: Usage(None)), {}),
    "exempts a text": ("usage", faulty(usage=lambda *_: Usage(1, "2")), {}),  # type: ignore[arg-type]
    "examples are texts": ("usage", faulty(usage=lambda *_: Usage(1, 0, ("a",))), {}),  # type: ignore[arg-type]
    "naive instant": ("usage", faulty(usage=lambda *_: Usage(1, last_used=datetime(2026, 1, 1))), {}),  # noqa: DTZ001
    "many is a list": ("usage", faulty(usages=lambda *_: [Usage(1)]), {}),
    "many disagrees": ("usage", faulty(usage=lambda *_: Usage(1), usages=disagrees), {}),
    "telling raises": ("effects", faulty(effects=raises), {}),
    "tells a text": ("effects", losing("closed"), {}),
    "tells an unknown kind": ("effects", losing([Effect("gone", 1)]), {}),  # type: ignore[arg-type]
    "tells no cause": ("effects", losing([Effect("closed", None)]), {}),
    "tells another": ("effects", losing([Effect("closed", 1)], [Effect("closed", 2)]), {}),
    "cannot switch off": ("effects", losing([Effect("deactivated", 1)]), {}),
    "cannot undo": ("effects", losing(None, apply=ACTS["apply"]), {}),
    "miscounts": ("effects", losing([Effect("closed", 3, things=(Thing("1"),))], **ACTS), {}),
    "many forgets": ("usage", faulty(usage=lambda *_: Usage(1), usages=lambda *_: {}), {}),
    "shares a field": ("threads", Shares(), {}),
    "leaves threads": ("threads", LeavesThreads(), {}),
    "slow": ("deadline", faulty(lambda _: time.sleep(SLOW), deadline=SLOW / 2), {}),
    "prints": ("prints", faulty(lambda _: print("here")), {}),  # noqa: T201
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_of_a_checker_is_caught_by_its_rule(fault: str) -> None:
    rule, checker, given = PLANTED[fault]
    LeavesThreads.over.clear()
    try:
        with pytest.raises(AssertionError) as caught:
            checker_conformance(checker, **given)
    finally:
        LeavesThreads.over.set()
    assert rule in rules_in(caught.value) <= {rule, *ALSO.get(fault, ())}, str(caught.value)


#: Where one fault cannot but break a second rule.
ALSO = {"problems changes them": ["parameters"], "takes turns": ["until", "threads"]}


def rules_in(error: AssertionError) -> set[str]:
    """The rules that a list of findings names."""
    return {line[2:].partition(":")[0] for line in str(error).splitlines() if line.startswith("- ")}


def test_a_slow_checker_is_asked_less() -> None:
    begun = time.monotonic()
    conformance = checker_conformance(faulty(lambda _: time.sleep(0.02)))
    assert time.monotonic() - begun < 30
    assert "it is slow" in conformance.notes[0]


def test_a_checker_that_is_interrupted_is_interrupted() -> None:
    def interrupted(_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checker_findings(faulty(interrupted))


def test_the_kit_leaves_the_process_as_it_was() -> None:
    interval, out = sys.getswitchinterval(), sys.stdout
    checker_findings(faulty(raises))
    assert (sys.getswitchinterval(), sys.stdout) == (interval, out)


def test_a_memory_source_conforms() -> None:
    assert source_conformance(MemorySource).notes == ()


def a_file(folder: Path, lines: str) -> Any:
    numbers = iter(range(1000))

    def make(records: tuple[SubjectRecord, ...]) -> SubjectsFile:
        path = folder / f"{next(numbers)}.yaml"
        wanted = {record.subject for record in records}
        kept = [
            part for part in lines.split("\n\n") if any(f"- subject: {name}\n" in part for name in wanted)
        ]
        path.write_text("\n".join(kept) or "[]\n", encoding="utf-8")
        return SubjectsFile(path)

    return make


AS_YAML = """\
- subject: zebra
  time_zone: UTC

- subject: space
  plan: pro
  start: 2026-01-15
  cadence: annual
  credits: "120.00"

- subject: add-ons
  plan: standard
  start: 2026-01-15
  end: 2026-07-01
  add_ons: [{add_on: report_builder_15_reports, start: 2026-01-15}]
  usage: {mobile_users: 212, cloudcare: unknown}

- subject: exceptions
  overrides:
    - {kind: pro_bono, because: They asked, by: ops, start: 2026-01-15, end: 2026-07-01, give: custom_reports}
    - {kind: legacy, because: Agreed in 2019, by: ops, start: 2026-01-15, end: never,
       cap: mobile_users, at_least: 300}
  baa_signed_on: 2026-01-15
  contacts: {billing: [ada@example.org, bo@example.org]}

- subject: espace-été
  plan: community
"""


def test_a_subjects_file_conforms(tmp_path: Path) -> None:
    records = tuple(replace(r, time_zone="UTC") if r.subject == "zebra" else r for r in RECORDS)
    conformance = source_conformance(a_file(tmp_path, AS_YAML), records=records)
    assert conformance.notes == ("none without records was tried: making it raises CatalogError",)


def test_a_source_that_only_reads_conforms_and_says_what_was_not_tried() -> None:
    class ReadOnly:
        clock = None

        def __init__(self, records: Iterable[SubjectRecord]) -> None:
            kept = MemorySource(records)
            self.load, self.load_many = kept.load, kept.load_many
            self.subjects, self.listen, self.revision = kept.subjects, kept.listen, kept.revision
            self.kept = kept

    make: Any = ReadOnly
    assert "were not tried" in source_conformance(make).notes[0]
    assert source_conformance(make, change=lambda source, record: source.kept.put(record)).notes == ()


class _Wrong(MemorySource):
    """A base for sources with one fault."""


def wrong(**methods: Any) -> Any:
    return type("Wrong", (_Wrong,), methods)


def load_late(self: Any, subject: Any) -> Any:
    """Mixes up what two threads ask for."""
    self.asked = subject
    time.sleep(0)
    return MemorySource.load(self, self.asked)


def tells_early(self: Any, record: Any) -> None:
    for changed in self._listeners:
        changed(record.subject)
    self._records[record.subject] = replace(record, revision=record.revision + 1)


def tells_the_last(self: Any, changed: Any) -> None:
    self._listeners = [changed]


def keeps_revision(self: Any, record: Any) -> None:
    self._records[record.subject] = record
    for changed in self._listeners:
        changed(record.subject)


def changed(**fields: Any) -> Any:
    """`load` with something else in the record."""

    def load(self: Any, subject: Any) -> Any:
        found = MemorySource.load(self, subject)
        return found and replace(found, **fields)

    return load


PLANTED_SOURCES: dict[str, tuple[str, Any, set[str]]] = {
    "making raises": ("load", raises, set()),
    "load raises": ("load", wrong(load=raises), {"unknown", "load_many", "listen", "threads"}),
    "loads a dict": (
        "load",
        wrong(load=lambda *_: {"plan": "pro"}),
        {"unknown", "load_many", "listen", "threads"},
    ),
    "loses a field": ("load", wrong(load=changed(subscriptions=())), {"load_many"}),
    "unknown is a record": (
        "unknown",
        wrong(load=lambda self, s: MemorySource.load(self, s) or SubjectRecord(s)),
        {"revision"},
    ),
    "unknown raises": ("unknown", wrong(load=lambda self, s: self._records[s]), {"listen"}),
    "any case": ("unknown", wrong(load=lambda self, s: self._records.get(s.lower())), set()),
    "many names the unknown": (
        "load_many",
        wrong(load_many=lambda self, subjects: {s: self.load(s) for s in subjects}),
        set(),
    ),
    "many is a list": ("load_many", wrong(load_many=lambda self, s: [self.load(x) for x in s]), {"threads"}),
    "many is old": (
        "load_many",
        wrong(load_many=lambda _, subjects: {s: SubjectRecord(s) for s in subjects if s != "nobody"}),
        set(),
    ),
    "not sorted": ("subjects", wrong(subjects=lambda self: list(self._records)), set()),
    "twice": ("subjects", wrong(subjects=lambda self: sorted([*self._records] * 2)), set()),
    "forgets one": ("subjects", wrong(subjects=lambda self: sorted(self._records)[1:]), set()),
    "always one": ("subjects", wrong(subjects=lambda self: sorted({*self._records, "space"})), set()),
    "usage can change": ("frozen", wrong(load=changed(usage={})), {"load", "load_many"}),
    "a list": ("frozen", wrong(load=changed(overrides=[])), {"load", "load_many"}),
    "a clock of seconds": ("clock", wrong(clock=property(lambda _: time.time, lambda *_: None)), set()),
    "tells nobody": ("listen", wrong(listen=lambda *_: None), set()),
    "tells the last": ("listen", wrong(listen=tells_the_last), set()),
    "tells early": ("listen", wrong(put=tells_early), {"revision"}),
    "keeps the revision": ("revision", wrong(put=keeps_revision), set()),
    "mixes threads up": ("threads", wrong(load=load_late), set()),
}


@pytest.mark.parametrize("fault", PLANTED_SOURCES)
def test_a_planted_fault_of_a_source_is_caught_by_its_rule(fault: str) -> None:
    rule, source, also = PLANTED_SOURCES[fault]
    with pytest.raises(AssertionError) as caught:
        source_conformance(source)
    assert rule in rules_in(caught.value) <= {rule, *also}, str(caught.value)
