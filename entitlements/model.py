"""The values of a catalog: features, caps, plans, add-ons. No I/O, all frozen; `amounts` has the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from entitlements.amounts import CapRaise, CapTerms, Price
from entitlements.errors import UnknownPlan
from entitlements.problems import NOWHERE, Mark, suggestion
from entitlements.succession import sold_at

EffectKind = Literal["deleted", "deactivated", "closed", "read_only", "charged"]
OriginKind = Literal["plan", "add_on", "override"]
EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Plural:
    """A noun with its forms by CLDR category; `other` is always there."""

    one: str
    other: str

    def counted(self, number: int) -> str:
        """`1 mobile user`, `212 mobile users`."""
        return f"{number:,} {self.one if number == 1 else self.other}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: a plan version, an add-on or an override, and the line that says so."""

    kind: OriginKind
    key: str
    mark: Mark = NOWHERE
    because: str | None = None
    until: datetime | None = None
    #: In which the days of this are told; None: that of the catalog.
    time_zone: str | None = None

    def __str__(self) -> str:
        name = f"{self.kind.replace('_', '-')} {self.key}"
        return f"{name} ({self.mark})" if self.mark.file else name

    def to_json(self) -> dict[str, Any]:
        place = {"file": self.mark.file or None, "line": self.mark.line if self.mark.file else None}
        when = {"because": self.because, "until": self.until.isoformat() if self.until else None}
        return {"kind": self.kind, "key": self.key, **place, **when}


@dataclass(frozen=True, slots=True)
class LossPolicy:
    """What happens to a feature's things when a plan without it is chosen."""

    effect: EffectKind
    restores: Literal["offered", "by_hand", "no"] = "no"
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """A client whose use of a feature never counts as use of it."""

    client: str
    because: str


@dataclass(frozen=True, slots=True)
class CheckBinding:
    """A further checker that a feature names, with the parameters the file gives it."""

    params: Mapping[str, Any]
    mark: Mark = field(default=NOWHERE, compare=False)
    #: Where each parameter stands, so that a checker's objection is shown at its line.
    param_marks: Mapping[str, Mark] = field(default_factory=lambda: EMPTY, compare=False)


@dataclass(frozen=True, slots=True)
class Feature:
    """Something a plan includes or not."""

    key: str
    title: str
    group: str
    description: str
    on_loss: LossPolicy
    counts: Plural | None = None
    exempt: tuple[Exemption, ...] = ()
    #: The features it needs, direct and indirect, sorted.
    requires: tuple[str, ...] = ()
    checks: Mapping[str, CheckBinding] = field(default_factory=lambda: EMPTY)
    when_stale: Literal["keep", "deny"] = "keep"
    listed: Literal["pricing", "report", "no"] = "pricing"
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Reduction:
    """One way to bring a used amount under a cap."""

    do: str
    reversible: bool
    data: str


