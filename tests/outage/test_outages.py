"""A store that is lost, slow, broken, read-only or locked: checks go on, and come back by themselves."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entitlements import Engine, Entry, Reason, SqlStore, StoreUnavailable, SubjectRecord, Subscription
from tests.outage.proxy import Proxy
from tests.postgres import Server
from tests.source.stores import opened

ENTRY = Entry("subscribe", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))
#: By when an engine is back to fresh answers.
SECONDS = 5.0
_NOBODY = 65534


def on(plan: str) -> Callable[[SubjectRecord], SubjectRecord]:
    return lambda record: SubjectRecord(record.subject, (Subscription(plan),))


def until(holds: Callable[[], bool], seconds: float = SECONDS) -> bool:
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


@pytest.fixture
def engine_on() -> Iterator[Callable[[str], Engine]]:
    """Gives an engine on the store at a URL, which has read the subjects "hot" and "cold"."""
    engines = []

    def made(url: str) -> Engine:
        store = opened(url)
        for subject in ("hot", "cold"):
            store.change(subject, on("pro"), ENTRY)
        store.close()
        engine = Engine.open(source=url)
        engines.append(engine)
        assert engine.allows("hot", "api_access")
        assert engine.allows("cold", "api_access")
        assert engine.status.state == "READY"
        return engine

    yield made
    for engine in engines:
        engine.close()
        assert isinstance(engine.source, SqlStore)
        engine.source.close()


def goes_on_and_comes_back(engine: Engine, away: Callable[[], None], back: Callable[[], None]) -> None:
    away()
    engine.invalidate("cold")
    # Whoever first finds the source away may have waited for it.
    first = threading.Thread(target=engine.entitlements, args=("cold",), daemon=True)
    first.start()
    first.join(SECONDS)
    assert not first.is_alive()
    assert until(lambda: engine.status.state == "STALE")
    asked, waits = time.monotonic(), []
    for _ in range(20):
        began = time.monotonic()
        assert engine.allows("hot", "api_access")
        cold = engine.entitlements("cold")
        assert cold.stale
        assert cold.allows("api_access")
        assert engine.check("never read", "api_access").reason is Reason.STORE_UNAVAILABLE
        cold.usage("mobile_users")
        waits.append(time.monotonic() - began)
    # Had each but waited the tenth of a second that one may, this took eight.
    assert time.monotonic() - asked < 20 * 4 * 0.1
    print(f"away: four checks took {max(waits) * 1000:.0f} ms at most")  # noqa: T201  the figures of the proof
    status = engine.status
    assert status.away
    assert status.as_of is not None
    assert status.as_of <= status.since
    assert engine.entitlements("hot").stale
    back()
    assert until(lambda: engine.status.state == "READY"), engine.status.away
    assert not engine.entitlements("cold").stale
    assert isinstance(engine.source, SqlStore)
    engine.source.change("hot", on("community"), ENTRY)
    assert not engine.allows("hot", "api_access")


EngineOn = Callable[[str], Engine]


def test_a_server_that_is_killed_and_started_again(own_server: Server, engine_on: EngineOn) -> None:
    engine = engine_on(own_server.url())
    goes_on_and_comes_back(engine, lambda: own_server.stop(immediate=True), own_server.start)


def test_a_server_that_hangs(proxy: Proxy, proxied: Callable[[], str], engine_on: EngineOn) -> None:
    goes_on_and_comes_back(engine_on(proxied()), proxy.hang, proxy.restore)


def test_a_server_that_is_slow(proxy: Proxy, proxied: Callable[[], str], engine_on: EngineOn) -> None:
    goes_on_and_comes_back(engine_on(proxied()), lambda: proxy.slow_down(1.5), proxy.restore)


def test_a_server_whose_tables_are_broken(
    postgres: Callable[[], str], postgres_server: Server, engine_on: EngineOn
) -> None:
    url = postgres()
    database = url.partition("@/")[2].partition("?")[0]
    table = "ALTER TABLE entitlements_audit_head RENAME TO"

    def away() -> None:
        postgres_server.sql(f"{table} broken", database)

    def back() -> None:
        postgres_server.sql("ALTER TABLE broken RENAME TO entitlements_audit_head", database)

    goes_on_and_comes_back(engine_on(url), away, back)


def test_connections_that_break_are_no_outage(
    proxy: Proxy, proxied: Callable[[], str], engine_on: EngineOn
) -> None:
    engine = engine_on(proxied())
    proxy.cut()
    engine.invalidate("cold")
    assert engine.allows("cold", "api_access")
    assert until(lambda: engine.status.state == "READY")


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def parts_of(path: Path) -> list[Path]:
    """The file of a store and the two that SQLite keeps beside it."""
    return [found for found in (path, Path(f"{path}-wal"), Path(f"{path}-shm")) if found.exists()]


def saved(path: Path) -> Path:
    """A copy of the store at `path`, whole in one file."""
    copy = path.with_suffix(".copy")
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
    return copy


def put_back(copy: Path, path: Path) -> None:
    for part in parts_of(path):
        part.unlink()
    copy.replace(path)


def test_a_file_that_is_removed_and_put_back(sqlite: Callable[[], str], engine_on: EngineOn) -> None:
    url = sqlite()
    path = path_of(url)
    engine = engine_on(url)
    copy = saved(path)

    def away() -> None:
        for part in parts_of(path):
            part.unlink()

    goes_on_and_comes_back(engine, away, lambda: put_back(copy, path))
    assert isinstance(engine.source, SqlStore)
    assert {row.subject for row in engine.source.audit()} == {"hot", "cold"}


def test_an_older_backup_that_is_put_in_place_counts(sqlite: Callable[[], str], engine_on: EngineOn) -> None:
    url = sqlite()
    opened(url).change("old", on("pro"), ENTRY)
    backup = saved(path_of(url))
    engine = engine_on(url)
    put_back(backup, path_of(url))
    assert until(lambda: not engine.allows("hot", "api_access"))  # nobody knew it yet
    assert engine.allows("old", "api_access")


def test_a_file_that_is_damaged_and_mended(sqlite: Callable[[], str], engine_on: EngineOn) -> None:
    url = sqlite()
    path = path_of(url)
    engine = engine_on(url)
    assert isinstance(engine.source, SqlStore)
    store, copy = engine.source, saved(path)

    def away() -> None:
        for part in parts_of(path):
            part.write_bytes(b"\xff" * part.stat().st_size)
        store.close()  # a connection may have all that it needs in memory; the next one has not

    goes_on_and_comes_back(engine, away, lambda: put_back(copy, path))


def test_a_file_that_another_program_locks(sqlite: Callable[[], str], engine_on: EngineOn) -> None:
    url = sqlite()
    engine = engine_on(url)
    assert isinstance(engine.source, SqlStore)
    store = engine.source
    other = sqlite3.connect(path_of(url), timeout=0, isolation_level=None, check_same_thread=False)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")

    def locked() -> bool:
        store.close()
        try:
            other.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return False  # the engine has a connection again
        return True

    def away() -> None:
        assert until(locked)

    goes_on_and_comes_back(engine, away, other.close)


@contextmanager
def as_nobody() -> Iterator[Path]:
    """A folder of nobody's, with nobody's rights: to root, no file is read-only."""
    folder = Path(tempfile.mkdtemp(prefix="nobody-"))
    user = os.geteuid()
    try:
        if user == 0:
            os.chown(folder, _NOBODY, _NOBODY)
            os.seteuid(_NOBODY)
        yield folder
    finally:
        os.seteuid(user)
        shutil.rmtree(folder)


def test_a_file_that_may_only_be_read(engine_on: EngineOn) -> None:
    with as_nobody() as folder:
        engine = engine_on(f"sqlite:///{folder}/x.db")
        assert isinstance(engine.source, SqlStore)
        for part in parts_of(folder / "x.db"):
            part.chmod(0o444)
        engine.source.close()
        engine.invalidate()
        for _ in range(3):
            assert engine.allows("hot", "api_access")
            with pytest.raises(StoreUnavailable):
                engine.source.change("hot", on("community"), ENTRY)
        for part in parts_of(folder / "x.db"):
            part.chmod(0o644)
        assert until(lambda: engine.status.state == "READY")
        engine.source.close()
        engine.source.change("hot", on("community"), ENTRY)
        assert not engine.allows("hot", "api_access")
        engine.close()
        engine.source.close()


def test_a_server_that_may_only_be_read(
    postgres: Callable[[], str], postgres_server: Server, engine_on: EngineOn
) -> None:
    url = postgres()
    database = url.partition("@/")[2].partition("?")[0]
    engine = engine_on(url)
    assert isinstance(engine.source, SqlStore)
    postgres_server.sql(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    engine.source.close()
    engine.invalidate()
    with pytest.raises(StoreUnavailable):
        engine.source.change("hot", on("community"), ENTRY)
    space = engine.entitlements("hot")
    assert space.allows("api_access")
    assert not space.stale
    assert engine.status.state == "READY"
