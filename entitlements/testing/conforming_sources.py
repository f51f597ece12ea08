"""What the author of a source runs: records go in, and every way of reading them must agree.

    def test_it_conforms():
        source_conformance(lambda records: OurTables(database_with(records)))

| rule | is broken when |
| --- | --- |
| `load` | it raises, or gives something else than the record that was put in |
| `unknown` | a subject nobody knows gets anything but None |
| `load_many` | it disagrees with `load`, or names subjects that nobody knows |
| `subjects` | they are not all there, not sorted, not once each |
| `frozen` | a record holds lists or dicts that can be changed |
| `clock` | it has no `clock` that is None or tells nanoseconds |
| `listen` | a listener is not told of a change, or before the new record can be read |
| `revision` | it does not grow with a change, or is not that of the record that `load` gives |
| `threads` | read by eight threads at once it raises, or gives another subject's record |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from entitlements.source.protocol import Source
from entitlements.subject import AddOnPeriod, Override, SubjectRecord, Subscription, Usage
from entitlements.testing.conformance import Conformance, Findings, demand, in_threads

_DAY = datetime(2026, 1, 15, tzinfo=UTC)
_LATER = datetime(2026, 7, 1, tzinfo=UTC)
_UNKNOWN = ("nobody", "", " ", "spaces", "SPACE", "'; drop table spaces; --", "\N{SNOWMAN}", "x" * 1000)
_MISSING: Any = object()
Change = Callable[[Any, SubjectRecord], object]

#: What goes in unless you give records of your own: of every kind of field at least one.
RECORDS = (
    SubjectRecord("zebra"),
    SubjectRecord("space", (Subscription("pro", _DAY, None, "annual"),), credits=Decimal("120.00")),
    SubjectRecord(
        "add-ons",
        (Subscription("standard", _DAY, _LATER, add_ons=(AddOnPeriod("report_builder_15_reports", _DAY),)),),
        usage=MappingProxyType(
            {"mobile_users": Usage(212), "cloudcare": Usage(None, unknown="recorded as unknown")}
        ),
    ),
    SubjectRecord(
        "exceptions",
        overrides=(
            Override("pro_bono", "They asked", "ops", _DAY, _LATER, give="custom_reports"),
            Override("legacy", "Agreed in 2019", "ops", _DAY, None, cap="mobile_users", at_least=300),
        ),
        baa_signed_on=_DAY,
        contacts=MappingProxyType({"billing": ("ada@example.org", "bo@example.org")}),
    ),
    SubjectRecord("espace-été", (Subscription("community"),)),
)


def source_conformance(
    make_source: Callable[[tuple[SubjectRecord, ...]], Source],
    *,
    records: Iterable[SubjectRecord] = RECORDS,
    change: Change | None = None,
) -> Conformance:
    """Put the source that `make_source(records)` gives to the test; it is made several times.

    `change(source, record)` replaces a record where its data lives; a source with a method `put` needs none.
    Raises AssertionError that lists every finding; else tells what could not be tried.
    """
    __tracebackhide__ = True
    return demand(source_findings(make_source, records=records, change=change))


def source_findings(
    make_source: Callable[[tuple[SubjectRecord, ...]], Source],
    *,
    records: Iterable[SubjectRecord] = RECORDS,
    change: Change | None = None,
) -> Conformance:
    """As `source_conformance`, but hands the findings back instead of raising."""
    findings, given = Findings(), tuple(records)
    notes: list[str] = []
    source = findings.none_if_raises("load", "making the source", lambda: make_source(given))
    if source is None:
        return findings.conformance("source", ())
    name = type(source).__name__
    reading = _Reading(source, given, findings)
    reading.run()
    alter = change or getattr(type(source), "put", None)
    if alter is None:
        notes.append("changes were not tried: the source has no `put`, and no `change` was given")
    else:
        findings.none_if_raises(
            "listen", "a change", lambda: _changes(make_source(given), given, alter, findings)
        )
    fresh = findings.none_if_raises("load", "making it again", lambda: make_source(given))
    if fresh is not None:
        _threads(fresh, given, alter, findings)
    try:
        empty = make_source(())
    except Exception as error:  # noqa: BLE001  such as a file that may not be empty
        notes.append(f"none without records was tried: making it raises {type(error).__name__}")
    else:
        left = findings.none_if_raises("subjects", "without records", lambda: list(empty.subjects()))
        if left:
            findings.add("subjects", f"without records there are subjects: {left}")
    return findings.conformance(name, notes)


class _Reading:
    """All that can be asked of a source that stays as it is."""

    def __init__(self, source: Source, records: tuple[SubjectRecord, ...], findings: Findings) -> None:
        self.source = source
        self.records = {record.subject: record for record in records}
        self.findings = findings

    def run(self) -> None:
        for record in self.records.values():
            found = self._load(record.subject, "load")
            if found is None:
                self.findings.add("load", f'"{record.subject}" is not found')
            elif type(found) is not SubjectRecord:
                self.findings.add("load", f'"{record.subject}" is {type(found).__name__}, not SubjectRecord')
            else:
                self._same(found, record)
                self._frozen(found)
                self._revision(record.subject, found.revision)
        for subject in set(_UNKNOWN) - self.records.keys():
            found = self._load(subject, "unknown")
            if found is not None:
                self.findings.add("unknown", f'"{subject[:40]}" is known to nobody, but load gives {found!r}')
            self._revision(subject, None)
        self._many()
        self._subjects()
        clock = getattr(self.source, "clock", _MISSING)
        if clock is _MISSING or (clock is not None and type(clock()) is not int):
            self.findings.add("clock", "`clock` must be there, and be None or give whole nanoseconds")

    def _load(self, subject: str, rule: str) -> Any:
        return self.findings.none_if_raises(
            rule, f'load("{subject[:40]}")', lambda: self.source.load(subject)
        )

    def _same(self, found: SubjectRecord, record: SubjectRecord) -> None:
        for name in SubjectRecord.__dataclass_fields__:
            if name in ("revision", "mark"):
                continue
            got, put = getattr(found, name), getattr(record, name)
            if got != put:
                self.findings.add("load", f'`{name}` of "{record.subject}" is {got!r}, not {put!r}')

    def _frozen(self, record: SubjectRecord) -> None:
        for name in ("usage", "contacts"):
            if isinstance(getattr(record, name), MutableMapping):
                self.findings.add(
                    "frozen", f'`{name}` of "{record.subject}" can be changed; use MappingProxyType'
                )
        for name in ("subscriptions", "overrides"):
            if type(getattr(record, name)) is not tuple:
                self.findings.add("frozen", f'`{name}` of "{record.subject}" must be a tuple')

    def _revision(self, subject: str, wanted: int | None) -> None:
        told = self.findings.none_if_raises("revision", "revision", lambda: self.source.revision(subject))
        if told != wanted:
            self.findings.add("revision", f'of "{subject[:40]}" it is {told}, but the record has {wanted}')

    def _many(self) -> None:
        asked = [*self.records, "nobody", *self.records]
        found = self.findings.none_if_raises(
            "load_many", "load_many", lambda: self.source.load_many(iter(asked))
        )
        if found is None:
            return
        if not isinstance(found, Mapping):
            self.findings.add("load_many", f"it gives {type(found).__name__}, not a mapping")
            return
        if found.keys() != self.records.keys():
            wrong = sorted(map(str, found.keys() ^ self.records.keys()))
            self.findings.add("load_many", f"it is asked for all and disagrees about {', '.join(wrong)}")
        for subject in found.keys() & self.records.keys():
            if found[subject] != self._load(subject, "load"):
                self.findings.add("load_many", f'it disagrees with load about "{subject}"')
        if self.findings.none_if_raises("load_many", "load_many of none", lambda: self.source.load_many(())):
            self.findings.add("load_many", "asked for none it gives some")

    def _subjects(self) -> None:
        found = self.findings.none_if_raises("subjects", "subjects", lambda: list(self.source.subjects()))
        if found is None:
            return
        if found != sorted(self.records):
            self.findings.add("subjects", f"they are {found}, not {sorted(self.records)}")


def _changes(source: Source, records: tuple[SubjectRecord, ...], alter: Change, findings: Findings) -> None:
    """Each listener hears of each change, once the new record can be read."""
    heard: list[tuple[str, SubjectRecord | None]] = []
    source.listen(lambda subject: heard.append((subject, source.load(subject))))
    source.listen(lambda subject: heard.append((subject, source.load(subject))))
    for record in (*records[:2], SubjectRecord("a-new-one")):
        before = source.load(record.subject)
        changed = replace(record, baa_signed_on=_LATER)
        heard.clear()
        alter(source, changed)
        if [subject for subject, _ in heard] != [record.subject] * 2:
            findings.add(
                "listen", f'two listeners were told {len(heard)} times that "{record.subject}" changed'
            )
        if any(seen is None or seen.baa_signed_on != _LATER for _, seen in heard):
            findings.add(
                "listen", f'told that "{record.subject}" changed, a listener still reads the old record'
            )
        after = source.load(record.subject)
        if before is not None and after is not None and after.revision <= before.revision:
            findings.add(
                "revision",
                f'of "{record.subject}" it is {after.revision} after a change, {before.revision} before',
            )


def _threads(
    source: Source, records: tuple[SubjectRecord, ...], alter: Change | None, findings: Findings
) -> None:
    def run(number: int) -> None:
        for record in records * 20:
            if number == 0 and alter is not None:
                alter(source, record)
            found = source.load(record.subject)
            if found is None or found.subject != record.subject:
                findings.add("threads", f'asked for "{record.subject}" it gives {found!r}')
            for subject, one in source.load_many([record.subject]).items():
                if subject != one.subject:
                    findings.add("threads", f'load_many gives "{one.subject}" for "{subject}"')
            list(source.subjects())

    in_threads(lambda number: findings.none_if_raises("threads", "reading", lambda: run(number)))
