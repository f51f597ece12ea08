"""What the author of a store runs: changes go in, and record, token, feed and audit log must tell the same.

    def test_it_conforms():
        store_conformance(lambda: OurStore(an_empty_database()))

| rule | is broken when |
| --- | --- |
| `source` | it breaks a rule of `source_conformance`; each finding names which |
| `token` | a change gives another subject or revision than `load` and `revision` then tell |
| `blank` | a subject nobody knows is handed to the rule as anything but a blank record |
| `nothing` | a rule that raises, or leaves the record as it is, leaves a trace |
| `exact` | a record comes back altered: an order, a microsecond, a letter's case |
| `overlap` | two subscriptions may be in force at once, or two that only touch may not |
| `feed` | `changes` leaves a change out, names one before `since`, or goes on after the end |
| `audit` | there is not one row a change with who, what, why, before and after, or the chain is broken |
| `threads` | of changes made by eight threads at once one is lost, or counted twice |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Any

from entitlements.errors import StoreConflict
from entitlements.source.audit import NO_HASH, broken
from entitlements.source.protocol import Changes, Entry, Store
from entitlements.source.record_json import record_json
from entitlements.subject import SubjectRecord, Subscription
from entitlements.testing.awkward_records import EXACT
from entitlements.testing.conformance import Conformance, Findings, demand, in_threads
from entitlements.testing.conforming_sources import RECORDS, source_findings

_NOW = datetime(2026, 3, 1, 12, 30, 15, 999_999, tzinfo=UTC)
_DAY = timedelta(days=1)
_ENTRY = Entry("put", "the kit", "to see what comes back", _NOW)
_ROUNDS = 5


def store_conformance(make_store: Callable[[], Store]) -> Conformance:
    """Put the empty store that `make_store()` gives to the test; it is made several times.

    Raises AssertionError that lists every finding.
    """
    __tracebackhide__ = True
    return demand(store_findings(make_store))


def store_findings(make_store: Callable[[], Store]) -> Conformance:
    """As `store_conformance`, but hands the findings back instead of raising."""
    findings = Findings()

    def filled(records: Iterable[SubjectRecord]) -> Store:
        store = make_store()
        for record in records:
            _put(store, record)
        return store

    reading = source_findings(filled, change=_put)
    for finding in reading.findings:
        findings.add("source", str(finding))
    for rule, check in _CHECKS.items():
        findings.none_if_raises(rule, "it", partial(_tried, check, make_store, findings.add))
    return findings.conformance(reading.name, reading.notes)


Add = Callable[[str, str], None]


def _tried(check: Callable[[Store, Add], None], make_store: Callable[[], Store], add: Add) -> None:
    check(make_store(), add)


def _put(store: Store, record: SubjectRecord) -> Any:
    return store.change(record.subject, lambda _: record, _ENTRY)


def _token(store: Store, add: Add) -> None:
    for revision in (1, 2, 3):
        days = SubjectRecord("space", baa_signed_on=_NOW + revision * _DAY)
        token = _put(store, days)
        found = store.load("space")
        if (token.subject, token.revision) != ("space", revision):
            add("token", f"change {revision} of a subject gives {token}")
        if found != replace(days, revision=revision) or store.revision("space") != revision:
            add("token", f"after change {revision} load gives {found!r}, revision {store.revision('space')}")
    if store.revision("nobody") is not None:
        add("token", f"the revision of a subject nobody knows is {store.revision('nobody')}")


def _blank(store: Store, add: Add) -> None:
    handed: list[SubjectRecord] = []

    def rule(record: SubjectRecord) -> SubjectRecord:
        handed.append(record)
        return SubjectRecord(record.subject)

    store.change("new", rule, _ENTRY)
    if handed != [SubjectRecord("new")]:
        add("blank", f"the rule of a new subject was handed {handed}")
    if list(store.subjects()) != ["new"] or store.load("new") != SubjectRecord("new", revision=1):
        add("blank", "a subject whose record is blank did not become known")


def _nothing(store: Store, add: Add) -> None:
    _put(store, RECORDS[1])
    heard: list[str] = []
    store.listen(heard.append)
    before = _state(store)

    for subject, error in product(("space", "nobody"), (LookupError, OverflowError, UnicodeError)):
        try:
            store.change(subject, partial(_raises, error), _ENTRY)
        except error:
            pass
        except StoreConflict:
            add("nothing", f"a rule raises {error.__name__}, but StoreConflict comes out of `change`")
        else:
            add("nothing", "what the rule raises does not come out of `change`")
        if _state(store) != before:
            add("nothing", f'a rule that raises changed "{subject}"')
        token = store.change(subject, lambda record: record, _ENTRY)
        if _state(store) != before or token.revision != (store.revision(subject) or 0):
            add(
                "nothing",
                f'a rule that hands back the record of "{subject}" changed it; its token is {token}',
            )
    token = store.change("space", lambda record: replace(record, revision=7), _ENTRY)
    if _state(store) != before or token.revision != 1:
        add("nothing", f"an equal record was written; the token is {token}")
    if heard:
        add("nothing", f"listeners heard of {heard}, which did not change")


def _raises(error: type[Exception], _: SubjectRecord) -> SubjectRecord:
    raise error


def _exact(store: Store, add: Add) -> None:
    for record in (*EXACT, *RECORDS):
        _put(store, record)
    for record in (*EXACT, *RECORDS):
        found = store.load(record.subject)
        if found != replace(record, revision=1):
            add("exact", f"{record!r} came back as {found!r}")
    # The same in another order is another record.
    for record in EXACT:
        turned = replace(record, subscriptions=record.subscriptions[::-1], overrides=record.overrides[::-1])
        token = _put(store, turned)
        if store.load(record.subject) != replace(turned, revision=token.revision):
            add("exact", f'"{record.subject}" turned round came back as {store.load(record.subject)!r}')
        # And one of which only the subscriptions differ, not what hangs on them.
        shorter = replace(turned, subscriptions=tuple(_annual(s) for s in turned.subscriptions))
        token = _put(store, shorter)
        if store.load(record.subject) != replace(shorter, revision=token.revision):
            add("exact", f'"{record.subject}" with other terms came back as {store.load(record.subject)!r}')


def _overlap(store: Store, add: Add) -> None:
    first = Subscription("standard", _NOW, _NOW + 2 * _DAY)
    _put(store, SubjectRecord("space", (first,)))
    before = _state(store)
    for start, end in ((1, 3), (-1, 1), (0, 2), (-1, None), (None, 1), (None, None), (1, None), (-1, 3)):
        other = Subscription("pro", _after(start), _after(end))
        for pair in ((first, other), (other, first), (other, replace(other, plan="standard"))):
            try:
                _put(store, SubjectRecord("space", pair))
            except StoreConflict:
                pass
            else:
                add("overlap", f"days 0 to 2 and {start} to {end} were taken together")
            if _state(store) != before:
                add("overlap", "a change that was refused left a trace")
    for start, end in ((2, 3), (-1, 0), (2, None), (None, 0), (1, 1)):
        kept = SubjectRecord("space", (first, Subscription("pro", _after(start), _after(end))))
        try:
            _put(store, kept)
        except StoreConflict:
            add("overlap", f"days 0 to 2 and {start} to {end} were refused")


def _feed(store: Store, add: Add) -> None:
    if store.changes(None) != Changes(0, ()) or store.changes(0) != Changes(0, ()):
        add("feed", f"the feed of an empty store is {store.changes(None)}, and since 0 {store.changes(0)}")
    start = store.changes(None).position
    for subject in ("a", "b", "a"):
        _put(store, SubjectRecord(subject, baa_signed_on=_NOW + len(list(store.audit())) * _DAY))
    seen = store.changes(start)
    if set(seen.subjects) != {"a", "b"} or len(seen.subjects) != 2:  # noqa: PLR2004  each once
        add("feed", f"after changes of a, b and a again it names {seen.subjects}")
    if store.changes(seen.position) != Changes(seen.position, ()):
        add("feed", f"with nothing new after {seen.position} it gives {store.changes(seen.position)}")
    _put(store, SubjectRecord("b"))
    later = store.changes(seen.position)
    if later.subjects != ("b",) or later.position <= seen.position:
        add("feed", f"since {seen.position}, with only b changed, it gives {later}")
    restored = store.changes(later.position + 5)
    if set(restored.subjects) != {"a", "b"} or restored.position != later.position:
        add("feed", f"asked from beyond its end, at {later.position}, it gives {restored}, not everyone")


def _audit(store: Store, add: Add) -> None:
    for record in (*RECORDS, replace(RECORDS[0], baa_signed_on=_NOW)):
        _put(store, record)
    rows = list(store.audit())
    for row in rows:
        if (row.what, row.done_by, row.because, row.at) != (_ENTRY.what, _ENTRY.by, _ENTRY.because, _NOW):
            add("audit", f"the row of a change by {_ENTRY} is {row}")
    kept = [(row.seq, row.subject, row.revision, row.before, row.after) for row in rows]
    blank, signed = record_json(RECORDS[0]), record_json(replace(RECORDS[0], baa_signed_on=_NOW))
    wanted = [(seq, r.subject, 1, None, record_json(r)) for seq, r in enumerate(RECORDS, start=1)]
    if kept != [*wanted, (len(wanted) + 1, RECORDS[0].subject, 2, blank, signed)]:
        add("audit", f"after {len(wanted) + 1} changes the rows are {kept}")
    if [row for row in rows if row.subject == "zebra"] != list(store.audit("zebra")):
        add("audit", "the rows of one subject are not those of its subject among all")
    if rows[2:] != list(store.audit(since=2)):
        add("audit", "the rows since 2 are not those after the second")
    chain = broken(rows, (rows[-1].seq, rows[-1].hash) if rows else (0, NO_HASH))
    for found in (*chain, *store.verify()):
        add("audit", str(found))


def _threads(store: Store, add: Add) -> None:
    revisions: list[int] = []

    def earn(record: SubjectRecord) -> SubjectRecord:
        return replace(record, credits=record.credits + 1)

    def run(_: int) -> None:
        revisions.extend(store.change("shared", earn, _ENTRY).revision for _ in range(_ROUNDS))

    in_threads(run)
    made = list(range(1, len(revisions) + 1))
    found = store.load("shared")
    if sorted(revisions) != made:
        add("threads", f"{len(made)} changes of one subject gave the revisions {sorted(revisions)}")
    if found is None or found.credits != len(made):
        add("threads", f"{len(made)} times one credit came to {found and found.credits}")
    if [row.revision for row in store.audit("shared")] != made:
        add("threads", "the audit log does not have each change once, in the order of the revisions")


_CHECKS: dict[str, Callable[[Store, Add], None]] = {
    "token": _token,
    "blank": _blank,
    "nothing": _nothing,
    "exact": _exact,
    "overlap": _overlap,
    "feed": _feed,
    "audit": _audit,
    "threads": _threads,
}


def _annual(subscription: Subscription) -> Subscription:
    return replace(subscription, cadence="annual")


def _after(days: int | None) -> datetime | None:
    return None if days is None else _NOW + days * _DAY


def _state(store: Store) -> Any:
    """All that can be told of a store."""
    return store.load_many(store.subjects()), list(store.subjects()), store.changes(None), list(store.audit())
