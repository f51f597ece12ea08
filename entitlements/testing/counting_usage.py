"""The rules of usage, and of what counting leaves alone, for `counting_conformance`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from entitlements.source.protocol import CountingStore, Entry
from entitlements.source.seats import Hold, Room
from entitlements.source.usage import Measured, UsageDay
from entitlements.subject import Example, SubjectRecord, Usage
from entitlements.testing.conformance import Wants

_NOON = datetime(2026, 3, 1, 12, 30, 15, 999_999, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_ROOM = Room("space", "mobile_users")


def _quiet(store: CountingStore, want: Wants) -> None:
    entry = Entry("put", "the kit", None, _NOON)
    store.change("space", lambda record: replace(record, time_zone="Africa/Nairobi"), entry)
    before = (store.revision("space"), store.changes(None), len(list(store.audit())))
    heard: list[str] = []
    store.listen(heard.append)
    store.seat_book.reserve(_ROOM, Hold("ann", 1, _NOON), starts_at=0)
    store.seat_book.commit(_ROOM, "ann", at=_NOON)
    store.seat_book.reconcile(_ROOM, 5, at=_NOON, mend=True)
    store.seat_book.release(_ROOM, "ann", at=_NOON)
    store.usage_book.put([_measured("space", 3)], time_zone="UTC")
    after = (store.revision("space"), store.changes(None), len(list(store.audit())))
    want("revision, feed and audit", after, before)
    want("who listens", heard, [])
    found = store.load("space")
    want("the time zone", found and found.time_zone, "Africa/Nairobi")


def _usage(store: CountingStore, want: Wants) -> None:
    usage = Usage(
        6,
        1,
        (Example("ANC visit", "/a/1"), Example('ünï"\\', None)),
        _NOON - _TICK,
        measured_at=_NOON,
        unknown=None,
    )
    rows = [
        Measured("space", "sms", usage),
        _measured("space", 9, key="users"),
        _measured("Space", 8, key="users"),
    ]
    want("how many were put", store.usage_book.put(iter(rows), time_zone="UTC"), 3)
    want("what is current", dict(store.usage_book.current("space")), {"sms": usage, "users": rows[1].usage})
    loaded = store.load("space")
    want("what comes with the record", loaded and dict(loaded.usage), dict(store.usage_book.current("space")))
    want("of whom nothing was measured", dict(store.usage_book.current("nobody")), {})
    want("a subject that was only measured", store.revision("space"), 0)
    old, new = (
        _measured("space", 1, at=_NOON - _TICK, key="users"),
        _measured("space", 2, at=_NOON + _TICK, key="users"),
    )
    store.usage_book.put([new, old], time_zone="UTC")
    want("the latest of several", dict(store.usage_book.current("space")), {"sms": usage, "users": new.usage})
    unknown = Measured("space", "users", Usage(None, measured_at=_NOON + 2 * _TICK, unknown="away"))
    store.usage_book.put([unknown], time_zone="UTC")
    want("what could not be counted", store.usage_book.current("space")["users"], unknown.usage)
    half = [_measured("half", 1), Measured("half", "sms", Usage(1))]
    with suppress(ValueError):
        store.usage_book.put(half, time_zone="UTC")
    want("of rows one of which says no time", dict(store.usage_book.current("half")), {})
    token = store.change(
        "space", lambda record: replace(record, credits=record.credits + 1), Entry("p", "k", None, _NOON)
    )
    want("the first change after measuring", token.revision, 1)
    want("what is current after it", store.usage_book.current("space")["users"], unknown.usage)


def _days(store: CountingStore, want: Wants) -> None:
    entry = Entry("put", "the kit", None, _NOON)
    store.change(
        "far", lambda _: SubjectRecord("far", time_zone="Pacific/Kiritimati"), entry
    )  # 14 hours ahead
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    counts = ((late, 5), (late + timedelta(hours=1), 7), (late - timedelta(hours=1), 9), (late + _TICK, 4))
    for subject in ("near", "far"):
        store.usage_book.put([_measured(subject, n, at=at) for at, n in counts[:2]], time_zone="UTC")
        store.usage_book.put([_measured(subject, n, at=at) for at, n in counts[2:]], time_zone="UTC")
    one, two = UsageDay(date(2026, 3, 1), 9, 4, late + _TICK), UsageDay(date(2026, 3, 2), 7, 7, counts[1][0])
    want("days in UTC", list(store.usage_book.days("near", "sms")), [one, two])
    want("days since", list(store.usage_book.days("near", "sms", since=date(2026, 3, 2))), [two])
    whole = UsageDay(date(2026, 3, 2), 9, 7, counts[1][0])
    want("days where the subject is", list(store.usage_book.days("far", "sms")), [whole])
    want("of another key", list(store.usage_book.days("far", "users")), [])


def _measured(subject: str, count: int, *, at: datetime = _NOON, key: str = "sms") -> Measured:
    return Measured(subject, key, Usage(count, measured_at=at))


USAGE: dict[str, Callable[[CountingStore, Wants], None]] = {
    "quiet": _quiet,
    "usage": _usage,
    "days": _days,
}
