"""Published versions, as their records have them, and what they name that is not declared any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from entitlements.catalog.build_plans import read_caps, read_features, read_price
from entitlements.catalog.dates import read_dates
from entitlements.catalog.digest import terms_digest
from entitlements.catalog.names import Kind, Names, Unknown
from entitlements.catalog.reading.document import Document, Map
from entitlements.model import Plan
from entitlements.problems import Problem, did_you_mean

#: What a record names → where that is declared.
_DECLARED_IN: Final[Mapping[Kind, str]] = {
    "feature": "in features/",
    "cap": "under caps in catalog.yaml",
    "support level": "under support_levels in catalog.yaml",
}


def build_published(documents: list[Document], plans: Mapping[str, Plan], names: Names) -> dict[str, Plan]:
    """The recorded versions, by reference. Their titles come from the working file of the plan."""
    versions: dict[str, Plan] = {}
    for document in documents:
        value: Any = document.value
        key, version = value["plan"], value["version"]
        ref = f"{key}@{version}"
        well_named = PurePosixPath(document.file).name == f"{ref}.yaml"
        if not well_named:
            names.problems.append(
                Problem(
                    "R315",
                    f'this file records "{ref}" but is named otherwise',
                    value.value_mark("plan"),
                    hint=_named_or_written(ref, PurePosixPath(document.file).stem),
                )
            )
        who = f'published plan "{ref}"'
        noted = len(names.unknown)
        names.refer("support level", value["support"], value.value_mark("support"), f"{who} has the")
        features = read_features(value, "features", f"{who} includes", names)
        working = plans.get(key)
        plan = Plan(
            key=key,
            version=version,
            title=working.title if working else key.replace("_", " ").capitalize(),
            price=read_price(value, who, names),
            support=value["support"],
            baa=value["baa"] == "offered",
            caps=MappingProxyType(dict(sorted(read_caps(value, who, names).items()))),
            features=MappingProxyType(dict(sorted(features.items()))),
            # A record is about terms alone; while it is the version on sale, it is sold as its plan is.
            sold=working.sold if working else "no",
            suspends=value.get("suspends", False),
            mark=value.key_mark("plan"),
            **read_dates(value, names),
        )
        if noted < len(names.unknown):
            names.unknown[noted:] = _stay(names.unknown[noted:], value, plan)
        if well_named:
            versions[ref] = plan
            _has_a_file(value, ref, names)
    return versions


def _has_a_file(value: Map, ref: str, names: Names) -> None:
    """Without its file nobody could tell what a record means that has only the plan's key."""
    key, mark = value["plan"], value.value_mark("plan")
    if names.lacks("plan", key):
        message = f'{ref} is published, but no file has the plan "{key}" any more'
        keeps = f"put {key}.yaml back: a plan keeps its key, only its title may change"
        hint = f'{keeps}; with sold: "no" it is sold no more'
        names.unknown.append(Unknown(("plan",), key, mark, message, hint, "R302", published=True))


def _named_or_written(ref: str, stem: str) -> str:
    """What to do about a published file that is named otherwise than it says."""
    plan, _, version = stem.partition("@")
    if ref.endswith(f"@{version}") and did_you_mean(ref.partition("@")[0], [plan]):
        return f'did you mean "{plan}"? Else name the file {ref}.yaml'
    return f"name it {ref}.yaml"


def _stay(noted: list[Unknown], value: Map, plan: Plan) -> list[Unknown]:
    """The unknown names of a record; those of one that nobody edited were declared when it was published."""
    # As if all were declared: the digest covers unknown names, too.
    lenient = Names(unsure=set(_DECLARED_IN))
    features, caps = read_features(value, "features", "", lenient), read_caps(value, "", lenient)
    if value["digest"] != terms_digest(replace(plan, features=features, caps=caps)):
        return noted
    return [
        replace(
            unknown,
            hint=f'{plan.ref} is published with it, so the key stays: declare "{unknown.key}" again '
            f"{_DECLARED_IN[unknown.kinds[0]]}; its title may change",
            fix=None,
            published=True,
        )
        for unknown in noted
    ]
