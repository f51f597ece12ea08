"""Names: two that look alike are most likely one, written in two ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.reading.scalars import shown
from entitlements.model import Catalog
from entitlements.problems import Mark, Related


class _Name(NamedTuple):
    """A key, its title, and what kind of thing they name."""

    kind: str
    key: str
    title: str

    def __str__(self) -> str:
        return f'{self.kind} "{self.key}"'


def titles_that_look_alike(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """Two titles of a kind that are equal, or but for case, spaces, hyphens and the like."""
    for names in _named(catalog):
        for name, like in _alike(names, lambda name: _letters(name.title)):
            one = "the same title" if name.title == like.title else "titles that are easily mixed up"
            yield Finding(
                f"{like} and {name} have {one}: {shown(like.title)} and {shown(name.title)}",
                places.title(name.kind, name.key),
                "give each a title of its own, so that people can tell them apart",
                (name.key, like.key),
                (Related(places.title(like.kind, like.key), f"the title of {like}"),),
            )


def keys_that_look_alike(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """Two keys of a kind that are equal but for underscores, hyphens and plurals."""
    features, caps, *others = _named(catalog)
    for names in ([*features, *caps], *others):
        for name, like in _alike(names, lambda name: _stem(name.key)):
            yield Finding(
                f"{like} and {name} have keys that are easily mixed up",
                _place(catalog, places, name),
                "if they are the same, keep one; else give one of them another key",
                (name.key, like.key),
                (Related(_place(catalog, places, like), str(like)),),
            )


def _alike(names: Iterable[_Name], folded: Callable[[_Name], str]) -> Iterator[tuple[_Name, _Name]]:
    """Each name with the first that is alike."""
    first: dict[str, _Name] = {}
    for name in names:
        known = first.setdefault(folded(name), name)
        if known is not name:
            yield name, known


def _place(catalog: Catalog, places: Places, name: _Name) -> Mark:
    """Where the key of `name` is declared."""
    match name.kind:
        case "feature":
            return catalog.features[name.key].mark
        case "cap":
            return catalog.caps[name.key].mark
        case "plan":
            return catalog.plans[name.key].mark
        case "add-on":
            return catalog.add_ons[name.key].mark
        case "client":
            return places.client(name.key)
        case _:
            return places.entries[name.kind][name.key].value_mark("key")


def _letters(title: str) -> str:
    # A title of nothing but signs is taken as it stands.
    return "".join(filter(str.isalnum, title.casefold())) or title


def _stem(key: str) -> str:
    """The key without underscores, hyphens and plurals."""
    words = key.replace("-", "_").split("_")
    return "".join(word.removesuffix("s") for word in words)


def _named(catalog: Catalog) -> Iterator[list[_Name]]:
    """The names of each kind, by key; features and caps, whose keys share one space, come first."""
    homes: Mapping[str, Mapping[str, Any]] = {
        "feature": catalog.features,
        "cap": catalog.caps,
        "plan": catalog.plans,
        "add-on": catalog.add_ons,
        "group": catalog.groups,
        "support level": catalog.support_levels,
        "client": catalog.clients,
    }
    for kind, home in homes.items():
        yield [_Name(kind, key, home[key].title) for key in sorted(home)]
