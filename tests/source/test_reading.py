"""Reading costs one statement, and outlives a restart of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from entitlements import Entry, SqlStore, StoreConflict, StoreError, StoreUnavailable, SubjectRecord
from entitlements.testing.awkward_records import EXACT
from tests.postgres import Server
from tests.source.stores import opened

ENTRY = Entry("put", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))

CUT_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND client_port = -1"""


@contextmanager
def statements(store: SqlStore) -> Iterator[list[str]]:
    """Fills with the statements that go to the database during the block."""
    said: list[str] = []
    event.listen(store.database._engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    yield said


def put(store: SqlStore, record: SubjectRecord) -> None:
    store.change(record.subject, lambda _: record, ENTRY)


def test_a_subject_costs_one_statement_and_so_do_many(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        with closing(opened(url)) as store:
            for record in EXACT:
                put(store, record)
            names = [*(record.subject for record in EXACT), *(f"nobody {n}" for n in range(40_000))]
            with statements(store) as said:
                store.load("order")
                assert len(said) == 1
                assert len(store.load_many(names)) == len(EXACT)
                assert len(said) == 2
                store.changes(0)
                store.revision("order")
                assert len(said) == 4


def test_nobody_is_known_by_a_name_no_database_takes(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        with closing(opened(url)) as store:
            put(store, EXACT[0])
            for name in ("case\0", "\ud800", "case\ud83d"):
                assert store.load(name) is None
                assert store.revision(name) is None
                assert store.load_many([name, "case"]).keys() == {"case"}
                with pytest.raises(StoreConflict):
                    put(store, SubjectRecord(name, credits=EXACT[2].credits))
            assert list(store.subjects()) == ["case"]


def test_a_number_that_no_column_holds_is_refused(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    usage = EXACT[3].usage["users"]
    for url in (sqlite(), postgres()):
        with closing(opened(url)) as store:
            with pytest.raises(StoreConflict):
                put(store, SubjectRecord("space", usage={"users": replace(usage, count=2**70)}))
            assert store.changes(0).subjects == ()


def test_a_store_goes_on_after_its_server_was_restarted(postgres_server: Server) -> None:
    name = postgres_server.new_database()
    with closing(opened(postgres_server.url(name))) as store:
        put(store, EXACT[0])
        for immediate in (False, True):
            postgres_server.stop(immediate=immediate)
            with pytest.raises(StoreUnavailable):
                store.load("case")
            with pytest.raises(StoreUnavailable):
                put(store, SubjectRecord("other"))
            postgres_server.start()
            assert store.load("case") == replace(EXACT[0], revision=1)
        postgres_server.sql(CUT_OFF)
        put(store, replace(EXACT[0], baa_signed_on=ENTRY.at))
        postgres_server.sql(CUT_OFF)
        assert store.revision("case") == 2
        assert store.load_many(["case"]).keys() == {"case"}


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE entitlements_subjects SET contacts = '{'",
        "UPDATE entitlements_subjects SET contacts = '[1]'",
        "UPDATE entitlements_subjects SET credits = 'much'",
        "UPDATE entitlements_subjects SET baa_signed_on = 4611686018427387904",
        "INSERT INTO entitlements_usage VALUES ('CASE', 'x', 1, 0, 'no', 0, 0, '')",
    ],
)
def test_a_row_that_somebody_spoilt_is_told_as_such(spoil: str, sqlite: Callable[[], str]) -> None:
    with closing(opened(sqlite())) as store:
        put(store, EXACT[1])
        with store.database.writing() as connection:
            connection.execute(sa.text(spoil))
        for read in (lambda: store.load("CASE"), lambda: store.load_many(["CASE"])):
            with pytest.raises(StoreError, match='holds of "CASE"'):
                read()
