"""GrowthBook: one evaluator a subject, made beforehand, as a web request keeps it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from benchmarks.peers.peer import Ask, Peer


def _prepare(plans: Mapping[str, frozenset[str]], plan_of: Mapping[str, str]) -> Ask:
    growthbook: Any = importlib.import_module("growthbook")
    features = {}
    for feature in frozenset().union(*plans.values()):
        having = sorted(plan for plan, has in plans.items() if feature in has)
        rules = [{"condition": {"plan": {"$in": having}}, "force": True}]
        features[feature] = {"defaultValue": False, "rules": rules}
    by_subject = {
        subject: growthbook.GrowthBook(attributes={"id": subject, "plan": plan}, features=features)
        for subject, plan in plan_of.items()
    }

    def ask(subject: str, feature: str) -> object:
        return by_subject[subject].is_on(feature)

    return ask


PEER = Peer("growthbook", "GrowthBook(attributes, features).is_on(feature)", _prepare)
