"""Whoever loses the connection during a commit is told that it may have been done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from entitlements import Entry, StoreUnavailable, SubjectRecord
from tests.outage.proxy import Proxy
from tests.source.stores import opened

ENTRY = Entry("earn", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))


def earn(record: SubjectRecord) -> SubjectRecord:
    return replace(record, credits=record.credits + 1)


def test_a_commit_whose_answer_is_lost_may_have_been_written(
    proxy: Proxy, proxied: Callable[[], str]
) -> None:
    store = opened(proxied())
    store.change("space", earn, ENTRY)
    proxy.cut_after(b"COMMIT\0")
    with pytest.raises(StoreUnavailable, match="may have been written, or not") as caught:
        store.change("space", earn, ENTRY)
    assert caught.value.hint
    assert store.revision("space") == 2  # as it was, this time
    store.close()


def test_a_change_that_fails_before_its_commit_was_not_written(
    proxy: Proxy, proxied: Callable[[], str]
) -> None:
    store = opened(proxied())
    store.change("space", earn, ENTRY)
    proxy.cut_after(b"entitlements_audit_head")
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        store.change("space", earn, ENTRY)
    assert "may have been written" not in str(caught.value)
    assert store.revision("space") == 1
    store.close()
