"""Calls of strangers' code that nobody waits for longer than a deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class InTime:
    """Makes calls on threads of their own, and leaves them there once they are late.

    The threads are daemons, so that a hang does not keep the process from ending, as those of an executor
    would. While `most_late` late ones hang, further calls are refused at once.
    """

    def __init__(self, name: str, most_late: int = 16) -> None:
        self._name = name
        self._most_late = most_late
        self._late = 0
        self._lock = threading.Lock()

    def call(self, ask: Callable[[], T], deadline: float | None) -> T:
        """What `ask()` gives: inline without a deadline. Raises TimeoutError past it."""
        if deadline is None:
            return ask()
        if self._late >= self._most_late:
            msg = "too many calls hang"
            raise TimeoutError(msg)
        call = _Call(ask)
        threading.Thread(target=self._run, args=(call,), name=self._name, daemon=True).start()
        if not call.done.wait(deadline):
            with self._lock:
                call.late = not call.done.is_set()
                self._late += call.late
            if call.late:
                msg = f"no answer within {deadline} s"
                raise TimeoutError(msg)
        if call.error is not None:
            raise call.error
        return call.answer[0]

    def _run(self, call: _Call[T]) -> None:
        try:
            call.answer.append(call.ask())
        except BaseException as error:  # noqa: BLE001  handed to the caller
            call.error = error
        with self._lock:
            call.done.set()
            self._late -= call.late


class _Call(Generic[T]):
    """One call under way."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self.ask = ask
        self.answer: list[T] = []
        self.error: BaseException | None = None
        self.done = threading.Event()
        self.late = False
