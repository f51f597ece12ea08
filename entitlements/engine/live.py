"""One catalog generation at work: the rows that warm checks read, and the careful way of filling them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from entitlements.checker import NO_CONTEXT
from entitlements.clock import NEVER, Clock, from_ns
from entitlements.decision import Decision, Reason
from entitlements.engine.compile import Program
from entitlements.engine.decide import denied_unknown
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.resolve import resolve
from entitlements.engine.row import Row, RowMaker
from entitlements.errors import UnknownFeature
from entitlements.plugin_manager import Named
from entitlements.problems import suggestion
from entitlements.source.protocol import Source
from entitlements.subject import SubjectRecord

_log = logging.getLogger("entitlements")
_MOST_SPACES = 10_000
Alter = Callable[[SubjectRecord], SubjectRecord]


class _Flight:
    """One load under way, which others of the same subject wait for."""

    __slots__ = ("done", "space", "stale")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.space: Entitlements | None = None
        self.stale = False


class Live:
    """Rows of one Program over one Source. A reload makes a new Live; nothing here is ever half old."""

    def __init__(
        self,
        program: Program,
        source: Source,
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
        self._source = source
        self._clock = clock
        self._on_unknown = on_unknown
        self._ever_known = ever_known
        self._alter = alter
        self._current = current
        self._most_subjects = most_subjects
        self._maker = RowMaker(program)
        self._spaces: dict[str, Entitlements] = {}
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()

    def space(self, subject: str) -> Entitlements:
        """What `subject` has now, by the catalog in force now."""
        return self._current(subject)

    def kept_space(self, subject: str) -> Entitlements:
        """The space behind the subject's row while that holds; else loaded, once for all who ask."""
        space = self._spaces.get(subject)
        if space is not None and space.row is self.rows.get(subject) and not space.expired:
            return space
        while True:
            with self._lock:
                flight = self._flights.get(subject)
                mine = flight is None
                if flight is None:
                    flight = self._flights[subject] = _Flight()
            if mine:
                return self._fly(subject, flight)
            flight.done.wait()
            if flight.space is not None and not flight.space.expired:
                return flight.space

    def _fly(self, subject: str, flight: _Flight) -> Entitlements:
        try:
            flight.space = space = self.fresh_space(subject, self._clock(), self._clock)
            with self._lock:
                # Something changed while this load was under way: its row may be old, so it is not kept.
                if not flight.stale and space.keepable:
                    self._keep(subject, space)
            return space
        finally:
            with self._lock:
                if self._flights.get(subject) is flight:
                    del self._flights[subject]
            flight.done.set()

    def _keep(self, subject: str, space: Entitlements) -> None:
        if len(self.rows) >= self._most_subjects and subject not in self.rows:
            del self.rows[next(iter(self.rows))]
        if len(self._spaces) >= _MOST_SPACES:
            self._spaces.pop(next(iter(self._spaces)), None)
        self.rows[subject] = space.row
        self._spaces[subject] = space

    def fresh_space(self, subject: str, at: int, clock: Clock) -> Entitlements:
        """What `subject` has at `at` (ns), read from the source. A failing source denies, with a reason."""
        try:
            record = self._source.load(subject) or SubjectRecord(subject)
        except Exception:  # noqa: BLE001  a source is a stranger's code over a network
            _log.exception('the record of "%s" could not be read', subject)
            return self._unavailable(subject, at, clock)
        record = self._alter(record)
        has = resolve(self.program.catalog, record, from_ns(at))
        return Entitlements(self, record, has, self._maker.row(subject, has, at), at, clock)

    def _unavailable(self, subject: str, at: int, clock: Clock) -> Entitlements:
        record = SubjectRecord(subject)
        has = resolve(self.program.catalog, record, from_ns(at))
        denied = {
            key: Decision(False, key, Reason.STORE_UNAVAILABLE, _catalog=self.program.catalog)
            for key in (*self.program.features, *(f"cap.{cap}" for cap in self.program.catalog.caps))
        }
        return Entitlements(self, record, has, Row(dict(denied), {}, NEVER), at, clock, keepable=False)

    def invalidate(self, subject: str | None = None) -> None:
        """Forget what is known of `subject`, or of all; loads under way will not be kept."""
        with self._lock:
            if subject is None:
                self.rows.clear()
                self._spaces.clear()
                flights = list(self._flights.values())
                self._flights.clear()
            else:
                self.rows.pop(subject, None)
                self._spaces.pop(subject, None)
                flight = self._flights.pop(subject, None)
                flights = [flight] if flight else []
            for flight in flights:
                flight.stale = True

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
        for plugin, observer in self.observers:
            try:
                observer(decision=decision, space=space)
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001  an observer may raise anything
                _log.exception('plugin "%s" failed in entitlements_decided', plugin)

    @staticmethod
    def frozen_context(context: Mapping[str, Any]) -> Mapping[str, Any]:
        return MappingProxyType(dict(context)) if context else NO_CONTEXT
