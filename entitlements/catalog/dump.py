"""Writes a Catalog as a folder of plan files that loads to the same catalog: same digest, same texts.

What a Catalog does not hold is not written: comments, plan tests, samples, records of versions still sold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from entitlements.catalog.digest import terms_digest, terms_of
from entitlements.catalog.document import Number
from entitlements.catalog.lookalikes import ODD_SPACE
from entitlements.catalog.money import money_text
from entitlements.model import EMPTY, FREE, AddOn, Cap, Catalog, Feature, Plan, Price, Titled

# Every other text is put in quotes, so that no reader of YAML takes it for anything else.
_PLAIN = re.compile(
    r"(?!(?:y|n|yes|no|on|off|true|false|null)\Z)[a-z](?:[a-z0-9_./ -]*[a-z0-9_.])?", re.IGNORECASE
)
_ESCAPED = re.compile(f"[\x7f-\x9f\ufffe\uffff{ODD_SPACE}]")
_LONGEST_KEY = 1000
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
        path.write_text("\n".join([*_block(content), ""]), encoding="utf-8", newline="\n")


def _files(catalog: Catalog) -> Iterator[tuple[str, Data]]:
    """Name within the folder and content of every file; in it None, () and {} stand for nothing."""
    yield "catalog.yaml", _head(catalog)
    for group in catalog.groups.values():
        features = {f.key: _feature(f) for f in catalog.features.values() if f.group == group.key}
        yield f"features/{group.key}.yaml", {"group": asdict(group), "features": features}
    for plan in catalog.plans.values():
        # No key has a dot, so this is no other plan's file.
        name = plan.key if plan.key != "catalog" else "catalog.plan"
        yield f"{name}.yaml", _plan(plan, catalog.plans.get(plan.extends or ""))
    for plan in catalog.versions.values():
        if catalog.plans.get(plan.key) is not plan:
            terms = _terms(plan)
            terms["caps"] = terms["caps"] or EMPTY
            yield f"published/{plan.ref}.yaml", {"digest": terms_digest(plan), **terms}
    for key, add_on in catalog.add_ons.items():
        yield f"add_ons/{key}.yaml", {"add_ons": {key: _add_on(add_on)}}
    for lang, texts in catalog.texts.items():
        yield f"lang/{lang}.yaml", {"lang": lang, "texts": dict(texts)}


def _head(catalog: Catalog) -> Data:
    return {
        "catalog": catalog.key,
        "title": catalog.title,
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
            key: {"title": contact.title, "ask": contact.description}
            for key, contact in catalog.contacts.items()
        },
        "terms": dict(catalog.terms),
        "caps": {key: _without(cap, "key", "mark") for key, cap in catalog.caps.items()},
    }


def _without(named: Titled | Cap, *fields: str) -> Data:
    """All of `named` under the words of the files, which are those of the model, but for `fields`."""
    return {word: value for word, value in asdict(named).items() if word not in fields}


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
    own, above = _terms(plan), _terms(parent) if parent else {"caps": {}, "features": []}
    named = {"title": plan.title, "description": plan.description, "sold": plan.sold, "extends": plan.extends}
    caps = {cap: terms for cap, terms in own["caps"].items() if above["caps"].get(cap) != terms}
    more = tuple(key for key in own["features"] if key not in above["features"])
    less = tuple(key for key in above["features"] if key not in own["features"])
    return {**own, **named, "caps": caps, "features": more, "without": less}


def _terms(plan: Plan) -> Data:
    # The price apart: a digest takes whatever costs nothing by the month for free.
    return {**terms_of(plan), "price": _price(plan.price)}


def _add_on(add_on: AddOn) -> Data:
    raises = {
        cap: {"add": given.add} if given.at_least is None else {"at_least": given.at_least}
        for cap, given in add_on.caps.items()
    }
    named = {"title": add_on.title, "description": add_on.description, "price": _price(add_on.price)}
    return {**named, "sold_with": add_on.sold_with, "features": tuple(add_on.features), "caps": raises}


def _price(price: Price) -> str | Data:
    if price.monthly is None:
        return "on_request"
    annual = None if price.annual_total is None else money_text(price.annual_total)
    return "free" if price == FREE else {"monthly": money_text(price.monthly), "annual_total": annual}


def _block(content: Data, indent: str = "") -> Iterator[str]:
    """The lines of one of the maps above: maps below their keys, all else beside them."""
    for key, value in content.items():
        head = f"{indent}{_text(key)}:"
        if type(value) is dict and value:
            yield from (head, *_block(value, f"{indent}  "))
        elif value not in (None, (), {}) or isinstance(value, type(EMPTY)):
            yield f"{head} {flow_text(value)}"


def flow_text(value: Any) -> str:
    """Plain data as one line of YAML: maps and lists in brackets, every text safe from being misread."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)}: {flow_text(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(flow_text, value))}]"
    if isinstance(value, str):
        return _text(value)
    return value.text if isinstance(value, Number) else json.dumps(value)


def _key(key: str) -> str:
    # YAML finds the colon of a longer key only when told that a key begins.
    written = _text(key)
    return written if len(written) < _LONGEST_KEY else f"? {written} "


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return _ESCAPED.sub(lambda odd: f"\\u{ord(odd[0]):04x}", json.dumps(text, ensure_ascii=False))
