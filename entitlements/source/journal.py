"""What a store keeps of changes while they are carried out, so that a crash leaves nothing half known."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from entitlements.errors import StoreConflict
from entitlements.fork_safety import renew_after_fork

#: States in which a run is over; of one subject at most one is in any other.
OVER = frozenset({"done", "rolled_back"})
#: States in which a run is taken up by itself on its day, also after whoever was at it went away.
TAKEN_UP = frozenset({"opened", "scheduled", "running"})


@dataclass(frozen=True, slots=True)
class JournalRun:
    """One change that was agreed to. `told` is JSON; what it means is the affair of who wrote it."""

    id: str
    subject: str
    state: str
    due: datetime
    told: Mapping[str, Any]
    #: Why it is in that state, where that needs saying.
    why: str | None = None
    #: Who is at it, and until when nobody else takes it up by itself.
    holder: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class JournalStep:
    """One step of a run: how far it is, and once it is done, what it was before."""

    run: str
    number: int
    state: str
    told: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    why: str | None = None


class Journal(Protocol):
    """Each call is written whole or not at all, and stays once it has come back."""

    def open(self, run: JournalRun, steps: Iterable[JournalStep]) -> None:
        """Begin `run`. Raises StoreConflict while another of its subject is not over."""
        ...

    def plan(self, run: str, steps: Iterable[JournalStep]) -> None:
        """Put `steps` in place of those of `run`."""
        ...

    def turn(self, run: str, states: Collection[str], state: str, *, why: str | None = None) -> bool:
        """Bring `run` from one of `states` to `state`; False, and nothing, if it is in none of them.

        Of many who try at once, one succeeds.
        """
        ...

    def take(self, run: str, holder: str, until: datetime) -> None:
        """Give `run` to `holder` until then, whoever was at it."""
        ...

    def keep(self, run: str, holder: str, until: datetime) -> bool:
        """Let `holder` have `run` until then; False, and nothing, if somebody else has taken it."""
        ...

    def take_due(self, at: datetime, holder: str, until: datetime) -> JournalRun | None:
        """Give `holder` a run whose day has come by `at` and at which nobody is; None if there is none.

        Of many who ask at once, each gets another one.
        """
        ...

    def mark(
        self,
        run: str,
        number: int,
        state: str,
        *,
        before: Mapping[str, Any] | None = None,
        why: str | None = None,
    ) -> None:
        """Note how far a step is; what it was before is kept once it is known."""
        ...

    def runs(self, subject: str | None = None) -> tuple[JournalRun, ...]:
        """The runs of one subject, or all, in the order in which they were opened."""
        ...

    def run(self, run: str) -> JournalRun | None: ...

    def steps(self, run: str) -> tuple[JournalStep, ...]:
        """In their order."""
        ...


class MemoryJournal:
    """A Journal that forgets everything with the process."""

    def __init__(self) -> None:
        self._runs: dict[str, JournalRun] = {}
        self._steps: dict[str, dict[int, JournalStep]] = {}
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        self._lock = threading.Lock()

    def open(self, run: JournalRun, steps: Iterable[JournalStep]) -> None:
        with self._lock:
            if any(r.subject == run.subject and r.state not in OVER for r in self._runs.values()):
                raise unfinished(run.subject)
            self._runs[run.id] = run
            self._steps[run.id] = {step.number: step for step in steps}

    def plan(self, run: str, steps: Iterable[JournalStep]) -> None:
        with self._lock:
            self._steps[run] = {step.number: step for step in steps}

    def turn(self, run: str, states: Collection[str], state: str, *, why: str | None = None) -> bool:
        with self._lock:
            if self._runs[run].state not in states:
                return False
            self._runs[run] = replace(self._runs[run], state=state, why=why)
            return True

    def take(self, run: str, holder: str, until: datetime) -> None:
        with self._lock:
            self._runs[run] = replace(self._runs[run], holder=holder, until=until)

    def keep(self, run: str, holder: str, until: datetime) -> bool:
        with self._lock:
            kept = self._runs[run].holder == holder
            if kept:
                self._runs[run] = replace(self._runs[run], until=until)
            return kept

    def take_due(self, at: datetime, holder: str, until: datetime) -> JournalRun | None:
        with self._lock:
            due = [run for run in self._runs.values() if run.state in TAKEN_UP and run.due <= at]
            free = [run for run in due if run.until is None or run.until <= at]
            if not free:
                return None
            first = min(free, key=lambda run: run.due)
            self._runs[first.id] = replace(first, holder=holder, until=until)
            return self._runs[first.id]

    def mark(
        self,
        run: str,
        number: int,
        state: str,
        *,
        before: Mapping[str, Any] | None = None,
        why: str | None = None,
    ) -> None:
        with self._lock:
            step = self._steps[run][number]
            kept = step.before if before is None else before
            self._steps[run][number] = replace(step, state=state, before=kept, why=why)

    def runs(self, subject: str | None = None) -> tuple[JournalRun, ...]:
        with self._lock:
            return tuple(run for run in self._runs.values() if subject in (None, run.subject))

    def run(self, run: str) -> JournalRun | None:
        return self._runs.get(run)

    def steps(self, run: str) -> tuple[JournalStep, ...]:
        with self._lock:
            return tuple(step for _, step in sorted(self._steps[run].items()))


def unfinished(subject: str) -> StoreConflict:
    """The refusal of a second change while the first is under way, in the same words whoever finds it."""
    msg = f'a change of "{subject}" is under way already'
    return StoreConflict(msg, hint="let it be carried out, or roll it back")
