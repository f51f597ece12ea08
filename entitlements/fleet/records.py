"""The plain way, for a file of hundreds: record by record, as the engine knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from entitlements.fleet.outcome import Hit, Outcome, Outcomes, hits_of
from entitlements.fleet.tally import Tally
from entitlements.subject import SubjectRecord, Usage


def count_records(outcomes: Outcomes, records: Iterable[SubjectRecord], tally: Tally) -> None:
    """Count every record."""
    for record in records:
        count_record(outcomes.of(record), record, tally)


def count_record(outcome: Outcome, record: SubjectRecord, tally: Tally) -> None:
    """Count one record, which holds the terms of `outcome`."""
    tally.add(record.subject, *measure(outcome, record.usage))
    for day, then in outcome.later:
        tally.on(day).add(record.subject, *measure(then, record.usage))


def measure(outcome: Outcome, usage: Mapping[str, Usage]) -> tuple[list[Hit], int]:
    """What `outcome` does to one that uses so much, and how much more that costs a month."""

    def in_use(feature: str) -> int | None:
        found = usage.get(feature)
        return None if found is None or found.count is None else max(found.count - found.exempt, 0)

    def used(cap: str) -> int | None:
        found = usage.get(cap)
        return found.count if found is not None else None

    return hits_of(outcome, in_use, used)
