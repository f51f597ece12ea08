"""Every key the files declare, and the check: a name is declared, or it is noted as unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.reading.written import flow_text
from entitlements.catalog.shape.expected import plain_key
from entitlements.problems import Fix, Mark, Problem, Related, did_you_mean, suggestion, surely_meant

Kind = Literal[
    "feature",
    "plan",
    "cap",
    "support level",
    "client",
    "add-on",
    "group",
    "contact",
    "language",
    "next version of plan",
    "alias",
]
CODES: Final[Mapping[str, str]] = {
    "feature": "R301",
    "plan": "R302",
    "cap": "R303",
    "support level": "R304",
    "client": "R305",
    "add-on": "R306",
}
#: Kind of file → each kind it declares, and the field where.
_SECTIONS: Final[Mapping[str, tuple[tuple[Kind, str], ...]]] = {
    "catalog": (
        ("client", "clients"),
        ("contact", "contacts"),
        ("cap", "caps"),
        ("support level", "support_levels"),
        ("alias", "aliases"),
    ),
    "features": (("feature", "features"), ("group", "group")),
    "plan": (("plan", "plan"),),
    "next": (("next version of plan", "plan"),),
    "add-ons": (("add-on", "add_ons"),),
    "lang": (("language", "lang"),),
}


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that stands in a file and is declared nowhere."""

    kinds: tuple[Kind, ...]
    key: str
    mark: Mark
    message: str
    hint: str | None
    code: str
    #: The edit that writes the name that is surely meant.
    fix: Fix | None = None
    #: Whether a published version has it, which stays as it is.
    published: bool = False


@dataclass(slots=True)
class Names:
    """The declared keys of each kind with their places; collects what is declared twice or not at all."""

    problems: list[Problem] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    places: dict[str, dict[str, Mark]] = field(default_factory=dict)
    #: The keys of each kind that something refers to.
    used: dict[str, set[str]] = field(default_factory=dict)
    #: Kinds of which a key may stand in a file, or a part of it, that cannot be read: none is unknown.
    unsure: set[str] = field(default_factory=set)
    #: Where the files have other problems: what follows from those is no second mistake.
    faulty: set[Mark] = field(default_factory=set)
    #: Plan → every feature that a published version of it has.
    published: dict[str, set[str]] = field(default_factory=dict)
    #: The catalog's, in which the days of its files begin.
    time_zone: str = "UTC"

    def declare(self, kind: Kind, key: str, mark: Mark, *, quietly: bool = False) -> None:
        """Remember a key. That it is declared twice goes without saying where the file has other problems."""
        known = self.places.setdefault(kind, {})
        first = known.setdefault(key, mark)
        if first is not mark and not quietly:
            self.problems.append(_twice(kind, key, first, mark))

    def has(self, kind: Kind, key: str) -> bool:
        return key in self.places.get(kind, {})

    def lacks(self, kind: Kind, key: str) -> bool:
        """Whether `key` is surely not declared."""
        return not self.has(kind, key) and kind not in self.unsure

    def refer(self, kind: Kind, key: str, mark: Mark, who: str) -> bool:
        """Whether `key` may be declared; if not, it is noted as unknown at `mark`, where `who` names it."""
        if not self.lacks(kind, key):
            self.use(kind, key)
            return True
        known = self.places.get(kind, {})
        message, hint = f'{who} unknown {kind} "{key}"', suggestion(key, known)
        fix = respelling(key, known, mark)
        self.unknown.append(Unknown((kind,), key, mark, message, hint, CODES[kind], fix))
        return False

    def use(self, kind: Kind, *keys: str) -> None:
        """Remember that something refers to these keys."""
        self.used.setdefault(kind, set()).update(keys)

    def any_unknown(self, kind: Kind, files: Iterable[str]) -> bool:
        """Whether a name of `kind` is unknown in one of `files`: what follows from that is no mistake."""
        wanted = frozenset(files)
        return any(kind in unknown.kinds and unknown.mark.file in wanted for unknown in self.unknown)

    def wrong_files(self) -> set[str]:
        """The files with a problem of names."""
        marks = [problem.mark for problem in self.problems] + [unknown.mark for unknown in self.unknown]
        return {mark.file for mark in marks}

    def unused_like(self, kinds: Iterable[Kind], key: str) -> tuple[Kind, str] | None:
        """The declared name that `key` most likely is another spelling of, if nothing refers to that one."""
        # Whatever names a plan may name it by another word.
        for kind in (*kinds, *(("alias",) if "plan" in kinds else ())):
            declared = self.places.get(kind, {})
            near = did_you_mean(key, declared)
            if near is not None and near not in self.used.get(kind, ()):
                return kind, near
        return None


