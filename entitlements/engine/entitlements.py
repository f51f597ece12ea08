"""Entitlements: all that one subject has at one instant, never changing. Code calls it `space`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from entitlements.checker import NO_CONTEXT, Question
from entitlements.clock import NEVER, Clock, from_ns
from entitlements.decision import Decision
from entitlements.engine.allowance import Allowance
from entitlements.engine.ask import Asker
from entitlements.engine.decide import Said, decide_cap, decide_feature
from entitlements.engine.explain import Explanation, explain_cap, explain_feature
from entitlements.engine.measure import measure
from entitlements.engine.resolve import BAA, Resolved
from entitlements.engine.row import Row, question_for
from entitlements.errors import AccessDenied
from entitlements.model import Origin, Plan, SupportLevel
from entitlements.subject import SubjectRecord, Subscription, Usage

if TYPE_CHECKING:
    from entitlements.engine.live import Live

_Call = tuple[Asker, Callable[[Question], Any], Question]


class Entitlements:
    """What `subject` has at one instant. Made by `Engine.entitlements`; safe to share between threads."""

    __slots__ = (
        "_answers",
        "_bools",
        "_clock",
        "_has",
        "_live",
        "_prepared",
        "_record",
        "at",
        "keepable",
        "row",
        "subject",
    )

    def __init__(
        self,
        live: Live,
        record: SubjectRecord,
        has: Resolved,
        row: Row,
        at: int,
        clock: Clock,
        *,
        keepable: bool = True,
    ) -> None:
        self.subject = record.subject
        #: The instant this was made for, in UTC.
        self.at = from_ns(at)
        self.row = row
        #: False when the source could not be read: then every answer is a denial.
        self.keepable = keepable
        self._live = live
        self._record = record
        self._has = has
        self._bools = row.bools
        self._answers = row.answers
        self._clock = clock
        self._prepared: dict[str, tuple[tuple[_Call, ...], Decision]] = {}

    def allows(self, feature: str, **context: Any) -> bool:
        """May `feature` be used? `context` is what checkers may need, such as `client="commcare-export"`."""
        try:
            answer = self._bools[feature]
            if answer is not None and not context:
                return answer
        except KeyError:
            pass
        return self._decide(feature, context).allowed

    def check(self, feature: str, **context: Any) -> Decision:
        """The Decision on `feature`, or on `cap.KEY` (may one more be added? `adding=3` asks for three)."""
        try:
            answer = self._answers[feature]
            if answer is not None and not context and not self._live.observers:
                return answer
        except KeyError:
            pass
        decision = self._decide(feature, context)
        self._live.tell(decision, self)
        return decision

    def require(self, feature: str, **context: Any) -> None:
        """Raises AccessDenied unless `check` allows."""
        decision = self.check(feature, **context)
        if not decision.allowed:
            raise AccessDenied(decision, self.subject)

    def explain(self, feature: str, **context: Any) -> Explanation:
        """The full derivation of the decision, step by step."""
        if feature not in self._live.program.features:
            return explain_cap(self._has, self._decide(feature, context))
        said = [
            (bound.name, bound.asker.call(question)) for bound, question in self._questions(feature, context)
        ]
        return explain_feature(self._live.program, feature, self._has, said)

    def allows_any(self, features: Iterable[str], **context: Any) -> bool:
        """May at least one of `features` be used?"""
        return any(self.allows(feature, **context) for feature in features)

    def allowed(self) -> frozenset[str]:
        """Keys of all features that `allows` without context: for menus and front ends."""
        return frozenset(
            key
            for key, answer in self._bools.items()
            if (answer if answer is not None else self._decide(key, NO_CONTEXT).allowed)
        )

    @property
    def plan(self) -> Plan:
        return self._has.plan

    @property
    def subscription(self) -> Subscription | None:
        """The subscription in force; None on the default plan."""
        return self._has.subscription

    @property
    def support(self) -> SupportLevel:
        return self._live.program.catalog.support_levels[self._has.support]

    @property
    def baa(self) -> BAA:
        return self._has.baa

    @property
    def overrides(self) -> tuple[Origin, ...]:
        """The overrides that give or take something now, sorted."""
        found = {
            *self._has.included.values(),
            *self._has.removed.values(),
            self._has.support_origin,
            *(given.origin for given in self._has.caps.values()),
        }
        return tuple(sorted((o for o in found if o.kind == "override"), key=str))

    @property
    def valid_until(self) -> datetime | None:
        """The first instant at which any answer that needs no asking may change; None for never."""
        return None if self.row.until == NEVER else from_ns(self.row.until)

    @property
    def expired(self) -> bool:
        """Whether `valid_until` has passed; `refreshed()` gives what holds now."""
        return self.row.until <= self._clock()

    @property
    def revision(self) -> int:
        return self._record.revision

    def refreshed(self) -> Entitlements:
        """What the subject has now; this object stays as it is."""
        return self._live.space(self.subject)

    def usage(self, key: str) -> Usage | None:
        """How much of feature or cap `key` is in use; None if nobody measures it."""
        return measure(self._live.program, self._record, key, from_ns(self._clock()))

    def cap(self, key: str) -> Allowance:
        """What the subject has of cap `key`. Raises UnknownFeature for a key the catalog lacks."""
        if key not in self._has.caps:
            self._live.unknown(f"cap.{key}")
        given = self._has.caps[key]
        usage = self.usage(key)
        used = usage.count if usage is not None else None
        unknown = (
            None if used is not None else (usage.unknown if usage is not None else None) or "not measured"
        )
        return Allowance(
            key,
            given.terms.included,
            given.terms.hard,
            given.terms.extra,
            used,
            unknown,
            given.origin,
            lambda adding: decide_cap(self._live.program.catalog, key, self._has, usage, adding),
        )

    def compared_terms(self) -> Resolved:
        """All that is resolved for this subject; what a plan change is compared with."""
        return self._has

    def _decide(self, feature: str, context: Mapping[str, Any]) -> Decision:
        if not context:
            prepared = self._prepared.get(feature)
            if prepared is not None:
                return self._ask_prepared(feature, *prepared)
        program = self._live.program.features.get(feature)
        answer = self._answers.get(feature)
        if answer is not None and not self.keepable:
            return answer
        if program is None:
            return self._decide_cap(feature, context)
        asked = [bound for bound in program.live if bound.needs <= context.keys()]
        if answer is not None and (not asked or self._has.plan.suspends or feature in self._has.removed):
            return answer
        if not context:
            return self._ask_prepared(feature, *self._prepare(feature))
        said = [
            (bound.name, bound.asker.call(question))
            for bound, question in self._questions(feature, context)
            if bound.asker.checker.volatility.kind != "static"
        ]
        return self._with(feature, said)

    def _decide_cap(self, feature: str, context: Mapping[str, Any]) -> Decision:
        cap = feature.removeprefix("cap.")
        if cap == feature or cap not in self._has.caps:
            return self._live.unknown(feature)
        adding = context.get("adding", 1)
        if not isinstance(adding, int) or isinstance(adding, bool) or adding < 0:
            msg = f"adding must be a whole number of 0 or more, not {adding!r}"
            raise ValueError(msg)
        return decide_cap(self._live.program.catalog, cap, self._has, self.usage(cap), adding)

    def _prepare(self, feature: str) -> tuple[tuple[_Call, ...], Decision]:
        """The calls of `feature` with their questions made once, and the answer if nobody says anything."""
        calls = []
        for bound, question in self._questions(feature, NO_CONTEXT):
            if bound.asker.checker.volatility.kind != "static":
                asker = bound.asker
                calls.append((asker, asker.checker.check if asker.direct else asker.call, question))
        self._prepared[feature] = prepared = (tuple(calls), self._with(feature, ()))
        return prepared

    def _ask_prepared(self, feature: str, calls: tuple[_Call, ...], silent: Decision) -> Decision:
        said: list[Said] = []
        done = 0
        try:
            for asker, ask, question in calls:
                if asker.failing:
                    break
                answer = ask(question)
                done += 1
                if answer is not None:
                    said.append(
                        (asker.checker.name, asker.judge(question, answer) if asker.direct else answer)
                    )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a checker may raise anything, SystemExit too
            asker, _, question = calls[done]
            said.append((asker.checker.name, asker.fails(question, error)))
            done += 1
        said += [(asker.checker.name, asker.call(question)) for asker, _, question in calls[done:]]
        return silent if all(answer is None for _, answer in said) else self._with(feature, said)

    def _with(self, feature: str, said: Iterable[Said]) -> Decision:
        live = self._live.program
        unlocks = live.features[feature].unlocks
        return decide_feature(
            live.catalog, unlocks, feature, self._has, (*self.row.said.get(feature, ()), *said)
        )

    def _questions(self, feature: str, context: Mapping[str, Any]) -> list[tuple[Any, Question]]:
        """Everyone who has a say on `feature` in this context, with what they are asked."""
        program = self._live.program.features.get(feature)
        if program is None:
            return []
        frozen = self._live.frozen_context(context)
        return [
            (
                bound,
                question_for(
                    bound, self.subject, program, self._has, self._clock, frozen, lambda: self.usage(feature)
                ),
            )
            for bound in (*program.static, *program.live)
            if bound.needs <= context.keys()
        ]
