"""What seldom happens while an engine answers: interrupted loads, full memories, deadlines that are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from entitlements import (
    CACHEABLE,
    DYNAMIC,
    STATIC,
    AccessDenied,
    Checker,
    Engine,
    FixedClock,
    MemorySource,
    Question,
    Reason,
    SubjectRecord,
    Subscription,
    Usage,
    Verdict,
    admit,
    deny,
)
from entitlements.engine.ask import Asker
from entitlements.engine.resolve import resolve
from tests.rules_catalog import NOW, RULES, record

DAY = timedelta(days=1)


class Judge(Checker):
    """A checker for reports that answers, and measures, by what it is given."""

    name = "judge"
    features = ("reports",)

    def __init__(self, answer: Callable[[], Any] = lambda: None, **declared: Any) -> None:
        self.answer = answer
        self.calls = 0
        for name, value in declared.items():
            setattr(self, name, value)

    def check(self, question: Question) -> Verdict | None:
        self.calls += 1
        verdict: Verdict | None = self.answer()
        return verdict if question.feature.key == "reports" else None


class Meter(Judge):
    """One that measures."""

    def usage(self, subject: str, key: str, at: Any) -> Usage | None:
        del subject, key, at
        found: Usage | None = self.answer()
        return found


def opened(*checkers: Checker, source: Any = (), clock: FixedClock | None = None) -> Engine:
    return Engine.open(RULES, source, checkers, clock=clock or FixedClock(NOW))


def raising(error: BaseException) -> Callable[[], Any]:
    def answer() -> None:
        raise error

    return answer


def ending(subject: str, days: int) -> SubjectRecord:
    return SubjectRecord(subject, (Subscription("mid", end=NOW + days * DAY),))


def test_require_raises_unless_it_is_allowed() -> None:
    space = opened(source=[record("mid")]).entitlements("space")
    space.require("reports")
    with pytest.raises(AccessDenied) as denied:
        space.require("archive")
    assert denied.value.decision == space.check("archive")


def test_a_space_gives_what_changes_are_compared_with() -> None:
    space = opened(source=[record("mid")]).entitlements("space")
    assert space.compared_terms() == resolve(RULES, record("mid"), NOW)


@pytest.mark.parametrize("checkers", [(), (Judge(lambda: None, volatility=DYNAMIC),)])
def test_subjects_that_end_at_different_times_share_answers_and_keep_their_ends(checkers: Any) -> None:
    clock = FixedClock(NOW)
    engine = opened(*checkers, source=[ending("one", 1), ending("two", 2)], clock=clock)
    one, two = engine.entitlements("one"), engine.entitlements("two")
    assert (one.valid_until, two.valid_until) == (NOW + DAY, NOW + 2 * DAY)
    assert one.check("forms") is two.check("forms")
    assert one.row is not two.row
    clock.advance(DAY)
    assert [engine.check(subject, "exports").reason for subject in ("one", "two")] == [
        Reason.NOT_INCLUDED,
        Reason.INCLUDED,
    ]


def test_equal_answers_of_different_subjects_are_one_object() -> None:
    engine = opened(source=[ending("one", 1), record("mid", add_ons="b_files")])
    assert engine.check("one", "reports") is engine.check("space", "reports")


def test_static_and_dynamic_checkers_of_one_feature_are_both_heard() -> None:
    judges = [
        Judge(lambda: admit("a guest"), name="fixed", volatility=STATIC),
        Judge(lambda: deny("closed today"), name="open_hours", volatility=DYNAMIC),
    ]
    engine = opened(*judges, source=[record("low")])
    for _ in range(2):
        assert engine.check("space", "reports").checker == "open_hours"
    assert [judge.calls for judge in judges] == [1, 2]


def test_nobody_has_a_say_on_what_is_no_feature() -> None:
    assert opened(Judge(volatility=DYNAMIC)).entitlements("space")._questions("cap.seats", {}) == []


def test_what_a_child_process_starts_with_still_answers() -> None:
    engine = opened(source=[record("mid")])
    before = engine.check("space", "reports")
    lock = engine._live.eras[0].maker._lock
    with lock:  # as another thread would hold it during the fork
        engine._live.eras[0].maker.after_fork()
        engine.invalidate()
        assert engine.check("space", "reports") == before
    assert engine._live.eras[0].maker._lock is not lock


class Odd(MemorySource):
    """A source that gives what is no record."""

    def load(self, subject: str) -> Any:
        return {"plan": "top", "subject": subject}


def test_a_source_that_gives_no_record_denies() -> None:
    engine = opened(source=Odd())
    assert engine.check("space", "forms").reason is Reason.STORE_UNAVAILABLE
    assert engine._live.rows == {}


class Interrupted(MemorySource):
    """Its first load is interrupted, once another thread waits for it."""

    def __init__(self, records: Iterable[SubjectRecord]) -> None:
        super().__init__(records)
        self.loads = 0
        self.started = threading.Event()
        self.go = threading.Event()

    def load(self, subject: str) -> SubjectRecord | None:
        self.loads += 1
        if self.loads == 1:
            self.started.set()
            assert self.go.wait(20)
            raise KeyboardInterrupt
        return super().load(subject)


def test_who_waits_for_a_load_that_is_interrupted_loads_by_itself() -> None:
    source = Interrupted([record("mid")])
    engine = opened(source=source)
    seen: list[Any] = []

    def first() -> None:
        with pytest.raises(KeyboardInterrupt):
            engine.check("space", "reports")

    def second() -> None:
        seen.append(engine.check("space", "reports").reason)

    threads = [threading.Thread(target=run, daemon=True) for run in (first, second)]
    threads[0].start()
    assert source.started.wait(20)
    threads[1].start()
    while engine._live._flights["space"].done is None:
        threads[1].join(0.001)
    source.go.set()
    for thread in threads:
        thread.join(20)
    assert (seen, source.loads) == ([Reason.INCLUDED], 2)


def test_the_oldest_subjects_make_room() -> None:
    engine = opened(source=[SubjectRecord(str(number), (Subscription("mid"),)) for number in range(40)])
    live = engine._live
    live._most_subjects, live._most_spaces = 32, 16
    for number in range(40):
        assert engine.allows(str(number), "reports")
    # A sixteenth and one more leave at once.
    assert list(live.rows) == [str(number) for number in range(9, 40)]
    assert len(live.spaces) <= 16
    assert list(live.spaces)[-1] == "39"
    assert engine.allows("0", "reports")


def test_kept_verdicts_are_forgotten_for_all() -> None:
    judge = Judge(lambda: deny("closed"), volatility=CACHEABLE(600))
    engine = opened(judge, source=[record("mid"), SubjectRecord("other", (Subscription("mid"),))])

    def ask_both() -> int:
        assert not engine.allows("space", "reports")
        assert not engine.allows("other", "reports")
        return judge.calls

    assert (ask_both(), ask_both()) == (2, 2)
    engine.invalidate()
    assert ask_both() == 4
    engine.invalidate("other")
    assert ask_both() == 5


def test_one_that_keeps_nothing_has_nothing_to_forget() -> None:
    asker = Asker(Judge(volatility=DYNAMIC), "tests")
    asker.forget("space", ["reports"])
    assert asker.health == "ok"


def test_a_kept_deadline_gives_the_verdict_and_an_error_its_name() -> None:
    verdicts: list[Any] = [deny("closed"), None]
    engine = opened(Judge(verdicts.pop, volatility=DYNAMIC, deadline=20.0), source=[record("mid")])
    assert engine.check("space", "reports").reason is Reason.INCLUDED
    assert engine.check("space", "reports").detail == "closed"
    failed = engine.check("space", "reports")
    assert (failed.reason, failed.detail) == (Reason.CHECKER_ERROR, "IndexError")


def test_when_too_many_calls_hang_no_more_are_started() -> None:
    end = threading.Event()
    judge = Judge(lambda: end.wait(20), volatility=DYNAMIC, deadline=0.001)
    engine = opened(judge, source=[record("mid")])
    asker = engine.program.askers["judge"]
    asker._in_time._late = 15
    try:
        assert engine.check("space", "reports").reason is Reason.CHECKER_ERROR
        assert asker._in_time._late == 16
        assert engine.check("space", "reports").reason is Reason.CHECKER_ERROR
        assert judge.calls == 1
    finally:
        end.set()


def test_one_that_fails_to_measure_is_left_in_peace_for_a_while() -> None:
    now = [0.0]
    asker = Asker(Meter(raising(ValueError("no"))), "tests", monotonic=lambda: now[0])
    says = [asker.measure("space", "reports", NOW) for _ in range(6)]
    assert [usage and usage.count for usage in says] == [None] * 6
    assert [usage and usage.unknown for usage in says] == [
        *["judge: ValueError"] * 5,
        "judge: it failed several times and rests before the next try",
    ]
    assert (asker.health, asker.errors) == ("resting", 5)
    now[0] = 30.0
    assert asker.health == "failing"
    asker.checker = Meter(lambda: Usage(3))
    assert asker.measure("space", "reports", NOW) == Usage(3)
    assert (asker.health, asker.failing) == ("ok", 0)


@pytest.mark.parametrize("usage", [Usage(-1), Usage(True), Usage(1, exempt=-1), 3, Usage(1.0)])  # type: ignore[arg-type]
def test_what_is_no_whole_number_is_not_measured(usage: Any) -> None:
    found = Asker(Meter(lambda: usage), "tests").measure("space", "reports", NOW)
    assert found == Usage(None, unknown="judge: it measured no whole number")


def test_a_measurement_that_is_interrupted_is_interrupted() -> None:
    with pytest.raises(KeyboardInterrupt):
        Asker(Meter(raising(KeyboardInterrupt())), "tests").measure("space", "reports", NOW)
