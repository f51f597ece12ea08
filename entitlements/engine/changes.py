"""What an engine tells of a change of plan before it is made. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from entitlements.change.advice import Advice
from entitlements.change.preview import ChangePreview
from entitlements.change.previewing import advice_for, preview_change
from entitlements.change.wanted import Wanted
from entitlements.clock import Clock, aware, from_ns
from entitlements.engine.compile import Program
from entitlements.engine.entitlements import Entitlements
from entitlements.lifecycle.periods import Cadence
from entitlements.subject import SubscriptionKind


class Changes:
    """The part of an Engine that is about changes of plan."""

    _clock: Clock

    @property
    def program(self) -> Program:
        raise NotImplementedError

    def entitlements(self, subject: str, *, at: datetime | None = None) -> Entitlements:
        raise NotImplementedError

    def preview_change(
        self,
        subject: str,
        to: str | None = None,
        *,
        end: bool = False,
        at: datetime | None = None,
        add_ons: Iterable[str] = (),
        cadence: Cadence | None = None,
        kind: SubscriptionKind = "product",
    ) -> ChangePreview:
        """Everything that a change to the plan `to`, or the end of the subscription, would do to `subject`.

        `at` is when it is wanted; for one that is past, it is told as one would have been told then. Raises
        Refused where the rules do not allow it, and StoreUnavailable where the record cannot be read now.
        """
        if (to is None) is not end:
            msg = "say either to=, the plan that is wanted, or end=True, for none"
            raise ValueError(msg)
        space, now = self._seen_at(subject, at)
        wanted = Wanted(to, at, tuple(dict.fromkeys(add_ons)), cadence, kind)
        return preview_change(self.program, space, wanted, now)

    def advise(self, subject: str, *, at: datetime | None = None, cadence: Cadence | None = None) -> Advice:
        """The cheapest plan with add-ons that keeps everything that `subject` uses."""
        space, now = self._seen_at(subject, at)
        return advice_for(self.program, space, now, cadence=cadence)

    def _seen_at(self, subject: str, at: datetime | None) -> tuple[Entitlements, datetime]:
        """What the subject has now, or had at an `at` that is past: nobody can measure what will be."""
        now = from_ns(self._clock())
        if at is None or aware(at) >= now:
            return self.entitlements(subject), now
        return self.entitlements(subject, at=at), at
