"""A check that carries the token of a write never rests on less than that write left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entitlements import Engine, Entry, Reason, SqlStore, SubjectRecord, Subscription, Token

ENTRY = Entry("subscribe", "ops", None, datetime(2026, 3, 1, tzinfo=UTC))


def on(plan: str) -> Callable[[SubjectRecord], SubjectRecord]:
    return lambda record: SubjectRecord(record.subject, (Subscription(plan),))


@pytest.fixture
def elsewhere(tmp_path: Path) -> SqlStore:
    """The store, as another process has it."""
    return SqlStore(f"sqlite:///{tmp_path}/x.db")


@pytest.fixture
def engine(elsewhere: SqlStore, tmp_path: Path) -> Engine:
    """An engine that hears nothing of what is changed elsewhere, and has kept what it read."""
    elsewhere.change("space", on("pro"), ENTRY)
    engine = Engine.open(source=f"sqlite:///{tmp_path}/x.db", follow=False)
    assert engine.allows("space", "api_access")
    return engine


def test_a_check_with_a_token_sees_the_write_it_came_from(elsewhere: SqlStore, engine: Engine) -> None:
    token = elsewhere.change("space", on("community"), ENTRY)
    assert engine.allows("space", "api_access")
    assert not engine.allows("space", "api_access", token=token)
    assert not engine.allows("space", "api_access")  # what was read for it is kept


def test_every_question_takes_a_token(elsewhere: SqlStore, engine: Engine) -> None:
    token = elsewhere.change("space", on("community"), ENTRY)
    assert engine.entitlements("space", token=token).plan.key == "community"
    assert engine.check("space", "api_access", token=token).reason is Reason.NOT_INCLUDED
    assert not engine.explain("space", "api_access", token=token).decision.allowed
    assert asyncio.run(engine.aentitlements("space", token=token)).plan.key == "community"
    now = datetime.now(UTC)
    assert engine.entitlements("space", at=now, token=token).plan.key == "community"


def test_an_older_token_is_answered_from_what_is_kept(elsewhere: SqlStore, engine: Engine) -> None:
    old = Token("space", 1)
    elsewhere.change("space", on("community"), ENTRY)
    assert engine.entitlements("space", token=old).plan.key == "pro"


def test_the_token_of_another_subject_asks_for_nothing(engine: Engine) -> None:
    assert engine.allows("space", "api_access", token=Token("other", 99))


@pytest.mark.parametrize("at", [None, datetime(2026, 3, 1, tzinfo=UTC)])
def test_a_token_of_what_the_store_no_longer_has_is_denied(engine: Engine, at: datetime | None) -> None:
    decision = engine.check("space", "api_access", token=Token("space", 2), at=at)
    assert decision.reason is Reason.STORE_UNAVAILABLE
    assert engine.allows("space", "api_access")


def test_a_token_as_text_is_refused_with_the_way_to_read_it(engine: Engine) -> None:
    with pytest.raises(TypeError, match=r"Token\.parse"):
        engine.check("space", "api_access", token=str(Token("space", 1)))
