"""An engine on Django's database hears what other processes change, but not while a host's tests run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.test import override_settings
from django.test.utils import setup_test_environment, teardown_test_environment

from entitlements import Engine, Entry, Subscription
from entitlements.integrations.django import engine

if TYPE_CHECKING:
    from entitlements.integrations.django.store import DjangoStore

ENTRY = Entry("subscribe", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))
SECONDS = 5.0


@pytest.fixture
def followed(store: DjangoStore) -> Iterator[Engine]:
    made = Engine.open(source=store)
    assert not made.allows("space", "api_access")
    yield made
    made.close()


def put(store: DjangoStore, plan: str) -> None:
    """What another process would do: the engine's own store is told nothing."""
    elsewhere = type(store)(store.database)
    elsewhere.change("space", lambda r: replace(r, subscriptions=(Subscription(plan),)), ENTRY)


def until(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


def test_a_change_made_elsewhere_is_heard(followed: Engine, store: DjangoStore) -> None:
    put(store, "pro")
    assert until(lambda: followed.allows("space", "api_access"))
    put(store, "community")
    assert until(lambda: not followed.allows("space", "api_access"))


def test_a_change_is_heard_after_the_server_has_closed_the_connections(
    on_postgresql: Callable[[], DjangoStore],
) -> None:
    store = on_postgresql()
    followed = Engine.open(source=store)
    assert not followed.allows("space", "api_access")
    with connections[store.database].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchall() == [(True,)]  # that of the follower, which it keeps
    put(store, "pro")
    assert until(lambda: followed.allows("space", "api_access"))
    followed.close()


@pytest.mark.parametrize(("in_tests", "following"), [(False, 1), (True, 0)])
def test_the_engine_of_the_app_follows_but_in_a_hosts_tests(
    store: DjangoStore, in_tests: bool, following: int
) -> None:
    before = threading.enumerate()
    if in_tests:
        setup_test_environment()
    with override_settings(ENTITLEMENTS={**settings.ENTITLEMENTS, "database": store.database}):
        assert not engine().allows("space", "api_access")
    names = [thread.name for thread in threading.enumerate() if thread not in before]
    if in_tests:
        teardown_test_environment()
    vars(apps.get_app_config("entitlements")).pop("engine").close()
    assert names.count("entitlements-follower") == following
