"""What losing a feature does: the values with which a checker tells it, carries it out and takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from entitlements.model import EffectKind, Feature
from entitlements.subject import Example, Usage

Severity = Literal["critical", "high", "medium", "low"]
#: From what is lost for good to what merely costs.
HARM: Final[tuple[EffectKind, ...]] = ("deleted", "deactivated", "closed", "read_only", "charged")
#: How bad each is.
SEVERITY: Final[Mapping[EffectKind, Severity]] = {
    "deleted": "critical",
    "deactivated": "high",
    "closed": "medium",
    "read_only": "low",
    "charged": "low",
}
#: What somebody must do; the other kinds come about by themselves, when access ends.
ACTING: Final[frozenset[EffectKind]] = frozenset({"deleted", "deactivated"})


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the host that a loss touches: its key there, and how people know it."""

    id: str
    label: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """What a checker is asked about: a subject that is to lose a feature."""

    subject: str
    #: With what its file declares, in `on_loss`.
    feature: Feature
    #: None if nobody measures it.
    usage: Usage | None
    #: The features that the subject has afterwards.
    keeps: frozenset[str]
    #: The plan version that it has then, such as `community@3`.
    to: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """One consequence for something in use: a feature that is lost, or a cap that is exceeded afterwards.

    A checker gives kind and count, and what it knows better than the feature's file; the rest is filled in.
    """

    kind: EffectKind
    #: How many things it falls on; None if that could not be told, for the reason in `unknown`.
    count: int | None
    feature: str | None = None
    cap: str | None = None
    #: Whether it comes back with the feature; None for what needs no bringing back.
    restores: Literal["offered", "by_hand", "no"] | None = None
    advice: str | None = None
    unknown: str | None = None
    #: What is touched, one step each; without any, carrying it out is one step for the whole feature.
    things: tuple[Thing, ...] = ()
    examples: tuple[Example, ...] = ()
    #: The sentence for an admin; None takes the one of its kind.
    message: str | None = None
    #: The checker that tells or carries it out.
    checker: str | None = None
    #: The kind that the file declares, where the host has nobody who could carry that out.
    declared: EffectKind | None = None
    #: Other features that are lost with it and are about the very same things.
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of the work that carries an effect out. Done twice, it must do what it does once."""

    #: The same whenever this step is tried again, and of no other step.
    key: str
    subject: str
    feature: str
    checker: str
    kind: EffectKind
    #: None: all of the feature at once.
    thing: Thing | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A step that was carried out, and what its checker wrote down of how it was before."""

    step: Step
    #: JSON values alone: they are kept in the journal.
    before: Mapping[str, Any]


def is_effects(given: object) -> bool:
    """Whether a checker's effects are such as the contract has them; it may build anything."""
    return given is None or (type(given) is tuple and all(map(_is_effect, given)))


def _is_effect(effect: object) -> bool:
    # By exact type, so that nothing of a stranger's object is ever called.
    if type(effect) is not Effect or effect.kind not in HARM or effect.restores not in _RESTORES:
        return False
    counts = effect.count is None or (type(effect.count) is int and effect.count >= 0)
    texts = (effect.advice, effect.message, effect.unknown)
    lists = (type(effect.things) is tuple, type(effect.examples) is tuple)
    return (
        counts
        and all(lists)
        and all(text is None or type(text) is str for text in texts)
        and all(type(thing) is Thing and type(thing.id) is str for thing in effect.things)
        and len({thing.id for thing in effect.things}) == len(effect.things)
        and all(type(example) is Example for example in effect.examples)
    )


_RESTORES: Final = ("offered", "by_hand", "no", None)
