"""ChangeRun: a change that was agreed to, how far it is, and what each of its steps left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self, cast

from entitlements.change.document import step_json
from entitlements.change.preview import ChangePreview
from entitlements.change.wanted import Outcome
from entitlements.loss import Done, Step, Thing
from entitlements.model import EffectKind
from entitlements.source.journal import JournalRun, JournalStep
from entitlements.source.record_json import record_from_told, told_of
from entitlements.subject import SubjectRecord

#: `opened`: agreed to and written down; `scheduled`: the subscription is switched, the steps wait for their
#: day; `failed`: a step did, and the rest waits; `held`: it would do more now than was agreed to.
State = Literal["opened", "scheduled", "running", "failed", "held", "undoing", "rolled_back", "done"]
#: `left`: it was not taken back, for the reason in `why`.
StepState = Literal["planned", "begun", "done", "failed", "undone", "left"]


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of a run."""

    number: int
    state: StepState
    step: Step
    #: Whether it comes back when the feature does.
    restores: str | None
    before: Mapping[str, Any] | None = None
    why: str | None = None

    @property
    def done(self) -> Done:
        return Done(self.step, self.before or {})


@dataclass(frozen=True, slots=True)
class ChangeRun:
    """One change of one subject, as its journal tells it."""

    id: str
    subject: str
    state: State
    #: Of `failed` and `held`.
    why: str | None
    #: When its steps are taken.
    due: datetime
    #: The plan versions before and after.
    plans: tuple[str, str]
    fingerprint: str
    by: str
    because: str | None
    opened_at: datetime
    #: Why it goes on although not everything could be checked.
    accepted_unknown: str | None
    #: The record before the change and after it, and as if what was in force had gone on.
    before: SubjectRecord
    after: SubjectRecord
    without: SubjectRecord
    #: Of the record before.
    revision: int
    #: Lost feature → the harm that was agreed to.
    agreed: Mapping[str, EffectKind]
    steps: tuple[RunStep, ...]

    @property
    def pending(self) -> int:
        """How many steps are not carried out yet."""
        return sum(step.state in {"planned", "begun", "failed"} for step in self.steps)

    @classmethod
    def read(cls, run: JournalRun, steps: tuple[JournalStep, ...]) -> Self:
        """The run that the journal tells of."""
        told = run.told
        return cls(
            id=run.id,
            subject=run.subject,
            state=cast("State", run.state),
            why=run.why,
            due=run.due,
            plans=(told["plans"][0], told["plans"][1]),
            fingerprint=told["fingerprint"],
            by=told["by"],
            because=told["because"],
            opened_at=datetime.fromisoformat(told["opened_at"]),
            accepted_unknown=told["accepted_unknown"],
            before=record_from_told(dict(told["before"])),
            after=record_from_told(dict(told["after"])),
            without=record_from_told(dict(told["without"])),
            revision=told["revision"],
            agreed=told["agreed"],
            steps=tuple(map(_step_read, steps)),
        )


def run_told(
    preview: ChangePreview,
    record: SubjectRecord,
    found: Outcome,
    *,
    by: str,
    because: str | None,
    accepted_unknown: str | None,
) -> dict[str, Any]:
    """What the journal keeps of a change that was agreed to as `preview` showed it."""
    return {
        "plans": [preview.before.ref, preview.after.ref],
        "fingerprint": preview.fingerprint,
        "by": by,
        "because": because,
        "opened_at": preview.at.isoformat(),
        "accepted_unknown": accepted_unknown,
        "before": told_of(record),
        "after": told_of(found.after),
        "without": told_of(found.before),
        "revision": record.revision,
        "agreed": agreed_harm(preview),
    }


def agreed_harm(preview: ChangePreview) -> dict[str, EffectKind]:
    """Lost feature → the worst that was shown for it; for what was not in use, what its file declares."""
    harm = {key: preview.catalog.features[key].on_loss.effect for key in preview.lost}
    for effect in reversed(preview.effects):
        if effect.feature in harm:
            harm[effect.feature] = effect.kind
    return harm


def steps_told(run: str, preview: ChangePreview) -> list[JournalStep]:
    """The steps of `preview` as the journal keeps them; their keys are of this run and no other."""
    restores = {effect.feature: effect.restores for effect in preview.effects}
    return [
        JournalStep(run, number, "planned", _step_told(run, step, restores.get(step.feature)))
        for number, step in enumerate(preview.steps, 1)
    ]


def _step_told(run: str, step: Step, restores: str | None) -> dict[str, Any]:
    return {**step_json(step), "key": f"{run}/{step.key}", "subject": step.subject, "restores": restores}


def _step_read(row: JournalStep) -> RunStep:
    told = dict(row.told)
    restores, thing = told.pop("restores"), told.pop("thing")
    step = Step(**told, thing=None if thing is None else Thing(**thing))
    return RunStep(row.number, cast("StepState", row.state), step, restores, row.before, row.why)