def _twice(kind: Kind, key: str, first: Mark, second: Mark) -> Problem:
    if kind == "plan":
        return _copied(
            key, *sorted((first, second), key=lambda mark: _is_named_after(key, mark), reverse=True)
        )
    message, related = f'{kind} "{key}" is declared twice', (Related(first, "first declared here"),)
    return Problem("R311", message, second, hint="keep one of the two", related=related)


def _copied(plan: str, original: Mark, copy: Mark) -> Problem:
    """Whoever copies the file of a plan gives the copy another name first, and its key later, or never."""
    old, new = PurePosixPath(original.file), PurePosixPath(copy.file)
    message = f'plan "{plan}" is declared twice: {new.name} has the key of {old.name}'
    key = plain_key(new.stem)
    such = f", such as {key}" if key not in ("", plan) else ""
    hint = f"give the plan of {new.name} a key of its own{such}, or delete that file"
    return Problem("R311", message, copy, hint=hint, related=(Related(original, "first declared here"),))


def _is_named_after(plan: str, mark: Mark) -> tuple[bool, bool]:
    file = PurePosixPath(mark.file)
    return file.stem == plan, file.suffix == ".yaml"


def respelling(key: str, known: Iterable[str], mark: Mark) -> Fix | None:
    """The edit that writes the name that `key` at `mark` surely stands for."""
    meant = surely_meant(key, known)
    return Fix(mark, flow_text(meant)) if meant is not None else None


def declared_names(documents: Iterable[tuple[str, Document]]) -> Names:
    """The names of all documents, also of wrongly shaped ones: what refers to them is no second mistake."""
    names = Names()
    for kind, document in documents:
        names.faulty.update(problem.mark for problem in document.problems)
        if any(problem.code == "S209" for problem in document.problems):
            names.unsure.update(kind for sections in _SECTIONS.values() for kind, _ in sections)
        if kind == "published" and not document.problems:
            record: Any = document.value
            names.published.setdefault(record["plan"], set()).update(record["features"])
        unreadable = any(problem.code.startswith("Y") for problem in document.problems)
        # Where the line with a key is missing: in its place stands what belongs to it.
        lost = {problem.mark for problem in document.problems if problem.code == "S202"}
        for declared, section in _SECTIONS.get(kind, ()):
            found = list(_keys(document.value, section))
            for key, mark in found:
                names.declare(declared, key, mark, quietly=bool(document.problems))
            nameless = any(mark in lost for _, mark in found)
            if (
                unreadable
                or nameless
                or (document.problems and len(found) < _wanted(document.value, section))
            ):
                names.unsure.add(declared)
    _features_are_not_caps(names)
    return names


def _keys(home: Any, section: str) -> Iterator[tuple[str, Mark]]:
    """The keys that a field declares: those of its map, the `key` of a group or of each item, or its text."""
    found = home.get(section) if isinstance(home, Map) else None
    if isinstance(found, str):
        yield found, home.value_mark(section)
    elif isinstance(found, list):
        for item in found:
            yield from _keys(item, "key")
    elif isinstance(found, Map) and section == "group":
        yield from _keys(found, "key")
    elif isinstance(found, Map):
        yield from ((key, found.key_mark(key)) for key in found)


def _wanted(home: Any, section: str) -> int:
    """How many keys a field should declare at least: one for each item of a list."""
    found = home.get(section) if isinstance(home, Map) else None
    return max(len(found), 1) if isinstance(found, list) else 1


def _features_are_not_caps(names: Names) -> None:
    features, caps = names.places.get("feature", {}), names.places.get("cap", {})
    for key in sorted(features.keys() & caps.keys()):
        message, related = f'"{key}" is both a feature and a cap', (Related(caps[key], "the cap"),)
        hint = "give one of them another key"
        names.problems.append(Problem("R312", message, features[key], hint=hint, related=related))
