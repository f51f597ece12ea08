"""Asks a checker what losing a feature does, and holds the answer against what an effect may say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from entitlements.checker import Checker, acts
from entitlements.loss import ACTING, Effect, Loss, is_effects
from entitlements.model import Catalog, Feature
from entitlements.subject import Usage
from entitlements.testing.conformance import Findings

_SUBJECTS = ("space", "another-space", "\N{SNOWMAN}")
_USAGES = (None, Usage(1), Usage(3, exempt=1), Usage(None, unknown="the server is away"))
_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def losing(checker: Checker, feature: Feature, catalog: Catalog, findings: Findings) -> None:
    """Each plan of the catalog in turn is the one that the subject has afterwards."""
    for plan in catalog.plans.values():
        keeps = frozenset(plan.features) - {feature.key}
        for subject in _SUBJECTS:
            for usage in _USAGES:
                loss = Loss(subject, feature, usage, keeps, plan.ref, _AT)
                what = f'effects of losing "{feature.key}" for "{subject}"'
                first, again = (_effects(checker, loss, what, findings) for _ in range(2))
                if first != again:
                    findings.add("effects", f"{what} differ when asked again; name things in one order")
    if acts(checker) and type(checker).undo is Checker.undo:
        findings.add("effects", "it defines apply but not undo, so that nothing it does can be taken back")


def _effects(checker: Checker, loss: Loss, what: str, findings: Findings) -> Any:
    def told() -> Any:
        given = checker.effects(loss)
        return None if given is None else tuple(given)

    given = findings.none_if_raises("effects", what, told)
    if not is_effects(given):
        findings.add("effects", f"{what} are {given!r}, not Effects, an empty tuple or None")
        return None
    for effect in given or ():
        _look_at(effect, checker, what, findings)
    return given


def _look_at(effect: Effect, checker: Checker, what: str, findings: Findings) -> None:
    if effect.count is None and not effect.unknown:
        findings.add("effects", f"{what} have no count and do not say why; give unknown=")
    if effect.things and effect.count not in {None, len(effect.things)}:
        findings.add("effects", f"{what} count {effect.count} and name {len(effect.things)} things")
    if effect.kind in ACTING and not acts(checker):
        findings.add("effects", f"{what} are {effect.kind}, but it does not define apply to do it")
