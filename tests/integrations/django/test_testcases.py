"""A host's own tests, written on Django's test cases, leave nothing behind that the next one would see."""

from __future__ import annotations

import json
import unittest
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.test import SimpleTestCase, TestCase, TransactionTestCase

from entitlements import Engine
from entitlements.integrations.django import engine

if TYPE_CHECKING:
    from entitlements.integrations.django.store import DjangoStore

Body = Callable[[Any], None]


@pytest.fixture(autouse=True)
def _engine_of(store: DjangoStore) -> Iterator[None]:
    """The app's engine, over the store of the test; in a host's tests it follows nothing."""
    apps.get_app_config("entitlements").engine = Engine.open(source=store, follow=False)
    yield
    del apps.get_app_config("entitlements").engine


def buys_enterprise(case: Any) -> None:
    assert not engine().allows("space", "geocoder")
    with case.on_commit():
        engine().subscribe("space", "enterprise", by="ada", because="Ordered")
    assert engine().allows("space", "geocoder")


def ran(kind: type[Any], store: DjangoStore, *bodies: Body) -> list[str]:
    """What goes wrong in a host's class of `bodies`, each a test, run in this order."""
    database = store.database
    wanted = {database} if issubclass(kind, TransactionTestCase) else set()
    methods = {f"test_{number}": body for number, body in enumerate(bodies)}
    case: Any = type("Case", (kind,), {**methods, "databases": wanted, "on_commit": nullcontext})
    if issubclass(kind, TestCase):  # which never commits
        case.on_commit = lambda self: self.captureOnCommitCallbacks(using=database, execute=True)
    result = unittest.TestResult()
    unittest.TestSuite(case(name) for name in methods).run(result)
    assert result.testsRun == len(bodies)
    return [text for _, text in (*result.errors, *result.failures)]


@pytest.mark.parametrize("kind", [TestCase, TransactionTestCase])
def test_each_test_begins_where_the_one_before_it_began(store: DjangoStore, kind: type[Any]) -> None:
    assert ran(kind, store, buys_enterprise, buys_enterprise) == []
    assert list(store.subjects()) == []
    assert not engine().allows("space", "geocoder")


def test_a_flush_takes_the_records_and_leaves_a_whole_log(store: DjangoStore) -> None:
    assert ran(TransactionTestCase, store, buys_enterprise, buys_enterprise) == []
    assert [(row.seq, row.revision, row.before) for row in store.audit("space")] == [
        (1, 1, None),
        (2, 1, None),
    ]
    assert list(store.verify()) == []


def test_a_flush_by_hand_is_seen_by_the_engine(store: DjangoStore) -> None:
    engine().subscribe("space", "enterprise", by="ada", because="Ordered")
    assert engine().allows("space", "geocoder")
    call_command("flush", database=store.database, interactive=False, verbosity=0)
    assert store.load("space") is None
    assert not engine().allows("space", "geocoder")


def test_the_log_is_not_among_what_django_puts_back_after_a_flush(store: DjangoStore) -> None:
    """As `serialized_rollback` does; the log is still there, and takes no row a second time."""
    engine().subscribe("space", "enterprise", by="ada", because="Ordered")
    kept = json.loads(connections[store.database].creation.serialize_db_to_string())
    assert {row["model"] for row in kept} == {"entitlements.subject", "entitlements.subscription"}


def test_a_test_without_a_database_may_pretend(store: DjangoStore) -> None:
    def pretends(_: Any) -> None:
        with engine().pretend("space", plan="pro"):
            assert engine().allows("space", "api_access")

    assert ran(SimpleTestCase, store, pretends) == []
