"""What a warm check reads: one Row of finished answers, shared by all subjects to whom it applies alike."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable, Mapping
from typing import Any, cast

from entitlements.checker import Entitlement, Question
from entitlements.clock import Clock, FixedClock, from_ns, to_ns
from entitlements.decision import Decision
from entitlements.engine.ask import Failed
from entitlements.engine.compile import Bound, FeatureProgram, Program
from entitlements.engine.decide import Said, decide_feature
from entitlements.engine.resolve import Resolved
from entitlements.fork_safety import renew_after_fork
from entitlements.model import EMPTY
from entitlements.subject import Usage

#: Nanoseconds after which a STATIC checker that failed is asked again.
_FAILURE_HOLDS = 30 * 10**9


class Row:
    """Every feature's answer until an instant, made when first asked for, then read by all who share the row.

    None for an answer: somebody must be asked each time.
    """

    __slots__ = ("__weakref__", "all_allowed", "allowed", "answers", "final", "said", "until")

    def __init__(
        self,
        said: Mapping[str, tuple[Said, ...]],
        until: int,
        like: Row | None = None,
        *,
        asking: bool = False,
    ) -> None:
        self.answers: dict[str, Decision | None] = {} if like is None else like.answers
        #: The same answers, as bare as most checks want them.
        self.allowed: dict[str, bool | None] = {} if like is None else like.allowed
        #: The same without None; where nobody is asked, no dict of its own.
        self.final: dict[str, bool]
        if like is not None:
            self.final = like.final
        else:
            self.final = {} if asking else cast("dict[str, bool]", self.allowed)
        #: What STATIC checkers said, for the features that have some.
        self.said = said
        #: The first instant (ns) at which an answer may change.
        self.until = until
        #: The features whose answer is final and allows; None until somebody asks.
        self.all_allowed: frozenset[str] | None = None

    def put(self, feature: str, answer: Decision | None) -> None:
        self.answers[feature] = answer
        self.allowed[feature] = None if answer is None else answer.allowed
        if answer is not None:
            self.final[feature] = answer.allowed


class RowMaker:
    """Makes rows and answers for one Program; while one is in use, equal ones are the same object."""

    def __init__(self, program: Program) -> None:
        self._program = program
        #: Features about which somebody must be asked on each call.
        self.always_live = tuple(key for key, p in program.features.items() if p.always_live)
        self._with_static = {key: p for key, p in program.features.items() if p.static}
        self._rows: weakref.WeakValueDictionary[Hashable, Row] = weakref.WeakValueDictionary()
        # Rows that differ in `until` alone share their answers.
        self._like: weakref.WeakValueDictionary[Hashable, Row] = weakref.WeakValueDictionary()
        self._decisions: weakref.WeakValueDictionary[Hashable, Decision] = weakref.WeakValueDictionary()
        self._asking = threading.local()
        self._lock = threading.Lock()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Make the lock anew, and forget what it guards: another thread may have been in the middle of it."""
        self._lock = threading.Lock()
        self._rows = weakref.WeakValueDictionary()
        self._like = weakref.WeakValueDictionary()
        self._decisions = weakref.WeakValueDictionary()

    def row(self, subject: str, has: Resolved, at: int) -> Row:
        """The answers for a subject that `has` so much at instant `at` (ns)."""
        until = has.until
        said: Mapping[str, tuple[Said, ...]] = EMPTY
        key = has.key
        if self._with_static:
            said, until = self._ask_all_static(subject, has, at)
            key = (key, *said.values())
        with self._lock:
            row = self._rows.get((key, until))
            if row is None:
                row = Row(said, until, self._like.get(key), asking=bool(self.always_live))
                self._rows[key, until] = self._like[key] = row
        return row

    def _ask_all_static(
        self, subject: str, has: Resolved, at: int
    ) -> tuple[dict[str, tuple[Said, ...]], int]:
        """What STATIC checkers say of every feature, and until when."""
        if getattr(self._asking, "busy", False):
            # One of them asks the engine, which would ask it again, without end.
            again = Failed("a STATIC checker asked the engine while it was asked itself")
            return {
                k: tuple((b.name, again) for b in p.static) for k, p in self._with_static.items()
            }, has.until
        self._asking.busy = True
        try:
            said: dict[str, tuple[Said, ...]] = {}
            until, included = has.until, included_of(has)
            for key, program in self._with_static.items():
                said[key], ends = self._ask_static(subject, program, has, included, at)
                until = min(until, ends)
            return said, until
        finally:
            self._asking.busy = False

    def fill(self, row: Row, feature: str, has: Resolved) -> Decision | None:
        """The answer on `feature`, put into the `row` of a subject that `has` so much."""
        program = self._program.features[feature]
        answer = None
        if has.plan.suspends or feature in has.removed or not program.always_live:
            answer = self.decision(feature, has, row.said.get(feature, ()))
        row.put(feature, answer)
        return answer

    def decision(self, feature: str, has: Resolved, said: tuple[Said, ...]) -> Decision:
        """The Decision on `feature` when checkers `said` so much."""
        key = (feature, has.plan_origin, has.included.get(feature), has.removed.get(feature), said)
        with self._lock:
            answer = self._decisions.get(key)
            if answer is None:
                unlocks = self._program.features[feature].unlocks
                answer = decide_feature(self._program.catalog, unlocks, feature, has, said)
                self._decisions[key] = answer
        return answer

    def _ask_static(
        self, subject: str, program: FeatureProgram, has: Resolved, included: frozenset[str], at: int
    ) -> tuple[tuple[Said, ...], int]:
        said = []
        until = has.until
        clock = FixedClock(from_ns(at))
        for bound in program.static:
            question = question_for(bound, subject, program, has, included, clock)
            answer = bound.asker.call(question)
            said.append((bound.name, answer))
            if isinstance(answer, Failed):
                until = min(until, at + _FAILURE_HOLDS)
            elif answer is not None and answer.until is not None:
                until = min(until, to_ns(answer.until))
        return tuple(said), until


def question_for(
    bound: Bound,
    subject: str,
    program: FeatureProgram,
    has: Resolved,
    included: frozenset[str],
    clock: Clock,
    context: Mapping[str, Any] | None = None,
    usage: Callable[[], Usage | None] | None = None,
    *,
    of_now: bool = True,
) -> Question:
    """What `bound` is asked, with no more in it than its volatility may see."""
    kind = bound.asker.checker.volatility.kind
    return Question(
        subject=subject,
        feature=program.feature,
        entitlement=entitlement_of(program.feature.key, has),
        included=included,
        subscription=has.subscription,
        params=bound.params,
        clock=clock,
        context=context if kind == "dynamic" else None,
        usage=usage if kind != "static" else None,
        of_now=of_now,
    )


def included_of(has: Resolved) -> frozenset[str]:
    """What a checker may know of everything the subject gets."""
    return frozenset(has.included.keys() - has.removed.keys())


def entitlement_of(feature: str, has: Resolved) -> Entitlement:
    """What a checker may know of what the subject gets of `feature`."""
    origin = has.removed.get(feature) or has.included.get(feature)
    return Entitlement(feature in has.included and feature not in has.removed, origin or has.plan_origin)
