"""What subject records and plan tests name, held against what the catalog declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from entitlements.catalog.document import Document, Map
from entitlements.catalog.names import CODES, Kind, Names, declared_names, respelling
from entitlements.catalog.scalars import shown
from entitlements.problems import Mark, Problem, suggestion

_OVERRIDES: tuple[tuple[str, Kind], ...] = (
    ("give", "feature"),
    ("remove", "feature"),
    ("cap", "cap"),
    ("support", "support level"),
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in a file, where it stands, and who names it, in words that go before `unknown plan "prro"`."""

    kinds: tuple[Kind, ...]
    key: str
    mark: Mark
    who: str


class Known:
    """The names that the documents of a catalog declare; made of a broken catalog too."""

    def __init__(self, documents: Iterable[tuple[str, Document]]) -> None:
        pairs = tuple(documents)
        self._names: Names = declared_names(pairs)
        self._aliases: set[str] = set()
        self._versions: set[str] = set()
        self._unsure = False
        for kind, document in pairs:
            value: Any = document.value if isinstance(document.value, Map) else {}
            if kind in ("plan", "published"):
                self._versions.add(f"{value.get('plan')}@{value.get('version')}")
                self._unsure |= bool(document.problems)
            elif kind == "catalog" and isinstance(value.get("aliases"), Map):
                self._aliases.update(value["aliases"])

    def unknown(self, reference: Reference, code: str | None = None) -> Problem | None:
        """The problem of a name that is declared nowhere; None for one that may be."""
        if any(self._may_be(kind, reference.key) for kind in reference.kinds):
            return None
        words, first = " or ".join(reference.kinds), reference.kinds[0]
        message = f'{reference.who} unknown {words} "{reference.key}"'
        near = self._near(reference)
        hint, fix = suggestion(reference.key, near), respelling(reference.key, near, reference.mark)
        return Problem(code or CODES[first], message, reference.mark, hint=hint, fix=fix)

    def _may_be(self, kind: Kind, key: str) -> bool:
        if kind != "plan":
            return not self._names.lacks(kind, key)
        plan, _, version = key.partition("@")
        if self._names.lacks("plan", plan) and plan not in self._aliases:
            return version != "" and key in self._versions
        return not version or plan in self._aliases or key in self._versions or self._unsure

    def _near(self, reference: Reference) -> set[str]:
        found = {key for kind in reference.kinds for key in self._names.places.get(kind, ())}
        if reference.kinds[0] != "plan":
            return found
        plan = reference.key.partition("@")[0]
        return {ref for ref in self._versions if ref.startswith(f"{plan}@")} or {*found, *self._aliases}


def references_of(given: Map, who: str) -> Iterator[Reference]:
    """Every name in a subject record, or in the `given` of a plan test."""
    periods: list[Any] = [given, *(given.get("subscriptions") or ())]
    for period in periods:
        if "plan" in period:
            yield Reference(("plan",), period["plan"], period.value_mark("plan"), f"{who} has the")
        add_ons: Any = period.get("add_ons") or ()
        for number, item in enumerate(add_ons):
            is_key = isinstance(item, str)
            mark = add_ons.item_mark(number) if is_key else item.value_mark("add_on")
            yield Reference(("add-on",), item if is_key else item["add_on"], mark, f"{who} has the")
    for override in given.get("overrides") or ():
        for field, kind in _OVERRIDES:
            if field in override:
                yield Reference(
                    (kind,), override[field], override.value_mark(field), f"{who} has an override of the"
                )
    usage: Any = given.get("usage") or {}
    for key in usage:
        yield Reference(("feature", "cap"), key, usage.key_mark(key), f"{who} uses the")


def record_problems(document: Document, known: Known) -> Iterator[Problem]:
    """Unknown names in a sound subjects file."""
    for record in document.value:
        if "subject" in record:
            for reference in references_of(record, shown(record["subject"])):
                problem = known.unknown(reference)
                if problem is not None:
                    yield problem
