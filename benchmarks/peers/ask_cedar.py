"""Cedar: one policy, and entities parsed once, one request a question."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.peers.peer import Ask, Peer

_POLICY = 'permit (principal, action == Action::"use", resource) when { resource in principal.plan };'


def _uid(kind: str, key: str) -> dict[str, str]:
    return {"type": kind, "id": key}


def _entity(
    kind: str, key: str, *, attrs: Mapping[str, Any] | None = None, parents: Sequence[Any] = ()
) -> dict[str, Any]:
    return {"uid": _uid(kind, key), "attrs": attrs or {}, "parents": list(parents)}


def _prepare(plans: Mapping[str, frozenset[str]], plan_of: Mapping[str, str]) -> Ask:
    cedar: Any = importlib.import_module("cedarpy")
    policies = cedar.PolicySet.from_str(_POLICY)
    features = [
        _entity(
            "Feature", feature, parents=[_uid("Plan", plan) for plan, has in plans.items() if feature in has]
        )
        for feature in frozenset().union(*plans.values())
    ]
    spaces = [
        _entity("Space", subject, attrs={"plan": {"__entity": _uid("Plan", plan)}})
        for subject, plan in plan_of.items()
    ]
    entities = cedar.Entities.from_json_str(json.dumps([*features, *spaces]))

    def ask(subject: str, feature: str) -> object:
        request = {
            "principal": f'Space::"{subject}"',
            "action": 'Action::"use"',
            "resource": f'Feature::"{feature}"',
            "context": {},
        }
        return cedar.is_authorized(request, policies, entities).allowed

    return ask


PEER = Peer("cedarpy", "is_authorized(request, policies, entities)", _prepare)
