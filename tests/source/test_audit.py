"""The audit log: what it says, that nobody edits it, and that whoever does all the same is found out."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from entitlements import Entry, SqlStore, StoreConflict, StoreUnavailable, Subscription
from entitlements.source.audit import exported, sealed
from entitlements.source.sql.audit import broken_within
from entitlements.source.sql.tables import AUDIT, AUDIT_HEAD
from tests.source.stores import opened

SEED = 20_260_301
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = tuple(AUDIT.c.keys())
Rows = list[tuple[Any, ...]]


def filled(url: str, changes: int) -> SqlStore:
    """A store with so many changes, of three subjects in turn."""
    store = opened(url)
    for number in range(changes):
        entry = Entry("credit", f"person {number}", None if number % 3 else "they asked", NOW)
        store.change(
            f"space {number % 3}",
            lambda record, number=number: replace(record, credits=Decimal(number)),  # type: ignore[misc]
            replace(entry, at=NOW + timedelta(seconds=number)),
        )
    return store


def test_a_row_says_who_did_what_when_and_why(sqlite: Callable[[], str]) -> None:
    store = opened(sqlite())
    entry = Entry("subscribe", "Ada", "signed today", NOW)
    store.change("space", lambda r: replace(r, subscriptions=(Subscription("pro", NOW),)), entry)
    store.change("space", lambda r: replace(r, credits=Decimal("1.50")), replace(entry, because=None))
    lines = [json.loads(line) for line in exported(store.audit())]
    held = {"plan": "pro", "start": "2026-03-01T12:00:00+00:00"}
    assert [(line["seq"], line["what"], line["by"], line["because"]) for line in lines] == [
        (1, "subscribe", "Ada", "signed today"),
        (2, "subscribe", "Ada", None),
    ]
    assert [(line["before"], line["after"]) for line in lines] == [
        (None, {"subject": "space", "subscriptions": [held]}),
        (
            {"subject": "space", "subscriptions": [held]},
            {"subject": "space", "subscriptions": [held], "credits": "1.50"},
        ),
    ]
    assert lines[0]["at"] == "2026-03-01T12:00:00+00:00"
    assert lines[0]["hash"] == lines[1]["previous"]


EDITS = (
    "UPDATE entitlements_audit SET done_by = 'nobody'",
    "DELETE FROM entitlements_audit",
    "DELETE FROM entitlements_audit WHERE seq = 3",
)
COPY = """
INSERT {} INTO entitlements_audit
SELECT {}, subject, revision, what, 'nobody', because, done_at, before, after, previous, hash
FROM entitlements_audit WHERE seq = 1 {}"""
ON_SQLITE = (COPY.format("OR REPLACE", 2, ""), COPY.format("", 9, ""))
ON_POSTGRESQL = (
    "TRUNCATE entitlements_audit",
    COPY.format("", 2, "ON CONFLICT (seq) DO UPDATE SET done_by = 'nobody'"),
)


def test_the_database_refuses_every_edit(sqlite: Callable[[], str], postgres: Callable[[], str]) -> None:
    for url, edits in ((sqlite(), EDITS + ON_SQLITE), (postgres(), EDITS + ON_POSTGRESQL)):
        store = filled(url, 4)
        before = list(store.audit())
        for edit in edits:
            with pytest.raises((StoreConflict, StoreUnavailable), match="only appended to"):
                execute(store, edit)
            assert list(store.audit()) == before


def execute(store: SqlStore, statement: str) -> None:
    with store.database.writing() as connection:
        connection.execute(sa.text(statement))


def test_a_log_longer_than_what_is_read_at_once_is_verified_to_its_end(sqlite: Callable[[], str]) -> None:
    store = filled(sqlite(), 1)
    with tampering(store) as connection:
        (first,) = connection.execute(sa.select(AUDIT)).all()
        rows = [tuple(first)]
        for seq in range(2, 2_102):
            unsealed = (seq, *rows[-1][1:-2], rows[-1][-1])
            rows.append((*unsealed, sealed(unsealed)))
        put(connection, rows)
        connection.execute(sa.update(AUDIT_HEAD).values(seq=rows[-1][0], hash=rows[-1][-1]))
        assert not list(broken_within(connection))
        connection.execute(sa.update(AUDIT).where(AUDIT.c.seq == 2_101).values(because="x"))
        assert [found.seq for found in broken_within(connection)] == [2_101]


class _Undo(Exception):
    """Ends a transaction whose edits are not to stay."""


@contextmanager
def tampering(store: SqlStore) -> Iterator[sa.Connection]:
    """A connection of somebody who may do everything, triggers dropped; undone at the end."""
    try:
        with store.database.writing() as connection:
            found = connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for (name,) in found.all():
                connection.execute(sa.text(f"DROP TRIGGER {name}"))
            yield connection
            raise _Undo  # noqa: TRY301  it is what rolls back
    except _Undo:
        pass


def put(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    connection.execute(sa.delete(AUDIT))
    if rows:
        connection.execute(sa.insert(AUDIT), [dict(zip(COLUMNS, row, strict=True)) for row in rows])


def test_a_thousand_edits_deletions_insertions_and_swaps_are_all_found(sqlite: Callable[[], str]) -> None:
    rng = random.Random(SEED)  # noqa: S311  no secret
    store = filled(sqlite(), 24)
    missed: dict[str, int] = dict.fromkeys(TAMPER, 0)
    with tampering(store) as connection:
        whole = [tuple(row) for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.seq))]
        assert not list(broken_within(connection))
        for trial in range(1_000):
            kind = list(TAMPER)[trial % len(TAMPER)]
            rows = whole
            while rows == whole:
                rows = sorted(TAMPER[kind](rng, list(whole)))
            put(connection, rows)
            assert list(broken_within(connection)), f"seed {SEED}, trial {trial}: {kind}"
            missed[kind] += all(row[-1] == sealed(row[:-1]) for row in rows)
        put(connection, whole)
        assert not list(broken_within(connection))
        for head in ({"seq": len(whole) + 1}, {"seq": len(whole) - 1}, {"hash": whole[0][-1]}, {"hash": ""}):
            connection.execute(sa.update(AUDIT_HEAD).values(seq=len(whole), hash=whole[-1][-1]))
            connection.execute(sa.update(AUDIT_HEAD).values(head))
            assert list(broken_within(connection)), head
        connection.execute(sa.delete(AUDIT_HEAD))
        assert list(broken_within(connection))
    # Hashes of single rows would not do: each of these is only found because the rows hang together.
    naive = {kind for kind, count in missed.items() if count}
    assert {"delete some", "truncate the tail", "insert sealed", "swap and seal", "edit and seal"} <= naive


def edit(rng: random.Random, rows: Rows) -> Rows:
    row, column = rng.randrange(len(rows)), rng.randrange(1, len(COLUMNS))
    old, number = rows[row][column], COLUMNS[column] in {"revision", "done_at"}
    choices: list[Any] = [rng.choice(rows)[column]]
    if number:
        choices += [old + 1, old - 1, 0, -old]
    else:
        choices += ["", f"{old} ", str(old).swapcase(), str(old)[::-1], str(old).replace("1", "2")]
    rows[row] = (
        *rows[row][:column],
        rng.choice([c for c in choices if c is not None]),
        *rows[row][column + 1 :],
    )
    return rows


def edit_and_seal(rng: random.Random, rows: Rows) -> Rows:
    place = rng.randrange(len(rows))
    rows = edit(rng, rows)
    return [seal(row) if index == place else row for index, row in enumerate(rows)]


def edit_and_seal_all_after(rng: random.Random, rows: Rows) -> Rows:
    return chained(edit(rng, rows))


def delete_some(rng: random.Random, rows: Rows) -> Rows:
    gone = set(rng.sample(range(len(rows)), rng.randrange(1, len(rows))))
    return [row for index, row in enumerate(rows) if index not in gone]


def delete_and_number(rng: random.Random, rows: Rows) -> Rows:
    return numbered(delete_some(rng, rows))


def delete_and_chain(rng: random.Random, rows: Rows) -> Rows:
    return chained(numbered(delete_some(rng, rows)))


def truncate(rng: random.Random, rows: Rows) -> Rows:
    return rows[: rng.randrange(len(rows))]


def insert(rng: random.Random, rows: Rows) -> Rows:
    place = rng.randrange(len(rows) + 1)
    return numbered([*rows[:place], rng.choice(rows), *rows[place:]])


def insert_sealed(rng: random.Random, rows: Rows) -> Rows:
    """At either end, in number and seal as it ought to be."""
    copied = rng.choice(rows)
    if rng.random() < 0.5:
        return [*rows, seal((rows[-1][0] + 1, *copied[1:-2], rows[-1][-1], ""))]
    return [seal((rng.choice([0, -1, -(2**40)]), *copied[1:-2], "", "")), *rows]


def swap(rng: random.Random, rows: Rows) -> Rows:
    one, other = rng.sample(range(len(rows)), 2)
    rows[one], rows[other] = rows[other], rows[one]
    return numbered(rows)


def swap_and_seal(rng: random.Random, rows: Rows) -> Rows:
    return [seal(row) for row in swap(rng, rows)]


def swap_and_chain(rng: random.Random, rows: Rows) -> Rows:
    return chained(swap(rng, rows))


def numbered(rows: Rows) -> Rows:
    return [(seq, *row[1:]) for seq, row in enumerate(rows, start=1)]


def seal(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*row[:-1], sealed(row[:-1]))


def chained(rows: Rows) -> Rows:
    """All hashes made anew, as only the head then gives away."""
    done: Rows = []
    for row in rows:
        done.append(seal((*row[:-2], done[-1][-1] if done else "", "")))
    assert all(later[-2] == earlier[-1] for earlier, later in pairwise(done))
    return done


TAMPER: dict[str, Callable[[random.Random, Rows], Rows]] = {
    "edit": edit,
    "edit and seal": edit_and_seal,
    "edit and seal all after": edit_and_seal_all_after,
    "delete some": delete_some,
    "delete and number": delete_and_number,
    "delete and chain": delete_and_chain,
    "truncate the tail": truncate,
    "insert": insert,
    "insert sealed": insert_sealed,
    "swap": swap,
    "swap and seal": swap_and_seal,
    "swap and chain": swap_and_chain,
}
