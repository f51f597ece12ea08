"""python forking.py URL: threads use a store while the process forks; each child writes with the same store.

Prints how many changes were acknowledged and how many children failed.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime

from entitlements import Entry, SqlStore, SubjectRecord

FORKS = 12
CHANGES = 5
ENTRY = Entry("earn", "a fork", None, datetime(2026, 3, 1, tzinfo=UTC))


def earn(record: SubjectRecord) -> SubjectRecord:
    return replace(record, credits=record.credits + 1)


def main(url: str) -> None:
    store = SqlStore(url)
    ended = threading.Event()
    made: list[int] = []

    def work() -> None:
        while not ended.is_set():
            made.append(store.change("shared", earn, ENTRY).revision)
            store.load("shared")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    children = []
    for _ in range(FORKS):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                for _ in range(CHANGES):
                    store.change("shared", earn, ENTRY)
                    store.load("shared")
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitpid(child, 0)[1] for child in children]
    ended.set()
    for thread in threads:
        thread.join()
    sys.stdout.write(f"{len(made) + FORKS * CHANGES} {sum(code != 0 for code in codes)}")


if __name__ == "__main__":
    main(sys.argv[1])
