"""Carries a change out as its preview showed it, step by step with a journal, and takes it back.

The order is: the journal is opened, the subscription is switched, the steps are taken, the journal is
closed. Each part is written down before it begins and after it is done, so that a change can be taken up
again where it stopped.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from entitlements.change.preview import ChangePreview
from entitlements.change.run import ChangeRun, RunStep, State, run_told, steps_told
from entitlements.change.wanted import Outcome
from entitlements.checker import acts
from entitlements.clock import Clock, from_ns
from entitlements.engine.compile import Program
from entitlements.errors import StoreConflict, StoreError
from entitlements.lifecycle.refusals import Refused
from entitlements.loss import HARM
from entitlements.source.journal import Journal, JournalRun
from entitlements.source.protocol import Entry, Store
from entitlements.subject import SubjectRecord

_UNFINISHED: Final = frozenset[State]({"opened", "scheduled", "running", "failed", "held", "undoing"})
#: Whoever is at a run and says nothing for so long is taken for gone.
_LEASE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Host:
    """Where a change is carried out: a store with its journal, and the checkers that act."""

    store: Store
    journal: Journal
    program: Program
    clock: Clock
    #: Tells this one from all others that may be at the same run.
    holder: str = field(default_factory=lambda: secrets.token_hex(6))

    @classmethod
    def of(cls, source: Any, program: Program, clock: Clock) -> Host:
        """Raises StoreError for a source that keeps no journal."""
        journal: Journal | None = getattr(source, "journal", None)
        if journal is None:
            msg = f"{type(source).__name__} keeps no journal, so no change can be carried out in it"
            raise StoreError(msg, hint="open the engine on a store that keeps one")
        return cls(cast("Store", source), journal, program, clock)

    def run(self, run: str) -> ChangeRun:
        """The run as the journal tells it. Raises Refused for one that nobody knows."""
        found = self.journal.run(run)
        if found is None:
            raise Refused(code="unknown_run", name=run)
        return ChangeRun.read(found, self.journal.steps(run))

    @property
    def lease(self) -> datetime:
        return from_ns(self.clock()) + _LEASE

    def take(self, run_id: str) -> None:
        """Be the one who is at a run. Whoever was before stops at the next step."""
        self.journal.take(self.run(run_id).id, self.holder, self.lease)

    def take_all_due(self, at: datetime) -> Iterator[str]:
        """One by one, the runs whose day has come and at which nobody is."""
        while (found := self.journal.take_due(at, self.holder, self.lease)) is not None:
            yield found.id

    def keep(self, run: ChangeRun) -> None:
        """Go on being the one. Raises Refused where somebody else has taken the run up."""
        if not self.journal.keep(run.id, self.holder, self.lease):
            raise Refused(code="change_over", run=run.id, state="carried on by somebody else")

    def turn(self, run: ChangeRun, state: State, *, only: Collection[State]) -> ChangeRun:
        """Bring `run` to `state`. Raises Refused where it is past that, maybe by somebody else by now."""
        turned = self.journal.turn(run.id, only, state)
        now = self.run(run.id)
        if not turned:
            raise Refused(code="change_over", run=run.id, state=now.state.replace("_", " "))
        return now


def apply(
    host: Host,
    preview: ChangePreview,
    found: Outcome,
    record: SubjectRecord,
    *,
    by: str,
    because: str | None,
    accept_unknown: str | None,
) -> ChangeRun:
    """Carry out what `preview`, made just now of `record` as it is, shows; on its day if that is later.

    Raises Refused where something blocks it or could not be checked, and StoreConflict while another change
    of the subject is under way.
    """
    _must_be_free(preview, accept_unknown)
    told = run_told(preview, record, found, by=by, because=because, accepted_unknown=accept_unknown)
    number = secrets.token_hex(6)
    opened = JournalRun(
        number, preview.subject, "opened", preview.effective_on, told, None, host.holder, host.lease
    )
    host.journal.open(opened, steps_told(number, preview))
    try:
        return go_on(host, number, preview.at)
    except (Refused, StoreConflict):
        # Nothing was switched, so nothing is under way that somebody would have to look after.
        host.journal.turn(number, {"opened"}, "rolled_back")
        raise


def _must_be_free(preview: ChangePreview, accept_unknown: str | None) -> None:
    if preview.blockers:
        raise Refused(code="change_blocked", why=" ".join(blocker.message for blocker in preview.blockers))
    if accept_unknown is not None and not accept_unknown.strip():
        raise Refused(code="blank_reason")
    unknown = sorted({e.feature or e.cap or "" for e in preview.effects if e.count is None})
    if unknown and accept_unknown is None:
        raise Refused(code="use_unknown", what=", ".join(unknown))


def go_on(host: Host, run_id: str, now: datetime) -> ChangeRun:
    """Take a run up where it is: after a crash, after a step that failed, or once its day has come."""
    run = host.run(run_id)
    if run.state == "opened":
        _switch(host, run, run.before, run.after, Entry("change plan", run.by, run.because, now))
        run = host.turn(run, "scheduled", only={"opened"})
    if run.state == "scheduled" and run.due > now:
        return run
    return _carry_out(host, host.turn(run, "running", only={"scheduled", "running", "failed"}))


def go_on_as(host: Host, run_id: str, fresh: ChangePreview) -> ChangeRun:
    """Take the steps of a run whose day has come, as `fresh` shows them; hold it if they are worse."""
    run = host.run(run_id)
    worse = worse_than_agreed(run, fresh)
    if worse:
        host.journal.turn(run.id, {"scheduled"}, "held", why="; ".join(worse))
        return host.run(run.id)
    run = host.turn(run, "running", only={"scheduled"})
    host.journal.plan(run.id, steps_told(run.id, fresh))
    return _carry_out(host, host.run(run.id))


def worse_than_agreed(run: ChangeRun, fresh: ChangePreview) -> list[str]:
    """What `fresh` would do beyond what was agreed to, as parts of a sentence."""
    found = [f"{key} would be lost too" for key in fresh.lost if key not in run.agreed]
    for effect in fresh.effects:
        agreed = run.agreed.get(effect.feature or "")
        if effect.count is None and run.accepted_unknown is None:
            found.append(f"it could not be checked what becomes of {effect.feature or effect.cap}")
        elif agreed is not None and HARM.index(effect.kind) < HARM.index(agreed):
            found.append(f"{effect.feature} would be {effect.kind}, not {agreed}")
    return [*found, *(blocker.message for blocker in fresh.blockers)]


def _switch(host: Host, run: ChangeRun, old: SubjectRecord, new: SubjectRecord, entry: Entry) -> None:
    """Put the subscriptions of `new` in place of those of `old`; where that was done, nothing."""

    def switched(record: SubjectRecord) -> SubjectRecord:
        if record.subscriptions == new.subscriptions:
            return record
        if record.subscriptions != old.subscriptions:
            raise Refused(code="change_moved", what="the subscriptions have changed meanwhile")
        return replace(record, subscriptions=new.subscriptions)

    host.store.change(run.subject, switched, entry)


def _carry_out(host: Host, run: ChangeRun) -> ChangeRun:
    for step in run.steps:
        host.keep(run)
        if step.state in {"planned", "begun", "failed"} and not _take(host, run, step):
            host.journal.turn(run.id, {"running"}, "failed", why=f"step {step.step.key}")
            return host.run(run.id)
    host.journal.turn(run.id, {"running"}, "done")
    return host.run(run.id)


def _take(host: Host, run: ChangeRun, step: RunStep) -> bool:
    """Carry one step out, with a row in the journal before and after it; False where it failed."""
    host.journal.mark(run.id, step.number, "begun")
    try:
        before = _checker(host, step).apply(step.step)
        json.dumps(dict(before), allow_nan=False)
    except Exception as error:  # noqa: BLE001  a stranger's code may raise anything
        host.journal.mark(run.id, step.number, "failed", why=type(error).__name__)
        return False
    host.journal.mark(run.id, step.number, "done", before=dict(before))
    return True


def roll_back(host: Host, run_id: str, entry: Entry) -> ChangeRun:
    """Undo a run that is not done: its steps, the last first, and then the subscription."""
    run = host.run(run_id)
    switched = run.state != "opened" or _is_switched(host, run)
    run = host.turn(run, "undoing", only=_UNFINISHED)
    for step in reversed(run.steps):
        host.keep(run)
        # How far a step came that was begun is not known: done to its end, it can be taken back.
        if step.state == "begun" and not _take(host, run, step):
            return host.run(run_id)
    for step in reversed(host.run(run_id).steps):
        host.keep(run)
        if step.state == "done" and not _take_back(host, run.id, step):
            return host.run(run_id)
    if switched:
        _switch(host, run, run.after, run.before, entry)
    return host.turn(run, "rolled_back", only={"undoing"})


def _is_switched(host: Host, run: ChangeRun) -> bool:
    record = host.store.load(run.subject)
    return record is not None and record.subscriptions == run.after.subscriptions


def restore(host: Host, run_id: str, allowed: Collection[str]) -> tuple[RunStep, ...]:
    """Take back the steps of a run that is done, whose feature is `allowed` again and whose file offers that.

    What was changed meanwhile is left as it is, with the reason; a second time there is nothing to do.
    """
    wanted = restorable(host.run(run_id), allowed)
    for step in wanted:
        _take_back(host, run_id, step)
    after = {step.number: step for step in host.run(run_id).steps}
    return tuple(after[step.number] for step in wanted)


def restorable(run: ChangeRun, allowed: Collection[str]) -> tuple[RunStep, ...]:
    """The steps that `restore` would take back, the last first."""
    return tuple(
        step
        for step in reversed(run.steps if run.state == "done" else ())
        if step.state == "done" and step.restores == "offered" and step.step.feature in allowed
    )


def _take_back(host: Host, run_id: str, step: RunStep) -> bool:
    """Undo one step; False where its checker failed at that, so that it may be tried again."""
    try:
        left = _checker(host, step).undo(step.done)
        why = None if left is None else str(left)
    except Exception as error:  # noqa: BLE001  a stranger's code may raise anything
        host.journal.mark(run_id, step.number, "done", why=type(error).__name__)
        return False
    host.journal.mark(run_id, step.number, "undone" if why is None else "left", why=why)
    return True


def _checker(host: Host, step: RunStep) -> Any:
    asker = host.program.askers.get(step.step.checker)
    if asker is None or not acts(asker.checker):
        msg = f'no checker "{step.step.checker}" that acts is loaded'
        raise LookupError(msg)
    return asker.checker
