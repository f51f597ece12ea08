"""From checked documents to one frozen Catalog, or to every problem between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from entitlements.catalog.build_features import build_caps, build_features
from entitlements.catalog.build_head import build_texts, check_head, check_next
from entitlements.catalog.build_next import build_next, successions
from entitlements.catalog.build_plans import build_add_ons, build_plans
from entitlements.catalog.build_published import build_published
from entitlements.catalog.digest import catalog_digest
from entitlements.catalog.heirs import heir_problems
from entitlements.catalog.names import Names, declared_names
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.unknown_names import unknown_name_problems
from entitlements.catalog.upcoming import upcoming_problems
from entitlements.catalog.versions import currency_problems, version_problems
from entitlements.clock import is_time_zone
from entitlements.model import Catalog, Plural, SupportLevel, Titled
from entitlements.problems import Mark, Problem, in_file_order


def build_catalog(
    documents: Iterable[tuple[str, Document]], names: Names | None = None
) -> tuple[Catalog | None, tuple[Problem, ...]]:
    """The catalog that (kind, document) pairs describe, with all problems between them.

    `names` are those that the documents declare, if they have been collected; what is wrong with names is
    noted there.

    There is no catalog if a document or a reference is wrong; broken promises of published versions
    (V problems) leave it as it is. Documents with problems take part only through the names they declare.
    """
    pairs = sorted(documents, key=lambda pair: pair[1].file)
    names = names if names is not None else declared_names(pairs)
    names.time_zone = _time_zone(pairs)
    sound: dict[str, list[Document]] = {}
    for kind, document in pairs:
        if not document.problems:
            sound.setdefault(kind, []).append(document)
    features, groups = build_features(sound.get("features", []), names)
    plans = build_plans(sound.get("plan", []), names)
    coming = build_next(sound.get("next", []), plans, names)
    recorded = build_published(sound.get("published", []), plans, names)
    add_ons = build_add_ons(sound.get("add-ons", []), names)
    texts = build_texts(sound.get("lang", []), names)
    head: Any = sound["catalog"][0].value if sound.get("catalog") else None
    if head is None:
        return None, in_file_order([*names.problems, *unknown_name_problems(names)])
    caps = build_caps(head.get("caps"), names)
    check_head(head, plans, caps, names)
    check_next(head["ladder"], coming, caps, names)
    working = sound.get("plan", [])
    broken_words = version_problems(sound.get("published", []), working, recorded, plans, names)
    waiting = sound.get("next", [])
    dates = upcoming_problems(waiting, working, coming, plans, recorded, names)
    currency = currency_problems(head, sound.get("published", []))
    heirs = heir_problems(waiting, working, coming, plans, recorded, names)
    promises = (*broken_words, *currency, *dates, *heirs)
    problems = in_file_order((*names.problems, *unknown_name_problems(names), *promises))
    if names.problems or names.unknown or any(document.problems for _, document in pairs):
        return None, problems
    upcoming = {key: following.plan for key, following in coming.items()}
    versions = {**recorded, **{plan.ref: plan for plan in (*upcoming.values(), *plans.values())}}
    catalog = _assemble(head, features, groups, plans, versions, add_ons, caps, texts)
    sold = successions(plans, recorded.values(), upcoming)
    return replace(catalog, upcoming=_by_key(upcoming), successions=_by_key(sold)), problems


def _time_zone(documents: Iterable[tuple[str, Document]]) -> str:
    """The catalog's time zone, or UTC while it cannot be told."""
    heads: Any = (document.value for kind, document in documents if kind == "catalog")
    zones = (head.get("time_zone") for head in heads if isinstance(head, Map))
    return next((zone for zone in zones if isinstance(zone, str) and is_time_zone(zone)), "UTC")


def _assemble(
    head: Map, features: Any, groups: Any, plans: Any, versions: Any, add_ons: Any, caps: Any, texts: Any
) -> Catalog:
    levels = [
        SupportLevel(level["key"], level["title"], tuple(level["includes"]), rank)
        for rank, level in enumerate(head["support_levels"])
    ]
    content: dict[str, Any] = {
        "key": head["catalog"],
        "currency": head["currency"],
        "time_zone": head["time_zone"],
        "ladder": tuple(head["ladder"]),
        "default_plan": head["default_plan"],
        "after_end": head["after_end"],
        "aliases": _frozen(head.get("aliases") or {}),
        "minimum_term": _frozen(head.get("minimum_term") or {}),
        "baa_needs": tuple(sorted((head.get("baa") or {}).get("needs", ()))),
        "terms": _frozen(head.get("terms") or {}),
    }
    decides = {**content, "levels": [level.key for level in levels]}
    digest = catalog_digest(decides, features, caps, versions.values(), add_ons.values())
    return Catalog(
        **content,
        title=head["title"],
        description=head.get("description"),
        subject=Plural(head["subject"]["one"], head["subject"]["other"]),
        support_levels=MappingProxyType({level.key: level for level in levels}),
        clients=_titled(head.get("clients")),
        contacts=_titled(head.get("contacts")),
        groups=_by_key(groups),
        features=_by_key(features),
        caps=_by_key(caps),
        plans=_by_key(plans),
        versions=_by_key(versions),
        add_ons=_by_key(add_ons),
        texts=texts,
        digest=digest,
        places=_places(head, "minimum_term", "terms"),
    )


def _places(head: Map, *sections: str) -> Mapping[str, Mark]:
    """`terms.payment` → where it is stated, for the parts of `sections`."""
    given: Any = {section: head.get(section) or {} for section in sections}
    return MappingProxyType(
        {f"{section}.{part}": parts.key_mark(part) for section, parts in given.items() for part in parts}
    )


def _frozen(value: Any) -> Any:
    """The same data with plain frozen containers in place of the document's."""
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(value[key]) for key in sorted(value)})
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _titled(given: Map | None) -> Mapping[str, Titled]:
    found = {
        key: Titled(key, value["title"], value.get("description") or value.get("ask"), _link(value))
        for key, value in sorted((given or {}).items())
    }
    return MappingProxyType(found)


def _link(given: Map) -> str | None:
    return given.get("url") or (f"mailto:{given['email']}" if "email" in given else None)


def _by_key(found: dict[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(sorted(found.items())))
