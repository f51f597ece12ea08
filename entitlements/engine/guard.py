"""Reads the source for the engine, in time or not at all; while it is away, what was last read serves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from entitlements.clock import Clock
from entitlements.engine.complaints import Complaints
from entitlements.engine.follow import Follower
from entitlements.engine.in_time import InTime
from entitlements.engine.last_good import LastGood, Reading
from entitlements.errors import EntitlementsError, StoreUnavailable
from entitlements.fork_safety import renew_after_fork
from entitlements.source.late import LateStore
from entitlements.source.memory import MemorySource, MemoryStore
from entitlements.source.protocol import Source
from entitlements.source.subjects_file import SubjectsFile
from entitlements.subject import SubjectRecord

T = TypeVar("T")
_log = logging.getLogger("entitlements")
#: Seconds until a source that is away is asked again: at first, and at most.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.5
#: Seconds that a check waits which could only deny, or answer by a record that is known to have changed.
_PATIENCE = 1.0
#: Seconds that whoever asks about many at once waits.
_PATIENCE_FOR_MANY = 10.0
# These cannot be away, and nobody else writes to them.
_IN_MEMORY = (MemorySource, MemoryStore, SubjectsFile)


@dataclass(frozen=True, slots=True)
class Outage:
    """The source is away: since when (ns), why it is thought so, and when it was last heard of (ns)."""

    since: int
    why: str
    heard: int | None


class Guard:
    """Stands before one source, whatever that does.

    The source is away when it raises StoreUnavailable or OSError, or hangs, and is then left alone for a
    pause that grows. What else it raises concerns the one record. A source that others write to is followed:
    then it is the follower who finds out that it is back, as he also hears what was missed; of another
    source, a check finds out.
    """

    def __init__(
        self,
        source: Source,
        clock: Clock,
        *,
        forget: Callable[[str | None], None],
        max_stale: timedelta,
        follow: bool,
        last_good: LastGood,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self.clock = clock
        self.forget = forget
        self.followed = follow and hasattr(source, "changes") and not isinstance(source, MemoryStore)
        self.outage: Outage | None = None
        #: Seconds that a check waits which has an earlier record to go on from. None: it reads by itself.
        self.deadline: float | None = getattr(source, "deadline", None) if follow else None
        self.last_good = last_good
        self._max_stale = (max_stale // timedelta(microseconds=1)) * 1000
        self._keeps = type(source) not in _IN_MEMORY
        self._heard: int | None = None
        self._complaints = Complaints()
        self._monotonic = monotonic
        self.after_fork()
        renew_after_fork(self)
        if isinstance(source, LateStore):
            self.lost(source.why)

    def after_fork(self) -> None:
        """Make the locks anew. The parent's threads are not here: the next reading begins to follow."""
        self._lock = threading.Lock()
        self._in_time = InTime("entitlements-source")
        self._follower: Follower | None = None
        self._tries, self._next_try = 0, 0.0
        self._forgot_all = False

    def close(self) -> None:
        """End the following, until the source is read again."""
        with self._lock:
            follower, self._follower = self._follower, None
        if follower is not None:
            follower.stop()
            self.forget(None)  # from now on nobody hears of changes

    def load(self, subject: str) -> Reading | None:
        """What the source holds of `subject`, or held when it could last be read; None if it never could."""
        told = self.last_good.may_serve(subject)
        wait = None if self.deadline is None else self.deadline if told else _PATIENCE
        try:
            if self.followed:
                wait = self._until_followed(wait)
            if self._may_ask():
                return self._in_time.call(lambda: self._ask(subject), wait)
        except TimeoutError as error:
            self._late(error, told=told)
        except Exception as error:  # noqa: BLE001  a source is a stranger's code over a network
            self._complaints.log("reading subject records", type(error).__name__)
            if isinstance(error, StoreUnavailable | OSError):
                self.lost(error)
        self.forget_what_is_too_old()
        return self.last_good.find(subject)

    def ask(self, question: Callable[[Any], T], *, patient: bool = True) -> T:
        """What `question(source)` gives, for a check that has no other answer, or one that it can go on from.

        Raises what that raises, and StoreUnavailable if the source is away or hangs.
        """
        outage = self.outage
        if outage is not None and not self._may_ask():
            raise StoreUnavailable(outage.why)
        wait = None if self.deadline is None else _PATIENCE if patient else self.deadline
        try:
            return self._in_time.call(lambda: question(self.source), wait)
        except TimeoutError as error:
            self._late(error, told=not patient)
            raise StoreUnavailable(str(error)) from error
        except (StoreUnavailable, OSError) as error:
            self.lost(error)
            raise

    def load_many(self, subjects: Collection[str]) -> Mapping[str, Reading]:
        """What the source holds of each of `subjects`, asked for in one go; what fails is left to `load`."""
        if not subjects:
            return {}
        try:
            if self.followed:
                self._until_followed(_PATIENCE)
            if self._may_ask():
                wait = None if self.deadline is None else _PATIENCE_FOR_MANY
                return self._in_time.call(lambda: self._ask_many(subjects), wait)
        except Exception as error:  # noqa: BLE001  a source is a stranger's code over a network
            self._complaints.log("reading many subject records", type(error).__name__)
            if isinstance(error, TimeoutError | StoreUnavailable | OSError):
                self.lost(error)
        return {}

    def outdate(self, subject: str | None) -> None:
        """What was read of `subject`, or of all, is known to have changed: it serves only in an outage."""
        if self._keeps:
            self.last_good.outdate(subject, self.clock())

    def lost(self, error: Exception) -> None:
        """The source did not answer: leave it alone for a while."""
        why = str(error) if isinstance(error, EntitlementsError | TimeoutError) else type(error).__name__
        with self._lock:
            begun = self.outage is None
            since = self.clock() if self.outage is None else self.outage.since
            self.outage = Outage(since, why, self._heard)
            self._next_try = self._monotonic() + self.pause
            self._tries += 1
            follower = self._follower
        if begun:
            what = "what was last read stays in force: asking the source"
            self._complaints.log(what, type(error).__name__)
            if follower is not None:
                follower.wake()

    def found(self, heard: int) -> None:
        """The source answered, and nothing that happened in it before `heard` (ns) was missed."""
        with self._lock:
            back, self.outage = self.outage, None
            self._heard = heard
            self._tries = 0
            self._forgot_all = False
        if back is not None:
            _log.warning("the source answers again")

    @property
    def pause(self) -> float:
        """Seconds until the next try, the longer the more tries failed."""
        return min(_LONGEST_PAUSE, _FIRST_PAUSE * float(2 ** min(self._tries, 8)))

    @property
    def away_too_long(self) -> bool:
        """Whether the source has been away for longer than what was last read of it may serve."""
        outage = self.outage
        if outage is None:
            return False
        return self._too_old(outage.heard or self.last_good.saved_at or outage.since)

    def is_too_old(self, reading: Reading) -> bool:
        """Whether features that would rather deny than be decided by a stale record deny by this one."""
        if not reading.stale:
            return False
        heard = self.outage and self.outage.heard
        return self._too_old(max(reading.read_at, heard or 0))

    def forget_what_is_too_old(self) -> None:
        """Once in an outage, have all answers made anew: those of features that now deny are other ones."""
        if self.away_too_long and not self._forgot_all:
            self._forgot_all = True
            self.forget(None)

    def _too_old(self, since: int) -> bool:
        return self.clock() - since >= self._max_stale

    def _until_followed(self, wait: float | None) -> float | None:
        """What is left of `wait` when the follower has its place in the feed: what is read now may be kept.

        Raises TimeoutError when nothing is left.
        """
        with self._lock:
            if self._follower is None:
                self._follower = Follower(self)
                self._follower.start()
            ready = self._follower.ready
        if ready.is_set() or self.outage is not None:
            return wait
        begun = self._monotonic()
        if not ready.wait(wait):
            msg = f"no answer within {wait} s"
            raise TimeoutError(msg)
        return wait and max(0.0, wait - (self._monotonic() - begun))

    def _late(self, error: TimeoutError, *, told: bool) -> None:
        """A check that was `told` something else did not wait long: maybe it was only that which was slow."""
        follower = self._follower  # another thread may end it meanwhile
        if told and follower is not None:
            follower.wake()
        else:
            self.lost(error)

    def _may_ask(self) -> bool:
        if self.outage is None:
            return True
        if self.followed:
            return False
        with self._lock:
            now = self._monotonic()
            if now < self._next_try:
                return False
            self._next_try = now + self.pause  # others go on meanwhile with what was last read
            return True

    def _ask(self, subject: str) -> Reading:
        asked_at = self.clock()
        record = self.source.load(subject) or SubjectRecord(subject)
        if not isinstance(record, SubjectRecord):
            msg = "the source gave something else than a record"
            raise TypeError(msg)
        return self._noted([record], asked_at)[0]

    def _ask_many(self, subjects: Iterable[str]) -> Mapping[str, Reading]:
        asked_at = self.clock()
        found = self.source.load_many(subjects)
        records = [found.get(subject) or SubjectRecord(subject) for subject in subjects]
        sound = [record for record in records if isinstance(record, SubjectRecord)]
        return {reading.record.subject: reading for reading in self._noted(sound, asked_at)}

    def _noted(self, records: Iterable[SubjectRecord], asked_at: int) -> list[Reading]:
        """The readings of what the source gave, kept for when it is away; it has been heard of."""
        readings = [Reading(record, asked_at) for record in records]
        if self._keeps:
            for reading in readings:
                self.last_good.keep(reading)
            if not self.followed:
                self.found(asked_at)
        return readings
