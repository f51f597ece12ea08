"""How an engine is doing: which catalog is in force, since when, and what keeps a newer one out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from entitlements.problems import Problem


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """READY; STALE while the source is away; ERROR when something needs a person.

    That is when the files on disk cannot be used, so that the last good catalog stays in force, or when the
    source has been away for longer than what was last read of it may serve.
    """

    state: Literal["READY", "STALE", "ERROR"]
    #: Since when it is in this state.
    since: datetime
    #: Grows by one with each catalog that came into force; the first is 1.
    generation: int
    digest: str
    #: What is wrong with the files on disk; empty when READY.
    problems: tuple[Problem, ...] = ()
    #: Why the source is thought to be away; None while it is not.
    away: str | None = None
    #: When the source was last heard of before it went away; None if never, or if it is not away.
    as_of: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "since": self.since.isoformat(),
            "generation": self.generation,
            "digest": self.digest,
            "problems": [problem.to_json() for problem in self.problems],
            "away": self.away,
            "as_of": self.as_of and self.as_of.isoformat(),
        }
