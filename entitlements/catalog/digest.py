"""Digests of what decides: equal for equal terms, however the files are ordered, split or commented."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from entitlements.amounts import Price
from entitlements.catalog.money import money_text
from entitlements.model import AddOn, Cap, Feature, Plan

#: Fields of `terms` that are words for people.
_PROSE = frozenset({"autopay", "note"})


def terms_of(plan: Plan) -> dict[str, Any]:
    """The resolved terms of a plan version as plain data; what `published/` records and digests cover."""
    caps: dict[str, Any] = {}
    for key, terms in plan.caps.items():
        if not isinstance(terms.included, int):
            caps[key] = terms.included
            continue
        caps[key] = {"included": terms.included}
        if terms.extra is not None:
            caps[key]["extra"] = terms.extra if isinstance(terms.extra, str) else money_text(terms.extra)
        if terms.hard:
            caps[key]["hard"] = True
    return {
        "plan": plan.key,
        "version": plan.version,
        **_dates(plan),
        "suspends": plan.suspends,
        "price": _price(plan.price),
        "support": plan.support,
        "baa": "offered" if plan.baa else "not_offered",
        "caps": caps,
        "features": sorted(plan.features),
    }


def terms_digest(plan: Plan) -> str:
    """`sha256:…` of the resolved terms; the order of keys and the way money is written do not change it."""
    return _sha256(terms_of(plan))


def catalog_digest(
    head: Mapping[str, Any],
    features: Mapping[str, Feature],
    caps: Mapping[str, Cap],
    versions: Iterable[Plan],
    add_ons: Iterable[AddOn],
) -> str:
    """Covers everything that decides; titles, descriptions, translations and places are left out."""
    return _sha256(
        {
            **{word: _without_prose(value) for word, value in head.items()},
            "features": {key: _feature(feature) for key, feature in features.items()},
            "caps": {key: [cap.counted_by, cap.period, cap.feature] for key, cap in caps.items()},
            "plans": {plan.ref: [terms_of(plan), plan.sold] for plan in versions},
            "add_ons": {add_on.key: _add_on(add_on) for add_on in add_ons},
        }
    )


def _without_prose(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: _without_prose(inner) for key, inner in value.items() if key not in _PROSE}


def _dates(plan: Plan) -> dict[str, str]:
    if plan.effective_from is None or plan.existing_subscribers is None:
        return {}
    instant = plan.effective_from.isoformat().replace("+00:00", "Z")
    return {"effective_from": instant, "existing_subscribers": plan.existing_subscribers}


def _price(price: Price) -> Any:
    if price.monthly is None:
        return "on_request"
    if price.free:
        return "free"
    annual = price.annual_total
    total = {"annual_total": money_text(annual)} if annual is not None else {}
    return {"monthly": money_text(price.monthly), **total}


def _feature(feature: Feature) -> list[Any]:
    return [
        feature.on_loss.effect,
        feature.on_loss.restores,
        [exemption.client for exemption in feature.exempt],
        feature.requires,
        {name: binding.params for name, binding in feature.checks.items()},
        feature.when_stale,
    ]


def _add_on(add_on: AddOn) -> list[Any]:
    raises = {cap: [given.at_least, given.add] for cap, given in add_on.caps.items()}
    return [_price(add_on.price), add_on.sold_with, sorted(add_on.features), raises]


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
