"""What subject records and plan tests name, held against what the catalog declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from entitlements.catalog.names import CODES, Kind, Names, Unknown, declared_names, respelling
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.reading.scalars import shown
from entitlements.problems import Fix, Mark, suggestion

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
    #: What stands before the name in the same word: `cap.`.
    before: str = ""


class Known:
    """The names that the documents of a catalog declare; made of a broken catalog too."""

    def __init__(self, documents: Iterable[tuple[str, Document]], names: Names | None = None) -> None:
        pairs = tuple(documents)
        #: What is unknown is noted here.
        self.names = names if names is not None else declared_names(pairs)
        self._versions: set[str] = set()
        self._unsure = False
        for kind, document in pairs:
            value: Any = document.value if isinstance(document.value, Map) else {}
            if kind in ("plan", "next", "published"):
                self._versions.add(f"{value.get('plan')}@{value.get('version')}")
                self._unsure |= bool(document.problems)
                if kind == "published":  # named after what it records
                    self._versions.add(PurePosixPath(document.file).stem)

    def refer(self, reference: Reference, code: str | None = None) -> bool:
        """Whether the name may be declared; if not, it is noted as unknown."""
        if any(self._may_be(kind, reference.key) for kind in reference.kinds):
            return True
        words, first = " or ".join(reference.kinds), reference.kinds[0]
        message = f'{reference.who} unknown {words} "{reference.key}"'
        hint, fix = self._instead(reference)
        key = reference.key
        if first == "plan" and not self.names.has("plan", key.partition("@")[0]):
            key = key.partition("@")[0]
        self.names.unknown.append(
            Unknown(reference.kinds, key, reference.mark, message, hint, code or CODES[first], fix)
        )
        return False

    def _may_be(self, kind: Kind, key: str) -> bool:
        if kind != "plan":
            found = not self.names.lacks(kind, key)
        else:
            plan, _, version = key.partition("@")
            is_alias = not self.names.lacks("alias", plan)
            if self.names.lacks("plan", plan) and not is_alias:
                return version != "" and key in self._versions
            found = is_alias or not version or key in self._versions or self._unsure
            kind, key = ("alias" if self.names.has("alias", plan) else "plan"), plan
        if found:
            self.names.use(kind, key)
        return found

    def _instead(self, reference: Reference) -> tuple[str | None, Fix | None]:
        """The hint, and the edit if there is no doubt; both with what stands before the name."""
        before = reference.before
        near = {f"{before}{name}" for name in self._near(reference)}
        written = f"{before}{reference.key}"
        return suggestion(written, near), respelling(written, near, reference.mark)

    def _near(self, reference: Reference) -> set[str]:
        found = {key for kind in reference.kinds for key in self.names.places.get(kind, ())}
        if reference.kinds[0] != "plan":
            return found
        plan, _, version = reference.key.partition("@")
        same_plan = {ref for ref in self._versions if ref.startswith(f"{plan}@")}
        return same_plan or (self._versions if version else {*found, *self.names.places.get("alias", ())})


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


def refer_all(document: Document, known: Known) -> None:
    """Look up every name in a sound subjects file; what is unknown is noted in `known`."""
    for record in document.value:
        if "subject" in record:
            for reference in references_of(record, shown(record["subject"])):
                known.refer(reference)
