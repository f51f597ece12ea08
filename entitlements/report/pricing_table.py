"""The pricing table as a finished value: all that its renderers take, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from entitlements.amounts import NO_CAP, CapTerms, Price
from entitlements.change.compare import Terms, compare
from entitlements.model import AddOn, Cap, Catalog, Plan, Titled
from entitlements.report.text import Text, text_of
from entitlements.report.words import by_group, raise_words


@dataclass(frozen=True, slots=True)
class Step:
    """What a plan adds to the one below it on the ladder, the lowest to none at all."""

    below: Text | None
    #: Whether it has everything that the plan below has, terms included.
    keeps_all: bool
    #: (title of the group, how many features of it are new), by title.
    added: tuple[tuple[Text, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.added)


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """One plan of the ladder with its terms; its caps and features stand in their own rows."""

    key: str
    title: Text
    description: Text | None
    price: Price
    support: Text
    support_key: str
    baa: bool
    step: Step


@dataclass(frozen=True, slots=True)
class CapRow:
    """A cap, and what each plan includes of it."""

    cap: Cap
    title: Text
    description: Text | None
    terms: tuple[CapTerms, ...]

    @property
    def varies(self) -> bool:
        """Whether the plans differ in how much they include."""
        return len({terms.included for terms in self.terms}) > 1


@dataclass(frozen=True, slots=True)
class Cell:
    """Whether a plan includes a feature, and if not, the add-ons sold with the plan that bring it."""

    included: bool
    add_ons: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A feature, and each plan's word on it."""

    key: str
    group: str
    title: Text
    description: Text
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class FeatureGroup:
    """Features that are shown under one heading, by title."""

    title: Text
    features: tuple[FeatureRow, ...]


@dataclass(frozen=True, slots=True)
class AddOnOffer:
    """An add-on that is sold with a plan of the ladder."""

    key: str
    title: Text
    description: Text | None
    price: Price
    sold_with: tuple[Text, ...]
    features: tuple[Text, ...]
    #: (title of the cap, what becomes of it in words).
    raises: tuple[tuple[Text, str], ...]


@dataclass(frozen=True, slots=True)
class ContactLine:
    """Whom to ask, and what for."""

    title: Text
    ask: Text
    #: An address to open or to write to, if there is one.
    link: str | None


@dataclass(frozen=True, slots=True)
class Level:
    """A level of support that a plan of the table has, with what it includes."""

    title: Text
    includes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class PricingTable:
    """The plans on offer side by side. Titles are in `lang` where there is a translation."""

    title: Text
    description: Text | None
    lang: str | None
    currency: str
    digest: str
    plans: tuple[PlanColumn, ...]
    caps: tuple[CapRow, ...]
    groups: tuple[FeatureGroup, ...]
    add_ons: tuple[AddOnOffer, ...]
    support: tuple[Level, ...]
    baa_needs: tuple[Text, ...]
    minimum_term: Mapping[str, Any]
    terms: Mapping[str, Any]
    #: The plan that is tried, and for whom it is.
    trial: tuple[Text, Text | None] | None
    contacts: Mapping[str, ContactLine]

    @property
    def features(self) -> list[FeatureRow]:
        """Every row of every group."""
        return [row for group in self.groups for row in group.features]


def pricing_table(catalog: Catalog, *, lang: str | None = None, everything: bool = False) -> PricingTable:
    """The plans of the ladder that one can buy, by the features of the pricing page or by all of them."""
    plans = catalog.offered
    offered = [plan.key for plan in plans]
    shown = [key for key, feature in catalog.features.items() if everything or feature.listed == "pricing"]
    held = {plan.support for plan in plans}
    trial = catalog.terms.get("trial", {}).get("plan")
    return PricingTable(
        title=text_of(catalog, "catalog.title", catalog.title, lang),
        description=_optional(catalog, "catalog.description", catalog.description, lang),
        lang=lang,
        currency=catalog.currency,
        digest=catalog.digest,
        plans=tuple(
            _column(catalog, plan, below, shown, lang)
            for plan, below in zip(plans, [None, *plans], strict=False)
        ),
        caps=tuple(_caps(catalog, plans, lang)),
        groups=tuple(_groups(catalog, plans, shown, lang)),
        add_ons=tuple(
            _offer(catalog, add_on, lang)
            for add_on in catalog.add_ons.values()
            if {*add_on.sold_with}.intersection(offered)
        ),
        support=tuple(
            Level(_title(catalog, "support", key, lang), tuple(map(Text, level.includes)))
            for key, level in catalog.support_levels.items()
            if key in held
        ),
        baa_needs=tuple(_title(catalog, "feature", key, lang) for key in catalog.baa_needs),
        minimum_term=catalog.minimum_term,
        terms=catalog.terms,
        trial=(_title(catalog, "plan", trial, lang), _description(catalog, catalog.plans[trial], lang))
        if trial
        else None,
        contacts={key: _contact(catalog, contact, lang) for key, contact in catalog.contacts.items()},
    )


