"""How much is in use: asked of the checkers that measure, else read from the record, else not measured."""

from __future__ import annotations

import logging
from datetime import datetime

from entitlements.engine.compile import Program
from entitlements.subject import SubjectRecord, Usage

_log = logging.getLogger("entitlements")


def measure(program: Program, record: SubjectRecord, key: str, at: datetime) -> Usage | None:
    """Usage of feature or cap `key`; count None if measuring it failed. None: nobody measures it."""
    for asker in program.measurers.get(key, ()):
        try:
            usage = asker.checker.usage(record.subject, key, at)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a checker may raise anything
            _log.exception('checker "%s" could not measure "%s"', asker.checker.name, key)
            return Usage(None, unknown=f"{asker.checker.name} failed ({type(error).__name__})")
        if usage is None:
            continue
        if type(usage) is not Usage or (usage.count is not None and not _counts(usage.count)):
            return Usage(None, unknown=f"{asker.checker.name} answered with something that is no usage")
        return usage
    return record.usage.get(key)


def _counts(count: object) -> bool:
    return isinstance(count, int) and not isinstance(count, bool) and count >= 0
