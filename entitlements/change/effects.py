"""What a change does to what is in use on this host: as declared, refined by checkers, and by which steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from entitlements.amounts import size
from entitlements.change.compare import CapChange, PlanComparison, in_use
from entitlements.checker import acts
from entitlements.engine.ask import Asker, Failed
from entitlements.engine.compile import Program
from entitlements.loss import ACTING, HARM, Effect, Loss, Step
from entitlements.model import EffectKind
from entitlements.subject import Example, Usage

_MOST_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a change does, the worst first, and the steps that carry it out, in their order."""

    effects: tuple[Effect, ...]
    steps: tuple[Step, ...]


def consequences(
    program: Program, found: PlanComparison, usage: Mapping[str, Usage], subject: str, at: datetime
) -> Consequences:
    """What `found` does at `at` to what `usage` shows to be in use, or could not tell."""
    effects: list[Effect] = []
    for key in found.lost:
        feature = program.catalog.features[key]
        loss = Loss(subject, feature, usage.get(key), found.after.features, found.after.name, at)
        effects += _of_feature(program.carriers.get(key, ()), loss)
    effects = list(_told_once(sorted(effects, key=_worst_first)))
    told = {key for effect in effects if effect.count is not None for key in (effect.feature, *effect.also)}
    for change in found.caps:
        # Where the feature itself is lost, that tells what becomes of the things that its cap counts.
        if program.catalog.caps[change.cap].feature not in told:
            effects += _of_cap(found, change, usage.get(change.cap))
    effects.sort(key=_worst_first)
    return Consequences(tuple(effects), tuple(step for e in effects for step in _steps(subject, program, e)))


def _worst_first(effect: Effect) -> tuple[int, bool, str, str]:
    return HARM.index(effect.kind), effect.count is None, effect.feature or "", effect.cap or ""


def _of_feature(carriers: Iterable[Asker], loss: Loss) -> Iterator[Effect]:
    """What the loss does by those who have a say; as the feature's file declares where none says anything."""
    count = None if loss.usage is None else loss.usage.count
    if count is not None and not in_use(loss.usage):
        return
    said = [(asker, asker.effects(loss)) for asker in carriers]
    told = [(asker, effects) for asker, effects in said if effects is not None]
    if not told:
        if loss.usage is not None:
            actor = next((asker for asker, _ in said if acts(asker.checker)), None)
            why = None if count is not None else loss.usage.unknown or "it could not be measured"
            number = None if count is None else in_use(loss.usage)
            yield _filled(Effect(loss.feature.on_loss.effect, number, unknown=why), loss, actor)
        return
    for asker, effects in told:
        if isinstance(effects, Failed):
            why = f"{asker.checker.name}: {effects.why}"
            yield _filled(Effect(loss.feature.on_loss.effect, None, unknown=why), loss, asker)
            continue
        for effect in effects:
            if effect.count != 0:
                yield _filled(effect, loss, asker)


def _filled(effect: Effect, loss: Loss, asker: Asker | None) -> Effect:
    """`effect` with what it leaves out; nothing is said to be switched off by nobody."""
    policy = loss.feature.on_loss
    able = asker is not None and acts(asker.checker)
    kind = effect.kind if able or effect.kind != "deactivated" else "closed"
    examples = effect.examples or tuple(
        Example(thing.label or thing.id, thing.url) for thing in effect.things[:_MOST_EXAMPLES]
    )
    if not examples and loss.usage is not None:
        examples = loss.usage.examples
    unknown = effect.unknown or (None if effect.count is not None else "it could not be measured")
    return replace(
        effect,
        kind=kind,
        feature=loss.feature.key,
        cap=None,
        restores=effect.restores or policy.restores,
        advice=effect.advice if effect.advice is not None else policy.advice,
        unknown=unknown,
        examples=examples[:_MOST_EXAMPLES],
        checker=None if asker is None else asker.checker.name,
        declared=effect.kind if kind != effect.kind else None,
        also=(),
    )


def _told_once(effects: Iterable[Effect]) -> Iterator[Effect]:
    """`effects`, those about the very same things as one: the first, which is the worst."""
    kept: dict[object, Effect] = {}
    for effect in effects:
        ids = frozenset(thing.id for thing in effect.things)
        about = (effect.checker, ids) if ids else (effect.count, effect.examples)
        alone = not (ids or effect.examples)
        key = effect if alone else about
        first = kept.get(key)
        if first is None or first.feature == effect.feature:
            kept[key if first is None else effect] = effect
        else:
            kept[key] = replace(first, also=(*first.also, effect.feature or ""))
    yield from kept.values()


def _of_cap(found: PlanComparison, change: CapChange, used: Usage | None) -> Iterator[Effect]:
    yield from (effect for effect in found.effects if effect.cap == change.cap)
    narrower = size(change.after.included) < size(change.before.included)
    if used is not None and used.count is None and narrower:
        kind: EffectKind = "closed" if change.after.hard else "charged"
        yield Effect(kind, None, cap=change.cap, unknown=used.unknown or "it could not be measured")


def _steps(subject: str, program: Program, effect: Effect) -> Iterator[Step]:
    if effect.feature is None or effect.checker is None or effect.kind not in ACTING or effect.count is None:
        return
    if not acts(program.askers[effect.checker].checker):
        return
    key = f"{effect.checker}/{effect.feature}"
    for thing in effect.things or (None,):
        own = key if thing is None else f"{key}/{thing.id}"
        yield Step(own, subject, effect.feature, effect.checker, effect.kind, thing)
