"""Watches a catalog folder: by file events where watchfiles is installed, else by looking."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

_log = logging.getLogger("entitlements")
_Seen = tuple[tuple[str, int, int, int], ...]


class Watcher:
    """Calls `changed()` on a thread of its own after files under `folder` changed; `stop()` ends it."""

    def __init__(
        self, folder: Path, changed: Callable[[], object], *, every: float = 1.0, events: bool = True
    ) -> None:
        self._folder = folder
        self._changed = changed
        self._every = every
        self._stopped = threading.Event()
        run = self._by_events if events and _has_watchfiles() else self._by_looking
        self._seen = self._look()
        self._thread = threading.Thread(target=run, name="entitlements-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the watching; returns once the thread is done."""
        self._stopped.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _by_looking(self) -> None:
        while not self._stopped.wait(self._every):
            self._compare()

    def _by_events(self) -> None:
        from watchfiles import watch

        for _ in watch(
            self._folder,
            stop_event=self._stopped,
            rust_timeout=int(self._every * 1000),
            yield_on_timeout=True,
        ):
            # Events only wake: what is on disk is what counts, also when an event was lost.
            self._compare()

    def _compare(self) -> None:
        now = self._look()
        if now == self._seen:
            return
        self._seen = now
        try:
            self._changed()
        except Exception:  # noqa: BLE001  the watching goes on whatever one reload does
            _log.exception("the catalog could not be reloaded")

    def _look(self) -> _Seen:
        """Name, time, size and number of every file; equal as long as nothing was written or replaced."""
        found = []
        for path in self._folder.rglob("*"):
            try:
                stat = path.stat()
            except OSError:
                continue
            found.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return tuple(sorted(found))


def _has_watchfiles() -> bool:
    try:
        import watchfiles  # noqa: F401  only whether it is there
    except ImportError:
        return False
    return True
