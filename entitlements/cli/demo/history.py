"""How the sample spaces came to be what they are, done again by the verbs of an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, cast

from entitlements.clock import FixedClock
from entitlements.engine.engine import Engine
from entitlements.source.protocol import Token
from entitlements.source.subjects_file import Subjects
from entitlements.source.usage import Measured
from entitlements.subject import Override, SubjectRecord, Subscription

_BY = "the demo"
#: When, and what was done then.
_Event = tuple[datetime, Callable[[], object]]


def live_through(engine: Engine, clock: FixedClock, samples: Subjects) -> None:
    """Do all that led to `samples`, each thing when it was; at the end it is the `now` of the samples."""
    assert samples.now is not None  # noqa: S101  the shipped samples fix their clock
    events = [event for record in samples.records for event in _events(engine, record, samples.now)]
    for at, do in sorted(events, key=lambda event: event[0]):
        clock.set(at)
        do()
    clock.set(samples.now)
    engine.import_usage(
        Measured(record.subject, key, replace(usage, measured_at=usage.measured_at or samples.now))
        for record in samples.records
        for key, usage in record.usage.items()
    )


def _events(engine: Engine, record: SubjectRecord, now: datetime) -> Iterator[_Event]:
    subject = record.subject
    begins = min((s.start for s in record.subscriptions if s.start is not None), default=now)
    contacts = {kind: people for kind, people in record.contacts.items() if kind in {"billing", "admins"}}
    details = {**contacts, "credits": record.credits, "by": _BY}
    yield begins, partial(engine.set_details, subject, **cast("Any", details))
    for held in record.subscriptions:
        yield held.start or now, partial(_subscribe, engine, subject, held)
    for override in record.overrides:
        yield override.start or now, partial(_make_exception, engine, subject, override)
    if record.baa_signed_on is not None:
        yield record.baa_signed_on, partial(engine.sign_baa, subject, by=_BY)


def _subscribe(engine: Engine, subject: str, held: Subscription) -> Token:
    end = None if held.kind == "trial" else held.end  # how long a trial lasts stands in the catalog
    terms = {"end": end, "cadence": held.cadence, "kind": held.kind}
    return engine.subscribe(subject, held.plan, unsold=True, by=_BY, **cast("Any", terms))


def _make_exception(engine: Engine, subject: str, override: Override) -> Token:
    o = override
    grounds: Any = {"kind": o.kind, "by": o.by, "because": o.because, "end": o.end or "never"}
    if o.cap is not None:
        return engine.set_cap(subject, o.cap, to=o.set_to, at_least=o.at_least, **grounds)
    if o.support is not None:
        return engine.set_support(subject, o.support, **grounds)
    if o.remove is not None:
        return engine.remove(subject, o.remove, **grounds)
    return engine.give(subject, str(o.give), **grounds)
