"""The document `entitlements/show/1`: one plan, feature, cap or add-on as data, each value with its line."""

from __future__ import annotations

from typing import Any

from entitlements.change.compare import baa_word, price_json, terms_json
from entitlements.cli.show.places import Places
from entitlements.cli.words import is_current
from entitlements.engine.compile import FeatureProgram
from entitlements.model import AddOn, Cap, Catalog, Plan
from entitlements.problems import Mark


def plan_json(catalog: Catalog, plan: Plan, places: Places) -> dict[str, Any]:
    """A plan version; `stated` has the line of each value that has none beside it."""
    return _document(
        "plan",
        {
            "plan": plan.ref,
            "key": plan.key,
            "version": plan.version,
            "title": plan.title,
            "description": plan.description,
            "sold": plan.sold if _is_sold(plan, catalog) else "no",
            "suspends": plan.suspends,
            "extends": plan.extends,
            "current": catalog.plans.get(plan.key) is plan,
            "versions": versions_of(catalog, plan.key),
            "effective_from": plan.effective_from.isoformat() if plan.effective_from else None,
            "next": following.ref if (following := next_of(catalog, plan)) else None,
            "price": price_json(plan.price),
            "support": plan.support,
            "baa": baa_word(plan.baa),
            "stated": _stated(places),
            "caps": [
                {"cap": cap, **terms_json(terms), **place(terms.mark)} for cap, terms in plan.caps.items()
            ],
            "features": [
                {
                    "feature": key,
                    "title": catalog.features[key].title,
                    "group": catalog.features[key].group,
                    **place(mark),
                }
                for key, mark in plan.features.items()
            ],
            "add_ons": [add_on.key for add_on in catalog.add_ons.values() if plan.key in add_on.sold_with],
            **place(plan.mark),
        },
    )


def feature_json(catalog: Catalog, program: FeatureProgram, places: Places) -> dict[str, Any]:
    """A feature with every plan version, add-on and checker that has to do with it."""
    feature, loss = program.feature, program.feature.on_loss
    return _document(
        "feature",
        {
            "feature": feature.key,
            "title": feature.title,
            "group": feature.group,
            "description": feature.description,
            "on_loss": {"effect": loss.effect, "restores": loss.restores, "advice": loss.advice},
            "counts": {"one": feature.counts.one, "other": feature.counts.other} if feature.counts else None,
            "lowest_plan": program.unlocks.plan,
            "plans": [
                {"plan": plan.ref, **place(plan.features[feature.key])}
                for plan in catalog.versions.values()
                if feature.key in plan.features
            ],
            "add_ons": list(program.unlocks.add_ons),
            "exempt": [{"client": e.client, "because": e.because} for e in feature.exempt],
            "requires": list(feature.requires),
            "checkers": sorted(bound.name for bound in (*program.static, *program.live)),
            "when_stale": feature.when_stale,
            "listed": feature.listed,
            "stated": _stated(places),
            **place(feature.mark),
        },
    )


def cap_json(catalog: Catalog, cap: Cap, places: Places) -> dict[str, Any]:
    """A cap with what each plan version includes of it."""
    return _document(
        "cap",
        {
            "cap": cap.key,
            "title": cap.title,
            "description": cap.description,
            "unit": {"one": cap.unit.one, "other": cap.unit.other},
            "counted_by": cap.counted_by,
            "period": cap.period,
            "feature": cap.feature,
            "to_reduce": [{"do": r.do, "reversible": r.reversible, "data": r.data} for r in cap.to_reduce],
            "plans": [
                {"plan": plan.ref, **terms_json(plan.caps[cap.key]), **place(plan.caps[cap.key].mark)}
                for plan in catalog.versions.values()
                if cap.key in plan.caps
            ],
            "add_ons": [
                {"add_on": add_on.key, **_raise_json(add_on, cap.key)}
                for add_on in catalog.add_ons.values()
                if cap.key in add_on.caps
            ],
            "stated": _stated(places),
            **place(cap.mark),
        },
    )


def add_on_json(add_on: AddOn, places: Places) -> dict[str, Any]:
    """An add-on with what it gives."""
    return _document(
        "add_on",
        {
            "add_on": add_on.key,
            "title": add_on.title,
            "description": add_on.description,
            "price": price_json(add_on.price),
            "sold_with": list(add_on.sold_with),
            "features": [{"feature": key, **place(mark)} for key, mark in add_on.features.items()],
            "caps": [{"cap": cap, **_raise_json(add_on, cap)} for cap in add_on.caps],
            "stated": _stated(places),
            **place(add_on.mark),
        },
    )


def versions_of(catalog: Catalog, key: str) -> list[str]:
    """Every version of plan `key`, oldest first."""
    found = [plan for plan in catalog.versions.values() if plan.key == key]
    return [plan.ref for plan in sorted(found, key=lambda plan: plan.version)]


def place(mark: Mark) -> dict[str, Any]:
    """`file` and `line`, both null where there is none."""
    return {"file": mark.file or None, "line": mark.line if mark.file else None}


def _stated(places: Places) -> dict[str, Any]:
    return {name: place(mark) for name, mark in places.items()}


def _raise_json(add_on: AddOn, cap: str) -> dict[str, Any]:
    raised = add_on.caps[cap]
    return {"at_least": raised.at_least, "add": raised.add, **place(raised.mark)}


def _document(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"schema": "entitlements/show/1", "kind": kind, kind: content}


def next_of(catalog: Catalog, plan: Plan) -> Plan | None:
    """The version that waits to be sold instead of `plan`; None for one that is not sold now."""
    coming = catalog.upcoming.get(plan.key)
    return coming if coming is not None and catalog.plans.get(plan.key) is plan is not coming else None


def _is_sold(plan: Plan, catalog: Catalog) -> bool:
    return is_current(plan, catalog) or catalog.upcoming.get(plan.key) is plan
