"""Memory, SQLite and PostgreSQL agree about every one of many random changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from entitlements import Entry, MemoryStore, Override, StoreConflict, SubjectRecord, Subscription
from entitlements.source.protocol import Rule, Store
from entitlements.subject import AddOnPeriod, Usage
from tests.source.stores import opened

SEED = 20_260_302
CHANGES = 250
START = datetime(2026, 1, 1, tzinfo=UTC)


class NotNow(Exception):
    """What a rule raises."""


def test_stores_agree_change_by_change(sqlite: Callable[[], str], postgres: Callable[[], str]) -> None:
    stores: list[Store] = [MemoryStore(), opened(sqlite()), opened(postgres())]
    rng = random.Random(SEED)  # noqa: S311  no secret
    outcomes = set()
    for number in range(CHANGES):
        subject = rng.choice(["a", "b", "C", "c"])
        rule = changes_to(rng)
        entry = Entry(f"change {number}", "ops", rng.choice([None, "why not"]), an_instant(rng))
        since = rng.choice([None, 0, rng.randrange(number + 1), number + 5])
        told = [outcome(store, subject, rule, entry) for store in stores]
        states = [state(store, subject, since) for store in stores]
        assert told == [told[0]] * 3, f"seed {SEED}, change {number}"
        assert states == [states[0]] * 3, f"seed {SEED}, change {number}"
        outcomes.add(told[0] if isinstance(told[0], str) else "written")
    rows = [list(store.audit()) for store in stores]
    assert rows == [rows[0]] * 3
    assert len(rows[0]) > CHANGES // 3
    assert outcomes == {"written", "StoreConflict", "NotNow"}


def outcome(store: Store, subject: str, rule: Rule, entry: Entry) -> Any:
    try:
        return store.change(subject, rule, entry)
    except (StoreConflict, NotNow) as error:
        return type(error).__name__


def state(store: Store, subject: str, since: int | None) -> Any:
    everyone = list(store.subjects())
    return (
        store.load(subject),
        store.revision(subject),
        everyone,
        dict(store.load_many(everyone)),
        store.changes(since),
        list(store.audit(subject)),
        list(store.verify()),
    )


def changes_to(rng: random.Random) -> Rule:
    """A rule that is drawn once, so that every store gets the same."""
    start, end = sorted(an_instant(rng) for _ in range(2))
    opens, ends = rng.random() < 0.2, rng.random() < 0.7
    subscription = Subscription(
        f"plan{rng.randrange(4)}",
        None if opens else start,
        end if ends else None,
        add_ons=tuple(AddOnPeriod(f"add_on{n}", start) for n in range(rng.randrange(3))),
    )
    override = Override("legacy", "agreed", "ops", start, end, cap="users", set_to=rng.choice([0, 7, "none"]))
    place, value = rng.randrange(3), Decimal(rng.randrange(5))

    def subscribed(record: SubjectRecord) -> SubjectRecord:
        return replace(record, subscriptions=(*record.subscriptions, subscription))

    def rewritten(record: SubjectRecord) -> SubjectRecord:
        kept = list(record.subscriptions)
        kept[place : place + 1] = [subscription] if ends else []
        return replace(record, subscriptions=tuple(kept[::-1] if opens else kept))

    def excepted(record: SubjectRecord) -> SubjectRecord:
        return replace(record, overrides=(override, *record.overrides[:place]))

    def noted(record: SubjectRecord) -> SubjectRecord:
        contacts = MappingProxyType({"billing": (f"person{place}",)} if ends else {})
        return replace(record, credits=value, contacts=contacts, baa_signed_on=start if opens else None)

    def measured(record: SubjectRecord) -> SubjectRecord:
        return replace(record, usage=MappingProxyType({f"cap{place}": Usage(place, measured_at=end)}))

    def refused(_: SubjectRecord) -> SubjectRecord:
        raise NotNow

    return rng.choice(
        [subscribed, subscribed, rewritten, rewritten, excepted, noted, measured, refused, _same]
    )


def _same(record: SubjectRecord) -> SubjectRecord:
    return replace(record)


def an_instant(rng: random.Random) -> datetime:
    """One of few, so that periods touch, overlap and are empty."""
    return START + rng.randrange(12) * timedelta(days=30, microseconds=1)
