"""Asks one checker, whatever it does: errors, deadlines, kept verdicts, a breaker for one that fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import cachetools

from entitlements.checker import Checker, Question, Verdict

_log = logging.getLogger("entitlements")
_OPENS_AFTER = 5
_TRIES_AGAIN_AFTER = 30.0
_LOGS_EVERY = 60.0
_KEPT_VERDICTS = 100_000


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
        self._open_until = 0.0
        self._logged_at = float("-inf")
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        kind = checker.volatility.kind
        self._plain: Callable[[Question], Any] = (
            self._timed if checker.deadline is not None else checker.check
        )
        self._verdicts: cachetools.TTLCache[Any, Answer] | None = None
        self._last_good: cachetools.LRUCache[Any, Answer] | None = None
        if kind == "cacheable":
            self._verdicts = cachetools.TTLCache(_KEPT_VERDICTS, checker.volatility.ttl, timer=monotonic)
            self._last_good = cachetools.LRUCache(_KEPT_VERDICTS)
        #: Whether a healthy checker may be called without `call`, as nothing is kept or timed.
        self.direct: bool = kind != "cacheable" and checker.deadline is None

    @property
    def health(self) -> str:
        """`ok`, `failing` (its last call failed) or `resting` (the breaker is open)."""
        if self.failing >= _OPENS_AFTER and self._monotonic() < self._open_until:
            return "resting"
        return "failing" if self.failing else "ok"

    def call(self, question: Question) -> Answer:
        """The checker's verdict on `question`, None for no objection, Failed when there is none to be had."""
        if self._verdicts is None:
            return self._settle(question, self._ask(question))
        key = (question.subject, question.feature.key)
        with self._lock:
            if key in self._verdicts:
                return self._verdicts[key]
        answer = self._ask(question)
        with self._lock:
            if not isinstance(answer, Failed):
                self._verdicts[key] = answer
                if self._last_good is not None:
                    self._last_good[key] = answer
        return self._settle(question, answer)

    def _settle(self, question: Question, answer: Answer) -> Answer:
        """What stands for a failure, by the checker's `on_error`."""
        if not isinstance(answer, Failed):
            return answer
        if self.checker.on_error == "ignore":
            return None
        if self.checker.on_error == "last_good" and self._last_good is not None:
            with self._lock:
                return self._last_good.get((question.subject, question.feature.key), answer)
        return answer

    def _ask(self, question: Question) -> Answer:
        if self.failing >= _OPENS_AFTER and self._monotonic() < self._open_until:
            return Failed("it failed several times and rests before the next try")
        try:
            answer = self._plain(question)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a checker may raise anything, SystemExit too
            return self._failed(type(error).__name__)
        return self._judged(question, answer)

    def judge(self, question: Question, answer: Any) -> Answer:
        """What a direct call answered, held against the contract."""
        return self._settle(question, self._judged(question, answer))

    def fails(self, question: Question, error: BaseException) -> Answer:
        """What stands in for the answer of a direct call that raised `error`."""
        return self._settle(question, self._failed(type(error).__name__))

    def _judged(self, question: Question, answer: Any) -> Answer:
        # By exact type, so that nothing of a stranger's object is ever called.
        if answer is not None and type(answer) is not Verdict:
            return self._failed(
                f"it answered with {type(answer).__name__} instead of deny(…), admit(…) or None"
            )
        if answer is not None and answer.allows and not self._may_admit(question):
            return self._failed("it listens everywhere and so may only deny, but it admitted")
        self.failing = 0
        return answer

    def _may_admit(self, question: Question) -> bool:
        """A checker that listens everywhere admits only where a plan file names it."""
        return not self.checker.everywhere or self.checker.name in question.feature.checks

    def _failed(self, why: str) -> Failed:
        with self._lock:
            now = self._monotonic()
            self.errors += 1
            self.last_error = why
            self.failing += 1
            if self.failing >= _OPENS_AFTER:
                self._open_until = now + _TRIES_AGAIN_AFTER
            log = now - self._logged_at >= _LOGS_EVERY
            if log:
                self._logged_at = now
        if log:
            _log.error('checker "%s" of plugin "%s" failed: %s', self.checker.name, self.plugin, why)
        return Failed(why)

    def _timed(self, question: Question) -> Any:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(4, thread_name_prefix=f"entitlements-{self.checker.name}")
        future = self._pool.submit(self.checker.check, question)
        try:
            return future.result(timeout=self.checker.deadline)
        except TimeoutError:
            future.cancel()
            raise
