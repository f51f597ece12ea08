"""The document `entitlements/diff/1`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from entitlements.amounts import CapRaise, CapTerms, Price
from entitlements.catalog.diff.catalogs import CatalogDiff, Change, PlanDiff
from entitlements.change.compare import baa_word, price_json, terms_json
from entitlements.cli.diff.words import change_words, totals, version_words
from entitlements.model import Plural, Reduction


def diff_json(diff: CatalogDiff, old: str, new: str) -> dict[str, Any]:
    """`old` and `new` are the names of the two sides."""
    return {
        "schema": "entitlements/diff/1",
        "old": {"name": old, "digest": diff.old.digest},
        "new": {"name": new, "digest": diff.new.digest},
        "summary": totals(diff),
        "counts": {
            "widening": diff.count("widening"),
            "narrowing": diff.count("narrowing"),
            "neutral": diff.count("neutral"),
            "text_only": diff.count("text only"),
        },
        "plans": [_plan(diff, plan) for plan in diff.plans],
        "others": [_change(diff, one) for one in diff.others],
    }


def _plan(diff: CatalogDiff, plan: PlanDiff) -> dict[str, Any]:
    return {
        "plan": plan.name,
        "title": plan.title,
        "before": plan.before.ref if plan.before is not None else None,
        "after": plan.after.ref if plan.after is not None else None,
        "keeps": plan.keeps,
        "starts": plan.starts.isoformat() if plan.starts is not None else None,
        "versions": version_words(diff, plan),
        "changes": [_change(diff, one) for one in plan.changes],
    }


def _change(diff: CatalogDiff, one: Change) -> dict[str, Any]:
    return {
        "what": one.what,
        "key": one.key,
        "kind": one.kind,
        "class": one.cls,
        "before": _value(one, one.before),
        "after": _value(one, one.after),
        "also": list(one.also),
        "message": change_words(diff, one),
        "side": one.side,
        "file": one.mark.file,
        "line": one.mark.line,
    }


def _value(one: Change, value: Any) -> Any:
    if one.what == "baa":
        return baa_word(value)
    if isinstance(value, CapTerms):
        return terms_json(value)
    if isinstance(value, Price):
        return price_json(value)
    if isinstance(value, Plural):
        return {"one": value.one, "other": value.other}
    if isinstance(value, Reduction):
        return value.do
    if isinstance(value, CapRaise):
        return {"at_least": value.at_least, "add": value.add}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_value(one, item) for item in value]
    return value
