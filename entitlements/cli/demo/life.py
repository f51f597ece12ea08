"""A subscription of one sample space, from its first day to its last: what is typed, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from entitlements.catalog.money import money_words
from entitlements.cli.record_lines import differences
from entitlements.cli.words import counted
from entitlements.clock import FixedClock, day_words, time_words
from entitlements.engine.engine import Engine
from entitlements.source.audit import AuditRow
from entitlements.source.protocol import Store
from entitlements.source.subjects_file import at_from
from entitlements.subject import SubjectRecord, zone_of

SUBJECT = "demo-new"
_BEGINS, _ASKS, _GIVEN_UNTIL, _AFTER = "2026-03-02", "2026-03-10", "2026-07-01", "2026-04-02"


@dataclass(frozen=True, slots=True)
class Step:
    """A command without its first word, and the lines that say what came of it."""

    command: str
    says: tuple[str, ...]


def lived(engine: Engine, clock: FixedClock) -> Iterator[Step]:
    """Subscribe, make an exception, ask for the terms, leave: and what the log says of it."""

    def at(day: str) -> datetime:
        return at_from(day, engine.catalog.time_zone)

    began, why = at(_BEGINS), "A donor wants it"
    before = _record(engine)
    engine.subscribe(SUBJECT, "standard", at=began, by="sam", because="Order 7")
    yield _written(engine, before, f"subscribe {SUBJECT} standard --at {_BEGINS} --by sam …")

    before, until = _record(engine), at(_GIVEN_UNTIL)
    engine.give(SUBJECT, "custom_reports", kind="pro_bono", at=began, end=until, by="ops", because=why)
    yield _written(engine, before, f"override give {SUBJECT} custom_reports --kind pro_bono …")

    clock.set(at(_ASKS))
    yield Step(f"terms {SUBJECT}", tuple(_terms(engine)))

    before = _record(engine)
    engine.change_plan(SUBJECT, "community", by="sam")
    yield _written(engine, before, f"subscription change {SUBJECT} community --by sam")

    after = engine.entitlements(SUBJECT, at=at(_AFTER))
    for feature in ("custom_reports", "outbound_sms"):
        yield Step(f"--at {_AFTER} check {SUBJECT} {feature}", (after.check(feature).message(),))

    zone = zone_of(_record(engine), engine.catalog)
    yield Step(f"audit list {SUBJECT}", tuple(_logged(row, zone) for row in logged(engine)))
    yield Step("audit verify", (_verified(_store(engine)),))


def logged(engine: Engine) -> list[AuditRow]:
    """What the log says of this subscription."""
    return list(_store(engine).audit(SUBJECT))


def _store(engine: Engine) -> Store:
    return cast("Store", engine.source)


def _record(engine: Engine) -> SubjectRecord:
    return engine.source.load(SUBJECT) or SubjectRecord(SUBJECT)


def _written(engine: Engine, before: SubjectRecord, command: str) -> Step:
    gone, come = differences(before, _record(engine), zone_of(before, engine.catalog))
    return Step(command, (*(f"- {line}" for line in gone), *(f"+ {line}" for line in come)))


def _terms(engine: Engine) -> Iterator[str]:
    terms = engine.terms(SUBJECT)
    end = terms.earliest_end
    if end is not None:
        yield f"Earliest end {day_words(end.at, terms.time_zone)}: {end.words(terms.time_zone)}."
    for charge in terms.charges:
        when = "next" if charge.on is None else f"on {day_words(charge.on, terms.time_zone)}"
        yield f"Estimate of the charge {when}: {money_words(charge.at_least, terms.currency)}."


def _logged(row: AuditRow, zone: str) -> str:
    because = f": {row.because}" if row.because is not None else ""
    return f"{row.seq}  {time_words(row.at, zone)}  {row.what} by {row.done_by}{because}"


def _verified(store: Store) -> str:
    rows = list(store.audit())
    wrong = next(store.verify(), None)
    whole = "is whole" if wrong is None else f"is not as it was written: {wrong}"
    return f"The audit log {whole}: {counted(len(rows), 'change')}, the last one sealed {rows[-1].hash}."
