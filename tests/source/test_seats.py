"""Seats in memory, on SQLite and on PostgreSQL do what counting by hand does, operation by operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from entitlements import MemoryStore, SqlStore, StoreConflict, StoreError
from entitlements.source.memory_seats import MemorySeats
from entitlements.source.seats import COUNTED, Answer, Hold, Room, SeatBook
from tests.source.serial_seats import SerialSeats
from tests.source.stores import opened

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
KEYS = st.sampled_from("abcd")
SEATS = st.integers(1, 4)
numbers = count()


@dataclass
class Outcome:
    """What an operation gave, or that it was refused."""

    value: object = None
    refused: bool = False


def outcome(operation: Callable[[], object]) -> Outcome:
    try:
        return Outcome(operation())
    except StoreConflict:
        return Outcome(refused=True)


class Agreement(RuleBasedStateMachine):
    """Every book is asked what the serial one is asked; all must give the same."""

    books: tuple[SeatBook, ...] = ()

    @initialize()
    def begin(self) -> None:
        self.room = Room(f"space-{next(numbers)}", "mobile_users")
        self.serial = SerialSeats()
        self.now = NOON

    @rule(key=KEYS, n=SEATS, lease=st.none() | st.integers(1, 30), limit=st.none() | st.integers(0, 6))
    def reserve(self, key: str, n: int, lease: int | None, limit: int | None) -> None:
        until = None if lease is None else self.now + timedelta(minutes=lease)
        wanted = outcome(lambda: self.serial.reserve(key, n, self.now, until, limit))
        self.all_give(
            wanted, lambda book: book.reserve(self.room, key, n, at=self.now, until=until, limit=limit)
        )

    @rule(key=KEYS)
    def commit(self, key: str) -> None:
        wanted = outcome(lambda: self.serial.commit(key, self.now))
        self.all_give(wanted, lambda book: book.commit(self.room, key, at=self.now))

    @rule(key=KEYS)
    def release(self, key: str) -> None:
        wanted = outcome(lambda: self.serial.release(key, self.now))
        self.all_give(wanted, lambda book: book.release(self.room, key, at=self.now))

    @rule(minutes=st.integers(1, 15))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.serial.counted)
    @rule(keys=st.dictionaries(KEYS, SEATS))
    def mend(self, keys: dict[str, int]) -> None:
        for book in self.books:
            book.reconcile(self.room, keys, at=self.now, mend=True)
            assert book.reconcile(self.room, keys, at=self.now).agrees
        # What the host has is held, from now on unless it was; leases of other keys go on.
        alive = self.serial.alive(self.now)
        leased = {key: hold for key, hold in alive.items() if hold.until is not None and key not in keys}
        kept = {key: hold for key, hold in alive.items() if hold.until is None and keys.get(key) == hold.n}
        new = {key: Hold(key, n, self.now) for key, n in keys.items() if key not in kept}
        self.serial.held = {**leased, **kept, **new}

    def teardown(self) -> None:
        wanted = sorted(self.serial.alive(self.now).values(), key=lambda hold: hold.key)
        for book in self.books:
            held = book.holds(self.room.subject, self.room.cap, at=self.now)
            assert sorted(held, key=lambda hold: hold.key) == wanted

    def all_give(self, wanted: Outcome, operation: Callable[[SeatBook], object]) -> None:
        for book in self.books:
            assert outcome(lambda book=book: operation(book)) == wanted, type(book).__name__  # type: ignore[misc]
            assert book.used(self.room, at=self.now) == self.serial.used(self.now), type(book).__name__


def run(*books: SeatBook) -> None:
    machine = type("Machine", (Agreement,), {"books": books})
    run_state_machine_as_test(
        machine, settings=settings(derandomize=True, max_examples=40, stateful_step_count=25, deadline=None)
    )


def test_all_books_agree_with_counting_by_hand(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    run(MemoryStore().seat_book, opened(sqlite()).seat_book, opened(postgres()).seat_book)


class ForgetsLeases(MemorySeats):
    """Counts what a lease held when it is over, as long as nobody reserves."""

    def used(self, room: Room, *, at: datetime) -> int | None:
        return super().used(room, at=min(at, NOON))


class TakesAnyNumber(MemorySeats):
    """Takes another number under a key for the same again."""

    def reserve(self, room: Room, key: str, n: int, **options: Any) -> Answer:
        held = {hold.key: hold.n for hold in self.holds(room.subject, room.cap, at=options["at"])}
        return super().reserve(room, key, held.get(key, n), **options)


class FillsUp(MemorySeats):
    """Gives a part when there is not enough for all."""

    def reserve(self, room: Room, key: str, n: int, **options: Any) -> Answer:
        answer = super().reserve(room, key, n, **options)
        return answer if answer.hold is not None or n == 1 else self.reserve(room, key, n - 1, **options)


@pytest.mark.parametrize("faulty", [ForgetsLeases, TakesAnyNumber, FillsUp])
def test_a_faulty_book_is_caught(faulty: type[MemorySeats]) -> None:
    with pytest.raises(AssertionError, match=faulty.__name__):
        run(faulty())


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def book(request: pytest.FixtureRequest) -> Iterator[SeatBook]:
    if request.param == "memory":
        yield MemoryStore().seat_book
        return
    url = request.getfixturevalue({"sqlite": "sqlite", "postgresql": "postgres"}[request.param])()
    store = opened(url)
    yield store.seat_book
    store.close()


def test_a_number_is_made_up_with_what_no_key_names(book: SeatBook) -> None:
    room = Room("space", "mobile_users")
    book.reserve(room, "ann", 2, at=NOON)
    book.reserve(room, "ben", 1, at=NOON, until=LATER)
    found = book.reconcile(room, 9, at=NOON, mend=True)
    assert (found.held, found.leased, found.counted, found.agrees) == (2, 1, 9, False)
    assert {hold.key: hold.n for hold in book.holds("space", "mobile_users", at=NOON)} == {
        "ann": 2,
        "ben": 1,
        COUNTED: 7,
    }
    assert book.reconcile(room, 9, at=NOON).agrees
    book.reconcile(room, 1, at=NOON, mend=True)  # no named seat is taken from anybody
    assert book.used(room, at=LATER) == 2


def test_a_metered_key_is_used_once_whatever_the_month(book: SeatBook) -> None:
    march, april = (Room("space", "sms", datetime(2026, month, 1, tzinfo=UTC)) for month in (3, 4))
    assert book.used(march, at=NOON) is None
    first = book.reserve(march, "message-1", 30, at=NOON, limit=50)
    assert book.reserve(march, "message-2", 30, at=NOON, limit=50) == Answer(None, 30)
    assert book.used(april, at=NOON) == 0
    assert book.reserve(april, "message-1", 30, at=LATER, limit=50) == Answer(first.hold, 0)
    assert book.reserve(april, "message-2", 30, at=LATER, limit=50).hold is not None
    assert (book.used(march, at=LATER), book.used(april, at=LATER)) == (30, 30)


def test_memory_refuses_a_connection() -> None:
    with pytest.raises(StoreError, match="no part in a transaction"):
        MemoryStore().seat_book.reserve(Room("space", "mobile_users"), "a", 1, at=NOON, connection=object())


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_seats_go_with_the_transaction_of_the_caller(kind: str, request: pytest.FixtureRequest) -> None:
    store: SqlStore = opened(request.getfixturevalue(kind)())
    room, seats = Room("space", "mobile_users"), store.seat_book
    host = create_engine(store.database.url)
    with host.connect() as connection:
        connection.execute(text("CREATE TABLE users (name TEXT)"))
        connection.commit()
        for name, kept in (("ann", True), ("ben", False)):
            connection.execute(text("INSERT INTO users VALUES (:name)"), {"name": name})
            assert seats.reserve(room, name, 1, at=NOON, limit=1 + (not kept), connection=connection).hold
            connection.commit() if kept else connection.rollback()
        assert seats.reserve(room, "cat", 1, at=NOON, limit=1, connection=connection) == Answer(None, 1)
        connection.execute(text("INSERT INTO users VALUES ('none')"))  # a refusal leaves it usable
        connection.commit()
        assert connection.execute(text("SELECT name FROM users")).scalars().all() == ["ann", "none"]
    host.dispose()
    assert [hold.key for hold in seats.holds("space", "mobile_users", at=NOON)] == ["ann"]
    assert seats.used(room, at=NOON) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize("held", ["held + 1", "-1"])
def test_the_database_refuses_a_count_beyond_its_bounds(
    kind: str, held: str, request: pytest.FixtureRequest
) -> None:
    store: SqlStore = opened(request.getfixturevalue(kind)())
    store.seat_book.reserve(Room("space", "mobile_users"), "a", 3, at=NOON, limit=3)
    engine = create_engine(store.database.url)
    with engine.begin() as connection, pytest.raises(IntegrityError, match="entitlements_seats_in_cap"):
        connection.execute(text(f"UPDATE entitlements_seat_counts SET held = {held}"))
    engine.dispose()
