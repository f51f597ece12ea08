"""Hears, on a thread of its own, what others change in the source, and has it forgotten."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from entitlements.engine.in_time import InTime
from entitlements.source.protocol import Changes

if TYPE_CHECKING:
    from entitlements.engine.guard import Guard

_log = logging.getLogger("entitlements")
#: Seconds between two looks at the feed of changes; the second where notices wake the follower in between.
_EVERY, _EVERY_WITH_NOTICES = 0.5, 2.0
#: Seconds that one look may take. No check waits for it.
_DEADLINE = 1.0
#: Waiting for notices ends this often, so that the follower is woken and stopped in time.
_SLICE = 0.2


class Notices(Protocol):
    """What wakes a follower before its time: `notices()` of a source gives them, or None if it has none."""

    def wait(self, seconds: float) -> bool:
        """Whether something changed, as soon as it does. Raises if no more notices will come."""
        ...

    def close(self) -> None: ...


class Follower:
    """Follows the source of one guard, for as long as that is in use.

    Notices only wake: what the feed tells is what counts, also when a notice was lost.
    """

    def __init__(self, guard: Guard) -> None:
        self._woken = threading.Event()
        self._guard = weakref.ref(guard, lambda _: self._woken.set())
        self._position: int | None = None
        #: Set once the place in the feed is known, from which on changes are heard; or the source is away.
        self.ready = threading.Event()
        self._stopped = threading.Event()
        self._notices: Notices | None = None
        self._in_time = InTime("entitlements-follower")
        self._thread = threading.Thread(target=self._run, name="entitlements-follower", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    def stop(self) -> None:
        """End, and come back when nothing of the source is in use any more, unless that hangs."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not threading.current_thread():
            self._thread.join(_DEADLINE)

    def _run(self) -> None:
        while (guard := self._guard()) is not None:
            self._woken.clear()
            if self._stopped.is_set():
                break
            pause = self._step(guard)
            self.ready.set()
            del guard  # an engine that nobody uses any more must not live on here
            self._wait(pause)
        self._unlisten()

    def _step(self, guard: Guard) -> float:
        """Look at the feed once; seconds until the next time."""
        if not self._look(guard):
            self._unlisten()
            guard.last_good.prepare()
            guard.forget_what_is_too_old()
            return guard.pause
        if self._notices is None and self._listen(guard):
            return 0.0  # what changed before the listening began made no notice
        return _EVERY if self._notices is None else _EVERY_WITH_NOTICES

    def _look(self, guard: Guard) -> bool:
        source: Any = guard.source
        asked_at = guard.clock()
        try:
            changes: Changes = self._ask(guard, lambda: source.changes(self._position))
            if changes.position < (self._position or 0):
                guard.forget(None)  # an older backup was put back, which may lack subjects that were there
            for subject in changes.subjects:
                guard.forget(subject)
        except Exception as error:  # noqa: BLE001  a source is a stranger's code over a network
            guard.lost(error)
            return False
        self._position = changes.position
        guard.found(asked_at)
        return True

    def _listen(self, guard: Guard) -> bool:
        notices = getattr(guard.source, "notices", None)
        if notices is None:
            return False
        try:
            self._notices = self._ask(guard, notices)
        except Exception as error:  # noqa: BLE001  without notices, looking more often does
            _log.info("no notices of changes (%s)", type(error).__name__)
        return self._notices is not None

    def _ask(self, guard: Guard, question: Any) -> Any:
        return self._in_time.call(question, None if guard.deadline is None else _DEADLINE)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        try:
            while not self._woken.is_set() and (left := end - time.monotonic()) > 0:
                if self._notices is None:
                    self._woken.wait(left)
                elif self._notices.wait(min(left, _SLICE)):
                    break
        except Exception as error:  # noqa: BLE001  the connection broke: look at once whether the source is away
            _log.info("no more notices of changes (%s)", type(error).__name__)
            self._unlisten()

    def _unlisten(self) -> None:
        notices, self._notices = self._notices, None
        if notices is not None:
            try:
                notices.close()
            except Exception as error:  # noqa: BLE001  it is of no use any more
                _log.info("closing the notices failed (%s)", type(error).__name__)
