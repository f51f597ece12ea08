"""Writes a Catalog as a folder of plan files that loads to the same catalog: same digest, same texts.

What a Catalog does not hold is not written: comments, plan tests, samples, records of versions still sold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from entitlements.catalog.editing.record import price_content, record_text, terms_content
from entitlements.catalog.reading.written import yaml_text
from entitlements.model import AddOn, Cap, Catalog, Feature, Plan, Titled

Data = dict[str, Any]


def dump_catalog(catalog: Catalog, folder: str | Path) -> None:
    """Write `catalog` into `folder`, which must be new or empty. Raises FileExistsError, or OSError."""
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    if any(home.iterdir()):
        msg = f"{home} is not empty; what is there would become part of the catalog"
        raise FileExistsError(msg)
    for file, content in _files(catalog):
        path = home / file
        path.parent.mkdir(exist_ok=True)
        text = content if isinstance(content, str) else yaml_text(content)
        path.write_text(text, encoding="utf-8", newline="\n")


def _files(catalog: Catalog) -> Iterator[tuple[str, Data | str]]:
    """Name within the folder and content of every file, or its text."""
    yield "catalog.yaml", _head(catalog)
    for group in catalog.groups.values():
        features = {f.key: _feature(f) for f in catalog.features.values() if f.group == group.key}
        yield f"features/{group.key}.yaml", {"group": asdict(group), "features": features}
    for plan in catalog.plans.values():
        # No key has a dot, so this is no other plan's file.
        name = plan.key if plan.key != "catalog" else "catalog.plan"
        yield f"{name}.yaml", _plan(plan, catalog.plans.get(plan.extends or ""))
    for key, plan in catalog.upcoming.items():
        yield f"next/{key}.yaml", {**_plan(plan, None), "extends": None}
    for plan in catalog.versions.values():
        if plan not in (catalog.plans.get(plan.key), catalog.upcoming.get(plan.key)):
            yield f"published/{plan.ref}.yaml", record_text(plan, currency=catalog.currency)
    for key, add_on in catalog.add_ons.items():
        yield f"add_ons/{key}.yaml", {"add_ons": {key: _add_on(add_on)}}
    for lang, texts in catalog.texts.items():
        yield f"lang/{lang}.yaml", {"lang": lang, "texts": dict(texts)}


def _head(catalog: Catalog) -> Data:
    return {
        "catalog": catalog.key,
        "title": catalog.title,
        "description": catalog.description,
        "subject": asdict(catalog.subject),
        "currency": catalog.currency,
        "time_zone": catalog.time_zone,
        "ladder": catalog.ladder,
        "default_plan": catalog.default_plan,
        "after_end": catalog.after_end,
        "aliases": dict(catalog.aliases),
        "minimum_term": dict(catalog.minimum_term),
        "baa": {"needs": catalog.baa_needs} if catalog.baa_needs else None,
        "support_levels": [
            {"key": level.key, "title": level.title, "includes": level.includes}
            for level in sorted(catalog.support_levels.values(), key=lambda level: level.rank)
        ],
        "clients": {key: _without(client, "key") for key, client in catalog.clients.items()},
        "contacts": {
            key: {"title": contact.title, "ask": contact.description, **_address(contact.link)}
            for key, contact in catalog.contacts.items()
        },
        "terms": dict(catalog.terms),
        "caps": {key: _without(cap, "key", "mark") for key, cap in catalog.caps.items()},
    }


def _without(named: Titled | Cap, *fields: str) -> Data:
    """All of `named` under the words of the files, which are those of the model, but for `fields`."""
    return {word: value for word, value in asdict(named).items() if word not in fields}


def _address(link: str | None) -> Data:
    kind, _, address = (link or "").partition(":")
    return {"email": address} if kind == "mailto" else {"url": link}


def _feature(feature: Feature) -> Data:
    return {
        "title": feature.title,
        "description": feature.description,
        "counts": asdict(feature.counts) if feature.counts else None,
        "on_loss": asdict(feature.on_loss),
        "exempt": tuple(map(asdict, feature.exempt)),
        "requires": feature.requires,
        "checks": {name: binding.params for name, binding in feature.checks.items()},
        "when_stale": feature.when_stale,
        "listed": feature.listed,
    }


def _plan(plan: Plan, parent: Plan | None) -> Data:
    """A working file; of what the plan inherits only the difference is stated."""
    own, above = terms_content(plan), terms_content(parent) if parent else {"caps": {}, "features": []}
    named = {"title": plan.title, "description": plan.description, "sold": plan.sold, "extends": plan.extends}
    caps = {cap: terms for cap, terms in own["caps"].items() if above["caps"].get(cap) != terms}
    more = tuple(key for key in own["features"] if key not in above["features"])
    less = tuple(key for key in above["features"] if key not in own["features"])
    return {**own, **named, "caps": caps, "features": more, "without": less}


def _add_on(add_on: AddOn) -> Data:
    raises = {
        cap: {"add": given.add} if given.at_least is None else {"at_least": given.at_least}
        for cap, given in add_on.caps.items()
    }
    named = {"title": add_on.title, "description": add_on.description, "price": price_content(add_on.price)}
    return {**named, "sold_with": add_on.sold_with, "features": tuple(add_on.features), "caps": raises}
