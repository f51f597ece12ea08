"""python dying.py URL [once|piecemeal]: the same change by one process after the other, each killed later.

The first dies before its first statement, the next one before its second, and so on until one comes through.
Prints, for each, what the next process then finds: `before`, `after` or `between`. With `piecemeal`, the
change is no transaction: each statement is committed by itself.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import event

from entitlements import Entry, Override, SqlStore, SubjectRecord, Subscription
from entitlements.source.record_json import record_json
from entitlements.source.sql.database import Database
from entitlements.subject import AddOnPeriod, Usage

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENTRY = Entry("subscribe", "ops", "signed", NOW)
OLD = SubjectRecord(
    "space",
    (Subscription("standard", None, NOW, add_ons=(AddOnPeriod("a"),)), Subscription("pro", NOW)),
    overrides=(Override("legacy", "so agreed", "ops", None, NOW, give="reports"),),
    credits=Decimal(5),
)
NEW = SubjectRecord(
    "space",
    (replace(OLD.subscriptions[0], cadence="annual"), Subscription("free", NOW, add_ons=(AddOnPeriod("b"),))),
    overrides=(Override("pro_bono", "they asked", "ops", NOW, None, give="api"),),
    contacts=MappingProxyType({"billing": ("ada@example.org",)}),
    usage=MappingProxyType({"users": Usage(3)}),
)


def main(url: str, mode: str = "once") -> None:
    if mode == "piecemeal":
        Database.writing = Database.reading  # type: ignore[method-assign, assignment]
    found = prepared(url)
    moment = 0
    while found == "before":
        child = os.fork()
        if child == 0:
            killed_at(url, moment)
            os._exit(0)
        os.waitpid(child, 0)
        found = state(url)
        sys.stdout.write(f"{found}\n")
        moment += 1


def prepared(url: str) -> str:
    store = SqlStore(url)
    store.change("space", lambda _: OLD, ENTRY)
    store.close()
    return state(url)


def killed_at(url: str, moment: int) -> None:
    """Make the change, but die before statement number `moment`; a commit and the return count as well."""
    passed = 0

    def pass_by(*_: Any) -> None:
        nonlocal passed
        if passed == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1

    store = SqlStore(url)
    store.listen(pass_by)
    engine = store.database._engine
    event.listen(engine, "before_cursor_execute", pass_by)
    event.listen(engine, "commit", pass_by)
    store.change("space", lambda _: NEW, ENTRY)


def state(url: str) -> str:
    store = SqlStore(url)
    try:
        record, revision, feed = store.load("space"), store.revision("space"), store.changes(1)
        rows, whole = list(store.audit()), not list(store.verify())
    finally:
        store.close()
    told = record is not None and (
        record,
        revision,
        [row.after for row in rows],
        feed.position,
        feed.subjects,
    )
    old, new = record_json(OLD), record_json(NEW)
    before = (replace(OLD, revision=1), 1, [old], 1, ())
    after = (replace(NEW, revision=2), 2, [old, new], 2, ("space",))
    return "before" if whole and told == before else "after" if whole and told == after else "between"


if __name__ == "__main__":
    main(*sys.argv[1:])
