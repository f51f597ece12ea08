"""Checkers in decisions: volatility, needs, faults, deadlines; each through a real engine."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from entitlements import (
    CACHEABLE,
    DYNAMIC,
    STATIC,
    CatalogError,
    Checker,
    Engine,
    FixedClock,
    MemorySource,
    PluginError,
    Reason,
    SubjectRecord,
    Subscription,
    Usage,
    admit,
    deny,
    hookimpl,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRO = SubjectRecord("space", (Subscription("pro"),), usage={"api_access": Usage(7)})


def checker(answer: Any, **declared: Any) -> Any:
    """A checker for api_access whose `check` is `answer(question)`; further class attributes as given."""
    body = {"name": "test_checker", "features": ("api_access",), "calls": 0, **declared}

    def check(self: Any, question: Any) -> Any:
        type(self).calls += 1
        return answer(question)

    return type("TestChecker", (Checker,), {**body, "check": check})()


def opened(*checkers: Any, record: Any = PRO, clock: Any = None) -> Any:
    return Engine.open(source=[record], plugins=checkers, clock=clock or FixedClock(NOW))


@pytest.mark.parametrize("volatility", [STATIC, DYNAMIC, CACHEABLE(60)])
def test_denial_beats_inclusion_whatever_the_volatility(volatility: Any) -> None:
    decision = opened(checker(lambda _: deny("closed today"), volatility=volatility)).check(
        "space", "api_access"
    )
    assert (decision.reason, decision.checker, decision.detail) == (
        Reason.DENIED_BY_CHECKER,
        "test_checker",
        "closed today",
    )
    assert "closed today" in decision.message()


@pytest.mark.parametrize("volatility", [STATIC, DYNAMIC, CACHEABLE(60)])
def test_admission_lets_in_what_the_plan_lacks(volatility: Any) -> None:
    lacking = SubjectRecord("space")
    engine = opened(checker(lambda _: admit("guest week"), volatility=volatility), record=lacking)
    assert engine.check("space", "api_access").reason is Reason.ALLOWED_BY_CHECKER
    assert engine.allows("space", "api_access")
    assert "api_access" in engine.entitlements("space").allowed()


def test_static_checker_is_asked_once_and_again_when_its_word_ends() -> None:
    until = NOW + timedelta(hours=1)
    one = checker(lambda _: deny("for an hour", until=until), volatility=STATIC)
    clock = FixedClock(NOW)
    engine = opened(one, clock=clock)
    for _ in range(5):
        assert not engine.allows("space", "api_access")
    assert type(one).calls == 1
    assert engine.entitlements("space").valid_until == until
    clock.set(until)
    engine.allows("space", "api_access")
    assert type(one).calls == 2


def test_dynamic_checker_is_asked_on_each_call() -> None:
    one = checker(lambda _: None, volatility=DYNAMIC)
    engine = opened(one)
    assert [engine.allows("space", "api_access") for _ in range(3)] == [True] * 3
    assert type(one).calls == 3


def test_cacheable_checker_is_asked_once_a_ttl() -> None:
    one = checker(lambda _: None, volatility=CACHEABLE(3600))
    engine = opened(one)
    assert [engine.allows("space", "api_access") for _ in range(3)] == [True] * 3
    assert type(one).calls == 1


@pytest.mark.parametrize(
    ("volatility", "touch", "allowed"),
    [
        (STATIC, lambda q: q.context, False),
        (STATIC, lambda q: q.usage(), False),
        (CACHEABLE(9), lambda q: q.context, False),
        (CACHEABLE(9), lambda q: q.usage(), True),
        (DYNAMIC, lambda q: (q.context, q.usage()), True),
    ],
)
def test_question_holds_no_more_than_the_volatility_may_see(
    volatility: Any, touch: Any, allowed: Any
) -> None:
    def answer(question: Any) -> None:
        touch(question)

    decision = opened(checker(answer, volatility=volatility)).check("space", "api_access")
    assert decision.allowed is allowed
    assert decision.reason is (Reason.INCLUDED if allowed else Reason.CHECKER_ERROR)


def test_question_tells_what_is_asked() -> None:
    seen: list[Any] = []
    opened(checker(seen.append)).check("space", "api_access", client="x")
    question = seen[0]
    assert (question.subject, question.feature.key, question.at, dict(question.context)) == (
        "space",
        "api_access",
        NOW,
        {"client": "x"},
    )
    assert question.entitlement.included
    assert question.entitlement.origin.key == "pro@1"
    assert question.subscription.plan == "pro"
    assert question.usage().count == 7
    assert "lookup_tables" in question.included


def test_checker_with_needs_is_asked_only_when_they_are_passed() -> None:
    one = checker(lambda _: deny("no"), needs=("client", "country"))
    engine = opened(one)
    assert engine.allows("space", "api_access")
    assert engine.allows("space", "api_access", client="x")
    assert type(one).calls == 0
    assert not engine.allows("space", "api_access", client="x", country="KE")


def test_everywhere_checker_may_deny_but_not_admit() -> None:
    class Everywhere(Checker):
        name, everywhere, volatility = "everywhere", True, STATIC

        def check(self: Any, question: Any) -> Any:
            return deny("frozen") if question.feature.key == "api_access" else admit("all welcome")

    engine = opened(Everywhere())
    assert engine.check("space", "api_access").reason is Reason.DENIED_BY_CHECKER
    assert engine.check("space", "geocoder").reason is Reason.CHECKER_ERROR


class _Hostile:
    def __bool__(self) -> bool:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError


def _raising(error: Any) -> Any:
    def answer(_question: Any) -> None:
        raise error

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        _raising(ValueError("no")),
        _raising(SystemExit(1)),
        _raising(RecursionError()),
        _raising(MemoryError()),
        lambda _: True,
        lambda _: 0,
        lambda _: float("nan"),
        lambda _: _Hostile(),
        lambda _: "deny",
    ],
)
@pytest.mark.parametrize("volatility", [STATIC, DYNAMIC, CACHEABLE(60)])
def test_fault_is_answered_by_on_error(answer: Any, volatility: Any) -> None:
    strict = opened(checker(answer, volatility=volatility)).check("space", "api_access")
    assert (strict.allowed, strict.reason) == (False, Reason.CHECKER_ERROR)
    lenient = opened(checker(answer, volatility=volatility, on_error="ignore")).check("space", "api_access")
    assert (lenient.allowed, lenient.reason) == (True, Reason.INCLUDED)


def test_keyboard_interrupt_is_passed_on() -> None:
    with pytest.raises(KeyboardInterrupt):
        opened(checker(_raising(KeyboardInterrupt()))).check("space", "api_access")


def test_last_good_verdict_stands_in_for_a_failing_checker() -> None:
    answers = [deny("first")]
    asked: list[str] = []

    def answer(question: Any) -> Any:
        asked.append(question.subject)
        return answers.pop()

    engine = opened(checker(answer, volatility=CACHEABLE(0.05), on_error="last_good"))
    assert engine.check("space", "api_access").detail == "first"
    time.sleep(0.06)
    assert engine.check("space", "api_access").detail == "first"
    assert asked == ["space", "space"]


def test_failing_checker_rests_and_is_logged_once(caplog: Any) -> None:
    one = checker(_raising(ValueError("secret-canary")))
    engine = opened(one)
    for _ in range(20):
        assert not engine.allows("space", "api_access")
    assert type(one).calls == 5
    assert engine.program.askers["test_checker"].health == "resting"
    assert len([r for r in caplog.records if "test_checker" in r.message]) == 1
    assert "secret-canary" not in caplog.text


def test_hanging_checker_is_answered_by_its_deadline() -> None:
    release = threading.Event()
    engine = opened(checker(lambda _: release.wait(30) and None, deadline=0.05))
    begun = time.monotonic()
    decision = engine.check("space", "api_access")
    waited = time.monotonic() - begun
    release.set()
    assert decision.reason is Reason.CHECKER_ERROR
    assert waited < 10


def test_among_denials_the_first_name_is_given() -> None:
    class A(Checker):
        name, features = "a_second", ("api_access",)

        def check(self: Any, question: Any) -> Any:  # noqa: ARG002
            return deny("a")

    engine = opened(checker(lambda _: deny("t")), A())
    assert engine.check("space", "api_access").checker == "a_second"


def test_observers_hear_of_checks_but_not_of_allows() -> None:
    heard = []

    class Observer:
        @hookimpl
        def entitlements_decided(self, decision: Any) -> None:
            heard.append(decision.feature)

    engine = opened(Observer())
    engine.allows("space", "api_access")
    assert heard == []
    engine.check("space", "api_access")
    engine.check("space", "cloudcare")
    assert heard == ["api_access", "cloudcare"]


def test_usage_is_asked_of_the_checker_that_measures() -> None:
    class Measures(Checker):
        name, features = "measures", ("mobile_users", "api_access")

        def usage(self, subject: Any, feature: Any, at: Any) -> Any:  # noqa: ARG002
            if feature == "api_access":
                raise OSError
            return Usage(300)

    space = opened(Measures()).entitlements("space")
    assert space.cap("mobile_users").used == 300
    assert space.usage("api_access").count is None
    assert "OSError" in space.usage("api_access").unknown


def _named(name: Any, **declared: Any) -> Any:
    return type("Named", (Checker,), {"name": name, **declared})()


@pytest.mark.parametrize(
    ("plugin", "says"),
    [
        (_named("requires"), "taken by plugin"),
        (_named("Bad Name"), "lower-case"),
        (_named("old", contract=0), "contract"),
        (_named("wrong", on_error="maybe"), "on_error"),
        (_named("wrong", on_error="last_good"), "CACHEABLE"),
        (_named("wrong", volatility=STATIC, needs=("client",)), "needs"),
        (_named("wrong", features="api_access"), "collections of names"),
        (_named("wrong", deadline=-1), "deadline"),
        (Checker, "is a class"),
        (object(), "no function whose name starts with entitlements_"),
    ],
)
def test_plugin_that_breaks_the_contract_is_named(plugin: Any, says: Any) -> None:
    with pytest.raises(PluginError, match=says):
        opened(plugin)


def test_every_broken_plugin_is_named_at_once() -> None:
    with pytest.raises(PluginError, match=r"2 plugin fault") as caught:
        opened(_named("old", contract=0), object())
    assert caught.value.hint


def test_misspelt_hook_is_refused() -> None:
    class Misspelt:
        @hookimpl
        def entitlements_chekers(self) -> Any:
            return ()

    with pytest.raises(PluginError, match="entitlements_chekers"):
        opened(Misspelt())


def test_code_that_relies_on_a_missing_feature_is_refused_at_the_door() -> None:
    with pytest.raises(CatalogError, match=r'R318 .*"geocodr".*did you mean "geocoder"'):
        Engine.open(expects=["geocodr", "api_access", "cap.mobile_users"])


def test_kept_verdict_is_forgotten_when_the_record_changes() -> None:
    source = MemorySource([SubjectRecord("space", (Subscription("community"),))])
    one = checker(
        lambda question: None if question.subscription.plan == "pro" else deny("not yet"),
        volatility=CACHEABLE(3600),
    )
    engine = Engine.open(source=source, plugins=[one])
    assert not engine.allows("space", "api_access")
    with engine.pretend("space", plan="pro"):
        assert engine.allows("space", "api_access")
    assert not engine.allows("space", "api_access")
    source.put(SubjectRecord("space", (Subscription("pro"),)))
    assert engine.allows("space", "api_access")


def test_kept_verdict_is_of_now_and_no_answer_about_another_instant() -> None:
    one = checker(lambda question: deny("later") if question.at > NOW else None, volatility=CACHEABLE(3600))
    engine = opened(one)
    assert engine.allows("space", "api_access")
    assert not engine.allows("space", "api_access", at=NOW + timedelta(days=1))
    assert engine.allows("space", "api_access")


def test_static_checker_that_failed_is_asked_again_after_a_while() -> None:
    faults: list[Exception] = [OSError()]

    def answer(_question: Any) -> None:
        if faults:
            raise faults[0]

    clock = FixedClock(NOW)
    engine = opened(checker(answer, volatility=STATIC), clock=clock)
    assert engine.check("space", "api_access").reason is Reason.CHECKER_ERROR
    faults.clear()
    assert not engine.allows("space", "api_access")
    clock.advance(timedelta(seconds=30))
    assert engine.allows("space", "api_access")


@pytest.mark.parametrize("volatility", [STATIC, DYNAMIC, CACHEABLE(60)])
def test_checker_that_asks_the_engine_about_the_same_gets_an_answer(volatility: Any) -> None:
    engines: list[Engine] = []

    def answer(question: Any) -> Any:
        engine = engines[0]
        return None if engine.allows(question.subject, "lookup_tables") else deny("no tables")

    engines.append(opened(checker(answer, volatility=volatility, features=("api_access", "lookup_tables"))))
    assert engines[0].check("space", "api_access").feature == "api_access"
    assert engines[0].allows("space", "outbound_sms")
