"""Changes of plan through an engine: told before they are made, carried out, and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from entitlements.change.advice import Advice
from entitlements.change.apply import Host, apply, go_on, go_on_as, restorable, restore, roll_back
from entitlements.change.preview import ChangePreview
from entitlements.change.previewing import advice_for, preview_change, preview_of, record_of
from entitlements.change.run import ChangeRun, RunStep
from entitlements.change.wanted import Outcome, Wanted, outcome
from entitlements.clock import Clock, aware, from_ns
from entitlements.engine.compile import Program
from entitlements.engine.entitlements import Entitlements
from entitlements.lifecycle.periods import Cadence
from entitlements.lifecycle.refusals import Refused
from entitlements.source.protocol import Entry, Source
from entitlements.subject import SubscriptionKind


class Changes:
    """The part of an Engine that is about changes of plan."""

    source: Source
    _clock: Clock

    def invalidate(self, subject: str | None = None) -> None:
        raise NotImplementedError

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

    def apply_change(
        self,
        preview: ChangePreview,
        *,
        by: str,
        because: str | None = None,
        accept_unknown: str | None = None,
    ) -> ChangeRun:
        """Carry out what `preview` shows, on its day if that is later. Gives the run, as far as it is.

        `accept_unknown` is the reason to go on where something could not be checked. Raises Refused if
        something else would be done now than was shown, StoreConflict while another change is under way.
        """
        _must_be_said(by)
        host, wanted = self._host(), preview.wanted
        space, now = self._seen_at(preview.subject, None)
        if wanted.at is not None and wanted.at < now:
            wanted = replace(wanted, at=None)
        record = record_of(space)
        found = outcome(record, self.program.catalog.at(now), wanted, now)
        fresh = preview_of(self.program, space, wanted, found, now)
        if fresh.fingerprint != preview.fingerprint:
            raise Refused(code="change_moved", what=fresh.summary)
        done = apply(host, fresh, found, record, by=by, because=because, accept_unknown=accept_unknown)
        self.invalidate(preview.subject)
        return done

    def resume(self, run: ChangeRun | str) -> ChangeRun:
        """Take up a run that stopped: after a crash, or after a step that failed."""
        host = self._host()
        host.take(_id_of(run))
        done = go_on(host, _id_of(run), from_ns(self._clock()))
        self.invalidate(done.subject)
        return done

    def rollback(self, run: ChangeRun | str, *, by: str, because: str | None = None) -> ChangeRun:
        """Undo a run that is not done: its steps and the subscription. Gives it as far as that came."""
        _must_be_said(by)
        host = self._host()
        host.take(_id_of(run))
        done = roll_back(host, _id_of(run), Entry("roll back", by, because, from_ns(self._clock())))
        self.invalidate(done.subject)
        return done

    def restore(self, run: ChangeRun | str) -> tuple[RunStep, ...]:
        """Take back the steps of a run whose feature the subject has again, where its file offers that.

        Gives these steps: `undone`, or `left` where the thing is no longer as the run left it.
        """
        host = self._host()
        return restore(host, _id_of(run), self._allowed(host.run(_id_of(run)).subject))

    def restorable(self, run: ChangeRun | str) -> tuple[RunStep, ...]:
        """The steps that `restore` would take back now, or find changed. Nothing is done."""
        found = self._host().run(_id_of(run))
        return restorable(found, self._allowed(found.subject))

    def _allowed(self, subject: str) -> set[str]:
        space = self.entitlements(subject)
        record_of(space)
        has = space.compared_terms()
        return set(has.included.keys() - has.removed.keys())

    def run_due(self) -> tuple[ChangeRun, ...]:
        """Take the steps of each change whose day has come. What would do more than was agreed to is held.

        May be called from several machines at once: each change is taken up by one of them. One at
        which somebody stopped without a word is taken up again five minutes later.
        """
        host, now, done = self._host(), from_ns(self._clock()), []
        for number in host.take_all_due(now):
            with suppress(Refused):  # somebody has changed it meanwhile, or taken it over
                done.append(self._take_up(host, host.run(number), now))
        return tuple(done)

    def _take_up(self, host: Host, run: ChangeRun, now: datetime) -> ChangeRun:
        if run.state != "scheduled":
            return go_on(host, run.id, now)
        self.invalidate(run.subject)
        space = self.entitlements(run.subject)
        record = record_of(space)
        before = replace(record, subscriptions=run.without.subscriptions)
        found = Outcome(before, record, run.due, None, ())
        return go_on_as(host, run.id, preview_of(self.program, space, Wanted(run.plans[1]), found, now))

    def history(self, subject: str | None = None) -> tuple[ChangeRun, ...]:
        """The changes of one subject, or all, in the order in which they were agreed to."""
        host = self._host()
        return tuple(ChangeRun.read(run, host.journal.steps(run.id)) for run in host.journal.runs(subject))

    def change_run(self, run: str) -> ChangeRun:
        """One change by its id, as it is now. Raises Refused for one that nobody knows."""
        return self._host().run(run)

    def _host(self) -> Host:
        return Host.of(self.source, self.program, self._clock)

    def _seen_at(self, subject: str, at: datetime | None) -> tuple[Entitlements, datetime]:
        """What the subject has now, or had at an `at` that is past: nobody can measure what will be."""
        now = from_ns(self._clock())
        if at is None or aware(at) >= now:
            return self.entitlements(subject), now
        return self.entitlements(subject, at=at), at


def _id_of(run: ChangeRun | str) -> str:
    return run if isinstance(run, str) else run.id


def _must_be_said(by: str) -> None:
    if not by.strip():
        raise Refused(code="no_author")
