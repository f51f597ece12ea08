"""How much is in use: asked of the checkers that measure, else read from the record, else not measured."""

from __future__ import annotations

from datetime import datetime

from entitlements.engine.compile import Program
from entitlements.subject import SubjectRecord, Usage


def measure(program: Program, record: SubjectRecord, key: str, at: datetime) -> Usage | None:
    """Usage of feature or cap `key`; count None if measuring it failed. None: nobody measures it."""
    for asker in program.measurers.get(key, ()):
        usage = asker.measure(record.subject, key, at)
        if usage is not None:
            return usage
    return record.usage.get(key)
