"""The guard asks a source that fails ever more seldom, and tells an outage from one bad record."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from entitlements import (
    Engine,
    FixedClock,
    MemorySource,
    SourceError,
    StoreUnavailable,
    SubjectRecord,
    Subscription,
)
from entitlements.engine.guard import Guard
from entitlements.engine.last_good import LastGood

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Moody(MemorySource):
    """A source of others, which raises what it is told to."""

    raises: Exception | None = None
    asked = 0

    def load(self, subject: str) -> SubjectRecord | None:
        self.asked += 1
        if self.raises is not None:
            raise self.raises
        return super().load(subject)


def guard_of(source: Moody, now: list[float]) -> Guard:
    return Guard(
        source,
        FixedClock(NOW),
        forget=lambda _: None,
        max_stale=timedelta(hours=1),
        follow=True,
        last_good=LastGood(),
        monotonic=lambda: now[0],
    )


def test_the_pauses_between_tries_grow_up_to_a_limit() -> None:
    source, now = Moody([SubjectRecord("space")]), [0.0]
    guard = guard_of(source, now)
    guard.load("space")
    source.raises, source.asked = StoreUnavailable("away"), 0
    tries = []
    while now[0] < 10.0:
        asked = source.asked
        reading = guard.load("space")
        assert reading is not None
        assert reading.stale
        if source.asked > asked:
            tries.append(now[0])
        now[0] += 0.01
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert [round(pause, 1) for pause in pauses[:6]] == [0.1, 0.2, 0.4, 0.8, 1.5, 1.5]
    assert max(pauses) < 1.52
    source.raises = None
    now[0] += 1.5
    reading = guard.load("space")
    assert reading is not None
    assert not reading.stale
    assert guard.outage is None
    assert guard.pause == pytest.approx(0.1)


def test_a_bad_record_is_no_outage() -> None:
    source = Moody([SubjectRecord("space", (Subscription("pro"),))])
    engine = Engine.open(source=source)
    assert engine.allows("space", "api_access")
    source.raises = SourceError("this one was not written by us")
    engine.invalidate("space")
    space = engine.entitlements("space")
    assert space.allows("api_access")
    assert space.stale
    assert engine.status.state == "READY"


class Slow(Moody):
    """A source that takes longer than a check may wait which has something to go on from."""

    deadline = 0.02
    takes = 0.0

    def load(self, subject: str) -> SubjectRecord | None:
        time.sleep(self.takes)
        return super().load(subject)


def test_a_check_waits_for_a_slow_source_only_if_what_it_knows_has_changed() -> None:
    source = Slow([SubjectRecord("space", (Subscription("pro"),))])
    engine = Engine.open(source=source)
    assert engine.allows("space", "api_access")
    source.takes = 0.3
    source.put(SubjectRecord("space", (Subscription("community"),)))
    assert not engine.allows("space", "api_access")
    engine.reload(engine.catalog)  # all is asked anew, though no record changed
    space = engine.entitlements("space")
    assert space.stale
    assert not space.allows("api_access")


def test_a_reading_that_began_earlier_does_not_replace_a_later_one() -> None:
    kept = LastGood()
    source, now = Moody([SubjectRecord("space", revision=1)]), [0.0]
    guard = guard_of(source, now)
    later = guard.load("space")
    assert later is not None
    kept.keep(later)
    kept.keep(type(later)(SubjectRecord("space"), later.read_at - 1))
    found = kept.find("space")
    assert found is not None
    assert found.record.revision == 1
