"""A store with one fault is caught by the rule for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from entitlements import MemoryStore, SubjectRecord, Token
from entitlements.source.audit import Broken
from entitlements.source.protocol import Changes, Rule
from entitlements.testing import store_conformance, store_findings


def wrong(**methods: Any) -> Callable[[], Any]:
    """A maker of memory stores with other methods."""
    return type("Wrong", (MemoryStore,), methods)


def other_token(self: Any, subject: str, rule: Rule, entry: Any) -> Token:
    return Token(subject, MemoryStore.change(self, subject, rule, entry).revision + 1)


def hands_nothing(self: Any, subject: str, rule: Rule, entry: Any) -> Token:
    """A subject that nobody knows is handed over as one with credits."""

    def spoilt(record: SubjectRecord) -> SubjectRecord:
        return rule(record if record.revision else replace(record, credits=Decimal(1)))

    return MemoryStore.change(self, subject, spoilt, entry)


def writes_first(self: Any, subject: str, rule: Rule, entry: Any) -> Token:
    """Makes the subject known before the rule has said anything."""
    if self.load(subject) is None:
        MemoryStore.change(self, subject, lambda _: SubjectRecord(subject), entry)
    return MemoryStore.change(self, subject, rule, entry)


def loads(**altered: Callable[[Any], Any]) -> Callable[..., Any]:
    """`load` with fields put through functions."""

    def load(self: Any, subject: str) -> Any:
        found = MemoryStore.load(self, subject)
        return found and replace(
            found, **{name: alter(getattr(found, name)) for name, alter in altered.items()}
        )

    return load


def cut(instant: Any) -> Any:
    return instant and instant.replace(microsecond=0)


def lets_overlap(self: Any, subject: str, rule: Rule, entry: Any) -> Token:
    """Takes whatever comes, as a store does that only looks at single subscriptions."""
    wanted = rule(self.load(subject) or SubjectRecord(subject))
    first = replace(wanted, subscriptions=wanted.subscriptions[:1])
    token = MemoryStore.change(self, subject, lambda _: first, entry)
    self._records[subject] = replace(wanted, revision=token.revision)
    return token


def forgets_the_last(self: Any, since: int | None) -> Changes:
    found = MemoryStore.changes(self, since)
    return Changes(found.position, found.subjects[:-1])


def goes_on(self: Any, since: int | None) -> Changes:
    """Asked from beyond its end, it waits for what never comes."""
    found = MemoryStore.changes(self, since)
    return found if since is None or since <= found.position else Changes(since, ())


def no_reason(self: Any, subject: str, rule: Rule, entry: Any) -> Token:
    return MemoryStore.change(self, subject, rule, replace(entry, because=None))


def complains(_: Any) -> Iterator[Broken]:
    return iter([Broken(1, "its contents are not what was sealed")])


def reads_then_writes(self: Any, subject: str, rule: Rule, entry: Any) -> Token:
    """Asks the rule about a record that others may change meanwhile."""
    after = rule(self.load(subject) or SubjectRecord(subject))
    time.sleep(0)
    return MemoryStore.change(self, subject, lambda _: after, entry)


PLANTED: dict[str, tuple[str, Callable[[], Any]]] = {
    "a token of another revision": ("token", wrong(change=other_token)),
    "a revision of its own": ("token", wrong(revision=lambda *_: 7)),
    "a blank that is none": ("blank", wrong(change=hands_nothing)),
    "known before it is": ("nothing", wrong(change=writes_first)),
    "no microseconds": ("exact", wrong(load=loads(baa_ended_on=cut))),
    "sorted": ("exact", wrong(load=loads(overrides=lambda held: tuple(sorted(held, key=str))))),
    "overlaps": ("overlap", wrong(change=lets_overlap)),
    "a change left out": ("feed", wrong(changes=forgets_the_last)),
    "beyond its end": ("feed", wrong(changes=goes_on)),
    "no reason": ("audit", wrong(change=no_reason)),
    "all rows": ("audit", wrong(audit=lambda self, *_, **__: iter(self._audit))),
    "a broken chain": ("audit", wrong(verify=complains)),
    "read, then write": ("threads", wrong(change=reads_then_writes)),
    "loses a field": ("source", wrong(load=loads(subscriptions=lambda _: ()))),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_of_a_store_is_caught_by_its_rule(fault: str) -> None:
    rule, store = PLANTED[fault]
    found = store_findings(store)
    assert rule in found.rules, str(found)


def test_a_store_that_cannot_be_made_is_told(tmp_path: Any) -> None:
    def make() -> Any:
        raise OSError(tmp_path.name)

    with pytest.raises(AssertionError, match=tmp_path.name):
        store_conformance(make)
