"""Brings a new catalog into force, or keeps the last good one and says what is wrong with the new."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from entitlements.catalog.load import load_catalog
from entitlements.clock import Clock, from_ns
from entitlements.engine.compile import Program, compile_program
from entitlements.engine.status import EngineStatus
from entitlements.errors import CatalogError, EntitlementsError, PluginError
from entitlements.fork_safety import renew_after_fork
from entitlements.model import Catalog
from entitlements.problems import Mark, Problem

_log = logging.getLogger("entitlements")


class Reloader:
    """Holds the Program in force and its status; `put` is told of each new one. One reload runs at a time."""

    def __init__(
        self,
        program: Program,
        *,
        folder: Path | None,
        expects: Iterable[str],
        clock: Clock,
        put: Callable[[Program], None],
    ) -> None:
        self.folder = folder
        self._program = program
        self._expects = tuple(expects)
        self._clock = clock
        self._put = put
        self.status = EngineStatus("READY", from_ns(clock()), 1, program.catalog.digest)
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Make the lock anew; the program and its status are swapped whole."""
        self.lock = threading.Lock()

    def reload(self, catalog: Catalog | None = None) -> EngineStatus:
        """Put `catalog`, or what the folder holds now, into force; a catalog with problems changes nothing.

        Raises EntitlementsError if there is neither.
        """
        if catalog is None and self.folder is None:
            msg = "this engine was opened from a Catalog and has no folder to read again"
            raise EntitlementsError(msg, hint="give the new catalog: engine.reload(load_catalog(path))")
        with self.lock:
            try:
                program = compile_program(
                    load_catalog(self.folder) if catalog is None else catalog,
                    self._program.plugins,
                    expects=self._expects,
                    askers=self._program.askers,
                )
            except CatalogError as error:
                self.status = self._refused(error.problems)
                return self.status
            except PluginError as error:
                where = Mark(str(self.folder or "catalog"))
                self.status = self._refused((Problem("P502", str(error), where, hint=error.hint),))
                return self.status
            self._program = program
            self._put(program)
            now, generation = from_ns(self._clock()), self.status.generation + 1
            self.status = EngineStatus("READY", now, generation, program.catalog.digest)
            return self.status

    def _refused(self, problems: tuple[Problem, ...]) -> EngineStatus:
        old = self.status
        if old.problems == problems:
            return old
        shown = "\n".join(str(problem) for problem in problems)
        _log.error("the changed catalog cannot be used, so the last good one stays in force:\n%s", shown)
        since = old.since if old.state == "ERROR" else from_ns(self._clock())
        return EngineStatus("ERROR", since, old.generation, old.digest, problems)
