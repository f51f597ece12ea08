"""One catalog generation at work: the rows that warm checks read, and the careful way of filling them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, NoReturn

from entitlements.clock import Clock, FixedClock, from_ns
from entitlements.decision import Decision
from entitlements.engine.compile import Program
from entitlements.engine.complaints import Complaints
from entitlements.engine.decide import denied_unknown
from entitlements.engine.denials import Denials
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.era import Era, eras_of
from entitlements.engine.flight import Flight
from entitlements.engine.guard import Guard
from entitlements.engine.last_good import Reading
from entitlements.engine.measure import measure, start_of, usages_of
from entitlements.engine.pretend import stand_in
from entitlements.engine.resolve import Offers, resolve
from entitlements.engine.row import Row
from entitlements.errors import UnknownFeature
from entitlements.fork_safety import renew_after_fork
from entitlements.plugin_manager import Named
from entitlements.problems import suggestion
from entitlements.source.protocol import Token
from entitlements.source.seats import Room
from entitlements.subject import SubjectRecord, Usage

_log = logging.getLogger("entitlements")
# A space is kept for its next question. Where checkers are asked on each call, that is every call.
_MOST_SPACES = 1_000
_MOST_ASKING_SPACES = 100_000
_MOST_TRIES = 4
_NONE_REFUSED: Mapping[str, Decision | None] = MappingProxyType({})
Alter = Callable[[SubjectRecord], SubjectRecord]


class Live:
    """Rows of one Program over one Source. A reload makes a new Live; nothing here is ever half old."""

    def __init__(
        self,
        program: Program,
        guard: Guard,
        clock: Clock,
        *,
        on_unknown: str,
        ever_known: frozenset[str],
        alter: Alter,
        current: Callable[[str], Entitlements],
        most_subjects: int,
    ) -> None:
        self.program = program
        #: Subject → its row; read without a lock.
        self.rows: dict[str, Row] = {}
        self.observers: tuple[Named, ...] = program.plugins.decided
        self._guard = guard
        self._clock = clock
        self._on_unknown = on_unknown
        self._ever_known = ever_known
        self._alter = alter
        self._current = current
        self._most_subjects = most_subjects
        self.eras = eras_of(program)
        self._offers: Offers = {}
        self._denials = Denials(program)
        #: Subject → the space behind its row, for those lately used.
        self.spaces: dict[str, Entitlements] = {}
        self._most_spaces = _MOST_ASKING_SPACES if self.eras[0].maker.always_live else _MOST_SPACES
        self._latest = 0
        self._complaints = Complaints()
        self._telling = threading.local()
        #: CACHEABLE checkers with the features they judge.
        self._keepers = tuple(
            (asker, tuple(k for k, p in program.features.items() if any(b.asker is asker for b in p.live)))
            for asker in program.askers.values()
            if asker.checker.volatility.kind == "cacheable"
        )
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Make the lock anew; loads that other threads had under way never end in a child."""
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}
        if self._guard.followed:
            # Nobody follows the source in the child before it reads something, so nothing is kept till then.
            self.rows.clear()
            self.spaces.clear()

    def space(self, subject: str) -> Entitlements:
        """What `subject` has now, by the catalog in force now."""
        return self._current(subject)

    def kept_space(self, subject: str) -> Entitlements:
        """The space behind the subject's row while that holds; else loaded, once for all who ask."""
        space = self._warm_space(subject)
        if space is not None:
            return space
        while True:
            with self._lock:
                flight = self._flights.get(subject)
                mine = flight is None
                if flight is None:
                    flight = self._flights[subject] = Flight()
                elif flight.done is None:
                    flight.done = threading.Event()
            if mine:
                return self._fly(subject, flight)
            if flight.thread == threading.get_ident():
                # A checker or source that is part of this very load asks again; waiting would be for ever.
                return self.fresh_space(subject, self._now(), self._clock)
            if flight.done is not None:
                flight.done.wait()
            if flight.space is not None and not flight.space.expired:
                return flight.space

    def kept_spaces(self, subjects: Iterable[str]) -> dict[str, Entitlements]:
        """As `kept_space` of each, in their order; those of whom nothing is kept are read in one go."""
        spaces = {subject: self._warm_space(subject) for subject in subjects}
        with self._lock:
            cold = [s for s, space in spaces.items() if space is None and s not in self._flights]
            mine = {subject: Flight() for subject in cold}
            self._flights.update(mine)
        try:
            readings = self._guard.load_many(cold)
            for subject in cold:
                spaces[subject] = self._fly(subject, mine.pop(subject), readings.get(subject))
        finally:
            for subject, flight in mine.items():
                self._land(subject, flight)
        return {subject: space or self.kept_space(subject) for subject, space in spaces.items()}

    def space_since(self, subject: str, token: Token) -> Entitlements:
        """As `kept_space`, but from no older a record than the one `token` was given for; else all denied."""
        for _ in range(_MOST_TRIES):
            space = self.kept_space(subject)
            if not token.outdates(space.record):
                return space
            if space.stale:
                break
            # One try may join a load that began before the write; the next begins after it.
            with self._lock:
                if self.spaces.get(subject) is space:
                    del self.spaces[subject]
        return self._unavailable(subject, self._now(), self._clock)

    def _warm_space(self, subject: str) -> Entitlements | None:
        space = self.spaces.get(subject)
        return None if space is None or space.row is not self.rows.get(subject) or space.expired else space

    def _fly(self, subject: str, flight: Flight, reading: Reading | None = None) -> Entitlements:
        try:
            space = self.fresh_space(subject, self._now(), self._clock, reading=reading)
            flight.space = space
            with self._lock:
                # Something changed while this load was under way: its row may be old, so it is not kept.
                if not flight.stale and space.keepable:
                    self._keep(subject, space)
            return space
        finally:
            self._land(subject, flight)

    def _land(self, subject: str, flight: Flight) -> None:
        with self._lock:
            if self._flights.get(subject) is flight:
                del self._flights[subject]
            landed = flight.done
        if landed is not None:
            landed.set()

    def era(self, at: int) -> Era:
        """The stretch of time that `at` (ns) lies in."""
        return next(era for era in reversed(self.eras) if era.start <= at)

    @property
    def is_cut_off(self) -> bool:
        """Whether the source is away."""
        return self._guard.outage is not None

    def is_now(self, clock: Clock) -> bool:
        """Whether `clock` is the one that goes on, and not an instant somebody asked about."""
        return clock is self._clock

    def _now(self) -> int:
        """The clock's instant, but never one before an instant already seen: what ended stays ended."""
        if isinstance(self._clock, FixedClock):
            return self._clock()  # set back on purpose, by a test
        self._latest = max(self._latest, self._clock())
        return self._latest

    def _keep(self, subject: str, space: Entitlements) -> None:
        _make_room(self.rows, self._most_subjects)
        _make_room(self.spaces, self._most_spaces)
        self.rows[subject] = space.row
        self.spaces[subject] = space

    def fresh_space(
        self,
        subject: str,
        at: int,
        clock: Clock,
        token: Token | None = None,
        *,
        reading: Reading | None = None,
    ) -> Entitlements:
        """What `subject` has at `at` (ns), by `reading` or read now; one never read denies, with a reason."""
        reading = reading or self._guard.load(subject) or stand_in(subject, at, self._alter)
        if reading is None or (token is not None and token.outdates(reading.record)):
            return self._unavailable(subject, at, clock)
        record, era = self._alter(reading.record), self.era(at)
        has = resolve(era.program.catalog, record, from_ns(at), self._offers)
        row, refused = era.maker.row(subject, has, at), _NONE_REFUSED
        if self._guard.is_too_old(reading):
            row, refused = self._denials.in_place(row), self._denials.of_the_wary
        return Entitlements(self, era, record, has, row, at, clock, reading=reading, refused=refused)

    def _unavailable(self, subject: str, at: int, clock: Clock) -> Entitlements:
        record, era = SubjectRecord(subject), self.era(at)
        has = resolve(era.program.catalog, record, from_ns(at), self._offers)
        reading, row = Reading(record, at, stale=True), self._denials.of_all
        return Entitlements(self, era, record, has, row, at, clock, reading=reading, refused=row.answers)

    def usages(
        self, program: Program, record: SubjectRecord, rooms: Mapping[str, Room | None], at: datetime
    ) -> dict[str, Usage]:
        """What is in use of each key by its room; what a test pretends stands for what was measured."""
        pretended = self._alter(SubjectRecord(record.subject)).usage
        asked = {key: room for key, room in rooms.items() if key not in pretended}
        given = {key: pretended[key] for key in rooms.keys() & pretended.keys()}
        return {**usages_of(program, self._guard, record, asked, at), **given}

    def begins_with(self, program: Program, record: SubjectRecord, room: Room, at: datetime) -> int | None:
        """What counting begins with in `room`; None if that is not known."""
        return start_of(room, measure(program, self._guard, record, room.cap, at))

    def invalidate(self, subject: str | None = None) -> None:
        """Forget what is known of `subject`, or of all; loads under way will not be kept."""
        with self._lock:
            if subject is None:
                self.rows.clear()
                self.spaces.clear()
                flights = list(self._flights.values())
                self._flights.clear()
            else:
                self.rows.pop(subject, None)
                self.spaces.pop(subject, None)
                flight = self._flights.pop(subject, None)
                flights = [flight] if flight else []
            for flight in flights:
                flight.stale = True
        for asker, features in self._keepers:
            asker.forget(subject, features)

    def unknown(self, feature: str) -> Decision:
        """The answer for a key this catalog lacks. Raises UnknownFeature for one that never was."""
        if feature in self._ever_known or self._on_unknown == "deny":
            _log.warning('"%s" is not in the catalog "%s"; denied', feature, self.program.catalog.key)
            return denied_unknown(self.program.catalog, feature)
        return self.raise_unknown(feature)

    def raise_unknown(self, feature: str) -> NoReturn:
        catalog = self.program.catalog
        known = [*catalog.features, *(f"cap.{cap}" for cap in catalog.caps)]
        hint = f'did you mean "cap.{feature}"?' if feature in catalog.caps else suggestion(feature, known)
        msg = f'the catalog "{catalog.key}" has no feature "{feature}"' + (f"; {hint}" if hint else "")
        raise UnknownFeature(msg, hint=hint)

    def tell(self, decision: Decision, space: Entitlements) -> None:
        """Hand a decision to the observers; what they raise is logged and changes nothing."""
        if not self.observers or getattr(self._telling, "busy", False):
            return  # an observer that asks is not told of its own questions
        self._telling.busy = True
        try:
            for plugin, observer in self.observers:
                try:
                    observer(decision=decision, space=space)
                except KeyboardInterrupt:
                    raise
                except BaseException as error:  # noqa: BLE001  an observer may raise anything
                    self._complaints.log(f'plugin "{plugin}" in entitlements_decided', type(error).__name__)
        finally:
            self._telling.busy = False


def _make_room(kept: dict[str, Any], most: int) -> None:
    """Drop the oldest of `kept`, many at once: after single deletions a dict is slow to find its first."""
    if len(kept) >= most:
        for key in tuple(islice(kept, most // 16 + 1)):
            del kept[key]
