"""Asks one checker, whatever it does: errors, deadlines, kept verdicts, a breaker for one that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import cachetools

from entitlements.checker import Checker, Question, Verdict, is_sound
from entitlements.engine.complaints import Complaints
from entitlements.engine.in_time import InTime
from entitlements.fork_safety import renew_after_fork
from entitlements.loss import Effect, Loss, is_effects
from entitlements.subject import Usage

_OPENS_AFTER = 5
_TRIES_AGAIN_AFTER = 30.0
_KEPT_VERDICTS = 100_000
_RESTS = "it failed several times and rests before the next try"


@dataclass(frozen=True, slots=True)
class Failed:
    """In place of a verdict: the checker did not give one."""

    why: str


Answer = Verdict | Failed | None


class Asker:
    """One checker as the engine calls it: `call(question)` gives a verdict, None, or Failed; it never raises.

    KeyboardInterrupt is the one exception that passes through.
    """

    def __init__(
        self, checker: Checker, plugin: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.checker = checker
        self.plugin = plugin
        self.errors = 0
        self.last_error: str | None = None
        #: Calls that failed in a row; while it is 0 a direct checker may be called without this wrapper.
        self.failing = 0
        #: Whether a healthy checker may be called without `call`, as nothing is kept or timed.
        self.direct: bool = checker.volatility.kind != "cacheable" and checker.deadline is None
        self._rests_until = 0.0
        self._complaints = Complaints(monotonic)
        self._asking = threading.local()
        self._monotonic = monotonic
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Make the lock and the kept verdicts anew."""
        self._lock = threading.Lock()
        self._in_time = InTime(f"entitlements-{self.checker.name}")
        self._verdicts: cachetools.TTLCache[Any, Answer] | None = None
        self._last_good: cachetools.LRUCache[Any, Answer] = cachetools.LRUCache(_KEPT_VERDICTS)
        if self.checker.volatility.kind == "cacheable":
            ttl = self.checker.volatility.ttl
            self._verdicts = cachetools.TTLCache(_KEPT_VERDICTS, ttl, timer=self._monotonic)

    @property
    def health(self) -> str:
        """`ok`, `failing` (its last call failed) or `resting` (the breaker is open)."""
        if self._rests():
            return "resting"
        return "failing" if self.failing else "ok"

    def call(self, question: Question) -> Answer:
        """The checker's verdict on `question`, None for no objection, Failed when there is none to be had."""
        if self._verdicts is None or not question.of_now:
            return self._settle(question, self._ask(question))
        key = (question.subject, question.feature.key)
        with self._lock:
            if key in self._verdicts:
                return self._verdicts[key]
        answer = self._ask(question)
        if not isinstance(answer, Failed):
            with self._lock:
                self._verdicts[key] = self._last_good[key] = answer
        return self._settle(question, answer)

    def forget(self, subject: str | None, features: Iterable[str]) -> None:
        """Ask again about `subject`, or about all: what the kept verdicts rest on has changed."""
        if self._verdicts is None:
            return
        with self._lock:
            if subject is None:
                self._verdicts.clear()
            for feature in features:
                self._verdicts.pop((subject, feature), None)

    def judge(self, question: Question, answer: Any) -> Answer:
        """What a direct call answered, held against the contract."""
        return self._settle(question, self._judged(question, answer))

    def fails(self, question: Question, error: BaseException) -> Answer:
        """What stands in for the answer of a direct call that raised `error`."""
        return self._settle(question, self._failed(type(error).__name__))

    def measure(self, subject: str, key: str, at: datetime) -> Usage | None:
        """What the checker measures of feature or cap `key`; its count is None when it fails at that."""
        usage = self._guarded(
            lambda: self.checker.usage(subject, key, at), _is_usage, "it measured no whole number"
        )
        return Usage(None, unknown=f"{self.checker.name}: {usage.why}") if type(usage) is Failed else usage

    def effects(self, loss: Loss) -> tuple[Effect, ...] | Failed | None:
        """What the checker says that `loss` does; None where it leaves that to the feature's file."""

        def told() -> tuple[Effect, ...] | None:
            given = self.checker.effects(loss)
            return None if given is None else tuple(given)

        found: tuple[Effect, ...] | Failed | None = self._guarded(
            told, is_effects, "its effects are not sound"
        )
        return found

    def _guarded(self, ask: Callable[[], Any], is_sound: Callable[[Any], bool], fault: str) -> Any:
        """What `ask()` gives where it `is_sound`, else Failed."""
        if self._rests():
            return Failed(_RESTS)
        try:
            given = self._in_time.call(ask, self.checker.deadline)
            # Within the guard: a value that was put together by hand may lack its very fields.
            sound = is_sound(given)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a checker may raise anything
            return self._failed(type(error).__name__)
        if not sound:
            return self._failed(fault)
        self.failing = 0
        return given

    def _settle(self, question: Question, answer: Answer) -> Answer:
        """What stands for a failure, by the checker's `on_error`."""
        if not isinstance(answer, Failed):
            return answer
        if self.checker.on_error == "ignore":
            return None
        if self.checker.on_error == "last_good":
            with self._lock:
                return self._last_good.get((question.subject, question.feature.key), answer)
        return answer

    def _rests(self) -> bool:
        return self.failing >= _OPENS_AFTER and self._monotonic() < self._rests_until

    def _ask(self, question: Question) -> Answer:
        if self._rests():
            return Failed(_RESTS)
        asked = self._asking.__dict__.setdefault("now", set())
        key = (question.subject, question.feature.key)
        if key in asked:
            return self._failed("it asked the engine for the very answer that it was asked for")
        asked.add(key)
        try:
            answer = self._in_time.call(lambda: self.checker.check(question), self.checker.deadline)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a checker may raise anything, SystemExit too
            return self._failed(type(error).__name__)
        finally:
            asked.discard(key)
        return self._judged(question, answer)

    def _judged(self, question: Question, answer: Any) -> Answer:
        if answer is None:
            self.failing = 0
            return None
        # By exact type, so that nothing of a stranger's object is ever called.
        if type(answer) is not Verdict or not is_sound(answer):
            return self._failed(
                f"it answered with {type(answer).__name__} instead of deny(…), admit(…) or None"
            )
        # One that listens everywhere admits only where a plan file names it.
        if answer.allows and self.checker.everywhere and self.checker.name not in question.feature.checks:
            return self._failed("it listens everywhere and so may only deny, but it admitted")
        self.failing = 0
        return answer

    def _failed(self, why: str) -> Failed:
        with self._lock:
            now = self._monotonic()
            self.errors += 1
            self.last_error = why
            self.failing += 1
            if self.failing >= _OPENS_AFTER:
                self._rests_until = now + _TRIES_AGAIN_AFTER
        self._complaints.log(f'checker "{self.checker.name}" of plugin "{self.plugin}"', why)
        return Failed(why)


def _is_usage(given: object) -> bool:
    return given is None or (type(given) is Usage and _counts(given.count) and _counts(given.exempt))


def _counts(count: object) -> bool:
    # By exact type: a stranger's number may do anything when it is compared.
    return count is None or (type(count) is int and count >= 0)
