"""How a verb changes a subject's record: it asks the rules, and the store writes all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from entitlements.clock import Clock, from_ns
from entitlements.errors import StoreError
from entitlements.lifecycle.refusals import Refused
from entitlements.lifecycle.timeline import Changed
from entitlements.model import Catalog
from entitlements.source.protocol import Entry, Source, Store, Token
from entitlements.subject import SubjectRecord


class Writing:
    """The verbs of an Engine whose source is a Store. Each gives the Token of the record that it left.

    `by` is who did it and `because` why, for the audit log; nobody is asked whether they may. `at` is now if
    it is left out. Raises Refused, with what to do instead, and then nothing was changed.
    """

    source: Source
    _clock: Clock

    @property
    def catalog(self) -> Catalog:
        raise NotImplementedError

    def _write(
        self, subject: str, what: str, by: str, because: str | None, rule: Callable[..., Any]
    ) -> Token:
        if not hasattr(self.source, "change"):
            msg = f"{type(self.source).__name__} is only read, so nothing of {subject!r} can be changed"
            raise StoreError(msg, hint="open the engine on a store, such as SqlStore or MemoryStore")
        if not by.strip():
            raise Refused(code="no_author")
        catalog, clock = self.catalog, self._clock

        def ruled(record: SubjectRecord) -> SubjectRecord:
            # Now is when the store is free: another change may have begun something while this one waited.
            after: SubjectRecord | Changed = rule(record, catalog, now=from_ns(clock()))
            return after.record if isinstance(after, Changed) else after

        return cast("Store", self.source).change(subject, ruled, Entry(what, by, because, from_ns(clock())))
