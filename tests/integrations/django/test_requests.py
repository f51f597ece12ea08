"""`request.entitlements` costs nothing until touched, and views say why they deny."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.test import AsyncClient, Client, override_settings

from entitlements import Engine, Override, SubjectRecord, Subscription
from tests.integrations.django import views

if TYPE_CHECKING:
    from entitlements.decision import Decision

PRO = SubjectRecord("clinic", (Subscription("pro"),))
LEGACY = Override("legacy", "so agreed", "ops", None, datetime(2090, 1, 1, tzinfo=UTC), give="api_access")


@pytest.fixture(autouse=True)
def engine() -> Iterator[Engine]:
    made = Engine.open(source=[PRO, SubjectRecord("school", overrides=(LEGACY,)), SubjectRecord("hut")])
    apps.get_app_config("entitlements").engine = made
    views.asked.clear()
    yield made
    del apps.get_app_config("entitlements").engine


def get(path: str, space: str | None = None) -> Any:
    return Client().get(path, headers={"X-Space": space} if space else {})


def aget(path: str, space: str | None = None) -> Any:
    return asyncio.run(AsyncClient().get(path, headers={"X-Space": space} if space else {}))


def test_a_request_that_does_not_touch_it_asks_nobody() -> None:
    assert get("/untouched", "clinic").content == b"open"
    assert views.asked == []


def test_a_request_that_touches_it_asks_once() -> None:
    assert get("/touched", "clinic").content == b"pro pro"
    assert views.asked == ["/touched"]


def test_without_a_subject_it_is_falsy() -> None:
    assert get("/touched").content == b"nobody"


@pytest.mark.parametrize("space", ["clinic", "school"])
def test_a_view_is_open_to_who_has_the_feature(space: str) -> None:
    assert (get("/guarded", space).status_code, get("/guarded", space).content) == (200, b"api")
    assert aget("/aguarded", space).content == f"api of {space}".encode()


@pytest.mark.parametrize("ask", [lambda: get("/guarded", "hut"), lambda: aget("/aguarded", "hut")])
def test_a_denial_is_403_with_the_message_of_the_decision(ask: Any, engine: Engine) -> None:
    denied = ask()
    decision: Decision = engine.check("hut", "api_access")
    assert (denied.status_code, denied.content.decode()) == (403, decision.message())
    assert denied.headers["Content-Type"].startswith("text/plain")


def test_a_program_that_prefers_json_gets_the_denial_in_json(engine: Engine) -> None:
    headers = {"X-Space": "hut", "Accept": "application/json"}
    denied = Client().get("/guarded", headers=headers)
    assert denied.status_code == 403
    assert denied.json() == {
        "allowed": False,
        "feature": "api_access",
        "reason": "not_included",
        "unlocked_by": "pro",
        "unlocked_by_add_ons": [],
        "message": engine.check("hut", "api_access").message(),
    }
    del headers["X-Space"]
    nobody = Client().get("/guarded", headers=headers)
    assert (nobody.status_code, nobody.json()["allowed"], nobody.json()["feature"]) == (
        403,
        False,
        "api_access",
    )


@pytest.mark.parametrize("ask", [lambda: get("/guarded", "hut"), lambda: aget("/aguarded", "hut")])
def test_a_denial_is_what_the_settings_say(ask: Any) -> None:
    own = {**settings.ENTITLEMENTS, "denied": "tests.integrations.django.views.sold"}
    with override_settings(ENTITLEMENTS=own):
        answer = ask()
    assert answer.status_code == 402
    assert answer.content.endswith(b"guarded needs pro")


def test_a_view_may_say_what_it_does() -> None:
    assert get("/readable", "hut").content == b"tables"


@pytest.mark.parametrize("ask", [lambda: get("/guarded"), lambda: aget("/aguarded")])
def test_a_request_without_a_subject_is_denied(ask: Any) -> None:
    assert ask().status_code == 403


def test_an_async_view_that_would_block_is_told_what_to_write() -> None:
    with pytest.raises(SynchronousOnlyOperation, match=r"await request\.aentitlements"):
        aget("/atouched", "clinic")
