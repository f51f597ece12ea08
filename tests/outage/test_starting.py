"""A program starts while its store is away, from a snapshot, and goes over to the store by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entitlements import (
    Engine,
    Entry,
    FixedClock,
    Reason,
    StoreUnavailable,
    SubjectRecord,
    Subscription,
    Token,
)
from entitlements.source.snapshot import write_snapshot
from tests.outage.proxy import Proxy
from tests.postgres import Server
from tests.source.stores import opened

AS_OF = datetime.now(UTC)
ENTRY = Entry("subscribe", "ops", None, AS_OF)
SECONDS = 5.0


def on(plan: str) -> Callable[[SubjectRecord], SubjectRecord]:
    return lambda record: SubjectRecord(record.subject, (Subscription(plan),))


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


@pytest.fixture
def snapshot_of(tmp_path: Path) -> Callable[[str], Path]:
    """Gives a snapshot of the store at a URL, with "space" on Advanced; after it came one change more."""

    def written(url: str) -> Path:
        store = opened(url)
        store.change("space", on("advanced"), ENTRY)
        write_snapshot(store, tmp_path / "x.snapshot", as_of=AS_OF)
        store.change("space", on("community"), ENTRY)
        store.close()
        return tmp_path / "x.snapshot"

    return written


def starts_and_goes_over(url: str, snapshot: Path, back: Callable[[], None]) -> None:
    with pytest.raises(StoreUnavailable):
        Engine.open(source=url)
    engine = Engine.open(source=url, snapshot=snapshot)
    assert engine.status.state == "STALE"
    space = engine.entitlements("space")
    assert space.allows("api_access")
    assert (space.stale, space.as_of, space.revision) == (True, AS_OF, 1)
    # Whom the snapshot lacks had no subscription when it was taken.
    assert engine.check("nobody", "api_access").reason is Reason.NOT_INCLUDED
    assert engine.check("space", "api_access", token=Token("space", 2)).reason is Reason.STORE_UNAVAILABLE
    with pytest.raises(StoreUnavailable):
        engine.subscribe("space", "pro", by="ops", because="no store")
    back()
    assert until(lambda: engine.status.state == "READY")
    assert engine.entitlements("space").plan.key == "community"
    engine.subscribe("space", "pro", by="ops", because="it is back")
    assert engine.allows("space", "api_access")
    engine.close()
    engine.source.close()  # type: ignore[attr-defined]


def test_a_server_that_is_down_at_start(own_server: Server, snapshot_of: Callable[[str], Path]) -> None:
    snapshot = snapshot_of(own_server.url())
    own_server.stop()
    starts_and_goes_over(own_server.url(), snapshot, own_server.start)


def test_a_file_that_is_gone_at_start_is_not_made_anew(
    sqlite: Callable[[], str], snapshot_of: Callable[[str], Path]
) -> None:
    url = sqlite()
    snapshot, path = snapshot_of(url), Path(url.removeprefix("sqlite:///"))
    path.rename(path.with_suffix(".gone"))
    engine = Engine.open(source=url, snapshot=snapshot)
    assert engine.status.state == "STALE"
    assert engine.allows("space", "api_access")
    assert not path.exists()
    path.with_suffix(".gone").rename(path)
    assert until(lambda: engine.status.state == "READY")
    assert engine.entitlements("space").plan.key == "community"
    engine.close()


def test_a_server_that_hangs_keeps_no_check_with_a_snapshot_waiting(
    proxy: Proxy, proxied: Callable[[], str], snapshot_of: Callable[[str], Path]
) -> None:
    url = proxied()
    engine = Engine.open(source=url, snapshot=snapshot_of(url))
    proxy.hang()
    began = time.monotonic()
    assert engine.entitlements("space").stale  # the first question of all, to a server that hangs
    took = time.monotonic() - began
    print(f"the first question to a server that hangs: {took * 1000:.0f} ms")  # noqa: T201  the figure
    assert took < 1.0
    proxy.restore()
    assert until(lambda: not engine.entitlements("space").stale)
    engine.close()
    engine.source.close()  # type: ignore[attr-defined]


def test_a_snapshot_that_is_damaged_is_no_help(own_server: Server, tmp_path: Path) -> None:
    url = own_server.url()
    opened(url).close()
    (tmp_path / "x.snapshot").write_text("{}\n")
    engine = Engine.open(source=url, snapshot=tmp_path / "x.snapshot")
    assert engine.status.state == "READY"
    own_server.stop()
    with pytest.raises(StoreUnavailable):
        Engine.open(source=url, snapshot=tmp_path / "x.snapshot")
    own_server.start()
    engine.close()
    engine.source.close()  # type: ignore[attr-defined]


def test_a_snapshot_written_while_the_engine_runs_is_taken(
    sqlite: Callable[[], str], snapshot_of: Callable[[str], Path], tmp_path: Path
) -> None:
    url = sqlite()
    opened(url).close()
    engine = Engine.open(source=url, snapshot=tmp_path / "x.snapshot")
    snapshot_of(url)
    path = Path(url.removeprefix("sqlite:///"))
    path.rename(path.with_suffix(".gone"))
    assert not engine.allows("nobody", "api_access")  # begins to follow, and finds the store away
    assert until(lambda: engine.allows("space", "api_access"))
    engine.close()


def test_what_rests_on_old_records_for_too_long_is_denied_where_its_file_says_so(
    sqlite: Callable[[], str], snapshot_of: Callable[[str], Path]
) -> None:
    url = sqlite()
    snapshot, path = snapshot_of(url), Path(url.removeprefix("sqlite:///"))
    path.rename(path.with_suffix(".gone"))
    clock = FixedClock(AS_OF)
    engine = Engine.open(source=url, snapshot=snapshot, max_stale=timedelta(hours=8), clock=clock)
    clock.advance(timedelta(hours=8) - timedelta(microseconds=1))
    assert engine.allows("space", "advanced_domain_security")
    states = [engine.status.state]
    clock.advance(timedelta(microseconds=1))
    assert engine.check("space", "advanced_domain_security").reason is Reason.STORE_UNAVAILABLE
    assert "advanced_domain_security" not in engine.entitlements("space").allowed()
    assert engine.explain("space", "advanced_domain_security").decision.allowed is False
    assert engine.allows("space", "api_access")
    states.append(engine.status.state)
    assert states == ["STALE", "ERROR"]
    path.with_suffix(".gone").rename(path)
    assert until(lambda: engine.status.state == "READY")
    engine.close()


def test_an_answer_kept_from_before_an_outage_is_given_up_when_it_is_too_old(
    sqlite: Callable[[], str], snapshot_of: Callable[[str], Path]
) -> None:
    url = sqlite()
    snapshot_of(url)
    opened(url).change("space", on("advanced"), ENTRY)
    path = Path(url.removeprefix("sqlite:///"))
    clock = FixedClock(AS_OF)
    engine = Engine.open(source=url, max_stale=timedelta(hours=8), clock=clock)
    assert engine.allows("space", "advanced_domain_security")
    path.rename(path.with_suffix(".gone"))
    assert until(lambda: engine.status.state == "STALE")
    assert engine.allows("space", "advanced_domain_security")
    clock.advance(timedelta(hours=8))
    assert until(lambda: not engine.allows("space", "advanced_domain_security"))
    assert engine.allows("space", "api_access")
    engine.close()
