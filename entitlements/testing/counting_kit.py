"""What the author of a store runs, besides `store_conformance`, if it counts seats, use and usage.

    def test_it_counts():
        counting_conformance(lambda: OurStore(an_empty_database()))

A store that counts has a `seat_book` and a `usage_book`. One that keeps no counts has neither, and no need of
this kit.

| rule | is broken when |
| --- | --- |
| `limit` | more are held than the limit says, a part of what was wished, or nothing although there is room |
| `unknown` | what was never counted is taken for nothing, or counting does not begin with what it should |
| `key` | one key counts twice, or takes another number, or is used again in the next month |
| `lease` | it holds at its end or ends before, or goes on ending after it was committed |
| `release` | a seat is not given back, or twice, or a key that holds nothing is one of error |
| `rooms` | subjects, caps or months are counted together |
| `reconcile` | a comparison changes something, or what was mended does not agree |
| `quiet` | counting changes a record, its revision, the feed or the audit log |
| `threads` | of eight who want the last seat at once not exactly one gets it |
| `usage` | the latest measurement is not what is current, or comes back altered, or is not written whole |
| `days` | a day's peak or last count is wrong, or lies on a day of another time zone |
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from entitlements.source.protocol import CountingStore
from entitlements.testing.conformance import Conformance, Findings, Wants, demand
from entitlements.testing.counting_seats import SEATS
from entitlements.testing.counting_usage import USAGE


def counting_conformance(make_store: Callable[[], CountingStore]) -> Conformance:
    """Put the empty store that `make_store()` gives to the test; it is made several times.

    Raises AssertionError that lists every finding.
    """
    __tracebackhide__ = True
    return demand(counting_findings(make_store))


def counting_findings(make_store: Callable[[], CountingStore]) -> Conformance:
    """As `counting_conformance`, but hands the findings back instead of raising."""
    findings = Findings()
    name = "a store"
    for rule, check in {**SEATS, **USAGE}.items():
        store = make_store()
        name = type(store).__name__
        findings.none_if_raises(rule, "it", partial(check, store, Wants(rule, findings.add)))
    return findings.conformance(name, ())
