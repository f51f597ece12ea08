"""What a rule of advice is: a generator of findings, with the places that a catalog does not keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from entitlements.catalog.document import Document, Map
from entitlements.model import Catalog, Feature, Plan
from entitlements.problems import Mark, Problem, Related, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: where, in which words, and the keys it is about."""

    message: str
    mark: Mark
    hint: str
    about: tuple[str, ...]
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of advice under its code. What is merely unwise is a warning."""

    code: str
    find: Callable[[Catalog, Places], Iterator[Finding]]
    severity: Severity = "warning"

    def problems(self, catalog: Catalog, places: Places) -> Iterator[Problem]:
        for found in self.find(catalog, places):
            yield Problem(
                self.code,
                found.message,
                found.mark,
                self.severity,
                found.hint,
                found.related,
                about=found.about,
            )


class Places:
    """Where the working files say what the catalog knows only as a value."""

    def __init__(self, documents: Iterable[tuple[str, Document]]) -> None:
        self.head: Any = {}
        #: Language → its file.
        self.languages: dict[str, Document] = {}
        #: What `published/` holds.
        self.published: list[Document] = []
        self._plans: dict[str, Map] = {}
        self._features: dict[str, Map] = {}
        self._add_ons: dict[str, Map] = {}
        for kind, document in documents:
            value: Any = document.value
            match kind:
                case "catalog":
                    self.head = value
                case "plan":
                    self._plans[value["plan"]] = value
                case "features":
                    self._features.update(value["features"])
                case "add-ons":
                    self._add_ons.update(value["add_ons"])
                case "lang":
                    self.languages[value["lang"]] = document
                case "published":
                    self.published.append(document)

    def stated(self, plan: Plan, field: str) -> Mark:
        """The value of `field` in the file of `plan`; where it is inherited, the line that does so."""
        given = self._plans[plan.key]
        return next((given.value_mark(name) for name in (field, "extends") if name in given), plan.mark)

    def taken_away(self, plan: Plan, feature: str) -> Mark:
        """Where `without` names `feature`; else the plan."""
        listed: Any = self._plans[plan.key].get("without") or ()
        return listed.item_mark(listed.index(feature)) if feature in listed else plan.mark

    def baa_needs(self) -> Mark:
        mark: Mark = self.head["baa"].value_mark("needs")
        return mark

    def effect(self, feature: Feature) -> Mark:
        """What the file says of the loss of `feature`."""
        return self._features[feature.key]["on_loss"].value_mark("effect")

    def exempt(self, feature: Feature, client: str) -> Mark:
        """The line that exempts `client`."""
        items = self._features[feature.key]["exempt"]
        return next(item.value_mark("client") for item in items if item["client"] == client)

    def sold_with(self, add_on: str, plan: str) -> Mark:
        """Where an add-on says that it is sold with `plan`."""
        listed = self._add_ons[add_on]["sold_with"]
        return listed.item_mark(listed.index(plan))

    def declared(self, section: str) -> Mapping[str, Mark]:
        """The keys that catalog.yaml declares in a section of its own, in the order of the file."""
        given = self.head.get(section) or {}
        if isinstance(given, Map):
            return {key: given.key_mark(key) for key in given}
        return {item["key"]: item.value_mark("key") for item in given}
