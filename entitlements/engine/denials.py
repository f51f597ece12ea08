"""What is denied because the record of a subject could not be read, or not recently enough."""

from __future__ import annotations

from functools import cached_property

from entitlements.clock import NEVER
from entitlements.decision import Decision, Reason
from entitlements.engine.compile import Program
from entitlements.engine.row import Row


class Denials:
    """Denials with `store_unavailable`: of all there is, or of what may not rest on an old record."""

    def __init__(self, program: Program) -> None:
        self._program = program

    @cached_property
    def of_all(self) -> Row:
        catalog = self._program.catalog
        keys = (*self._program.features, *(f"cap.{cap}" for cap in catalog.caps))
        row = Row({}, NEVER)
        for key in keys:
            row.put(key, Decision(False, key, Reason.STORE_UNAVAILABLE, _catalog=catalog))
        return row

    @cached_property
    def of_the_wary(self) -> dict[str, Decision | None]:
        """Features with `when_stale: deny`."""
        features, answers = self._program.features, self.of_all.answers
        return {key: answers[key] for key in features if features[key].feature.when_stale == "deny"}

    def in_place(self, row: Row) -> Row:
        """`row` for a record that is too old: in it, what is wary is denied."""
        denied = Row(row.said, row.until, asking=True)
        for key, denial in self.of_the_wary.items():
            denied.put(key, denial)
        return denied
