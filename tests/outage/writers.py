"""python writers.py URL PROCESSES [stubborn]: processes that write all the time, until stdin ends.

Each change has a number of its own, in the audit log too. Prints each number with what was told of it:
`done`, `doubt` (it may have been written) or `failed`, and when. A `stubborn` one makes a change again until
it is done.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

from entitlements import Entry, SqlStore, StoreUnavailable, SubjectRecord

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def main(url: str, processes: str, kind: str = "") -> None:
    ended, end = os.pipe()
    for number in range(int(processes)):
        if os.fork() == 0:
            os.close(end)
            try:
                write(url, number, ended, stubborn=kind == "stubborn")
            finally:
                os._exit(0)
    sys.stdin.read()
    os.close(end)
    for _ in range(int(processes)):
        os.wait()


def write(url: str, process: int, ended: int, *, stubborn: bool) -> None:
    over = threading.Event()
    threading.Thread(target=wait, args=(ended, over), daemon=True).start()
    store, number = SqlStore(url), 0
    while not over.is_set():
        said = earned(store, f"space {process}", f"{process}-{number}")
        while stubborn and said != "done" and not over.is_set():
            said = earned(store, f"space {process}", f"{process}-{number}")
        os.write(1, f"{process}-{number} {said} {time.monotonic()}\n".encode())
        number += 1


def wait(ended: int, over: threading.Event) -> None:
    os.read(ended, 1)
    over.set()


def earned(store: SqlStore, subject: str, number: str) -> str:
    def earn(record: SubjectRecord) -> SubjectRecord:
        return replace(record, credits=record.credits + 1)

    try:
        store.change(subject, earn, Entry("earn", "ops", number, NOW))
    except StoreUnavailable as error:
        time.sleep(0.02)
        return "doubt" if "may have been written" in str(error) else "failed"
    return "done"


if __name__ == "__main__":
    main(*sys.argv[1:])
