"""The catalog of a world as files, and read back through the reader and the builder."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from entitlements.amounts import Amount
from entitlements.catalog.build import build_catalog
from entitlements.catalog.load import load_catalog
from entitlements.catalog.reading.document import read_bytes
from entitlements.model import Catalog

Data = dict[str, Any]


def catalog_files(catalog: Data) -> Iterable[tuple[str, str, Data]]:
    """(kind, file, content) of every file of the catalog's folder."""
    noun = {"one": "one", "other": "others"}
    yield (
        "catalog",
        "catalog.yaml",
        {
            "catalog": "world",
            "title": "World",
            "subject": noun,
            "currency": "USD",
            "time_zone": "UTC",
            "ladder": catalog["ladder"],
            "default_plan": catalog["default_plan"],
            "after_end": catalog["after_end"],
            "aliases": catalog["aliases"],
            "support_levels": [{"key": "community", "title": "Community", "includes": ["Pages"]}],
            "clients": {key: {"title": key, "description": key} for key in ("export_tool", "mobile")},
            "caps": {cap: {"title": cap, "unit": noun, "counted_by": "seats"} for cap in catalog["caps"]},
        },
    )
    # Two groups, so that what is required may stand in another file.
    for group in (0, 1):
        features = {key: value for key, value in catalog["features"].items() if int(key[1:]) % 2 == group}
        if features:
            yield (
                "features",
                f"features/g{group}.yaml",
                {
                    "group": {"key": f"g{group}", "title": "Group"},
                    "features": {key: feature_content(key, value) for key, value in features.items()},
                },
            )
    for ref, plan in catalog["plans"].items():
        coming = catalog["next"].get(plan["key"], {})
        if coming.get("ref") == ref:
            dates = {
                "effective_from": coming["from"].isoformat(),
                "existing_subscribers": "keep" if coming["keep"] else "at_once",
            }
            yield "next", f"next/{plan['key']}.yaml", {**plan_content(catalog, plan), **dates}
        elif catalog["working"][plan["key"]] == ref:
            yield "plan", f"{plan['key']}.yaml", plan_content(catalog, plan)
        else:
            yield (
                "published",
                f"published/{ref}.yaml",
                {
                    **terms_content(plan),
                    "digest": "sha256:0000",
                    "support": "community",
                    "baa": "not_offered",
                },
            )
    for key, add_on in catalog["add_ons"].items():
        content = {
            "title": key,
            "price": "free",
            "sold_with": catalog["ladder"],
            "features": add_on["features"],
            "caps": {
                cap: {how: amount(n) for how, n in change.items()} for cap, change in add_on["caps"].items()
            },
        }
        yield "add-ons", f"add_ons/{key}.yaml", {"add_ons": {key: content}}


def feature_content(key: str, feature: Data) -> Data:
    return {
        "title": key,
        "description": key,
        "on_loss": {"effect": "read_only" if feature["read_only"] else "closed"},
        "requires": feature["requires"],
        "exempt": [{"client": client, "because": "So it is"} for client in feature["exempt"]],
        "checks": {
            name: {} if level is None else {"level": level} for name, level in feature["checks"].items()
        },
    }


def sold_as(catalog: Data, key: str) -> str:
    return "by_sales" if key in catalog["ladder"] else "no"


def plan_content(catalog: Data, plan: Data) -> Data:
    content = {**terms_content(plan), "title": plan["key"], "sold": sold_as(catalog, plan["key"])}
    if plan["extends"] is None:
        return {**content, "support": "community", "baa": "not_offered"}
    parent = catalog["plans"][catalog["working"][plan["extends"]]]
    return {
        **content,
        "extends": plan["extends"],
        "features": [key for key in plan["features"] if key not in parent["features"]],
        "without": [key for key in parent["features"] if key not in plan["features"]],
        "caps": {
            cap: terms
            for cap, terms in content["caps"].items()
            if plan["caps"][cap] != parent["caps"].get(cap)
        },
    }


def terms_content(plan: Data) -> Data:
    caps: Data = {}
    for cap, terms in plan["caps"].items():
        past = {"hard": True} if terms["hard"] else {"extra": "by_rate"}
        included = amount(terms["included"])
        caps[cap] = {"included": included, **past} if isinstance(included, int) else included
    return {
        "plan": plan["key"],
        "version": plan["version"],
        "suspends": plan["suspends"],
        "price": "free",
        "caps": caps,
        "features": plan["features"],
    }


def amount(number: float | None) -> Amount:
    """The engine's way to write an amount."""
    if number is None:
        return "none"
    return "unlimited" if number == math.inf else int(number)


def catalog_through_documents(catalog: Data) -> Catalog:
    """Read and built, but not held against the schemas: for many catalogs."""
    documents = [
        (kind, read_bytes(json.dumps(content).encode(), f"world/{file}"))
        for kind, file, content in catalog_files(catalog)
    ]
    found, problems = build_catalog(documents)
    assert found is not None, problems
    return found


def catalog_through_folder(catalog: Data, folder: Path) -> Catalog:
    """The real door: files in a folder, schemas and all. Nobody published it, so no digest is right."""
    for _, file, content in catalog_files(catalog):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    return load_catalog(folder, check_versions=False)
