"""python staleness.py URL PROCESSES FLIPS MODE: how long it takes until all see what one changes.

One process flips the plan of a subject, all others read it all the time. `notices`: as it is; `dropped`: no
notice is sent; `killed`: whoever listens for notices is thrown out, again and again; `deaf`: nobody follows
the store, as a cache without a feed.
Prints the milliseconds from each flip to each process that saw it, sorted; `never` for one that did not.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import text

from entitlements import Engine, Entry, SqlStore, SubjectRecord, Subscription, load_catalog
from entitlements.source.sql import store as sql_store

ENTRY = Entry("flip", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))
SEED = 20_260_304
#: Seconds between two flips; and after the last one, longer than anybody may need to see it.
PAUSES, AT_LAST = (0.02, 0.4), 5.5


def main(url: str, processes: str, flips: str, mode: str) -> None:
    store = SqlStore(url)
    flip(store, "community")
    lines, end = watchers(url, int(processes), follow=mode != "deaf")
    if mode == "dropped":
        vars(sql_store)["NOTIFY"] = text("SELECT 1")
    if mode == "killed":
        threading.Thread(target=kill_listeners, args=(store,), daemon=True).start()
    made, rng = {}, random.Random(SEED)  # noqa: S311  no secret
    for number in range(int(flips)):
        time.sleep(rng.uniform(*PAUSES))
        revision = flip(store, "pro" if number % 2 == 0 else "community")
        made[revision] = time.monotonic()
    threading.Timer(AT_LAST, os.close, [end]).start()
    wanted = len(made) * int(processes)
    for line in islice(lines, wanted):
        what, seen = line.split()
        delay = max(0.0, float(seen) - made[int(what)])
        sys.stdout.write(f"{delay * 1000:.0f}\n")
        wanted -= 1
    sys.stdout.write("never\n" * wanted)
    sys.stdout.flush()
    os._exit(0)  # whoever still watches ends with the pipe


def watchers(url: str, number: int, *, follow: bool) -> tuple[Iterator[str], int]:
    """So many processes that have read the hot subject: what they tell; and what, closed, ends them."""
    catalog = load_catalog()
    seen, told = os.pipe()
    ended, end = os.pipe()
    for _ in range(number):
        if os.fork() == 0:
            os.close(end)
            try:
                watch(Engine.open(catalog, url, follow=follow), told, ended)
            finally:
                os._exit(0)
    os.close(told)
    lines = iter(os.fdopen(seen))
    for _ in range(number):
        next(lines)
    return lines, end


def flip(store: SqlStore, plan: str) -> int:
    def on(record: SubjectRecord) -> SubjectRecord:
        return SubjectRecord(record.subject, (Subscription(plan),))

    return store.change("hot", on, ENTRY).revision


def watch(engine: Engine, told: int, ended: int) -> None:
    """Read the hot subject until the other end of `ended` is closed; tell when each revision is first seen.

    Whoever sees a revision has seen all before it.
    """
    known = engine.entitlements("hot").revision
    os.write(told, b"ready\n")
    over = threading.Event()
    threading.Thread(target=wait, args=(ended, over), daemon=True).start()
    while not over.is_set():
        engine.allows("hot", "api_access")
        revision = engine.entitlements("hot").revision
        at = time.monotonic()
        for missed in range(known + 1, revision + 1):
            os.write(told, f"{missed} {at}\n".encode())
        known = revision
        time.sleep(0.002)


def wait(ended: int, over: threading.Event) -> None:
    os.read(ended, 1)
    over.set()


def kill_listeners(store: SqlStore) -> None:
    listening = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
    while True:
        with store.database.reading() as connection:
            connection.execute(text(listening)).all()
        time.sleep(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
