"""Broken plugins at each call: whoever asks gets an answer, the others go on, and it is said once.

The plugins are installed packages, found through their entry points; see packages/.
"""

from __future__ import annotations

import copy
import importlib
import logging
import time
from datetime import timedelta
from typing import Any

import pytest

from entitlements import FixedClock, Reason, UnknownFeature
from entitlements.cli.plugins import plugins_json
from tests.faults.worlds import NOW, entry_points, opened

pytestmark = pytest.mark.usefixtures("installed")
MINUTE = 60.0


class Monotonic:
    """A clock that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def log_lines(caplog: pytest.LogCaptureFixture, checker: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if f'checker "{checker}"' in record.getMessage()]


def test_every_fault_of_check_is_answered_by_on_error(caplog: pytest.LogCaptureFixture) -> None:
    engine = opened("fault_answers", "witness")
    names = [name for name in engine.program.askers if engine.program.askers[name].plugin == "fault_answers"]
    names = [name for name in names if not name.startswith("interrupt")]
    assert len(names) == 33 * 7
    with caplog.at_level(logging.ERROR, "entitlements"):
        space = engine.entitlements("space")
        for name in names:
            decision = space.check(name)
            ignored = name.endswith("ignore")
            wanted = (True, Reason.INCLUDED) if ignored else (False, Reason.CHECKER_ERROR)
            assert (decision.allowed, decision.reason) == wanted, name
            assert space.allows(name) is ignored, name
            assert isinstance(decision.message(), str)
            assert space.explain(name, client="x").decision.allowed is ignored, name
            assert (name in space.allowed()) is ignored
            asker = engine.program.askers[name]
            assert asker.health in {"failing", "resting"}, name
            assert asker.errors >= 1
            assert asker.last_error
            assert len(log_lines(caplog, name)) == 1, name
        assert (space.allows("witnessed"), space.check("shut").reason) == (True, Reason.DENIED_BY_CHECKER)
    assert engine.program.askers["witness"].health == "ok"


@pytest.mark.parametrize("kind", ["static", "cacheable", "dynamic"])
def test_keyboard_interrupt_is_passed_on(kind: str) -> None:
    engine = opened(f"interrupt_{kind}")
    for _ in range(7):  # also where the breaker would open
        with pytest.raises(KeyboardInterrupt):
            engine.check("space", f"interrupt_{kind}_ignore")
    measuring = opened("fault_measures").entitlements("space")
    with pytest.raises(KeyboardInterrupt):
        measuring.usage("measures_interrupt")


@pytest.mark.parametrize("fault", ["error_dynamic_deny", "nan_cacheable_deny", "exit_dynamic_deny"])
def test_a_breaker_opens_after_five_failures_and_tries_again(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    monotonic = Monotonic()
    engine = opened("fault_answers", "witness", monotonic=monotonic)
    asker = engine.program.askers[fault]
    with caplog.at_level(logging.ERROR, "entitlements"):
        for _ in range(20):
            assert engine.check("space", fault).reason is Reason.CHECKER_ERROR
        assert (asker.errors, asker.health) == (5, "resting")
        assert engine.check("space", "shut").checker == "witness"
        assert "rests" in (engine.check("space", fault).detail or "")
        monotonic.now += 29.9
        engine.check("space", fault)
        assert asker.errors == 5
        monotonic.now += 0.2
        assert asker.health == "failing"
        for _ in range(20):
            engine.check("space", fault)
        assert (asker.errors, asker.health) == (6, "resting"), "one try, then rest again"
        assert len(log_lines(caplog, fault)) == 1
        for _ in range(100):
            monotonic.now += 3
            engine.check("space", fault)
    seconds = 30.1 + 100 * 3
    assert 2 <= len(log_lines(caplog, fault)) <= 1 + seconds // MINUTE


def test_a_static_checker_is_asked_again_after_it_failed() -> None:
    """Its verdicts are kept; a failure is none, so it must not be kept for ever."""
    clock = FixedClock(NOW)
    engine = opened("fault_answers", clock=clock, monotonic=lambda: clock() / 1e9)
    asker = engine.program.askers["error_static_deny"]
    assert engine.check("space", "error_static_deny").reason is Reason.CHECKER_ERROR
    setattr(asker.checker, "check", lambda _: None)  # noqa: B010  what it needed is there again
    clock.advance(timedelta(seconds=61))
    assert engine.check("space", "error_static_deny").reason is Reason.INCLUDED
    assert asker.health == "ok"


def test_last_good_verdict_stands_in_until_there_is_a_new_one() -> None:
    monotonic = Monotonic()
    engine = opened("fault_answers", monotonic=monotonic)
    name = "error_cacheable_last_good"
    checker: Any = engine.program.askers[name].checker
    fails, checker.check = checker.check, lambda _: None
    assert engine.allows("space", name)
    checker.check = fails
    for _ in range(10):
        monotonic.now += 100
        assert engine.check("space", name).reason is Reason.INCLUDED
    assert engine.check("other", name).reason is Reason.CHECKER_ERROR, "of another subject nothing is known"


def test_every_fault_of_usage_is_a_word_and_no_number(caplog: pytest.LogCaptureFixture) -> None:
    engine = opened("fault_measures", "witness")
    space = engine.entitlements("space")
    names = [name for name in engine.program.askers if name.startswith("measures_")]
    assert len(names) == 22
    with caplog.at_level(logging.ERROR, "entitlements"):
        for name in names:
            if name == "measures_interrupt":
                continue
            usage = space.usage(name)
            assert usage is not None, name
            assert usage.count is None, name
            assert name in (usage.unknown or ""), name
            assert engine.program.askers[name].health == "failing", name
            assert len(log_lines(caplog, name)) == 1, name
        witnessed = space.usage("witnessed")
        assert witnessed is not None
        assert witnessed.count == 5


@pytest.mark.parametrize("kind", ["static", "cacheable", "dynamic"])
@pytest.mark.parametrize("on_error", ["deny", "ignore"])
def test_a_hang_is_answered_by_its_deadline(
    kind: str, on_error: str, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    deeds = importlib.import_module("fault_deeds")
    monkeypatch.setattr(deeds, "HANGS", 3.0)
    name = f"hangs_{kind}_{on_error}"
    engine = opened(name, "witness")
    begun = time.monotonic()
    decision = engine.check("space", name)
    waited = time.monotonic() - begun
    record_property("answered after", f"{waited:.3f} s of {deeds.DEADLINE} s")
    print(f"{name}: answered after {waited * 1000:.0f} ms; the deadline is {deeds.DEADLINE * 1000:.0f} ms")  # noqa: T201
    assert decision.reason is (Reason.CHECKER_ERROR if on_error == "deny" else Reason.INCLUDED)
    assert deeds.DEADLINE <= waited < deeds.HANGS
    assert engine.program.askers[name].last_error == "TimeoutError"
    assert engine.check("space", "shut").checker == "witness"


def test_a_hanging_measure_is_answered_by_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    deeds = importlib.import_module("fault_deeds")
    monkeypatch.setattr(deeds, "HANGS", 3.0)
    space = opened("measures_late").entitlements("space")
    begun = time.monotonic()
    usage = space.usage("measures_late")
    assert time.monotonic() - begun < deeds.HANGS
    assert usage is not None
    assert usage.count is None
    assert "TimeoutError" in (usage.unknown or "")


def test_health_is_shown_for_each_checker() -> None:
    engine = opened("fault_answers", "witness")
    for _ in range(6):
        engine.check("space", "error_dynamic_deny")
    engine.check("space", "nan_dynamic_deny")
    plugins = {plugin["name"]: plugin for plugin in plugins_json(engine.program, None)["plugins"]}
    shown = {checker["name"]: checker for plugin in plugins.values() for checker in plugin["checkers"]}
    assert (shown["error_dynamic_deny"]["health"], shown["error_dynamic_deny"]["last_error"]) == (
        "resting",
        "ValueError",
    )
    assert shown["nan_dynamic_deny"]["health"] == "failing"
    assert (shown["witness"]["health"], shown["witness"]["last_error"]) == ("ok", None)
    assert plugins["fault_answers"]["version"] == "1.0.0"


@pytest.mark.parametrize("kind", ["static", "cacheable", "dynamic"])
@pytest.mark.parametrize(
    ("touches", "forbidden_to"), [("reads_context", {"static", "cacheable"}), ("reads_usage", {"static"})]
)
def test_a_checker_sees_no_more_than_its_volatility_allows(
    touches: str, kind: str, forbidden_to: set[str]
) -> None:
    name = f"{touches}_{kind}"
    engine = opened(name)
    wanted = Reason.CHECKER_ERROR if kind in forbidden_to else Reason.INCLUDED
    assert engine.check("space", name).reason is wanted
    assert engine.check("space", name, client="x").reason is wanted


def test_an_everywhere_checker_that_admits_has_failed() -> None:
    engine = opened(
        "everywhere",
        "witness",
        features=["welcome_included", "other"],
        checks={"welcome_named": {"everywhere": {}}, "welcome": {}},
    )
    assert engine.check("space", "welcome_included").reason is Reason.CHECKER_ERROR
    assert engine.check("nobody", "welcome").reason is Reason.CHECKER_ERROR
    assert engine.check("nobody", "welcome_named").reason is Reason.ALLOWED_BY_CHECKER, "a plan file names it"
    assert engine.check("space", "other").reason is Reason.INCLUDED
    assert engine.check("space", "shut").checker == "witness"


def test_a_checker_that_claims_unknown_features_judges_nothing() -> None:
    engine = opened("unknown", "witness")
    (shown,) = (p for p in plugins_json(engine.program, None)["plugins"] if p["name"] == "unknown")
    assert shown["checkers"][0]["features"] == []
    assert engine.check("space", "shut").checker == "witness"
    with pytest.raises(UnknownFeature):
        engine.check("space", "no_such_feature")


SPOILS = [name for name in entry_points("fault_deeds") if name.startswith(("sets_", "spoils_"))]


@pytest.mark.parametrize("spoils", SPOILS)
def test_what_a_checker_changes_nobody_else_sees(spoils: str) -> None:
    """The one that looks is asked after the one that spoils, by name; and again without context."""
    deeds = importlib.import_module("fault_deeds")
    params = {"days": ["mon", "tue"]}
    checks = {"spoilt": {spoils: dict(params), "zz_looks": dict(params)}}
    roles = ["nurse"]

    def seen(*plugins: str) -> Any:
        looks = deeds.plugins.looks.entitlements_checkers()[0]
        looks.saw.clear()
        wanted = {
            "spoilt": {
                name: given for name, given in checks["spoilt"].items() if name in {*plugins, "zz_looks"}
            }
        }
        engine = opened(*plugins, "looks", checks=copy.deepcopy(wanted))
        for _ in range(2):
            assert engine.check("space", "spoilt", role="nurse", roles=roles).reason is Reason.INCLUDED
            assert engine.check("space", "spoilt").reason is Reason.INCLUDED
        assert engine.entitlements("space").usage("spoilt") is None
        if any(plugin.startswith("sets_") for plugin in plugins):
            assert engine.program.askers[spoils].last_error == "AttributeError", "it is told that it may not"
        return [{**each, "feature": each["feature"].key} for each in looks.saw]

    with_it, without = seen(spoils), seen()
    assert with_it == without
    assert len(with_it) == 4
    assert roles == ["nurse"], "what the caller passed is the caller's"


@pytest.mark.parametrize("kind", ["static", "cacheable", "dynamic"])
@pytest.mark.parametrize(
    "deed",
    ["asks", "asks_twice", "asks_and_hides", "asks_other", "waits_for_a_thread", "starts_threads", "forks"],
)
def test_a_deed_neither_hangs_nor_harms(deed: str, kind: str, apart: Any) -> None:
    """Asking the engine again, threads and forks, in a process of its own that must end in time."""
    name = f"{deed}_{kind}"
    did = apart(f"""