def _column(
    catalog: Catalog, plan: Plan, below: Plan | None, shown: list[str], lang: str | None
) -> PlanColumn:
    return PlanColumn(
        key=plan.key,
        title=_title(catalog, "plan", plan.key, lang),
        description=_description(catalog, plan, lang),
        price=plan.price,
        support=_title(catalog, "support", plan.support, lang),
        support_key=plan.support,
        baa=plan.baa,
        step=_step(catalog, below, plan, shown, lang),
    )


def _step(catalog: Catalog, below: Plan | None, plan: Plan, shown: list[str], lang: str | None) -> Step:
    change = compare(catalog, Terms.of_plan(below), Terms.of_plan(plan)) if below else None
    new = [key for key in (change.gained if change else plan.features) if key in shown]
    counts: dict[str, int] = {}
    for key in new:
        group = catalog.features[key].group
        counts[group] = counts.get(group, 0) + 1
    added = [(_title(catalog, "group", group, lang), count) for group, count in counts.items()]
    return Step(
        below=_title(catalog, "plan", below.key, lang) if below else None,
        keeps_all=change is None or change.direction in ("upgrade", "same"),
        added=tuple(sorted(added, key=lambda pair: pair[0].value.casefold())),
    )


def _caps(catalog: Catalog, plans: list[Plan], lang: str | None) -> Iterable[CapRow]:
    rows = [
        CapRow(
            cap,
            _title(catalog, "cap", key, lang),
            _optional(catalog, f"cap.{key}.description", cap.description, lang),
            tuple(plan.caps.get(key, NO_CAP) for plan in plans),
        )
        for key, cap in catalog.caps.items()
    ]
    return sorted(rows, key=lambda row: row.title.value.casefold())


def _groups(
    catalog: Catalog, plans: list[Plan], shown: list[str], lang: str | None
) -> Iterable[FeatureGroup]:
    for _, keys in by_group(catalog, shown, lang):
        group = catalog.features[keys[0]].group
        rows = [
            FeatureRow(
                key,
                group,
                _title(catalog, "feature", key, lang),
                text_of(catalog, f"feature.{key}.description", catalog.features[key].description, lang),
                tuple(_cell(catalog, plan, key, lang) for plan in plans),
            )
            for key in keys
        ]
        yield FeatureGroup(_title(catalog, "group", group, lang), tuple(rows))


def _cell(catalog: Catalog, plan: Plan, feature: str, lang: str | None) -> Cell:
    if feature in plan.features:
        return Cell(included=True)
    found = [a.key for a in catalog.add_ons.values() if feature in a.features and plan.key in a.sold_with]
    return Cell(included=False, add_ons=tuple((key, _title(catalog, "add_on", key, lang)) for key in found))


def _offer(catalog: Catalog, add_on: AddOn, lang: str | None) -> AddOnOffer:
    return AddOnOffer(
        key=add_on.key,
        title=_title(catalog, "add_on", add_on.key, lang),
        description=_optional(catalog, f"add_on.{add_on.key}.description", add_on.description, lang),
        price=add_on.price,
        sold_with=tuple(
            _title(catalog, "plan", plan.key, lang)
            for plan in catalog.offered
            if plan.key in add_on.sold_with
        ),
        features=tuple(_title(catalog, "feature", key, lang) for key in add_on.features),
        raises=tuple(
            (_title(catalog, "cap", key, lang), raise_words(catalog.caps[key], given))
            for key, given in add_on.caps.items()
        ),
    )


def _contact(catalog: Catalog, contact: Titled, lang: str | None) -> ContactLine:
    return ContactLine(
        text_of(catalog, f"contact.{contact.key}.title", contact.title, lang),
        text_of(catalog, f"contact.{contact.key}.ask", contact.description or "", lang),
        contact.link,
    )


def _title(catalog: Catalog, kind: str, key: str, lang: str | None) -> Text:
    return text_of(catalog, f"{kind}.{key}.title", catalog.title_of(kind, key), lang)


def _description(catalog: Catalog, plan: Plan, lang: str | None) -> Text | None:
    return _optional(catalog, f"plan.{plan.key}.description", plan.description, lang)


def _optional(catalog: Catalog, key: str, words: str | None, lang: str | None) -> Text | None:
    found = text_of(catalog, key, words or "", lang)
    return found if found.value else None
