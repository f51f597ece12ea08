"""However a question is put, the answer is one: check, explain and room_for never contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

import pytest

from entitlements import (
    STATIC,
    Checker,
    Engine,
    Override,
    Question,
    Reason,
    SubjectRecord,
    Subscription,
    UnknownFeature,
    Verdict,
    deny,
)
from entitlements.clock import Clock


class Down:
    """A source that cannot be read."""

    clock: Clock | None = None

    def load(self, subject: str) -> SubjectRecord | None:
        raise OSError(subject)

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        raise OSError(subjects)

    def subjects(self) -> Iterable[str]:
        return ()

    def revision(self, subject: str) -> int | None:
        raise OSError(subject)

    def listen(self, changed: Callable[[str], None]) -> None:
        """Nothing ever changes."""


def test_nothing_is_allowed_in_any_way_while_the_source_is_down() -> None:
    space = Engine.open(source=Down()).entitlements("demo")
    free = next(iter(space.plan.features))
    assert space.check(free).reason is Reason.STORE_UNAVAILABLE
    assert space.explain(free).decision == space.check(free)
    assert space.cap("mobile_users").room_for(1) == space.check("cap.mobile_users")
    assert space.check("cap.mobile_users").reason is Reason.STORE_UNAVAILABLE
    assert space.explain("cap.mobile_users").decision == space.check("cap.mobile_users")
    assert not space.allowed()


class Once(Checker):
    """Denies when first asked and has no objection later."""

    name = "once"
    features = ("api_access",)
    volatility = STATIC
    asked = 0

    def check(self, question: Question) -> Verdict | None:
        self.asked += 1
        return deny(f"{question.feature.key} was asked for once") if self.asked == 1 else None


def test_explain_tells_what_a_static_checker_said_when_the_space_was_made() -> None:
    once = Once()
    engine = Engine.open(source=[SubjectRecord("demo", (Subscription("pro"),))], plugins=[once])
    space = engine.entitlements("demo")
    assert space.explain("api_access").decision == space.check("api_access")
    assert space.check("api_access").reason is Reason.DENIED_BY_CHECKER
    assert once.asked == 1


def test_room_for_takes_no_other_numbers_than_check() -> None:
    space = Engine.open().entitlements("demo")
    for number in (-1, True):
        with pytest.raises(ValueError, match="whole number"):
            space.cap("mobile_users").room_for(number)
        with pytest.raises(ValueError, match="whole number"):
            space.check("cap.mobile_users", adding=number)


def test_an_unknown_cap_has_no_allowance_whatever_on_unknown_says() -> None:
    space = Engine.open(on_unknown="deny").entitlements("demo")
    with pytest.raises(UnknownFeature):
        space.cap("mobile_userz")


def test_what_has_always_been_is_older_than_the_first_day_there_is() -> None:
    first = datetime(1, 1, 1, tzinfo=UTC)
    overrides = tuple(
        Override("agreement", "So it is", "ops", start, None, cap="mobile_users", set_to=number)
        for start, number in ((None, 70), (first, 7))
    )
    engine = Engine.open(source=[SubjectRecord("demo", overrides=overrides)])
    assert engine.entitlements("demo").cap("mobile_users").included == 7