import json, logging, sys, time, importlib
logging.disable()
deeds = importlib.import_module("fault_deeds")
from tests.faults.worlds import opened
deeds.engine = engine = opened({name!r}, "witness")
begun = time.monotonic()
first = engine.check("space", {name!r})
took = time.monotonic() - begun
for thread in deeds.started:
    thread.join(5)
again = engine.check("space", {name!r}, client="x")
print(json.dumps({{"took": took, "all": time.monotonic() - begun,
    "first": first.reason, "again": again.reason,
    "alive": sum(thread.is_alive() for thread in deeds.started),
    "shut": engine.check("space", "shut").checker, "health": engine.program.askers[{name!r}].health}}))
""")
    print(name, did)  # noqa: T201  the figures are worth seeing
    assert did["all"] < 5, did
    assert did["shut"] == "witness"
    assert did["alive"] == 0
    assert {did["first"], did["again"]} <= {"included", "checker_error"}
    if deed in {"forks", "asks_other", "starts_threads"}:
        assert did["first"] == "included"
        assert did["health"] == "ok"


def test_a_fork_with_a_deadline_is_answered_too(apart: Any) -> None:
    did = apart("""
import json, importlib
deeds = importlib.import_module("fault_deeds")
from tests.faults.worlds import opened
from entitlements import Engine
forks = deeds.plugins.forks_dynamic.entitlements_checkers()[0]
type(forks).deadline = 5.0
engine = opened("forks_dynamic")
print(json.dumps([engine.check("space", "forks_dynamic").reason for _ in range(3)]))
""")
    assert did == ["included"] * 3
