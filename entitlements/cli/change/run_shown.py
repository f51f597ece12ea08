"""A ChangeRun on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entitlements.change.document import step_json
from entitlements.change.preview import ChangePreview
from entitlements.change.run import ChangeRun, RunStep
from entitlements.cli.output import echo, facts, heading, symbol, table, write_json
from entitlements.cli.words import counted, moment
from entitlements.loss import Step

_STATES = {
    "opened": "agreed to",
    "scheduled": "scheduled",
    "running": "being carried out",
    "failed": "stopped at a step that failed",
    "held": "held for a person",
    "undoing": "being rolled back",
    "rolled_back": "rolled back",
    "done": "done",
}


def report(run: ChangeRun, *, written: bool, as_json: bool) -> None:
    """Say how far `run` is, step by step."""
    if as_json:
        write_json({"schema": "entitlements/change-run/1", "written": written, **run_json(run)})
        return
    heading(f"{run.subject}: {run.plans[0]} {symbol('→', '->')} {run.plans[1]}")
    facts(list(_facts(run).items()))
    show_steps([(step.step, _step_words(step)) for step in run.steps])
    if not written:
        echo("Nothing was written.")


def report_rehearsal(preview: ChangePreview, *, by: str, because: str | None, as_json: bool) -> None:
    """Say which steps would be taken, exactly as they then are."""
    if not as_json:
        show_steps([(step, "planned") for step in preview.steps])
        echo("Nothing was written.")
        return
    write_json(
        {
            "schema": "entitlements/change-run/1",
            "written": False,
            "id": None,
            "subject": preview.subject,
            "state": "planned",
            "why": None,
            "from": preview.before.ref,
            "to": preview.after.ref,
            "due": preview.effective_on.isoformat(),
            "by": by,
            "because": because,
            "opened_at": None,
            "accepted_unknown": None,
            "fingerprint": preview.fingerprint,
            "pending": len(preview.steps),
            "steps": [_step_json(step, step.key, "planned", None) for step in preview.steps],
        }
    )


def report_many(runs: Iterable[ChangeRun], nothing: str, *, written: bool, as_json: bool) -> None:
    """A line for each run; `nothing` if there is none."""
    runs = list(runs)
    if as_json:
        told = [run_json(run) for run in runs]
        write_json({"schema": "entitlements/change-runs/1", "written": written, "runs": told})
    elif runs:
        rows = [(run.id, run.subject, run.plans[1], _state(run), run.by) for run in runs]
        table(("Change", "Subject", "To", "State", "By"), rows)
    else:
        echo(nothing)


def run_json(run: ChangeRun) -> dict[str, Any]:
    """All of a run but the records before and after it."""
    return {
        "id": run.id,
        "subject": run.subject,
        "state": run.state,
        "why": run.why,
        "from": run.plans[0],
        "to": run.plans[1],
        "due": run.due.isoformat(),
        "by": run.by,
        "because": run.because,
        "opened_at": run.opened_at.isoformat(),
        "accepted_unknown": run.accepted_unknown,
        "fingerprint": run.fingerprint,
        "pending": run.pending,
        "steps": [
            _step_json(step.step, step.step.key.removeprefix(f"{run.id}/"), step.state, step.why)
            for step in run.steps
        ],
    }


def show_steps(steps: list[tuple[Step, str]]) -> None:
    """A table of what is done in the host, in its order."""
    if steps:
        echo()
        table(
            ("Step", "What", "State"),
            [(f"{number}", _thing_words(step), state) for number, (step, state) in enumerate(steps, 1)],
            right=(0,),
        )


def _facts(run: ChangeRun) -> dict[str, str]:
    found = {"Change": run.id, "State": _state(run), "By": run.by}
    if run.because:
        found["Because"] = run.because
    if run.accepted_unknown:
        found["Unchecked"] = f"accepted: {run.accepted_unknown}"
    return found


def _state(run: ChangeRun) -> str:
    words = _STATES[run.state]
    if run.state == "scheduled":
        words = f"{words} for {moment(run.due, run.before.time_zone or 'UTC')}"
    if run.state == "held" and run.why:
        words = f"{words}: {run.why}"
    if run.pending and run.state not in {"rolled_back", "undoing"}:
        words = f"{words}, {counted(run.pending, 'step')} pending"
    return words


def _step_words(step: RunStep) -> str:
    return step.state if step.why is None else f"{step.state}: {step.why}"


def _thing_words(step: Step) -> str:
    thing = step.thing
    named = "" if thing is None else f" {thing.label or thing.id}"
    return f"{step.feature}{named}: {step.kind.replace('_', ' ')}"


def _step_json(step: Step, key: str, state: str, why: str | None) -> dict[str, Any]:
    return {**step_json(step), "key": key, "state": state, "why": why}
