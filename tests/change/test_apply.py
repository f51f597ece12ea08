"""A change is carried out as it was shown, taken up wherever it stopped, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from entitlements import (
    Checker,
    Effect,
    Engine,
    Entry,
    FixedClock,
    MemoryStore,
    Override,
    SqlStore,
    Thing,
    Usage,
)
from entitlements.change.run import ChangeRun
from entitlements.errors import StoreConflict, StoreError
from entitlements.lifecycle.refusals import Refused
from entitlements.model import LossPolicy
from entitlements.source.journal import JournalRun, JournalStep
from entitlements.subject import SubjectRecord, Subscription
from tests.change.hosts import CATALOG, STARTED
from tests.rules_catalog import NOW

DAY = timedelta(days=1)
#: Reports come back if one wishes, exports do not.
OFFERED = replace(
    CATALOG,
    features={
        **CATALOG.features,
        "reports": replace(CATALOG.features["reports"], on_loss=LossPolicy("deactivated", "offered")),
        "exports": replace(CATALOG.features["exports"], on_loss=LossPolicy("deactivated", "by_hand")),
    },
)


@dataclass
class Host(Checker):
    """An application with things that are on or off, and a checker over them that may break."""

    things: dict[str, bool] = field(
        default_factory=lambda: {"reports/1": True, "reports/2": True, "exports/1": True}
    )
    deeds: list[str] = field(default_factory=list)
    breaks_at: str | None = None
    kind: Any = "deactivated"
    #: What it has answered to each step, since it must do so again.
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    name = "host"
    features = ("reports", "exports")

    def effects(self, loss: Any) -> Any:
        on = [key for key, is_on in self.things.items() if is_on and key.startswith(loss.feature.key)]
        return [Effect(self.kind, len(on), things=tuple(map(Thing, on)))] if on else []

    def apply(self, step: Any) -> Mapping[str, Any]:
        key = step.thing.id
        if key == self.breaks_at:
            raise OSError
        if step.key not in self.answers:
            self.answers[step.key] = {"on": self.things[key]}
            self.things[key] = False
            self.deeds.append(f"off {key}")
        return self.answers[step.key]

    def undo(self, record: Any) -> str | None:
        key = record.step.thing.id
        if key == self.breaks_at:
            raise OSError
        if self.things[key]:
            return "somebody switched it on"
        self.things[key] = record.before["on"]
        self.deeds.append(f"on {key}")
        return None


@dataclass
class World:
    """A store with one space on `mid` since the beginning of the year, its host, and an engine over both."""

    host: Host = field(default_factory=Host)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    store: MemoryStore | SqlStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        record = SubjectRecord("space", (Subscription("mid@1", STARTED),))
        self.put(lambda _: record)
        self.engine = Engine.open(OFFERED, self.store, [self.host], clock=self.clock)

    def put(self, rule: Any) -> None:
        self.store.change("space", rule, Entry("put", "ops", None, NOW))

    def downgraded(self, **more: Any) -> ChangeRun:
        return self.engine.apply_change(self.engine.preview_change("space", "low"), by="ada", **more)

    @property
    def plans(self) -> list[str]:
        record = self.store.load("space")
        return [] if record is None else [s.plan for s in record.subscriptions]


Worlds = Callable[..., World]


@pytest.fixture
def worlds(new_store: Callable[[], MemoryStore | SqlStore]) -> Iterator[Worlds]:
    """Gives a World on an empty store each time it is called."""
    with ExitStack() as stack:

        def made(**more: Any) -> World:
            world = World(store=new_store(), **more)
            stack.callback(world.engine.close)
            return world

        yield made


@pytest.fixture
def world(worlds: Worlds) -> World:
    return worlds()


def test_what_was_shown_is_done_in_its_order(world: World) -> None:
    preview = world.engine.preview_change("space", "low")
    run = world.engine.apply_change(preview, by="ada", because="They asked")
    assert (run.state, run.plans, run.by, run.because) == ("done", ("mid@1", "low@1"), "ada", "They asked")
    shown = [f"{run.id}/{step.key}" for step in preview.steps]
    assert [(step.step.key, step.state) for step in run.steps] == [(key, "done") for key in shown]
    assert world.host.deeds == ["off exports/1", "off reports/1", "off reports/2"]
    assert world.plans == ["mid@1", "low@1"]
    assert not world.engine.allows("space", "reports")
    assert [(row.what, row.done_by) for row in world.store.audit()][1:] == [("change plan", "ada")]


def test_a_second_time_something_else_would_be_done(world: World) -> None:
    preview = world.engine.preview_change("space", "low")
    world.engine.apply_change(preview, by="ada")
    with pytest.raises(Refused):
        world.engine.apply_change(preview, by="ada")
    assert len(world.host.deeds) == 3


def test_a_state_that_moved_is_refused_and_nothing_is_done(world: World) -> None:
    preview = world.engine.preview_change("space", "low")
    world.host.things["reports/3"] = True
    with pytest.raises(Refused, match="something else would be done now than was shown") as refused:
        world.engine.apply_change(preview, by="ada")
    assert (refused.value.code, world.plans, world.host.deeds) == ("change_moved", ["mid@1"], [])
    assert world.engine.history() == ()


def test_an_agreement_in_force_is_refused_with_what_to_do(worlds: Worlds) -> None:
    world = worlds()
    top = Subscription("top@1", STARTED)
    world.put(lambda record: replace(record, subscriptions=(top,), baa_signed_on=STARTED))
    with pytest.raises(Refused, match="End it first") as refused:
        world.downgraded()
    assert (refused.value.code, world.plans) == ("change_blocked", ["top@1"])


def test_what_could_not_be_checked_is_refused_unless_it_is_said_why_not(world: World) -> None:
    world.put(lambda record: replace(record, usage={"broken_up": Usage(None, unknown="away")}))
    with pytest.raises(Refused, match="what becomes of broken_up") as refused:
        world.downgraded()
    assert refused.value.code == "use_unknown"
    with pytest.raises(Refused, match="without a reason"):
        world.downgraded(accept_unknown=" ")
    run = world.downgraded(accept_unknown="Ada looked")
    assert (run.state, run.accepted_unknown) == ("done", "Ada looked")


def test_who_does_it_is_said(world: World) -> None:
    preview = world.engine.preview_change("space", "low")
    with pytest.raises(Refused, match="not said who"):
        world.engine.apply_change(preview, by=" ")


def test_a_step_that_fails_stops_and_names_itself(world: World) -> None:
    world.host.breaks_at = "reports/1"
    run = world.downgraded()
    assert (run.state, run.pending) == ("failed", 2)
    assert run.why == f"step {run.id}/host/reports/reports/1"
    assert [(step.state, step.why) for step in run.steps] == [
        ("done", None),
        ("failed", "OSError"),
        ("planned", None),
    ]
    with pytest.raises(StoreConflict, match="under way already"):
        world.engine.apply_change(world.engine.preview_change("space", "mid"), by="ada")
    world.host.breaks_at = None
    assert world.engine.resume(run).state == "done"
    assert world.host.deeds == ["off exports/1", "off reports/1", "off reports/2"]


def test_a_run_that_failed_is_rolled_back_with_its_subscription(world: World) -> None:
    before = dict(world.host.things)
    world.host.breaks_at = "reports/2"
    run = world.downgraded()
    done = world.engine.rollback(run, by="ada")
    assert (done.state, world.plans, world.host.things) == ("rolled_back", ["mid@1"], before)
    assert [step.state for step in done.steps] == ["undone", "undone", "failed"]
    assert world.engine.allows("space", "reports")
    with pytest.raises(Refused, match="is rolled back"):
        world.engine.rollback(run, by="ada")


def test_a_run_that_is_done_is_not_rolled_back(world: World) -> None:
    with pytest.raises(Refused, match="is done"):
        world.engine.rollback(world.downgraded(), by="ada")


def test_coming_back_restores_what_is_offered_and_still_as_it_was_left(world: World) -> None:
    run = world.downgraded()
    assert world.engine.restore(run) == ()
    world.engine.change_plan("space", "mid", by="ada")
    world.host.things["reports/2"] = True
    restored = world.engine.restore(run)
    assert [(s.step.thing and s.step.thing.id, s.state, s.why) for s in restored] == [
        ("reports/2", "left", "somebody switched it on"),
        ("reports/1", "undone", None),
    ]
    assert world.host.things == {"reports/1": True, "reports/2": True, "exports/1": False}
    assert world.engine.restore(run) == ()


def test_a_loss_that_waits_is_carried_out_on_its_day(worlds: Worlds) -> None:
    world = worlds(clock=FixedClock(STARTED + 5 * DAY))
    run = world.downgraded()
    assert (run.state, run.due, run.pending, world.host.deeds) == ("scheduled", STARTED + 30 * DAY, 3, [])
    assert world.plans == ["mid@1", "low@1"]
    assert world.engine.run_due() == ()
    world.clock.set(run.due)
    assert not world.engine.allows("space", "reports")
    (done,) = world.engine.run_due()
    assert (done.id, done.state, done.pending) == (run.id, "done", 0)
    assert world.host.deeds == ["off exports/1", "off reports/1", "off reports/2"]
    assert world.engine.run_due() == ()


def test_things_that_came_meanwhile_are_switched_off_on_the_day_too(worlds: Worlds) -> None:
    world = worlds(clock=FixedClock(STARTED + 5 * DAY))
    run = world.downgraded()
    world.host.things |= {"reports/1": False, "reports/3": True}
    world.clock.set(run.due)
    world.engine.run_due()
    assert world.host.deeds == ["off exports/1", "off reports/2", "off reports/3"]


def test_what_would_be_worse_than_agreed_is_held_for_a_person(worlds: Worlds) -> None:
    world = worlds(clock=FixedClock(STARTED + 5 * DAY))
    given = Override("legacy", "so it was", "ops", None, STARTED + 20 * DAY, give="exports")
    world.put(lambda record: replace(record, overrides=(replace(given, end=None),)))
    run = world.downgraded()
    assert run.agreed.keys() == {"broken_up", "reports"}
    world.put(lambda record: replace(record, overrides=(given,)))
    world.clock.set(run.due)
    (held,) = world.engine.run_due()
    assert (held.state, held.why, world.host.deeds) == ("held", "exports would be lost too", [])
    assert world.engine.rollback(held, by="ada").state == "rolled_back"


def test_what_would_do_more_harm_than_agreed_or_is_not_known_is_held(worlds: Worlds) -> None:
    world = worlds(host=Host(kind="closed"), clock=FixedClock(STARTED + 5 * DAY))
    run = world.downgraded()
    world.host.kind = "deactivated"
    world.clock.set(run.due)
    (held,) = world.engine.run_due()
    assert held.state == "held"
    assert held.why == "exports would be deactivated, not closed; reports would be deactivated, not closed"

    world = worlds(clock=FixedClock(STARTED + 5 * DAY))
    run = world.downgraded()
    world.put(lambda record: replace(record, usage={"broken_up": Usage(None, unknown="away")}))
    world.clock.set(run.due)
    (held,) = world.engine.run_due()
    assert (held.state, held.why) == ("held", "it could not be checked what becomes of broken_up")
    assert world.host.deeds == []


def test_a_change_that_the_store_refuses_leaves_nothing_under_way(world: World, monkeypatch: Any) -> None:
    def refused(*_: Any) -> Any:
        raise StoreConflict(preview.subject)

    preview = world.engine.preview_change("space", "low")
    with monkeypatch.context() as patched:
        patched.setattr(world.store, "change", refused)
        with pytest.raises(StoreConflict, match="space"):
            world.engine.apply_change(preview, by="ada")
    assert (world.plans, world.host.deeds) == (["mid@1"], [])
    assert world.engine.apply_change(preview, by="ada").state == "done"
    assert [run.state for run in world.engine.history("space")] == ["rolled_back", "done"]


def test_a_scheduled_change_is_rolled_back_before_its_day(worlds: Worlds) -> None:
    world = worlds(clock=FixedClock(STARTED + 5 * DAY))
    run = world.downgraded()
    world.engine.rollback(run, by="ada")
    assert world.plans == ["mid@1"]
    world.clock.set(run.due)
    assert world.engine.run_due() == ()
    assert world.engine.allows("space", "reports")


def test_a_subscription_that_was_changed_meanwhile_is_not_overwritten(world: World) -> None:
    world.host.breaks_at = "reports/2"
    run = world.downgraded()
    world.host.breaks_at = None
    world.engine.subscribe("space", "top", by="sales")
    with pytest.raises(Refused, match="have changed meanwhile"):
        world.engine.rollback(run, by="ada")
    assert world.plans[-1] == "top@1"


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("calls", range(14))
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_a_crash_at_any_write_is_taken_up_or_rolled_back(
    worlds: Worlds, calls: int, late: bool, monkeypatch: Any
) -> None:
    for way in ("resume", "rollback"):
        world = worlds()
        at_first = dict(world.host.things)
        preview = world.engine.preview_change("space", "low")
        with monkeypatch.context() as patched:
            left = iter(range(calls, -1, -1))
            for owner, name in (
                *((world.store.journal, word) for word in ("open", "turn", "mark")),
                (world.store, "change"),
                (world.host, "apply"),
            ):
                patched.setattr(owner, name, crashing(getattr(owner, name), left, late=late))
            with suppress(Crash):
                world.engine.apply_change(preview, by="ada")
        runs = world.engine.history("space")
        if not runs:
            assert (world.plans, world.host.things) == (["mid@1"], at_first)
            continue
        (run,) = runs
        assert (run.state == "done") is (calls == 13 and late)
        if run.state == "done":
            continue
        if way == "resume":
            assert world.engine.resume(run).state == "done"
            assert world.plans == ["mid@1", "low@1"]
            assert not any(world.host.things.values())
        else:
            assert world.engine.rollback(run, by="ada").state == "rolled_back"
            assert (world.plans, world.host.things) == (["mid@1"], at_first)


def crashing(call: Any, left: Any, *, late: bool) -> Any:
    """`call`, but the process ends at the call where nothing is `left`: before it, or after it."""

    def called(*args: Any, **more: Any) -> Any:
        last = next(left, -1) == 0
        if last and not late:
            raise Crash
        given = call(*args, **more)
        if last:
            raise Crash
        return given

    return called


def test_a_source_without_a_journal_cannot_carry_anything_out(worlds: Worlds) -> None:
    engine = Engine.open(
        CATALOG, [SubjectRecord("space", (Subscription("mid", STARTED),))], clock=FixedClock(NOW)
    )
    with pytest.raises(StoreError, match="keeps no journal"):
        engine.apply_change(engine.preview_change("space", "low"), by="ada")
    with pytest.raises(Refused, match='no change "x"'):
        worlds().engine.resume("x")


def test_of_two_who_take_up_one_run_one_succeeds(world: World) -> None:
    journal = world.store.journal
    world.host.breaks_at = "exports/1"
    run = world.downgraded()
    assert [journal.turn(run.id, {"failed"}, "running") for _ in range(2)] == [True, False]
    assert isinstance(journal.steps(run.id)[0], JournalStep)


def test_what_is_due_is_taken_by_one_for_a_while(world: World) -> None:
    journal, until = world.store.journal, NOW + DAY
    journal.open(JournalRun("a", "space", "scheduled", NOW, {}), ())
    journal.open(JournalRun("b", "other", "running", NOW - DAY, {}), ())
    journal.open(JournalRun("c", "third", "scheduled", NOW + DAY, {}), ())
    journal.open(JournalRun("d", "fourth", "held", NOW - DAY, {}), ())
    taken = [journal.take_due(NOW, holder, until) for holder in ("one", "two", "three")]
    assert [run and (run.id, run.holder, run.until) for run in taken] == [
        ("b", "one", until),
        ("a", "two", until),
        None,
    ]
    assert (journal.keep("a", "two", until + DAY), journal.keep("a", "one", until)) == (True, False)
    again = journal.take_due(until, "three", until + DAY)
    assert again is not None
    assert again.id == "b"
    journal.take("a", "three", until)
    assert not journal.keep("a", "two", until)


def test_a_run_whose_machine_went_away_is_taken_up_when_nobody_heard_of_it(
    world: World, monkeypatch: Any
) -> None:
    with monkeypatch.context() as patched, suppress(Crash):
        patched.setattr(world.host, "apply", crashing(world.host.apply, iter([1, 0]), late=True))
        world.downgraded()
    assert [run.state for run in world.engine.history()] == ["running"]
    assert world.engine.run_due() == ()
    world.clock.set(NOW + timedelta(minutes=5))
    (done,) = world.engine.run_due()
    assert (done.state, world.host.deeds) == ("done", ["off exports/1", "off reports/1", "off reports/2"])


def test_whoever_was_at_a_run_stops_once_somebody_else_is(world: World, monkeypatch: Any) -> None:
    def taken_over(step: Any) -> Any:
        world.store.journal.take(world.engine.history()[0].id, "somebody else", NOW + DAY)
        return apply(step)

    apply = world.host.apply
    with monkeypatch.context() as patched:
        patched.setattr(world.host, "apply", taken_over)
        with pytest.raises(Refused, match="carried on by somebody else"):
            world.downgraded()
    assert world.host.deeds == ["off exports/1"]
    assert world.engine.resume(world.engine.history()[0]).state == "done"


def test_of_many_machines_each_due_change_is_taken_up_by_one(worlds: Worlds) -> None:
    world = worlds(clock=FixedClock(STARTED + 5 * DAY))
    subjects = [f"space{number}" for number in range(8)]
    began = (Subscription("mid@1", STARTED),)
    for subject in subjects:
        world.store.change(
            subject, lambda record: replace(record, subscriptions=began), Entry("put", "ops", None, NOW)
        )
        world.engine.apply_change(world.engine.preview_change(subject, "low"), by="ada")
    world.clock.set(STARTED + 30 * DAY)
    machines = [Engine.open(OFFERED, world.store, [world.host], clock=world.clock) for _ in range(4)]
    with ThreadPoolExecutor() as threads:
        found = list(threads.map(Engine.run_due, machines))
    for machine in machines:
        machine.close()
    assert sorted(run.subject for runs in found for run in runs) == subjects
    assert {run.state for run in world.engine.history()} == {"done"}
