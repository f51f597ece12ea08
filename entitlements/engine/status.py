"""How an engine is doing: which catalog is in force, since when, and what keeps a newer one out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from entitlements.problems import Problem


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """READY, or ERROR while the files on disk cannot be used and the last good catalog stays in force."""

    state: Literal["READY", "ERROR"]
    #: Since when it is in this state.
    since: datetime
    #: Grows by one with each catalog that came into force; the first is 1.
    generation: int
    digest: str
    #: What is wrong with the files on disk; empty when READY.
    problems: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "since": self.since.isoformat(),
            "generation": self.generation,
            "digest": self.digest,
            "problems": [problem.to_json() for problem in self.problems],
        }
