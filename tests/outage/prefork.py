"""python prefork.py URL: an engine that has answered is forked into workers, as a web server does.

Prints for each worker whether it came to know what another process changed after the fork, and what it itself
changed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from entitlements import Engine, Entry, SqlStore, SubjectRecord, Subscription

WORKERS = 4
SECONDS = 10.0
ENTRY = Entry("subscribe", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))


def on(plan: str) -> Callable[[SubjectRecord], SubjectRecord]:
    return lambda record: SubjectRecord(record.subject, (Subscription(plan),))


def main(url: str) -> None:
    engine = Engine.open(source=url)
    assert isinstance(engine.source, SqlStore)
    engine.source.change("space", on("pro"), ENTRY)
    if not engine.allows("space", "api_access"):
        sys.exit("the parent does not even know it")
    for number in range(WORKERS):
        if os.fork() == 0:
            code = 1
            try:
                code = 0 if works(engine, number) else 2
            finally:
                os._exit(code)
    SqlStore(url).change("space", on("community"), ENTRY)
    codes = [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(WORKERS)]
    parent_knows = until(lambda: not engine.allows("space", "api_access"))
    sys.stdout.write(f"{codes} {parent_knows}")


def works(engine: Engine, number: int) -> bool:
    """Whether a worker hears of the change that comes after the fork, and can change something itself."""
    heard = until(lambda: not engine.allows("space", "api_access"))
    token = engine.subscribe(f"of {number}", "pro", by="ops", because="a worker may write")
    return heard and engine.allows(f"of {number}", "api_access", token=token)


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


if __name__ == "__main__":
    main(*sys.argv[1:])
