"""Records to rows and back. A row is the values of all columns of its table, in their order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from entitlements.amounts import Amount
from entitlements.clock import from_us, to_us
from entitlements.errors import StoreError, in_words
from entitlements.model import EMPTY
from entitlements.subject import AddOnPeriod, Example, Override, SubjectRecord, Subscription, Usage

#: Part of a record → its rows, such as `subscriptions`.
Rows = Mapping[str, list[tuple[Any, ...]]]
_AMOUNT_WORDS: Mapping[str, Amount] = {"unlimited": "unlimited", "none": "none"}


def rows_of(record: SubjectRecord) -> Rows:
    """The rows that `record` is kept as."""
    subject, subscriptions = record.subject, tuple(enumerate(record.subscriptions))
    return {
        "subjects": [
            (
                subject,
                record.revision,
                record.time_zone,
                to_us(record.baa_signed_on),
                to_us(record.baa_ended_on),
                str(record.credits),
                _json(dict(record.contacts)),
            )
        ],
        "subscriptions": [
            (subject, place, s.plan, to_us(s.start), to_us(s.end), s.cadence, s.kind)
            for place, s in subscriptions
        ],
        "add_ons": [
            (subject, parent, place, add_on.key, to_us(add_on.start), to_us(add_on.end))
            for parent, s in subscriptions
            for place, add_on in enumerate(s.add_ons)
        ],
        "overrides": [
            (
                subject,
                place,
                o.kind,
                o.because,
                o.by,
                to_us(o.start),
                to_us(o.end),
                o.give,
                o.remove,
                o.cap,
                _amount_told(o.set_to),
                _amount_told(o.at_least),
                o.support,
            )
            for place, o in enumerate(record.overrides)
        ],
        "usage": [(subject, name, *usage_told(usage)) for name, usage in record.usage.items()],
    }


def record_of(rows: Rows) -> SubjectRecord:
    """The record that is kept as `rows`, which come in any order."""
    ((subject, revision, time_zone, signed, ended, credit, contacts),) = rows["subjects"]
    return SubjectRecord(
        subject,
        subscriptions=_subscriptions(rows),
        overrides=tuple(_override(row) for row in sorted(rows.get("overrides", ()), key=_place)),
        baa_signed_on=from_us(signed),
        baa_ended_on=from_us(ended),
        contacts=_contacts(contacts),
        credits=Decimal(credit),
        time_zone=time_zone,
        usage=usages(rows.get("usage", ())),
        revision=revision,
    )


def read_record(subject: str, rows: Rows) -> SubjectRecord:
    """The record that is kept as `rows`. Raises StoreError for what no store has written."""
    try:
        return record_of(rows)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        msg = f'what the store holds of "{subject}" was not written by it: {in_words(error)}'
        raise StoreError(msg, hint="put the row back as the audit log has it") from error


def _subscriptions(rows: Rows) -> tuple[Subscription, ...]:
    add_ons: dict[int, list[AddOnPeriod]] = {}
    for row in sorted(rows.get("add_ons", ()), key=lambda row: row[1:3]):
        _, parent, _, key, start, end = row
        add_ons.setdefault(parent, []).append(AddOnPeriod(key, from_us(start), from_us(end)))
    return tuple(
        Subscription(plan, from_us(start), from_us(end), cadence, kind, tuple(add_ons.get(place, ())))
        for _, place, plan, start, end, cadence, kind in sorted(rows.get("subscriptions", ()), key=_place)
    )


def _override(row: tuple[Any, ...]) -> Override:
    _, _, kind, because, by, start, end, give, remove, cap, set_to, at_least, support = row
    return Override(
        kind,
        because,
        by,
        from_us(start),
        from_us(end),
        give=give,
        remove=remove,
        cap=cap,
        set_to=_amount(set_to),
        at_least=_amount(at_least),
        support=support,
    )


def usage_told(usage: Usage) -> tuple[Any, ...]:
    """The columns of a usage after subject and name."""
    examples = _json([[example.label, example.url] for example in usage.examples])
    times = to_us(usage.last_used), to_us(usage.measured_at)
    return usage.count, usage.exempt, examples, *times, usage.unknown


def usages(rows: Iterable[tuple[Any, ...]]) -> Mapping[str, Usage]:
    """Name → usage, of rows of one subject."""
    found = {
        name: Usage(
            count,
            exempt,
            tuple(Example(label, url) for label, url in json.loads(examples)),
            from_us(last_used),
            from_us(measured_at),
            unknown,
        )
        for _, name, count, exempt, examples, last_used, measured_at, unknown in rows
    }
    return MappingProxyType(found) if found else EMPTY


def _contacts(text: str) -> Mapping[str, tuple[str, ...]]:
    found = {kind: tuple(people) for kind, people in json.loads(text).items()}
    return MappingProxyType(found) if found else EMPTY


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _amount_told(amount: Amount | None) -> str | None:
    return None if amount is None else str(amount)


def _amount(told: str | None) -> Amount | None:
    return None if told is None else _AMOUNT_WORDS.get(told) or int(told)


def _place(row: tuple[Any, ...]) -> int:
    place: int = row[1]
    return place
