"""python new_enemy.py URL TRIALS [blind]: a right is taken away in one process, then another one is asked.

Each trial gives the right back and takes it away again; the other process has just answered from what it
keeps. `blind` asks without the token of the change. Prints how many of the trials were answered wrongly.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection

from entitlements import Engine, Entry, SqlStore, SubjectRecord, Subscription, Token, load_catalog

ENTRY = Entry("flip", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))


def main(url: str, trials: str, blind: str = "") -> None:
    catalog = load_catalog()
    context = get_context("fork")
    ours, theirs = context.Pipe()
    context.Process(target=lambda: answers(Engine.open(catalog, url), theirs), daemon=True).start()
    store, wrong = SqlStore(url), 0
    for _ in range(int(trials)):
        ours.send(str(flip(store, "pro")))
        if not ours.recv():
            wrong += 1  # the right was there, and its token was sent along
        token = flip(store, "community")
        ours.send("" if blind else str(token))
        wrong += ours.recv()
    sys.stdout.write(str(wrong))


def flip(store: SqlStore, plan: str) -> Token:
    def on(record: SubjectRecord) -> SubjectRecord:
        return SubjectRecord(record.subject, (Subscription(plan),))

    return store.change("space", on, ENTRY)


def answers(engine: Engine, asked: Connection) -> None:
    """Answer whether the right is there, by the token that came, as long as the asking process lives."""
    while True:
        text = asked.recv()
        token = Token.parse(text) if text else None
        asked.send(engine.allows("space", "api_access", token=token))


if __name__ == "__main__":
    main(*sys.argv[1:])