@dataclass(frozen=True, slots=True)
class Cap:
    """A number a plan limits; `counted_by` says whether seats are held or use is metered per `period`."""

    key: str
    title: str
    unit: Plural
    counted_by: Literal["seats", "usage"]
    period: Literal["calendar_month", "billing_month"] | None = None
    description: str | None = None
    feature: str | None = None
    to_reduce: tuple[Reduction, ...] = ()
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SupportLevel:
    """A level of support; a higher `rank` is better."""

    key: str
    title: str
    includes: tuple[str, ...]
    rank: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a plan with everything it includes, inherited parts resolved."""

    key: str
    version: int
    title: str
    price: Price
    support: str
    baa: bool
    caps: Mapping[str, CapTerms]
    #: Feature key → the line that includes it, in the plan itself or in one it extends.
    features: Mapping[str, Mark]
    sold: Literal["self_service", "by_sales", "trial", "internal", "no"] = "no"
    suspends: bool = False
    description: str | None = None
    extends: str | None = None
    #: Since when it is sold, where a file says so, and what becomes then of those who have the one before.
    effective_from: datetime | None = None
    existing_subscribers: Literal["keep", "at_once"] | None = None
    mark: Mark = field(default=NOWHERE, compare=False)

    @property
    def ref(self) -> str:
        """`pro@1`."""
        return f"{self.key}@{self.version}"

    @property
    def on_offer(self) -> bool:
        """Whether one can buy it: a trial is tried, and others are given or not sold any more."""
        return self.sold in ("self_service", "by_sales")


@dataclass(frozen=True, slots=True)
class AddOn:
    """Sold on top of a plan: more features, bigger caps."""

    key: str
    title: str
    price: Price
    sold_with: tuple[str, ...]
    features: Mapping[str, Mark]
    caps: Mapping[str, CapRaise]
    description: str | None = None
    mark: Mark = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Titled:
    """A key with the words people see for it: a group, a client, a contact."""

    key: str
    title: str
    description: str | None = None
    #: Where a contact is reached: a web page, or `mailto:` and an e-mail address.
    link: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """Everything the plan files say, validated and frozen. Compared by `digest`."""

    key: str
    title: str
    subject: Plural
    currency: str
    time_zone: str
    ladder: tuple[str, ...]
    default_plan: str
    after_end: str
    aliases: Mapping[str, str]
    minimum_term: Mapping[str, Any]
    baa_needs: tuple[str, ...]
    support_levels: Mapping[str, SupportLevel]
    clients: Mapping[str, Titled]
    contacts: Mapping[str, Titled]
    terms: Mapping[str, Any]
    groups: Mapping[str, Titled]
    features: Mapping[str, Feature]
    caps: Mapping[str, Cap]
    #: The version sold of each plan: by its working file or, after `at`, at that instant.
    plans: Mapping[str, Plan]
    #: Every version by its reference, such as `pro@0`; includes those of `plans` and `upcoming`.
    versions: Mapping[str, Plan]
    add_ons: Mapping[str, AddOn]
    #: Language → text key (`plan.pro.title`) → text.
    texts: Mapping[str, Mapping[str, str]]
    #: `sha256:…` over all that decides; texts and the order of files and keys do not change it.
    digest: str
    description: str | None = None
    #: The versions that wait in `next/`, by plan.
    upcoming: Mapping[str, Plan] = field(default_factory=lambda: EMPTY)
    #: Where catalog.yaml states each part of `minimum_term` and `terms`: `terms.payment` → its line.
    places: Mapping[str, Mark] = field(default_factory=lambda: EMPTY)
    #: Plan → its versions in the order in which they are sold, where a file gives a date.
    successions: Mapping[str, tuple[Plan, ...]] = field(default_factory=lambda: EMPTY)

    def at(self, instant: datetime) -> Catalog:
        """The same catalog with the versions sold at `instant` as its `plans`."""
        sold = {key: sold_at(versions, instant) for key, versions in self.successions.items()}
        same = all(self.plans[key] is plan for key, plan in sold.items())
        return self if same else replace(self, plans=MappingProxyType({**self.plans, **sold}))

    @property
    def offered(self) -> list[Plan]:
        """The plans of the ladder that one can buy, low to high."""
        return [plan for plan in map(self.plans.__getitem__, self.ladder) if plan.on_offer]

    def plan(self, ref: str) -> Plan:
        """The plan that `pro`, `pro@0` or an alias names. Raises UnknownPlan with near names."""
        key, _, version = ref.partition("@")
        key = self.aliases.get(key, key)
        found = self.versions.get(f"{key}@{version}") if version else self.plans.get(key)
        if found is not None:
            return found
        known = [v for v in self.versions if v.startswith(f"{key}@")] or list(self.plans)
        msg = f'the catalog "{self.key}" has no plan "{ref}"'
        raise UnknownPlan(msg, hint=suggestion(ref, known))

    def text(self, text_key: str, fallback: str, lang: str | None = None) -> str:
        """The text `text_key` in `lang` (`pt-BR` falls back to `pt`), else `fallback`."""
        if lang is None:
            return fallback
        for name in (lang, lang.partition("-")[0]):
            found = self.texts.get(name, EMPTY).get(text_key)
            if found is not None:
                return str(found)
        return fallback

    def title_of(self, kind: str, key: str, lang: str | None = None) -> str:
        """The title of a plan, feature, cap, support level, add-on or group, in `lang` where there is one."""
        found = getattr(self, "support_levels" if kind == "support" else f"{kind}s").get(key)
        return self.text(f"{kind}.{key}.title", found.title if found else key, lang)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Catalog) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)
