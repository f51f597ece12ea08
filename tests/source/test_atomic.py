"""A change is made whole or not at all, whoever dies or comes at the same time."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import sqlalchemy as sa

from entitlements import SubjectRecord, Subscription
from tests.source.racing import ENTRY
from tests.source.stores import opened

HERE = Path(__file__).parent
PROCESSES = 8
ROUNDS = 12


def output(script: str, *arguments: str) -> list[str]:
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=HERE.parents[1]
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_process_killed_anywhere_leaves_what_was_or_what_shall_be(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        opened(url).close()
        found = output("dying.py", url)
        # Lock, read, six tables, head, row and commit: killed before each of them, nothing has happened.
        assert found == ["before"] * (len(found) - 1) + ["after"]
        assert len(found) > 10


def test_a_change_in_pieces_is_caught_between_them(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        opened(url).close()
        assert output("dying.py", url, "piecemeal")[-1] == "between"


def test_of_many_who_subscribe_at_once_exactly_one_does(
    sqlite: Callable[[], str], postgres: Callable[[], str]
) -> None:
    for url in (sqlite(), postgres()):
        opened(url).close()
        assert output("racing.py", url, str(PROCESSES), str(ROUNDS)) == ["1 1"] * ROUNDS


def test_without_the_trigger_the_race_is_lost(sqlite: Callable[[], str], postgres: Callable[[], str]) -> None:
    on_sqlite = [f"DROP TRIGGER entitlements_no_overlap_on_{event}" for event in ("insert", "update")]
    on_postgres = ["DROP TRIGGER entitlements_no_overlap ON entitlements_subscriptions"]
    for url, drops in ((sqlite(), on_sqlite), (postgres(), on_postgres)):
        store = opened(url)
        with store.database.writing() as connection:
            for drop in drops:
                connection.execute(sa.text(drop))
        store.close()
        assert output("racing.py", url, str(PROCESSES), "2") == [f"{PROCESSES} {PROCESSES}"] * 2


INSERT = (
    "INSERT INTO entitlements_subscriptions (subject, place, plan, cadence, kind) "
    "VALUES ('space', {}, 'pro', 'monthly', 'product')"
)
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def waits_for_a_lock(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute(WAITS).fetchone() is not None


def both_inserted(url: str) -> bool:
    """Whether two who come round the store, at the same time, both add a subscription without an end."""
    opened(url).change("space", lambda _: SubjectRecord("space"), ENTRY)
    failures: list[Exception] = []
    with psycopg.connect(url) as first, psycopg.connect(url) as second:
        first.execute(INSERT.format(0).encode())

        def come_second() -> None:
            try:
                second.execute(INSERT.format(1).encode())
            except psycopg.Error as error:
                failures.append(error)

        thread = threading.Thread(target=come_second)
        thread.start()
        while thread.is_alive() and not waits_for_a_lock(url):
            time.sleep(0.01)
        first.commit()
        thread.join()
        assert not failures or "in force at the same time" in str(failures[0])
        return not failures


def test_even_those_who_come_round_the_store_wait_for_each_other(postgres: Callable[[], str]) -> None:
    assert not both_inserted(postgres())


def test_without_the_lock_in_the_trigger_both_come_in(postgres: Callable[[], str]) -> None:
    url = postgres()
    store = opened(url)
    with store.database.writing() as connection:
        source = connection.scalar(sa.text("SELECT pg_get_functiondef('entitlements_no_overlap'::regproc)"))
        assert "PERFORM" in source
        lines = [line for line in source.splitlines() if "PERFORM" not in line]
        connection.exec_driver_sql("\n".join(lines).replace("%", "%%"))
    assert both_inserted(url)


def test_two_subscriptions_that_only_touch_are_taken(sqlite: Callable[[], str]) -> None:
    store = opened(sqlite())
    pair = (Subscription("standard", None, ENTRY.at), Subscription("pro", ENTRY.at))
    assert store.change("space", lambda _: SubjectRecord("space", pair), ENTRY).revision == 1
