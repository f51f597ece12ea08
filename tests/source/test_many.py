"""Many subjects at once are read at once, and by the same rules as one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from entitlements import Engine, Entry, MemoryStore, Reason, SqlStore, SubjectRecord, Subscription
from entitlements.source.sql.tables import SUBJECTS, SUBSCRIPTIONS
from tests.source.stores import opened

MANY = 10_000
NAMES = [f"space-{number}" for number in range(MANY)]
AT = datetime(2026, 3, 1, tzinfo=UTC)
ENTRY = Entry("subscribe", "ops", None, AT)
PLANS = ("community", "standard", "pro")


def plan_of(name: str) -> str:
    return PLANS[int(name.rpartition("-")[2]) % len(PLANS)]


def filled(url: str) -> SqlStore:
    """A store of ten thousand, put in at once."""
    store = opened(url)
    with store.database.writing() as connection:
        connection.execute(sa.insert(SUBJECTS), [{"subject": name, "revision": 1} for name in NAMES])
        terms = {"place": 0, "cadence": "monthly", "kind": "product"}
        rows = [{"subject": name, "plan": plan_of(name), **terms} for name in NAMES]
        connection.execute(sa.insert(SUBSCRIPTIONS), rows)
    return store


@contextmanager
def readings(store: SqlStore) -> Iterator[list[str]]:
    """Fills with the statements that read records; whoever follows the feed sends others."""
    said: list[str] = []

    def note(*given: str) -> None:
        if SUBSCRIPTIONS.name in given[2]:
            said.append(given[2])

    event.listen(store.database._engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(store.database._engine, "before_cursor_execute", note)


@pytest.mark.parametrize("follow", [False, True])
def test_ten_thousand_cold_subjects_cost_one_statement(
    follow: bool, sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        with closing(filled(url)) as store, closing(Engine.open(source=store, follow=follow)) as engine:
            with readings(store) as said:
                spaces = engine.entitlements_many(NAMES)
                assert len(said) == 1
                then = engine.entitlements_many(NAMES, at=AT)
                assert len(said) == 2
            assert list(spaces) == list(then) == NAMES
            assert all(space.plan.key == plan_of(name) for name, space in spaces.items())
            assert all(then[name].allowed() == spaces[name].allowed() for name in NAMES[:30])
            with readings(store) as said:
                assert all(engine.allows(name, "api_access") is (plan_of(name) == "pro") for name in NAMES)
                assert engine.entitlements_many(NAMES[-500:])[NAMES[-1]] is spaces[NAMES[-1]]
                assert said == []  # what was read once is warm


def test_whoever_has_a_feature_is_found_in_few_statements(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        with closing(filled(url)) as store:
            engine = Engine.open(source=store, follow=False)
            with readings(store) as said:
                found = engine.subjects_with("api_access")
                assert len(said) == 1
                assert engine.subjects_with("api_access") == found
                assert len(said) == 1  # what was read once is warm
            assert found == sorted(name for name in NAMES if plan_of(name) == "pro")


def test_a_spoilt_record_denies_alone(sqlite: Callable[[], str]) -> None:
    with closing(filled(sqlite())) as store:
        with store.database.writing() as connection:
            connection.execute(
                sa.update(SUBJECTS).where(SUBJECTS.c.subject == "space-2").values(credits="much")
            )
        spaces = Engine.open(source=store, follow=False).entitlements_many(NAMES[:9])
        assert [space.plan.key for name, space in spaces.items() if name != "space-2"] == [
            plan_of(name) for name in NAMES[:9] if name != "space-2"
        ]
        assert spaces["space-2"].check("api_access").reason is Reason.STORE_UNAVAILABLE


class Watched(MemoryStore):
    """A store that has something done while many are read from it."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] = lambda: None
        self.loads: list[str] = []

    def load(self, subject: str) -> SubjectRecord | None:
        self.loads.append(subject)
        return super().load(subject)

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        found = super().load_many(subjects)
        self.meanwhile()
        return found


def put(store: MemoryStore, subject: str, plan: str) -> None:
    store.change(subject, lambda _: SubjectRecord(subject, (Subscription(plan),)), ENTRY)


def test_a_change_that_overtakes_the_reading_of_many_leaves_nothing_stale() -> None:
    store = Watched()
    put(store, "one", "pro")
    put(store, "two", "pro")
    engine = Engine.open(source=store)
    store.meanwhile = lambda: put(store, "one", "community")
    spaces = engine.entitlements_many(["one", "two"])
    assert spaces["two"].plan.key == "pro"
    assert engine.entitlements("one").plan.key == "community"
    assert store.loads == ["one"]


def test_others_wait_for_the_reading_of_many_and_read_nothing_themselves() -> None:
    store, asked, told = Watched(), threading.Event(), threading.Event()
    put(store, "one", "pro")
    engine = Engine.open(source=store)

    def meanwhile() -> None:
        asked.set()
        assert told.wait(10)

    store.meanwhile = meanwhile
    found: list[object] = []
    many = threading.Thread(target=lambda: found.append(engine.entitlements_many(["one", "new"])["one"]))
    many.start()
    assert asked.wait(10)
    one = threading.Thread(target=lambda: found.append(engine.entitlements("one")))
    one.start()
    both = threading.Thread(target=lambda: found.append(engine.entitlements_many(["one", "one"])["one"]))
    both.start()
    while engine._live._flights["one"].done is None:
        one.join(0.001)
    told.set()
    for thread in (many, one, both):
        thread.join(10)
    assert store.loads == []
    assert len(found) == 3
    assert len(set(map(id, found))) == 1


def test_an_error_in_the_middle_leaves_nobody_waiting() -> None:
    store = Watched()
    engine = Engine.open(source=store)

    def interrupted() -> None:
        raise KeyboardInterrupt

    store.meanwhile = interrupted
    with pytest.raises(KeyboardInterrupt):
        engine.entitlements_many(["one", "two"])
    assert engine._live._flights == {}


def test_a_source_that_fails_at_many_is_asked_one_by_one() -> None:
    store = Watched()
    put(store, "one", "pro")

    def fail() -> None:
        raise ValueError

    store.meanwhile = fail
    engine = Engine.open(source=store)
    assert [space.plan.key for space in engine.entitlements_many(["one", "new"]).values()] == [
        "pro",
        "community",
    ]
    assert sorted(store.loads) == ["new", "one"]


class Odd(MemoryStore):
    """A store that gives something else than a record of one subject."""

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        return {**super().load_many(subjects), "odd": "no record"}  # type: ignore[dict-item]


def test_what_is_no_record_is_asked_for_again_alone() -> None:
    store = Odd()
    put(store, "odd", "pro")
    put(store, "even", "pro")
    spaces = Engine.open(source=store).entitlements_many(["odd", "even"])
    assert [space.plan.key for space in spaces.values()] == ["pro", "pro"]
