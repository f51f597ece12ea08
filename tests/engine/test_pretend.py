"""`pretend`: what a host's tests use in place of patching import paths."""

import threading
from typing import Any

import pytest

from entitlements import Engine, MemorySource, SubjectRecord, Subscription, UnknownFeature, UnknownPlan


@pytest.fixture
def engine() -> Any:
    return Engine.open(source=[SubjectRecord("space", (Subscription("pro"),))])


def test_pretence_gives_removes_and_sets(engine: Any) -> None:
    with engine.pretend(
        "space",
        plan="community",
        gives=["geocoder"],
        removes=["project_access"],
        caps={"mobile_users": 3},
        usage={"mobile_users": 3},
    ) as space:
        assert space.plan.ref == "community@3"
        assert engine.allows("space", "geocoder")
        assert not engine.allows("space", "project_access")
        assert not engine.allows("space", "api_access")
        assert space.cap("mobile_users").remaining == 0


def test_everything_is_as_before_afterwards(engine: Any) -> None:
    with pytest.raises(ZeroDivisionError), engine.pretend("space", plan="community"):
        raise ZeroDivisionError
    assert engine.allows("space", "api_access")


def test_pretences_nest_and_the_innermost_wins(engine: Any) -> None:
    with engine.pretend("space", removes=["api_access"]):
        assert not engine.allows("space", "api_access")
        with engine.pretend("space", gives=["geocoder"]):
            assert not engine.allows("space", "api_access")
            assert engine.allows("space", "geocoder")
            with engine.pretend("space", gives=["api_access"]):
                assert engine.allows("space", "api_access")
        assert not engine.allows("space", "geocoder")
        assert not engine.allows("space", "api_access")
    assert engine.allows("space", "api_access")


def test_pretence_holds_in_other_threads(engine: Any) -> None:
    seen = []
    with engine.pretend("space", removes=["api_access"]):
        thread = threading.Thread(target=lambda: seen.append(engine.allows("space", "api_access")))
        thread.start()
        thread.join()
    assert seen == [False]


def test_other_subjects_are_untouched(engine: Any) -> None:
    with engine.pretend("elsewhere", plan="enterprise"):
        assert engine.allows("elsewhere", "geocoder")
        assert not engine.allows("space", "geocoder")


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ({"plan": "gold"}, UnknownPlan),
        ({"gives": ["geocodr"]}, UnknownFeature),
        ({"removes": ["x"]}, UnknownFeature),
        ({"caps": {"users": 3}}, UnknownFeature),
    ],
)
def test_typing_mistakes_are_not_pretended(engine: Any, what: Any, error: Any) -> None:
    with pytest.raises(error), engine.pretend("space", **what):
        pass
    assert engine.allows("space", "api_access")


def test_pretence_holds_where_the_source_may_not_be_read() -> None:
    class Forbidden(MemorySource):
        """As a database in a test that is to do without."""

        def load(self, subject: str) -> SubjectRecord | None:
            raise AssertionError(subject)

    engine = Engine.open(source=Forbidden())
    with engine.pretend("space", plan="pro"):
        assert engine.allows("space", "api_access")
        assert engine.check("other", "api_access").reason == "store_unavailable"
    assert engine.check("space", "api_access").reason == "store_unavailable"
