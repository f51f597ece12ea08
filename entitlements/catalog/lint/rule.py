"""What a rule of advice is: a generator of findings, with the places that a catalog does not keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from entitlements.catalog.reading.document import Document, Map
from entitlements.model import Catalog, Feature, Plan
from entitlements.problems import Fix, Mark, Problem, Related, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: where, in which words, and the keys it is about."""

    message: str
    mark: Mark
    hint: str
    about: tuple[str, ...]
    related: tuple[Related, ...] = ()
    fix: Fix | None = None


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
                found.fix,
                about=found.about,
            )


class Places:
    """Where files say what the catalog knows only as a value. Of two of a plan the last counts."""

    def __init__(self, documents: Iterable[tuple[str, Document]]) -> None:
        #: (kind, document) of all of them.
        self.documents = tuple(documents)
        self.head: Any = {}
        #: Language → its file.
        self.languages: dict[str, Document] = {}
        #: What `published/` holds.
        self.published: list[Document] = []
        #: Kind, in the words of problems → key → what the files say of it.
        self.entries: dict[str, dict[str, Map]] = {"plan": {}, "feature": {}, "add-on": {}, "group": {}}
        for kind, document in self.documents:
            value: Any = document.value
            match kind:
                case "catalog":
                    self.head = value
                    self.entries["cap"] = value.get("caps") or {}
                    self.entries["client"] = value.get("clients") or {}
                    self.entries["support level"] = {level["key"]: level for level in value["support_levels"]}
                case "plan" | "next":
                    self.entries["plan"][value["plan"]] = value
                case "features":
                    self.entries["feature"].update(value["features"])
                    self.entries["group"].setdefault(value["group"]["key"], value["group"])
                case "add-ons":
                    self.entries["add-on"].update(value["add_ons"])
                case "lang":
                    self.languages[value["lang"]] = document
                case "published":
                    self.published.append(document)

    def title(self, kind: str, key: str) -> Mark:
        """Where the title of `key` is given."""
        return self.entries[kind][key].value_mark("title")

    def stated(self, plan: Plan, field: str) -> Mark:
        """The value of `field` in the file of `plan`; where it is inherited, the line that does so."""
        given = self.entries["plan"][plan.key]
        return next((given.value_mark(name) for name in (field, "extends") if name in given), plan.mark)

    def taken_away(self, plan: Plan, feature: str) -> Mark:
        """Where `without` names `feature`; else the plan."""
        listed: Any = self.entries["plan"][plan.key].get("without") or ()
        return listed.item_mark(listed.index(feature)) if feature in listed else plan.mark

    def baa_needs(self) -> Mark:
        mark: Mark = self.head["baa"].value_mark("needs")
        return mark

    def client(self, key: str) -> Mark:
        """Where catalog.yaml declares a client."""
        mark: Mark = self.head["clients"].key_mark(key)
        return mark

    def effect(self, feature: Feature) -> Mark:
        """What the file says of the loss of `feature`."""
        mark: Mark = self.entries["feature"][feature.key]["on_loss"].value_mark("effect")
        return mark

    def exempt(self, feature: Feature, client: str) -> Mark:
        """The line that exempts `client`."""
        items: Any = self.entries["feature"][feature.key]["exempt"]
        mark: Mark = next(item.value_mark("client") for item in items if item["client"] == client)
        return mark

    def sold_with(self, add_on: str, plan: str) -> Mark:
        """Where an add-on says that it is sold with `plan`."""
        listed: Any = self.entries["add-on"][add_on]["sold_with"]
        mark: Mark = listed.item_mark(listed.index(plan))
        return mark
