"""What a warm check reads: one Row of finished answers, shared by all subjects to whom it applies alike."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import cachetools

from entitlements.checker import Entitlement, Question
from entitlements.clock import Clock, FixedClock, from_ns, to_ns
from entitlements.decision import Decision
from entitlements.engine.ask import Failed
from entitlements.engine.compile import Bound, FeatureProgram, Program
from entitlements.engine.decide import Said, decide_feature
from entitlements.engine.resolve import Resolved
from entitlements.subject import Usage

Answers = dict[str, Decision | None]
_KEPT = 10_000


class Row:
    """Every feature's answer until an instant. None for an answer: somebody must be asked each time."""

    __slots__ = ("answers", "bools", "said", "until")

    def __init__(self, answers: Answers, said: Mapping[str, tuple[Said, ...]], until: int) -> None:
        self.answers = answers
        self.bools: dict[str, bool | None] = {
            key: None if d is None else d.allowed for key, d in answers.items()
        }
        #: What STATIC checkers said, for the features whose answer is not final.
        self.said = said
        #: The first instant (ns) at which an answer may change.
        self.until = until


class RowMaker:
    """Makes rows for one Program and keeps the recent ones, so that equal rows are one object."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._with_static = {key: p for key, p in program.features.items() if p.static}
        self._plain: cachetools.LRUCache[Hashable, Answers] = cachetools.LRUCache(_KEPT)
        self._rows: cachetools.LRUCache[Hashable, Row] = cachetools.LRUCache(_KEPT)
        self._lock = threading.Lock()

    def row(self, subject: str, has: Resolved, at: int) -> Row:
        """The answers for a subject that `has` so much at instant `at` (ns)."""
        until = has.until
        said: dict[str, tuple[Said, ...]] = {}
        for key, program in self._with_static.items():
            said[key], ends = self._ask_static(subject, program, has, at)
            until = min(until, ends)
        row_key = (has.key, until, tuple(said.values()))
        with self._lock:
            row = self._rows.get(row_key)
        if row is None:
            row = Row(self._answers(has, said), said, until)
            with self._lock:
                row = self._rows.setdefault(row_key, row)
        return row

    def _answers(self, has: Resolved, said: Mapping[str, tuple[Said, ...]]) -> Answers:
        with self._lock:
            plain = self._plain.get(has.key)
        if plain is None:
            plain = {key: self._answer(program, has, ()) for key, program in self._program.features.items()}
            with self._lock:
                plain = self._plain.setdefault(has.key, plain)
        if not said:
            return plain
        return {
            **plain,
            **{key: self._answer(self._program.features[key], has, s) for key, s in said.items()},
        }

    def _answer(self, program: FeatureProgram, has: Resolved, said: tuple[Said, ...]) -> Decision | None:
        final = has.plan.suspends or program.feature.key in has.removed
        if program.always_live and not final:
            return None
        return decide_feature(self._program.catalog, program.unlocks, program.feature.key, has, said)

    def _ask_static(
        self, subject: str, program: FeatureProgram, has: Resolved, at: int
    ) -> tuple[tuple[Said, ...], int]:
        said = []
        until = has.until
        clock = FixedClock(from_ns(at))
        for bound in program.static:
            question = question_for(bound, subject, program, has, clock)
            answer = bound.asker.call(question)
            said.append((bound.name, answer))
            if answer is not None and not isinstance(answer, Failed) and answer.until is not None:
                until = min(until, to_ns(answer.until))
        return tuple(said), until


def question_for(
    bound: Bound,
    subject: str,
    program: FeatureProgram,
    has: Resolved,
    clock: Clock,
    context: Mapping[str, Any] | None = None,
    usage: Callable[[], Usage | None] | None = None,
) -> Question:
    """What `bound` is asked, with no more in it than its volatility may see."""
    kind = bound.asker.checker.volatility.kind
    return Question(
        subject=subject,
        feature=program.feature,
        entitlement=entitlement_of(program.feature.key, has),
        included=frozenset(has.included.keys() - has.removed.keys()),
        subscription=has.subscription,
        params=bound.params,
        clock=clock,
        context=context if kind == "dynamic" else None,
        usage=usage if kind != "static" else None,
    )


def entitlement_of(feature: str, has: Resolved) -> Entitlement:
    """What a checker may know of what the subject gets of `feature`."""
    origin = has.removed.get(feature) or has.included.get(feature)
    return Entitlement(feature in has.included and feature not in has.removed, origin or has.plan_origin)
