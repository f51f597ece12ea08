"""The names of a catalog as an editor offers them: each key with what people call it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from entitlements.catalog.names import declared_names
from entitlements.catalog.reading.document import Document, Map

#: Kind of name → key → what people call it. A kind that is not here may have any name.
EditorNames = Mapping[str, Mapping[str, str]]

#: Kind of name → the kind of file and the field that declare it.
_HOMES: Final[Mapping[str, tuple[str, str]]] = {
    "add-on": ("add-ons", "add_ons"),
    "cap": ("catalog", "caps"),
    "client": ("catalog", "clients"),
    "feature": ("features", "features"),
    "plan": ("plan", "plan"),
    "support level": ("catalog", "support_levels"),
}


def editor_names(
    documents: Sequence[tuple[str, Document]], checkers: Mapping[str, str] | None = None
) -> EditorNames:
    """The names that `documents` declare, and `checkers` with what they do.

    Made of a broken catalog too: a kind that may have more names than could be read is left open, so that
    nothing is refused for want of reading it.
    """
    declared = declared_names(documents)
    found: dict[str, dict[str, str]] = {}
    for name, (kind, field) in _HOMES.items():
        keys = declared.places.get(name, {})
        titles = {key: title for value in _of_kind(documents, kind) for key, title in _titles(value, field)}
        if keys and name not in declared.unsure:
            found[name] = {key: titles.get(key, key) for key in sorted(keys)}
    if "plan" in found and not any(found_in.problems for kind, found_in in documents if kind == "published"):
        found["plan version"] = dict(_references(documents, found["plan"]))
    if "feature" in found and "cap" in found:
        found["feature or cap"] = {**found["feature"], **found["cap"]}
    if checkers:
        found["checker"] = dict(checkers)
    return found


def _of_kind(documents: Iterable[tuple[str, Document]], kind: str) -> Iterator[Map]:
    for own, document in documents:
        if own == kind and isinstance(document.value, Map):
            yield document.value


def _titles(value: Map, field: str) -> Iterator[tuple[str, str]]:
    """(key, words) for what `field` declares: a map of things, a list of them, or the file itself."""
    section: Any = value.get(field)
    if isinstance(section, str):
        yield section, _words(value)
    elif isinstance(section, Map):
        yield from ((key, _words(thing)) for key, thing in section.items())
    elif isinstance(section, list):
        yield from (
            (thing["key"], _words(thing)) for thing in section if isinstance(thing, Map) and "key" in thing
        )


def _words(thing: Any) -> str:
    """`Outgoing messaging. Broadcasts and conditional alerts sent by SMS.`"""
    texts = [thing.get(field) for field in ("title", "description")] if isinstance(thing, Map) else []
    said = [text.strip() for text in texts if isinstance(text, str) and text.strip()]
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in said)


def _references(
    documents: Sequence[tuple[str, Document]], plans: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """How a plan may be named where an older version will do: by key, with its number, by an alias."""
    yield from plans.items()
    versions: dict[str, set[Any]] = {}
    for kind in ("plan", "published"):
        for value in _of_kind(documents, kind):
            versions.setdefault(str(value.get("plan")), set()).add(value.get("version"))
    aliases: dict[str, str] = {}
    for head in _of_kind(documents, "catalog"):
        given = head.get("aliases")
        aliases.update(given if isinstance(given, Map) else {})
    names = [
        *((key, key, "") for key in versions),
        *((word, key, "Another name: ") for word, key in aliases.items()),
    ]
    for name, key, so in names:
        title = plans.get(key) or key
        if so:
            yield name, f"{so}{title}"
        for version in sorted(versions.get(key, ()), key=str):
            yield f"{name}@{version}", f"{so}Version {version} of {title}"
