"""What STATIC checkers say when a row is made, and until when that holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from entitlements import STATIC, Checker, Engine, FixedClock, Question, Reason, Verdict, deny
from tests.rules_catalog import NOW, RULES, record

SOON = NOW + timedelta(hours=1)


class Judge(Checker):
    """A checker for reports that answers by what it is given."""

    volatility = STATIC

    def __init__(
        self, answer: Callable[[Question], Any], name: str = "judge", feature: str = "reports"
    ) -> None:
        self.answer = answer
        declared = {"name": name, "features": (feature,)}
        for key, value in declared.items():
            setattr(self, key, value)

    def check(self, question: Question) -> Verdict | None:
        verdict: Verdict | None = self.answer(question)
        return verdict


def opened(*judges: Judge) -> Engine:
    return Engine.open(RULES, [record("mid")], judges, clock=FixedClock(NOW))


def fail(_: Question) -> None:
    raise ValueError


def test_answers_hold_until_the_first_verdict_ends() -> None:
    late = Judge(lambda _: deny("later", until=SOON + timedelta(hours=1)), "late", "archive")
    soon = Judge(lambda _: deny("soon", until=SOON), "soon")
    for judges in ((late, soon), (soon, late)):
        assert opened(*judges).entitlements("space").valid_until == SOON
    assert opened(Judge(lambda _: deny("for good"))).entitlements("space").valid_until is None
    assert opened(Judge(lambda _: None)).entitlements("space").valid_until is None


def test_a_failure_holds_for_thirty_seconds() -> None:
    space = opened(Judge(fail), Judge(lambda _: deny("soon", until=SOON), "soon")).entitlements("space")
    assert space.valid_until == NOW + timedelta(seconds=30)
    assert space.check("reports").checker == "soon"


def test_a_static_checker_is_asked_about_the_instant_the_row_is_of() -> None:
    seen: list[Any] = []
    opened(
        Judge(lambda question: seen.append((question.at, question.subject, question.entitlement.included)))
    ).check("space", "reports")
    assert seen == [(NOW, "space", True)]


def test_a_static_checker_that_asks_the_engine_is_told_so_and_others_are_asked_again_later() -> None:
    engines: list[Engine] = []
    said: list[Any] = []

    def asks(question: Question) -> None:
        inner = engines[0].check(question.subject, "reports")
        said.append((inner.reason, inner.checker, inner.detail))

    engines.append(opened(Judge(asks)))
    for _ in range(2):
        assert engines[0].check("space", "reports").reason is Reason.INCLUDED
        engines[0].invalidate()
    told = "a STATIC checker asked the engine while it was asked itself"
    assert said == [(Reason.CHECKER_ERROR, "judge", told)] * 2
