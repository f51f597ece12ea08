"""An engine hears what others change in its store, as long as it is in use."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from entitlements import Engine, Entry, SqlStore, SubjectRecord, Subscription
from entitlements.source.protocol import Changes
from tests.source.conftest import postgres, postgres_server, sqlite
from tests.source.stores import opened

__all__ = ["postgres", "postgres_server", "sqlite"]
ENTRY = Entry("subscribe", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))
#: What the requirement allows when every notice is lost.
SECONDS = 5.0


def on(plan: str) -> Callable[[SubjectRecord], SubjectRecord]:
    return lambda record: SubjectRecord(record.subject, (Subscription(plan),))


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


def followers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "entitlements-follower"]


def hears(url: str) -> None:
    elsewhere = opened(url)
    elsewhere.change("space", on("pro"), ENTRY)
    engine = Engine.open(source=url)
    assert engine.allows("space", "api_access")
    elsewhere.change("space", on("community"), ENTRY)
    assert until(lambda: not engine.allows("space", "api_access"))
    assert not engine.entitlements("space").stale
    engine.close()


def test_a_change_made_elsewhere_is_heard_on_sqlite(sqlite: Callable[[], str]) -> None:
    hears(sqlite())


def test_a_change_made_elsewhere_is_heard_on_postgresql(postgres: Callable[[], str]) -> None:
    hears(postgres())


def test_a_change_is_heard_through_a_notice_before_the_next_look(
    postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entitlements.engine.follow._EVERY_WITH_NOTICES", 3600.0)
    url = postgres()
    elsewhere = opened(url)
    elsewhere.change("space", on("pro"), ENTRY)
    engine = Engine.open(source=url)
    assert engine.allows("space", "api_access")
    follower = engine._guard._follower
    assert follower is not None
    assert until(lambda: follower._notices is not None)
    elsewhere.change("space", on("community"), ENTRY)
    assert until(lambda: not engine.allows("space", "api_access"))
    engine.close()


class SlowFeed(SqlStore):
    """A store that tells its place in the feed only when it is let go."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked, self.go = threading.Event(), threading.Event()

    def changes(self, since: int | None) -> Changes:
        self.asked.set()
        assert self.go.wait(SECONDS)
        return super().changes(since)


def test_what_changes_while_the_following_begins_is_not_missed(sqlite: Callable[[], str]) -> None:
    url = sqlite()
    elsewhere, store = opened(url), SlowFeed(url)
    elsewhere.change("space", on("pro"), ENTRY)
    engine = Engine.open(source=store)
    first = threading.Thread(target=engine.allows, args=("space", "api_access"))
    first.start()
    assert store.asked.wait(SECONDS)
    time.sleep(0.05)  # long enough to have read the record, were it not waiting for its place in the feed
    elsewhere.change("space", on("community"), ENTRY)
    store.go.set()
    first.join(SECONDS)
    assert not engine.allows("space", "api_access")
    engine.close()


def test_five_hundred_threads_that_miss_one_subject_cause_one_read(sqlite: Callable[[], str]) -> None:
    url = sqlite()
    opened(url).change("space", on("pro"), ENTRY)
    store = Counting(url)
    engine = Engine.open(source=store)
    barrier, allowed = threading.Barrier(500), []

    def ask() -> None:
        barrier.wait()
        allowed.append(engine.allows("space", "api_access"))

    threads = [threading.Thread(target=ask) for _ in range(500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed == [True] * 500
    assert store.reads == 1
    engine.close()


class Counting(SqlStore):
    """A store that counts how often records are read."""

    reads = 0

    def load(self, subject: str) -> SubjectRecord | None:
        self.reads += 1
        return super().load(subject)


def test_an_engine_that_is_closed_follows_no_more_and_answers_on(sqlite: Callable[[], str]) -> None:
    url = sqlite()
    elsewhere = opened(url)
    elsewhere.change("space", on("pro"), ENTRY)
    before = followers()
    engine = Engine.open(source=url)
    assert engine.allows("space", "api_access")
    assert len(followers()) == len(before) + 1
    engine.close()
    assert len(followers()) == len(before)
    elsewhere.change("space", on("community"), ENTRY)
    assert not engine.allows("space", "api_access")
    engine.close()


def test_an_engine_that_is_dropped_leaves_no_thread_behind(sqlite: Callable[[], str]) -> None:
    before = set(followers())
    engine = Engine.open(source=sqlite())
    engine.allows("space", "api_access")
    (thread,) = set(followers()) - before
    gone = weakref.ref(engine)
    del engine
    gc.collect()
    thread.join(SECONDS)
    gc.collect()  # it may have held the engine for one look
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert gone() is None


def test_an_engine_told_not_to_follow_starts_no_thread(sqlite: Callable[[], str]) -> None:
    before = followers()
    engine = Engine.open(source=sqlite(), follow=False)
    engine.allows("space", "api_access")
    assert isinstance(engine.source, SqlStore)
    assert followers() == before
