"""python last_seat.py URL PROCESSES ROOMS [naive]: in each room, all want the last seat at once, three times.

First one seat of five is left; then its winner has given it back; then the lease of the second winner is
over. Prints for each room how many won each race, how many of them hold a seat in the end, and how many are
then in use. With `naive`, whoever wants a seat first reads whether one is left, and then takes it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

from entitlements import CapReached, Engine, FixedClock, SqlStore
from entitlements.source.seats import Answer, Hold, Room
from entitlements.source.sql.seats import SqlSeats

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=5)
CAP = "builder_reports"  # of which Pro has five, and no sixth at any price
TAKEN = 4
RACES = 3


class ReadsThenTakes(SqlSeats):
    """Looks whether there is room, thinks a moment, and then takes it, as if nobody else were there."""

    def reserve(self, room: Room, wish: Hold, *, limit: int | None = None, **options: Any) -> Answer:
        used = self.used(room, at=wish.since) or 0
        if limit is not None and used + wish.n > limit:
            return Answer(None, used)
        time.sleep(0.002)
        return super().reserve(room, wish, **options)


def main(url: str, processes: str, rooms: str, kind: str = "") -> None:
    subjects = [f"room-{number}" for number in range(int(rooms))]
    with engine_at(url) as engine:
        for subject in subjects:
            engine.subscribe(subject, "pro", by="the race")
            engine.seats(subject, CAP).reconcile(count=TAKEN, mend=True)
    barrier = get_context("fork").Barrier(int(processes))
    said, told = os.pipe()
    children = []
    for number in range(int(processes)):
        child = os.fork()
        if child == 0:
            with engine_at(url, naive=kind == "naive") as engine:
                for subject in subjects:
                    for race in races(engine, subject, f"worker-{number}", lambda: barrier.wait(timeout=60)):
                        os.write(told, f"{subject}/{race} ".encode())
            os._exit(0)
        children.append(child)
    os.close(told)
    won = os.fdopen(said).read().split()
    codes = [os.waitpid(child, 0)[1] for child in children]
    with engine_at(url) as engine:
        engine.clock.set(START + LEASE)  # type: ignore[attr-defined]
        for subject in subjects:
            seats = engine.seats(subject, CAP)
            wins = " ".join(str(won.count(f"{subject}/{race}")) for race in range(RACES))
            holders = sum(hold.key.startswith("worker") for hold in seats.holds())
            sys.stdout.write(f"{wins} {holders} {seats.used()}\n")
    sys.exit(any(codes))


def races(engine: Engine, subject: str, name: str, all_are_there: Callable[[], object]) -> Iterator[int]:
    """The races that this worker wins."""
    seats, clock = engine.seats(subject, CAP), engine.clock
    assert isinstance(clock, FixedClock)
    clock.set(START)
    for race, lease in enumerate((None, LEASE, None)):
        key = f"{name}-{race}"
        all_are_there()
        try:
            seats.reserve(key=key, lease=lease)
        except CapReached:
            key = ""
        else:
            yield race
        all_are_there()
        if race == 0 and key:
            seats.release(key)
        if race == 1:
            clock.advance(LEASE)


@contextmanager
def engine_at(url: str, *, naive: bool = False) -> Iterator[Engine]:
    store = SqlStore(url)
    if naive:
        store.seat_book = ReadsThenTakes(store.database)
    # Nobody's plan changes here, so nobody follows the store; a reader who waits long is no loser.
    yield Engine.open(source=store, clock=FixedClock(START), follow=False)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
