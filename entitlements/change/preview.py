"""ChangePreview: everything that a change of plan would do to one subject, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from entitlements.amounts import CapTerms, how_many
from entitlements.change.advice import Advice
from entitlements.change.compare import Direction, PlanComparison, in_use
from entitlements.change.costs import Cost
from entitlements.change.document import preview_json
from entitlements.change.wanted import Wanted
from entitlements.change.wording import data_words, effect_words, summary_words
from entitlements.engine.resolve import BAA
from entitlements.lifecycle.minimum_term import EarliestEnd
from entitlements.loss import Effect, Step
from entitlements.model import Catalog, Plan

if TYPE_CHECKING:
    from entitlements.subject import Subscription, Usage


@dataclass(frozen=True, slots=True)
class CapPreview:
    """One cap before and after, with what is used of it; amounts are in the cap's unit."""

    cap: str
    before: CapTerms
    after: CapTerms
    #: None if it could not be told, for the reason in `unknown`.
    used: int | None
    unknown: str | None

    @property
    def over(self) -> int | None:
        """How many are in use beyond what is included afterwards; at exactly the cap none is."""
        if self.after.included == "unlimited":
            return 0
        return None if self.used is None else max(self.used - int(how_many(self.after.included)), 0)

    @property
    def monthly_charge(self) -> Decimal | None:
        """What those cost a month; None where no fixed price or no known use says so."""
        if self.over is None or (self.over and self.after.extra == "by_rate"):
            return None
        return self.over * self.after.extra if isinstance(self.after.extra, Decimal) else Decimal(0)


@dataclass(frozen=True, slots=True)
class BAAPreview:
    """The Business Associate Agreement before and after."""

    before: BAA
    after: BAA
    #: When the one in force lapses by a date that is set, unless something is done; told 30 days ahead.
    lapses_on: datetime | None


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why the change cannot be made as things are, and what to do."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would do. The same world at the same instant gives the same preview."""

    subject: str
    #: When it was made.
    at: datetime
    wanted: Wanted
    before: Plan
    after: Plan
    #: Features, caps, support and BAA, from what is had at `effective_on`.
    compared: PlanComparison
    effective_on: datetime
    #: What put it off to then; None if nothing did.
    because: EarliestEnd | None
    #: Of every feature and cap that somebody measures.
    usage: Mapping[str, Usage]
    #: On what is in use, or could not be checked; the worst first.
    effects: tuple[Effect, ...]
    #: The work that carries the effects out, in its order.
    steps: tuple[Step, ...]
    caps: tuple[CapPreview, ...]
    baa: BAAPreview
    blockers: tuple[Blocker, ...]
    #: Later subscriptions that would never begin.
    cancels: tuple[Subscription, ...]
    credits: Decimal
    #: None where the catalog does not say what becomes of credits.
    credits_kept: bool | None
    cost_before: Cost
    cost_after: Cost
    advice: Advice
    #: Changes whenever something else would be done than was shown; counts alone never change it.
    fingerprint: str
    time_zone: str
    catalog: Catalog = field(repr=False, compare=False)

    @property
    def direction(self) -> Direction:
        return self.compared.direction

    @property
    def lost(self) -> tuple[str, ...]:
        return self.compared.lost

    @property
    def gained(self) -> tuple[str, ...]:
        return self.compared.gained

    @property
    def price_difference(self) -> Decimal | None:
        """What it costs more a month, extra use included; None if that cannot be told."""
        if self.cost_before.unknown != self.cost_after.unknown:
            return None
        return self.cost_after.monthly - self.cost_before.monthly

    @property
    def not_in_use(self) -> tuple[str, ...]:
        """The lost features that are known not to be in use."""
        return tuple(key for key in self._rest() if key in self.usage and self._is_unused(key))

    @property
    def not_measured(self) -> tuple[str, ...]:
        """The lost features that nobody measures."""
        return tuple(key for key in self._rest() if key not in self.usage)

    @property
    def unaffected(self) -> tuple[str, ...]:
        """The lost features that are or may be in use, but whose checker says that nothing comes of it."""
        return tuple(key for key in self._rest() if key in self.usage and not self._is_unused(key))

    @property
    def summary(self) -> str:
        """What kind of change it is, in one sentence."""
        return summary_words(self.compared, self.effects)

    @property
    def data_statement(self) -> str:
        """What becomes of data, in one sentence."""
        return data_words(self.effects, self.catalog)

    def message(self, effect: Effect) -> str:
        """What `effect` means, in whole sentences."""
        after = next((cap.after for cap in self.caps if cap.cap == effect.cap), None)
        return effect_words(effect, self.catalog, after)

    def to_json(self) -> dict[str, Any]:
        """The document of `entitlements change preview --json`."""
        return preview_json(self)

    def _rest(self) -> list[str]:
        """The lost features without an effect."""
        told = {key for effect in self.effects for key in (effect.feature, *effect.also)}
        return [key for key in self.lost if key not in told]

    def _is_unused(self, key: str) -> bool:
        return self.usage[key].count is not None and not in_use(self.usage[key])
