"""Entitlements: all that one subject has at one instant, never changing. Code calls it `space`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from entitlements.checker import NO_CONTEXT, Question
from entitlements.clock import Clock, from_ns
from entitlements.decision import Decision
from entitlements.engine.allowance import Allowance, allowance_of
from entitlements.engine.ask import Asker
from entitlements.engine.context import frozen_context
from entitlements.engine.decide import Said, decide_cap, decide_feature
from entitlements.engine.explain import Explanation, explain_cap, explain_feature, explain_unavailable
from entitlements.engine.held import Held
from entitlements.engine.resolve import Resolved
from entitlements.engine.row import Row, included_of, question_for
from entitlements.errors import AccessDenied
from entitlements.lifecycle.periods import month_of
from entitlements.model import EMPTY
from entitlements.source.seats import Room
from entitlements.subject import SubjectRecord, Usage

if TYPE_CHECKING:
    from entitlements.engine.era import Era
    from entitlements.engine.last_good import Reading
    from entitlements.engine.live import Live

_Call = tuple[Asker, Callable[[Question], Any], Question]


class Entitlements(Held):
    """What `subject` has at one instant. Made by `Engine.entitlements`; safe to share between threads."""

    __slots__ = (
        "_answers",
        "_busy",
        "_final",
        "_prepared",
        "_refused",
    )

    def __init__(
        self,
        live: Live,
        era: Era,
        record: SubjectRecord,
        has: Resolved,
        row: Row,
        at: int,
        clock: Clock,
        *,
        reading: Reading,
        refused: Mapping[str, Decision | None],
    ) -> None:
        super().__init__(live, era, record, has, row, at, clock, reading)
        # What is denied because the record could not be read, or not recently enough: all, some or nothing.
        self._refused = refused
        self._final = row.final
        self._answers = row.answers
        # Feature → who is asked about it on each call; made by the first such call, as most spaces see none.
        self._busy = False
        self._prepared: Mapping[str, tuple[tuple[_Call, ...], Decision]] = EMPTY

    def allows(self, feature: str, **context: Any) -> bool:
        """May `feature` be used? `context` is what checkers may need, such as `client="commcare-export"`."""
        try:
            if not context:
                return self._final[feature]
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
        if feature in self._refused:
            return explain_unavailable(self._decide(feature, context))
        zone = self.time_zone
        if feature not in self._era.program.features:
            return explain_cap(self._era.program, self._has, self._decide(feature, context), zone)
        # What STATIC checkers said when this was made is what decides; asked again they might differ.
        said = [*self.row.said.get(feature, ()), *self._ask_live(feature, context)]
        return explain_feature(self._era.program, feature, self._has, said, zone)

    def allows_any(self, features: Iterable[str], **context: Any) -> bool:
        """May at least one of `features` be used?"""
        return any(self.allows(feature, **context) for feature in features)

    def allowed(self) -> frozenset[str]:
        """Keys of all features that `allows` without context: for menus and front ends."""
        allowed = self.row.all_allowed
        if allowed is None:
            answers = [self._answer(key) for key in self._era.program.features]
            allowed = frozenset(answer.feature for answer in answers if answer is not None and answer.allowed)
            self.row.all_allowed = allowed
        asked = [key for key in self._era.maker.always_live if self._decide(key, NO_CONTEXT).allowed]
        return allowed.union(asked) if asked else allowed

    def refreshed(self) -> Entitlements:
        """What the subject has now; this object stays as it is."""
        return self._live.space(self.subject)

    def usage(self, key: str) -> Usage | None:
        """How much of feature or cap `key` is in use; None if nobody measures it."""
        return self.usages((key,)).get(key)

    def usages(self, keys: Iterable[str]) -> Mapping[str, Usage]:
        """`usage` of those of `keys` that somebody measures, with one look into the store."""
        at = from_ns(self._clock())
        rooms = {key: self.room(key, at) for key in keys}
        return self._live.usages(self._era.program, self._record, rooms, at)

    def room(self, key: str, at: datetime) -> Room | None:
        """Where uses of `key` are counted at `at`; None for what is not held or used up, but measured."""
        cap = self._era.program.catalog.caps.get(key)
        if cap is None or (cap.period is None and cap.counted_by != "seats"):
            return None
        if cap.period is None:
            return Room(self.subject, key)
        anchor = self.subscription.start if self.subscription is not None else None
        return Room(self.subject, key, month_of(cap.period, anchor, at, self.time_zone))

    def begins_with(self, room: Room, at: datetime) -> int | None:
        """What counting begins with in `room`: what was measured, 0 for a month's use, else not known."""
        return self._live.begins_with(self._era.program, self._record, room, at)

    def judge(self, cap: str, used: int | None, adding: int) -> Decision:
        """Whether `adding` more may be added to `used` of `cap`, by whoever counts them."""
        return self._room_for(cap, adding, Usage(used))

    def cap(self, key: str) -> Allowance:
        """What the subject has of cap `key`. Raises UnknownFeature for a key the catalog lacks."""
        if key not in self._has.caps:
            self._live.raise_unknown(f"cap.{key}")
        usage = self.usage(key)
        return allowance_of(key, self._has.caps[key], usage, lambda n: self._room_for(key, n, usage))

    def compared_terms(self) -> Resolved:
        """All that is resolved for this subject; what a plan change is compared with."""
        return self._has

    def _decide(self, feature: str, context: Mapping[str, Any]) -> Decision:
        if "at" in context:
            msg = "what is held here is of one instant; ask engine.entitlements(subject, at=…) for another"
            raise TypeError(msg)
        if (denied := self._refused.get(feature)) is not None:
            return denied
        program = self._era.program.features.get(feature)
        if program is None:
            return self._decide_cap(feature, context)
        answer = self._answer(feature)
        asked = [bound for bound in program.live if bound.needs <= context.keys()]
        if answer is not None and (not asked or self._has.plan.suspends or feature in self._has.removed):
            return answer
        if not context:
            return self.ask(feature)
        return self._with(feature, self._ask_live(feature, context))

    def _ask_live(self, feature: str, context: Mapping[str, Any]) -> list[Said]:
        return [
            (bound.name, bound.asker.call(question))
            for bound, question in self._questions(feature, context)
            if bound.asker.checker.volatility.kind != "static"
        ]

    def _answer(self, feature: str) -> Decision | None:
        """The answer that needs no asking; None if there is none."""
        try:
            return self._answers[feature]
        except KeyError:
            return self._era.maker.fill(self.row, feature, self._has)

    def _decide_cap(self, feature: str, context: Mapping[str, Any]) -> Decision:
        cap = feature.removeprefix("cap.")
        if cap == feature or cap not in self._has.caps:
            return self._live.unknown(feature)
        return self._room_for(cap, context.get("adding", 1), self.usage(cap))

    def _room_for(self, cap: str, adding: Any, usage: Usage | None) -> Decision:
        if (denied := self._refused.get(f"cap.{cap}")) is not None:
            return denied
        if not isinstance(adding, int) or isinstance(adding, bool) or adding < 0:
            msg = f"adding must be a whole number of 0 or more, not a value of type {type(adding).__name__}"
            raise ValueError(msg)
        return decide_cap(self._era.program.catalog, cap, self._has, usage, adding)

    def ask(self, feature: str) -> Decision:
        """The Decision, for a call without context, on a feature about which somebody is asked each time."""
        try:
            calls, silent = self._prepared[feature]
        except KeyError:
            calls, silent = self._prepare(feature)
        if self._busy:
            # Another thread asks here too, or a checker of this call asks the engine again: the guarded way.
            return self._with(
                feature, [(asker.checker.name, asker.call(question)) for asker, _, question in calls]
            )
        said: tuple[Said, ...] = ()
        self._busy = True
        try:
            for asker, ask, question in calls:
                if asker.failing:
                    said = (*said, (asker.checker.name, asker.call(question)))
                    continue
                answer = ask(question)
                if answer is not None:
                    judged = asker.judge(question, answer) if asker.direct else answer
                    said = (*said, (asker.checker.name, judged))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a checker may raise anything, SystemExit too
            failed = (asker.checker.name, asker.fails(question, error))
            after = calls[1 + [call[2] for call in calls].index(question) :]
            rest = [(asker.checker.name, asker.call(question)) for asker, _, question in after]
            said = (*said, failed, *rest)
        finally:
            self._busy = False
        return self._with(feature, said) if said else silent

    def _prepare(self, feature: str) -> tuple[tuple[_Call, ...], Decision]:
        """The calls of `feature` with their questions made once, and the answer if nobody says anything."""
        calls = []
        for bound, question in self._questions(feature, NO_CONTEXT):
            if bound.asker.checker.volatility.kind != "static":
                calls.append((bound.asker, bound.ask, question))
        silent = self._era.maker.decision(feature, self._has, self.row.said.get(feature, ()))
        prepared = (tuple(calls), silent)
        self._prepared = {**self._prepared, feature: prepared}
        return prepared

    def _with(self, feature: str, said: Iterable[Said]) -> Decision:
        program = self._era.program
        unlocks = program.features[feature].unlocks
        return decide_feature(
            program.catalog, unlocks, feature, self._has, (*self.row.said.get(feature, ()), *said)
        )

    def _questions(self, feature: str, context: Mapping[str, Any]) -> list[tuple[Any, Question]]:
        """Everyone who has a say on `feature` in this context, with what they are asked."""
        program = self._era.program.features.get(feature)
        if program is None:
            return []
        frozen, included = frozen_context(context), included_of(self._has)
        return [
            (
                bound,
                question_for(
                    bound,
                    self.subject,
                    program,
                    self._has,
                    included,
                    self._clock,
                    frozen,
                    lambda: self.usage(feature),
                    of_now=self._live.is_now(self._clock),
                ),
            )
            for bound in (*program.static, *program.live)
            if bound.needs <= context.keys()
        ]
