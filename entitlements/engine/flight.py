"""One load of a subject, while it is under way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entitlements.engine.entitlements import Entitlements


class Flight:
    """One load under way, which others of the same subject wait for."""

    __slots__ = ("done", "space", "stale", "thread")

    def __init__(self) -> None:
        #: Made by the first one that waits; mostly nobody does.
        self.done: threading.Event | None = None
        self.thread = threading.get_ident()
        self.space: Entitlements | None = None
        self.stale = False
