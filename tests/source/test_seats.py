"""Seats in memory, on SQLite and on PostgreSQL do what counting by hand does, operation by operation."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, product
from typing import Any

import pytest
from hypothesis import Phase, settings
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
from entitlements.source.seats import COUNTED, Answer, Hold, Room, SeatBook, Start
from tests.source.serial_seats import SerialSeats, begun_with
from tests.source.stores import NOON, opened

LATER = NOON + timedelta(minutes=10)
ROOM = Room("space", "mobile_users")
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

    @initialize(begun=st.booleans())
    def begin(self, begun: bool) -> None:
        self.room = Room(f"space-{next(numbers)}", "mobile_users")
        self.serial = SerialSeats(begun=begun)
        self.now = NOON
        for book in self.books if begun else ():
            book.reconcile(self.room, 0, at=NOON, mend=True)

    @rule(
        key=KEYS,
        n=SEATS,
        lease=st.none() | st.integers(1, 30),
        limit=st.none() | st.integers(0, 6),
        starts_at=st.sampled_from([None, "unknown", 0, 3]),
    )
    def reserve(self, key: str, n: int, lease: int | None, limit: int | None, starts_at: Start) -> None:
        wish = Hold(key, n, self.now, None if lease is None else self.now + timedelta(minutes=lease))
        wanted = outcome(lambda: self.serial.reserve(wish, limit, starts_at))
        self.all_give(wanted, lambda book: book.reserve(self.room, wish, limit=limit, starts_at=starts_at))

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
        self.all_count_the_same()

    @precondition(lambda self: self.serial.begun)
    @rule(keys=st.dictionaries(KEYS, SEATS))
    def mend(self, keys: dict[str, int]) -> None:
        for book in self.books:
            book.reconcile(self.room, keys, at=self.now, mend=True)
            assert book.reconcile(self.room, keys, at=self.now).agrees, type(book).__name__
        # What the host has is held, from now on unless it was; leases of other keys go on.
        alive = self.serial.alive(self.now)
        leased = {key: hold for key, hold in alive.items() if hold.until is not None and key not in keys}
        kept = {key: hold for key, hold in alive.items() if hold.until is None and keys.get(key) == hold.n}
        new = {key: Hold(key, n, self.now) for key, n in keys.items() if key not in kept}
        self.serial.held, self.serial.begun = {**leased, **kept, **new}, True

    @precondition(lambda self: self.serial.begun)
    @rule(n=st.integers(0, 9))
    def mend_by_number(self, n: int) -> None:
        for book in self.books:
            book.reconcile(self.room, n, at=self.now, mend=True)
        alive = self.serial.alive(self.now)
        unnamed = alive.pop(COUNTED, None)
        self.serial.held, self.serial.begun = begun_with(alive, n, self.now), True
        now = self.serial.held.get(COUNTED)
        if unnamed is not None and now is not None and unnamed.n == now.n:
            self.serial.held[COUNTED] = unnamed

    def teardown(self) -> None:
        wanted = sorted(self.serial.alive(self.now).values(), key=lambda hold: hold.key)
        for book in self.books:
            held = book.holds(self.room.subject, self.room.cap, at=self.now)
            assert sorted(held, key=lambda hold: hold.key) == wanted, type(book).__name__

    def all_give(self, wanted: Outcome, operation: Callable[[SeatBook], object]) -> None:
        for book in self.books:
            assert outcome(lambda book=book: operation(book)) == wanted, type(book).__name__  # type: ignore[misc]
        self.all_count_the_same()

    def all_count_the_same(self) -> None:
        for book, starts_at in product(self.books, (None, 2)):
            used = book.used(self.room, at=self.now, starts_at=starts_at)
            assert used == self.serial.used(self.now, starts_at), type(book).__name__


def run(*books: SeatBook, phases: Collection[Phase] = tuple(Phase)) -> None:
    machine = type("Machine", (Agreement,), {"books": books})
    wanted = settings(
        derandomize=True,
        max_examples=60,
        stateful_step_count=25,
        deadline=None,
        phases=phases,
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(machine, settings=wanted)


def test_all_books_agree_with_counting_by_hand(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    run(MemoryStore().seat_book, opened(sqlite()).seat_book, opened(postgres()).seat_book)


class ForgetsLeases(MemorySeats):
    """Counts what a lease held when it is over, as long as nobody reserves."""

    def used(self, room: Room, *, at: datetime, starts_at: int | None = None) -> int | None:
        return super().used(room, at=min(at, NOON), starts_at=starts_at)


class TakesAnyNumber(MemorySeats):
    """Takes another number under a key for the same again."""

    def reserve(self, room: Room, wish: Hold, **options: Any) -> Answer:
        held = {hold.key: hold.n for hold in self.holds(room.subject, room.cap, at=wish.since)}
        return super().reserve(room, replace(wish, n=held.get(wish.key, wish.n)), **options)


class FillsUp(MemorySeats):
    """Gives a part when there is not enough for all."""

    def reserve(self, room: Room, wish: Hold, **options: Any) -> Answer:
        answer = super().reserve(room, wish, **options)
        if answer.hold is not None or wish.n == 1:
            return answer
        return self.reserve(room, replace(wish, n=wish.n - 1), **options)


class CountsFromZero(MemorySeats):
    """Takes what was never counted for nothing."""

    def reserve(self, room: Room, wish: Hold, *, starts_at: Start = None, **options: Any) -> Answer:
        return super().reserve(room, wish, starts_at=0 if starts_at is None else starts_at, **options)


@pytest.mark.parametrize("faulty", [ForgetsLeases, TakesAnyNumber, FillsUp, CountsFromZero])
def test_a_faulty_book_is_caught(faulty: type[MemorySeats]) -> None:
    with pytest.raises(AssertionError, match=faulty.__name__):
        run(faulty(), phases=(Phase.generate,))  # that it is caught is enough; nobody reads how


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
    book.reserve(room, Hold("ann", 2, NOON), starts_at=0)
    book.reserve(room, Hold("ben", 1, NOON, LATER))
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
    one, two, later = Hold("message-1", 30, NOON), Hold("message-2", 30, NOON), Hold("message-2", 30, LATER)
    assert book.reserve(march, one, limit=50, starts_at=5) == Answer(one, 5)
    assert book.reserve(march, two, limit=50, starts_at=0) == Answer(None, 35)
    assert book.used(april, at=NOON) is None
    assert book.reserve(april, replace(one, since=LATER), limit=50, starts_at=5) == Answer(one, 5)
    assert book.reserve(april, later, limit=50) == Answer(later, 5)
    assert (book.used(march, at=LATER), book.used(april, at=LATER)) == (35, 35)


def test_memory_refuses_a_connection() -> None:
    with pytest.raises(StoreError, match="no part in a transaction"):
        MemoryStore().seat_book.reserve(ROOM, Hold("a", 1, NOON), connection=object())


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_seats_go_with_the_transaction_of_the_caller(kind: str, request: pytest.FixtureRequest) -> None:
    store: SqlStore = opened(request.getfixturevalue(kind)())
    seats = store.seat_book
    host = create_engine(store.database.url)
    with host.connect() as connection:
        connection.execute(text("CREATE TABLE users (name TEXT)"))
        connection.commit()
        for name, kept in (("ann", True), ("ben", False)):
            connection.execute(text("INSERT INTO users VALUES (:name)"), {"name": name})
            hold = Hold(name, 1, NOON)
            assert seats.reserve(ROOM, hold, limit=1 + (not kept), starts_at=0, connection=connection).hold
            connection.commit() if kept else connection.rollback()
        assert seats.reserve(ROOM, Hold("cat", 1, NOON), limit=1, connection=connection) == Answer(None, 1)
        connection.execute(text("INSERT INTO users VALUES ('none')"))  # a refusal leaves it usable
        connection.commit()
        assert connection.execute(text("SELECT name FROM users")).scalars().all() == ["ann", "none"]
    host.dispose()
    assert [hold.key for hold in seats.holds("space", "mobile_users", at=NOON)] == ["ann"]
    assert seats.used(ROOM, at=NOON) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize(
    "beyond",
    ["UPDATE entitlements_seat_counts SET held = held + 1", "UPDATE entitlements_seat_counts SET held = -1"],
)
def test_the_database_refuses_a_count_beyond_its_bounds(
    kind: str, beyond: str, request: pytest.FixtureRequest
) -> None:
    store: SqlStore = opened(request.getfixturevalue(kind)())
    store.seat_book.reserve(ROOM, Hold("a", 3, NOON), limit=3, starts_at=0)
    engine = create_engine(store.database.url)
    with engine.begin() as connection, pytest.raises(IntegrityError, match="entitlements_seats_in_cap"):
        connection.execute(text(beyond))
    engine.dispose()
