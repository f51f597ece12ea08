"""Advice on the exceptions of a subjects file: those that have ended, and those that change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from entitlements.catalog.reading.document import Map
from entitlements.catalog.reading.scalars import shown
from entitlements.clock import last_day
from entitlements.engine.resolve import Offers, resolve
from entitlements.lifecycle.overrides import about
from entitlements.model import Catalog, Feature
from entitlements.problems import Problem
from entitlements.subject import Override, SubjectRecord, in_force, is_over, zone_of

CHANGES_NOTHING, HAS_ENDED = "L417", "L418"
#: Codes that a record may accept.
ACCEPTABLE = frozenset((CHANGES_NOTHING, HAS_ENDED))
_QUOTE = '"'
_WHAT = ("give", "remove", "cap", "support")
_MOMENT = timedelta(microseconds=1)


def record_advice(
    catalog: Catalog, pairs: Iterable[tuple[Map, SubjectRecord]], at: datetime
) -> Iterator[Problem]:
    """What there is to say at the instant `at` of sound records, each with the map it was read from."""
    offers: Offers = {}
    for given, record in pairs:
        overrides: Any = given.get("overrides") or ()
        idle = set(_that_change_nothing(catalog, record, at, offers))
        for number, override in enumerate(record.overrides):
            if is_over(override.end, at):
                yield _ended(catalog, record, override, overrides[number])
            elif number in idle:
                yield _idle(record, override, overrides[number])


def _ended(catalog: Catalog, record: SubjectRecord, override: Override, given: Map) -> Problem:
    assert override.end is not None  # noqa: S101  tells the type checker what the caller has looked at
    day = last_day(override.end, zone_of(record, catalog))
    message = f"the override that {override.does(_QUOTE)} has ended; its last day was {day}"
    mark, hint = given.value_mark("end"), "take it out, or give it a later end"
    return Problem(HAS_ENDED, message, mark, "warning", hint, about=_about(record, override))


def _idle(record: SubjectRecord, override: Override, given: Map) -> Problem:
    field = next(name for name in _WHAT if name in given)
    message = f"the override that {override.does(_QUOTE)} changes nothing for {shown(record.subject)}"
    hint = "take it out: plan, add-ons and other overrides say the same"
    mark = given.value_mark(field)
    return Problem(CHANGES_NOTHING, message, mark, "warning", hint, about=_about(record, override))


def _about(record: SubjectRecord, override: Override) -> tuple[str, ...]:
    key = about(override)
    return (record.subject, *([key] if key else []))


def _that_change_nothing(
    catalog: Catalog, record: SubjectRecord, at: datetime, offers: Offers
) -> Iterator[int]:
    """The numbers of those without which all is the same in their whole period. Of two alike one stays."""
    numbered = dict(enumerate(record.overrides))
    for number in reversed(range(len(record.overrides))):
        override = numbered[number]
        if is_over(override.end, at) or _guards(catalog, override):
            continue
        rest = tuple(other for key, other in numbered.items() if key != number)
        with_it, without = (replace(record, overrides=kept) for kept in (tuple(numbered.values()), rest))
        if all(
            _terms(catalog, with_it, moment, offers) == _terms(catalog, without, moment, offers)
            for moment in _moments(record, override, at)
        ):
            del numbered[number]
            yield number


def _guards(catalog: Catalog, override: Override) -> bool:
    """Whether it takes away what a checker might let in although no plan includes it."""
    feature: Feature | None = catalog.features.get(override.remove or "")
    return feature is not None and bool(
        feature.exempt or feature.checks or feature.on_loss.effect == "read_only"
    )


def _moments(record: SubjectRecord, override: Override, at: datetime) -> Iterator[datetime]:
    """Each instant of the override's period from which something may be otherwise than before."""
    changes = sorted({at, *record.boundaries()})
    if override.start is None and changes[0] > datetime.min.replace(tzinfo=at.tzinfo):
        yield changes[0] - _MOMENT
    yield from (moment for moment in changes if in_force(override.start, override.end, moment))


def _terms(catalog: Catalog, record: SubjectRecord, at: datetime, offers: Offers) -> tuple[Any, ...]:
    found = resolve(catalog.at(at), record, at, offers)
    caps = {
        cap: (given.terms.included, given.terms.hard, given.terms.extra) for cap, given in found.caps.items()
    }
    return found.included.keys() - found.removed.keys(), caps, found.support
