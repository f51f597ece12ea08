"""The sentences of a change of plan, in one place so that screen, JSON and page say the same."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from entitlements.amounts import CapTerms, how_many
from entitlements.catalog.money import money_words
from entitlements.change.compare import Direction, PlanComparison, amount_words
from entitlements.loss import Effect
from entitlements.model import Cap, Catalog, EffectKind
from entitlements.report.words import counted, ways_to_reduce

#: What becomes of things that are counted: of one, and of any other number.
_OF_THINGS: Final[dict[EffectKind, tuple[str, str]]] = {
    "deleted": ("{things} is deleted for good.", "{things} are deleted for good."),
    "deactivated": (
        "{things} is switched off; all data is kept.",
        "{things} are switched off; all data is kept.",
    ),
    "closed": ("{things}: access ends; all data is kept.", "{things}: access ends; all data is kept."),
    "read_only": (
        "{things} can be seen and exported, but no longer changed.",
        "{things} can be seen and exported, but no longer changed.",
    ),
    "charged": ("{things} goes on and is charged.", "{things} go on and are charged."),
}
#: The same where the things have no name, or nobody knows how many there are.
_OF_FEATURE: Final[dict[EffectKind, str]] = {
    "deleted": "what was made with it is deleted for good",
    "deactivated": "what was made with it is switched off; all data is kept",
    "closed": "access ends; all data is kept",
    "read_only": "what was made with it can be seen and exported, but no longer changed",
    "charged": "it goes on and is charged",
}
_DIRECTIONS: Final[dict[Direction, str]] = {
    "upgrade": "An upgrade",
    "downgrade": "A downgrade",
    "switch": "A switch",
    "same": "No change",
}
#: Where no feature comes or goes: it is caps, support or the agreement that differ, if anything.
_ALIKE: Final[dict[Direction, str]] = {
    "upgrade": "every feature stays, and more is included",
    "downgrade": "every feature stays, but less is included",
    "switch": "every feature stays; some things are included more, others less",
    "same": "nothing is lost or gained",
}
_NOBODY_SWITCHES_OFF: Final = "access ends; nothing is switched off"


def effect_words(effect: Effect, catalog: Catalog, after: CapTerms | None = None) -> str:
    """What `effect` means, in whole sentences; `after` are the terms of its cap from then on."""
    if effect.message is not None:
        return effect.message
    if effect.cap is not None:
        return " ".join(_cap_words(effect, catalog.caps[effect.cap], after, catalog.currency))
    feature = catalog.features[effect.feature or ""]
    alone = _NOBODY_SWITCHES_OFF if effect.declared else _OF_FEATURE[effect.kind]
    if effect.count is None:
        return f"Could not check whether it is in use ({effect.unknown}). If it is: {alone}."
    if feature.counts is None:
        return f"In use ({effect.count:,}): {alone}."
    things = feature.counts.counted(effect.count)
    if effect.declared:
        return f"{things}: {_NOBODY_SWITCHES_OFF}."
    return _OF_THINGS[effect.kind][effect.count != 1].format(things=things)


def _cap_words(effect: Effect, cap: Cap, after: CapTerms | None, currency: str) -> Iterator[str]:
    """How many are too many, what they cost or what stays of them, and how to have fewer."""
    units = cap.unit.other
    if effect.count is None:
        included = amount_words(after.included) if after is not None else "fewer"
        yield f"Could not check how many {units} are in use ({effect.unknown}); {included} are included then."
        return
    most = int(how_many(after.included)) if after is not None else 0
    used = (
        f"{cap.unit.counted(most + effect.count)} in use, {amount_words(most) if most else 'none'} included:"
    )
    if effect.kind == "closed":
        yield f"{used} no more can be added; those there are stay."
    elif after is not None and isinstance(after.extra, Decimal):
        each, all_ = (money_words(n, currency) for n in (after.extra, after.extra * effect.count))
        yield f"{used} {effect.count:,} more, at {each} each a month, {all_} a month."
    else:
        yield f"{used} the price of {cap.unit.counted(effect.count)} more depends on the rate."
    yield from ways_to_reduce(cap)


def data_words(effects: tuple[Effect, ...], catalog: Catalog) -> str:
    """What becomes of data, in one sentence."""
    gone = sorted(catalog.title_of("feature", e.feature or "") for e in effects if e.kind == "deleted")
    if not gone:
        return "No data is deleted."
    return f"Deleted for good: {', '.join(gone)}. All other data is kept."


def summary_words(found: PlanComparison, effects: tuple[Effect, ...]) -> str:
    """`A downgrade: 33 features are lost, 12 of them in use; 2 could not be checked.`"""
    lost, gained = len(found.lost), len(found.gained)
    used = sum(1 + len(e.also) for e in effects if e.feature is not None and e.count is not None)
    unknown = sum(1 + len(e.also) for e in effects if e.feature is not None and e.count is None)
    parts = ["nothing is lost"]
    if lost:
        parts = [
            f"{counted(lost, 'feature')} {'is' if lost == 1 else 'are'} lost, {used or 'none'} of them in use"
        ]
    if unknown:
        parts.append(f"{unknown} could not be checked")
    if gained:
        parts.append(f"{counted(gained, 'feature')} {'is' if gained == 1 else 'are'} gained")
    if not lost and not gained:
        parts = [_ALIKE[found.direction]]
    return f"{_DIRECTIONS[found.direction]}: {'; '.join(parts)}."
