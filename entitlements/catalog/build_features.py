"""Features and caps: from checked documents to values, with the references between them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from entitlements.catalog.names import Names
from entitlements.catalog.reading.document import Document, Map, Seq
from entitlements.model import (
    EMPTY,
    Cap,
    CheckBinding,
    Exemption,
    Feature,
    LossPolicy,
    Plural,
    Reduction,
    Titled,
)
from entitlements.problems import Mark, Problem


def _plural(value: Map | None) -> Plural | None:
    return Plural(value["one"], value["other"]) if value is not None else None


def build_features(documents: list[Document], names: Names) -> tuple[dict[str, Feature], dict[str, Titled]]:
    """Every feature and every group, by key. Of two declarations, already a problem, the first stays."""
    features: dict[str, Feature] = {}
    groups: dict[str, Titled] = {}
    direct: dict[str, tuple[str, ...]] = {}
    for document in documents:
        value: Any = document.value
        group = value["group"]
        groups.setdefault(group["key"], Titled(group["key"], group["title"], group.get("description")))
        for key, given in value["features"].items():
            mark = value["features"].key_mark(key)
            direct.setdefault(key, _requires(key, given, names))
            features.setdefault(key, _feature(key, given, group["key"], mark, names))
    for key, feature in features.items():
        closure = _closure(key, direct)
        if key in closure:
            names.problems.append(
                Problem(
                    "R319",
                    f'feature "{key}" requires itself through '
                    f"{', '.join(sorted(closure - {key})) or 'its own entry'}",
                    feature.mark,
                    hint="take one of the requirements away",
                )
            )
        if closure:
            features[key] = replace(feature, requires=tuple(sorted(closure - {key})))
    return features, groups


def _feature(key: str, given: Map, group: str, mark: Mark, names: Names) -> Feature:
    on_loss = given["on_loss"]
    default_restores = "by_hand" if on_loss["effect"] == "deactivated" else "no"
    return Feature(
        key=key,
        title=given["title"],
        group=group,
        description=given["description"],
        on_loss=LossPolicy(
            on_loss["effect"], on_loss.get("restores", default_restores), on_loss.get("advice")
        ),
        counts=_plural(given.get("counts")),
        exempt=_exemptions(key, given.get("exempt"), names),
        checks=_checks(given.get("checks")),
        when_stale=given.get("when_stale", "keep"),
        listed=given.get("listed", "pricing"),
        mark=mark,
    )


def _exemptions(key: str, given: Seq | None, names: Names) -> tuple[Exemption, ...]:
    found = []
    for item in given or ():
        names.refer("client", item["client"], item.value_mark("client"), f'feature "{key}" exempts the')
        found.append(Exemption(item["client"], item["because"]))
    return tuple(sorted(found, key=lambda exemption: exemption.client))


def _checks(given: Map | None) -> Any:
    if not given:
        return EMPTY
    bindings = {}
    for name in sorted(given):
        params = given[name]
        marks = (
            {parameter: params.value_mark(parameter) for parameter in params}
            if isinstance(params, Map)
            else {}
        )
        bindings[name] = CheckBinding(MappingProxyType(dict(params or {})), given.key_mark(name), marks)
    return MappingProxyType(bindings)


def _requires(key: str, given: Map, names: Names) -> tuple[str, ...]:
    wanted: Any = given.get("requires") or ()
    return tuple(
        needed
        for i, needed in enumerate(wanted)
        if names.refer("feature", needed, wanted.item_mark(i), f'feature "{key}" requires the')
    )


def _closure(key: str, direct: dict[str, tuple[str, ...]]) -> set[str]:
    reached: set[str] = set()
    todo = list(direct.get(key, ()))
    while todo:
        needed = todo.pop()
        if needed not in reached:
            reached.add(needed)
            todo.extend(direct.get(needed, ()))
    return reached


def build_caps(given: Any, names: Names) -> dict[str, Cap]:
    """Every cap of catalog.yaml, by key."""
    caps: dict[str, Cap] = {}
    for key in given or ():
        value = given[key]
        feature = value.get("feature")
        if feature is not None:
            names.refer("feature", feature, value.value_mark("feature"), f'cap "{key}" belongs to the')
        reductions = tuple(
            Reduction(r["do"], r["reversible"], r["data"]) for r in value.get("to_reduce") or ()
        )
        unit = Plural(value["unit"]["one"], value["unit"]["other"])
        caps[key] = Cap(
            key,
            value["title"],
            unit,
            value["counted_by"],
            value.get("period"),
            value.get("description"),
            feature,
            reductions,
            given.key_mark(key),
        )
    return caps
