"""Says in the log that strangers' code failed: once a minute for each, and never what the error held."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

_log = logging.getLogger("entitlements")
_EVERY = 60.0


class Complaints:
    """Keeps when each fault was last logged. An error's text may hold secrets; its name does not."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._logged_at: dict[str, float] = {}

    def log(self, what: str, why: str) -> None:
        """`what` failed, because `why`; silent if that was said of `what` within the last minute."""
        now = self._monotonic()
        if now - self._logged_at.get(what, float("-inf")) >= _EVERY:
            self._logged_at[what] = now
            _log.error("%s failed: %s", what, why)
