"""The full derivation of one decision, made only when asked: what was looked at, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from entitlements.clock import day_words, end_words
from entitlements.decision import Decision
from entitlements.engine.ask import Answer, Failed
from entitlements.engine.compile import Program
from entitlements.engine.decide import Said, decide_feature
from entitlements.engine.resolve import Resolved
from entitlements.model import Catalog, Origin, Plan


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at and what it showed."""

    looked_at: str
    found: str

    def to_json(self) -> dict[str, str]:
        return {"looked_at": self.looked_at, "found": self.found}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with the steps that lead to it."""

    decision: Decision
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = [f"{number}. {step.looked_at}: {step.found}" for number, step in enumerate(self.steps, 1)]
        return "\n".join([*lines, f"→ {self.decision.reason}: {self.decision.message()}"])

    def to_json(self) -> list[dict[str, str]]:
        return [step.to_json() for step in self.steps]


def explain_feature(
    program: Program, feature: str, has: Resolved, said: list[Said], time_zone: str
) -> Explanation:
    """The derivation for a feature, from what each checker `said` in this very call.

    Days are those of `time_zone`, the subject's.
    """
    steps = [_plan_step(program.catalog, has, time_zone)]
    removed, origin = has.removed.get(feature), has.included.get(feature)
    if has.plan.suspends:
        steps.append(Step("suspension", "this plan suspends every feature; nothing else counts"))
    elif removed is not None:
        steps.append(Step("overrides", f"taken away by {_origin(removed, time_zone)}; nothing else counts"))
    if origin is not None:
        steps.append(Step("inclusion", f"given by {_origin(origin, time_zone)}"))
    else:
        steps.append(Step("inclusion", "no plan, add-on or override in force gives it"))
    for name, answer in said:
        asker = program.askers[name]
        steps.append(Step(f'checker "{name}" ({asker.plugin})', _answer_words(answer)))
    return Explanation(
        decide_feature(program.catalog, program.features[feature].unlocks, feature, has, said), tuple(steps)
    )


def explain_cap(program: Program, has: Resolved, decision: Decision, time_zone: str) -> Explanation:
    """The derivation for `cap.KEY`, or for a key that is gone."""
    steps = [_plan_step(program.catalog, has, time_zone)]
    given = has.caps.get(decision.feature.removeprefix("cap."))
    if given is not None:
        terms = given.terms
        nature = "hard" if terms.hard else f"soft, each one more costs {terms.extra}"
        kind = "" if terms.included in ("unlimited", "none") else f" ({nature})"
        steps.append(Step("cap", f"{terms.included} included{kind}, by {_origin(given.origin, time_zone)}"))
        steps.append(Step("usage", decision.detail or "not asked"))
    return Explanation(decision, tuple(steps))


def explain_unavailable(decision: Decision) -> Explanation:
    """The derivation where the subject's record could not be read."""
    return Explanation(decision, (Step("record", "the source could not be read; everything is denied"),))


def _plan_step(catalog: Catalog, has: Resolved, time_zone: str) -> Step:
    subscription, plan = has.subscription, _origin(has.plan_origin, time_zone)
    if has.plan.effective_from is not None:
        plan += f", sold since {day_words(has.plan.effective_from, catalog.time_zone)}"
    if kept := kept_words(catalog, has.plan):
        plan += f", {kept}"
    if subscription is None:
        return Step("plan", f"{plan}; no subscription is in force")
    dates = [
        f"since {day_words(subscription.start, time_zone)}" if subscription.start else "",
        end_words(subscription.end, time_zone) if subscription.end else "open-ended",
    ]
    when = ", ".join(part for part in dates if part)
    return Step("plan", f"{plan}; {subscription.kind} subscription, {when}")


def kept_words(catalog: Catalog, plan: Plan) -> str:
    """`kept although pro@2 is sold since 2027-01-01`, of a version that is older than the one on sale."""
    sold = catalog.plans.get(plan.key)
    if sold is None or sold.sold == "no" or sold.version <= plan.version:
        return ""
    since = f" since {day_words(sold.effective_from, catalog.time_zone)}" if sold.effective_from else " now"
    return f"kept although {sold.ref} is sold{since}"


def _origin(origin: Origin, time_zone: str) -> str:
    until = f", {end_words(origin.until, time_zone)}" if origin.until else ""
    because = f', because "{origin.because}"' if origin.because else ""
    return f"{origin}{because}{until}"


def _answer_words(answer: Answer) -> str:
    if answer is None:
        return "no objection"
    if isinstance(answer, Failed):
        return f"failed: {answer.why}"
    return f"{'admits' if answer.allows else 'denies'}: {answer.because}"
