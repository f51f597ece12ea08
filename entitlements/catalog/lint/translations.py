"""Translations: what a language says of some, it says of all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.model import EMPTY, Catalog

_SHOWN = 5


def texts_that_are_missing(catalog: Catalog, places: Places) -> Iterator[Finding]:
    """A language that translates most titles of plans, features or the like, and not the others."""
    wanted = _texts_of(catalog)
    for lang, document in sorted(places.languages.items()):
        texts: Any = document.value["texts"]
        # What pt-BR lacks is shown in pt.
        given = {**catalog.texts.get(lang.partition("-")[0], EMPTY), **texts}
        missing = [key for keys in wanted for key in _missing(keys, given)]
        if missing:
            more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
            number = "a text" if len(missing) == 1 else f"{len(missing)} texts"
            yield Finding(
                f'"{lang}" lacks {number}, while others of the kind are translated: '
                f"{', '.join(missing[:_SHOWN])}{more}",
                document.value.key_mark("texts"),
                "translate what is missing; until then it is shown as it stands in the catalog",
                (lang,),
            )


def _missing(keys: list[str], given: Mapping[str, str]) -> list[str]:
    """Those of `keys` without a text, if most have one: a language that has only begun is left in peace."""
    missing = [key for key in keys if key not in given]
    return missing if 2 * len(missing) < len(keys) else []


def _texts_of(catalog: Catalog) -> list[list[str]]:
    """Every title and description that people see, by kind and field."""
    shown = {key: feature for key, feature in catalog.features.items() if feature.listed != "no"}
    homes: Mapping[str, Mapping[str, Any]] = {
        "plan": catalog.plans,
        "feature": shown,
        "cap": catalog.caps,
        "support": catalog.support_levels,
        "add_on": catalog.add_ons,
        "group": catalog.groups,
        "client": catalog.clients,
        "contact": catalog.contacts,
    }
    return [
        [f"{kind}.{key}.{field}" for key, entry in home.items() if getattr(entry, field, None) is not None]
        for kind, home in homes.items()
        for field in ("title", "description")
    ]
