"""python racing.py URL PROCESSES ROUNDS: in each round, all subscribe one subject at once, each to its plan.

Prints, for each round, how many were told that it worked, and how many subscriptions there are.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import get_context

from entitlements import Entry, SqlStore, StoreConflict, SubjectRecord, Subscription

ENTRY = Entry("subscribe", "one of many", None, datetime(2026, 3, 1, tzinfo=UTC))


def main(url: str, processes: str, rounds: str) -> None:
    barrier = get_context("fork").Barrier(int(processes))
    said, told = os.pipe()
    children = []
    for number in range(int(processes)):
        child = os.fork()
        if child == 0:
            store = SqlStore(url)
            for one in range(int(rounds)):
                barrier.wait(timeout=60)
                if subscribed(store, f"space {one}", f"plan {number}"):
                    os.write(told, f"{one} ".encode())
            os._exit(0)
        children.append(child)
    codes = [os.waitpid(child, 0)[1] for child in children]
    os.close(told)
    won = os.fdopen(said).read().split()
    store = SqlStore(url)
    for one in range(int(rounds)):
        record = store.load(f"space {one}")
        kept = len(record.subscriptions) if record else 0
        sys.stdout.write(f"{won.count(str(one))} {kept}\n")
    sys.exit(any(codes))


def subscribed(store: SqlStore, subject: str, plan: str) -> bool:
    def added(record: SubjectRecord) -> SubjectRecord:
        return replace(record, subscriptions=(*record.subscriptions, Subscription(plan)))

    try:
        store.change(subject, added, ENTRY)
    except StoreConflict:
        return False
    return True


if __name__ == "__main__":
    main(*sys.argv[1:])
