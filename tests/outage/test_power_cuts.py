"""A server that is killed under load loses no change that it acknowledged, and makes none twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests.outage.proxy import Proxy
from tests.postgres import Server
from tests.source.stores import opened

SCRIPT = Path(__file__).with_name("writers.py")
PROCESSES = 4
#: Seconds in which all write again once the server is there.
SECONDS = 5.0
LOAD = 0.6

Told = list[tuple[str, str, float]]


@contextmanager
def writers(url: str, *kind: str) -> Iterator[Told]:
    """Processes that write during the block; after it, what each change was told and when."""
    command = [sys.executable, str(SCRIPT), url, str(PROCESSES), *kind]
    told: Told = []
    with TemporaryFile("w+") as out:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, text=True, cwd=SCRIPT.parents[2]
        ) as running:
            try:
                while not all(
                    f"{n}-0 " in os.pread(out.fileno(), 4_096, 0).decode() for n in range(PROCESSES)
                ):
                    assert running.poll() is None
                    time.sleep(0.05)
                yield told
            finally:
                running.communicate(timeout=60)
        assert running.returncode == 0
        out.seek(0)
        told += [(number, said, float(at)) for number, said, at in map(str.split, out)]


def lost_and_doubled(url: str, told: Told) -> tuple[int, int, int]:
    """How many changes were acknowledged and are not there, are there twice, or are there though refused."""
    store = opened(url)
    there = Counter(row.because for row in store.audit())
    assert not list(store.verify())
    for record in store.load_many(store.subjects()).values():
        assert record.credits == record.revision
    store.close()
    lost = sum(there[number] == 0 for number, said, _ in told if said == "done")
    refused = sum(there[number] > 0 for number, said, _ in told if said == "failed")
    return lost, sum(found > 1 for found in there.values()), refused


def wait_for_load() -> None:
    time.sleep(LOAD)


def is_killed(server: Server, times: int) -> None:
    url = server.url()
    opened(url).close()
    up = []
    with writers(url) as told:
        for _ in range(times):
            wait_for_load()
            server.stop(immediate=True)
            server.start()
            up.append(time.monotonic())
        wait_for_load()
    said = Counter(what for _, what, _ in told)
    done = [(number[0], at) for number, what, at in told if what == "done"]
    again = [
        min(at for process, at in done if process == str(one) and at > began) - began
        for began in up
        for one in range(PROCESSES)
    ]
    print(  # noqa: T201  the figures of the proof
        f"{times} power cuts: {said['done']:,} changes done, {said['doubt']} in doubt, "
        f"{said['failed']:,} refused; all write again within {max(again):.1f} s"
    )
    assert lost_and_doubled(url, told) == (0, 0, 0)
    assert said["done"] > times * PROCESSES
    assert max(again) < SECONDS


def test_power_cuts_lose_nothing_and_double_nothing(own_server: Server) -> None:
    is_killed(own_server, 2)


@pytest.mark.stress
def test_ten_power_cuts_lose_nothing_and_double_nothing(own_server: Server) -> None:
    is_killed(own_server, 10)


def test_a_server_that_acknowledges_before_it_writes_is_caught(own_server: Server) -> None:
    url = own_server.url()
    opened(url).close()
    own_server.sql("ALTER DATABASE postgres SET synchronous_commit = off")
    own_server.sql("ALTER SYSTEM SET wal_writer_delay = '10s'")
    own_server.stop()
    own_server.start()
    with writers(url) as told:
        wait_for_load()
        own_server.stop(immediate=True)
        own_server.start()
    lost, _, _ = lost_and_doubled(url, told)
    assert lost > 0


def test_whoever_makes_a_change_again_that_was_in_doubt_is_caught(
    proxy: Proxy, proxied: Callable[[], str]
) -> None:
    url = proxied()
    opened(url).close()
    with writers(url, "stubborn") as told:
        for _ in range(3):
            proxy.cut_after(b"COMMIT\0")
            wait_for_load()
        proxy.restore()
    _, doubled, _ = lost_and_doubled(url, told)
    assert doubled > 0
