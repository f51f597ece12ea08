"""The store in Django's database conforms, and keeps to the transaction of its host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction

from entitlements import Engine, Entry, StoreError, StoreUnavailable, SubjectRecord, Subscription
from entitlements.source.protocol import Changes
from entitlements.testing import store_conformance

if TYPE_CHECKING:
    from entitlements.integrations.django.store import DjangoStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ENTRY = Entry("put", "ada", "to see", NOW)


def signed(record: SubjectRecord) -> SubjectRecord:
    return replace(record, baa_signed_on=NOW)


def earned(record: SubjectRecord) -> SubjectRecord:
    return replace(record, credits=record.credits + 1)


def test_a_store_on_sqlite_conforms(on_sqlite: Callable[[], DjangoStore]) -> None:
    assert store_conformance(on_sqlite).notes == ()


def test_a_store_on_postgresql_conforms(on_postgresql: Callable[[], DjangoStore]) -> None:
    assert store_conformance(on_postgresql).notes == ()


def test_a_rollback_of_the_host_tells_nobody_and_leaves_nothing(store: DjangoStore) -> None:
    heard: list[str] = []
    store.listen(heard.append)
    with transaction.atomic(using=store.database):
        store.change("space", signed, ENTRY)
        transaction.set_rollback(True, using=store.database)
    assert heard == []
    assert store.load("space") is None
    assert store.changes(0) == Changes(0, ())
    assert list(store.audit()) == []


def test_listeners_hear_of_a_change_when_the_host_commits(store: DjangoStore) -> None:
    heard: list[object] = []
    store.listen(lambda subject: heard.append(store.load(subject)))
    with transaction.atomic(using=store.database):
        store.change("space", signed, ENTRY)
        store.change("space", earned, ENTRY)
        assert heard == []
    whole = SubjectRecord("space", baa_signed_on=NOW, credits=SubjectRecord("space").credits + 1, revision=2)
    assert heard == [whole, whole]


def test_an_inner_block_that_is_rolled_back_leaves_the_outer_change(store: DjangoStore) -> None:
    with transaction.atomic(using=store.database):
        store.change("kept", signed, ENTRY)
        with transaction.atomic(using=store.database):
            store.change("lost", signed, ENTRY)
            transaction.set_rollback(True, using=store.database)
    assert store.subjects() == ["kept"]
    assert list(store.verify()) == []


def test_an_engine_keeps_nothing_that_is_rolled_back(store: DjangoStore) -> None:
    engine = Engine.open(source=store, follow=False)
    with transaction.atomic(using=store.database):
        store.change("space", lambda r: replace(r, subscriptions=(Subscription("enterprise"),)), ENTRY)
        assert not engine.allows("space", "geocoder")
        transaction.set_rollback(True, using=store.database)
    assert not engine.allows("space", "geocoder")
    store.change("space", lambda r: replace(r, subscriptions=(Subscription("enterprise"),)), ENTRY)
    assert engine.allows("space", "geocoder")


def test_a_rule_that_changes_nothing_leaves_the_hosts_transaction_whole(store: DjangoStore) -> None:
    with transaction.atomic(using=store.database):
        store.change("space", signed, ENTRY)
        store.change("space", signed, ENTRY)
    assert store.revision("space") == 1


def test_a_transaction_that_is_broken_is_not_taken_for_an_outage(store: DjangoStore) -> None:
    engine = Engine.open(source=store, follow=False)
    with transaction.atomic(using=store.database):
        transaction.set_rollback(True, using=store.database)  # as an error within it does
        with pytest.raises(StoreError, match="the transaction around this is broken") as caught:
            store.load("space")
        assert not isinstance(caught.value, StoreUnavailable)
        assert engine.check("space", "api_access").reason == "store_unavailable"
        assert engine.status.state == "READY"
    assert engine.check("space", "api_access").reason == "not_included"


def test_the_database_refuses_an_edit_of_the_log(store: DjangoStore) -> None:
    from entitlements.integrations.django.models import Audit

    store.change("space", signed, ENTRY)
    with pytest.raises(DatabaseError, match="only appended to"):
        Audit.objects.using(store.database).update(done_by="nobody")


def test_a_log_that_was_edited_past_the_triggers_is_found(store: DjangoStore) -> None:
    from entitlements.integrations.django.models import AuditHead

    store.change("space", signed, ENTRY)
    AuditHead.objects.using(store.database).update(seq=7)
    assert [str(found) for found in store.verify()] == [
        "row 1: the log ends here, but row 7 was the last one written"
    ]


def test_many_subjects_are_one_query(store: DjangoStore) -> None:
    from django.test.utils import CaptureQueriesContext

    names = [f"space {number}" for number in range(30)]
    for name in names:
        store.change(name, signed, ENTRY)
    with CaptureQueriesContext(connections[store.database]) as asked:
        assert len(store.load_many([*names, *(str(number) for number in range(10_000))])) == len(names)
    assert len(asked) == 1


def test_a_database_without_tables_says_what_to_run(store: DjangoStore) -> None:
    call_command("migrate", "entitlements", "zero", fake=True, database=store.database, verbosity=0)
    with connections[store.database].cursor() as cursor:
        cursor.execute("DROP TABLE entitlements_audit_head")
    with pytest.raises(StoreUnavailable) as caught:
        store.change("space", signed, ENTRY)
    assert "manage.py migrate entitlements" in str(caught.value.hint)


def test_the_migrations_make_what_the_models_say() -> None:
    call_command("makemigrations", "entitlements", check=True, dry_run=True, verbosity=0)
