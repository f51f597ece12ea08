"""Threads and forks: no wrong answer, one load for many callers, no stale row, no hang in a child."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from entitlements import CACHEABLE, Checker, Engine, MemorySource, SubjectRecord, Subscription, deny

PLANS = ("community", "standard", "pro", "advanced", "enterprise", "pro@0", "paused")


@pytest.fixture
def hasty_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(number: int, run: Any) -> list[BaseException]:
    """Run `run(i)` in so many threads at once; what they raised."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(number)

    def body(i: int) -> None:
        try:
            barrier.wait()
            run(i)
        except BaseException as error:  # noqa: BLE001  handed to the test
            errors.append(error)

    threads = [threading.Thread(target=body, args=(i,)) for i in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


@pytest.mark.usefixtures("hasty_switches")
def test_no_wrong_answer_from_sixteen_threads_while_records_change() -> None:
    """Every answer is the one of some plan the subject had while the call ran."""
    source = MemorySource(SubjectRecord(plan, (Subscription(plan),)) for plan in PLANS)
    engine = Engine.open(source=source)
    keys = list(engine.catalog.features)
    truth = {plan: frozenset(engine.catalog.plan(plan).features) for plan in PLANS}
    flips = [frozenset(engine.catalog.plan(plan).features) for plan in ("pro", "community")]

    def run(i: int) -> None:
        for round_ in range(30):
            if i == 0:
                plan = ("pro", "community")[round_ % 2]
                source.put(SubjectRecord("flip", (Subscription(plan),)))
            for plan in PLANS:
                for key in keys[i::16]:
                    assert engine.allows(plan, key) is (key in truth[plan])
                    assert engine.check(plan, key).feature == key
            space = engine.entitlements("flip")
            assert space.allowed() in flips

    source.put(SubjectRecord("flip", (Subscription("pro"),)))
    assert in_threads(16, run) == []


class Slow(MemorySource):
    """Counts loads; each waits until it is let go."""

    def __init__(self, *records: SubjectRecord) -> None:
        super().__init__(records)
        self.loads = 0
        self.loading = threading.Event()
        self.go = threading.Event()

    def load(self, subject: str) -> SubjectRecord | None:
        self.loads += 1
        found = super().load(subject)
        self.loading.set()
        assert self.go.wait(60)
        return found


def test_many_threads_that_miss_one_subject_cause_one_load() -> None:
    source = Slow(SubjectRecord("space", (Subscription("pro"),)))
    engine = Engine.open(source=source)
    answers: list[bool] = []

    def run(i: int) -> None:
        if i == 0:
            assert source.loading.wait(60)
            time.sleep(0.3)
            source.go.set()
        else:
            answers.append(engine.allows("space", "api_access"))

    assert in_threads(501, run) == []
    assert answers == [True] * 500
    assert source.loads == 1


def race(engine: Engine, source: Slow) -> bool:
    """A load reads the old record, a write comes in between; what the next check says."""
    loader = threading.Thread(target=lambda: engine.allows("space", "api_access"))
    loader.start()
    assert source.loading.wait(60)
    source.put(SubjectRecord("space", (Subscription("community"),)))
    source.go.set()
    loader.join()
    return engine.allows("space", "api_access")


def test_load_that_a_write_overtakes_leaves_no_stale_row() -> None:
    source = Slow(SubjectRecord("space", (Subscription("pro"),)))
    assert race(Engine.open(source=source), source) is False


def test_without_the_mark_on_loads_under_way_the_race_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same race against the naive variant, so that the test above is known to bite."""
    source = Slow(SubjectRecord("space", (Subscription("pro"),)))
    engine = Engine.open(source=source)
    live = engine._live

    def forget_rows_only(subject: str | None = None) -> None:
        live.rows.pop(subject or "", None)

    monkeypatch.setattr(live, "invalidate", forget_rows_only)
    assert race(engine, source) is True


class Judge(Checker):
    """Keeps verdicts, so that its lock is one that a fork may find held."""

    name, features, volatility = "judge", ("api_access",), CACHEABLE(60)

    def check(self, question: Any) -> Any:
        return deny("no") if question.subject == "denied" else None


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_fork_while_every_lock_is_held_does_not_hang_the_child() -> None:
    source = MemorySource([SubjectRecord("space", (Subscription("pro"),))])
    engine = Engine.open(source=source, plugins=[Judge()])
    live = engine._live
    locks = [
        live._lock,
        live.eras[0].maker._lock,
        source._lock,
        engine.program.askers["judge"]._lock,
        engine._reloader.lock,
    ]
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        for lock in locks:
            lock.acquire()
        held.set()
        release.wait(60)
        for lock in reversed(locks):
            lock.release()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(60)
    child = os.fork()
    if child == 0:  # pragma: no cover  the child has no coverage to report
        try:
            source.put(SubjectRecord("new", (Subscription("pro"),)))
            engine.reload(engine.catalog)
            right = engine.allows("new", "api_access") and not engine.allows("denied", "api_access")
            os._exit(0 if right else 3)
        except BaseException:  # noqa: BLE001
            os._exit(4)
    release.set()
    holder.join()
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            assert os.waitstatus_to_exitcode(status) == 0
            return
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    pytest.fail("the child hangs")
