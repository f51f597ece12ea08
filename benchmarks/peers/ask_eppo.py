"""Eppo: its client from a configuration in memory, without polling."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from typing import Any

from benchmarks.peers.peer import Ask, Peer


def _flag(feature: str, having: list[str]) -> dict[str, Any]:
    return {
        "key": feature,
        "enabled": True,
        "variationType": "BOOLEAN",
        "variations": {"on": {"key": "on", "value": True}},
        "allocations": [
            {
                "key": "plans",
                "rules": [{"conditions": [{"operator": "ONE_OF", "attribute": "plan", "value": having}]}],
                "splits": [{"variationKey": "on", "shards": []}],
                "doLog": False,
            }
        ],
        "totalShards": 10_000,
    }


def _prepare(plans: Mapping[str, frozenset[str]], plan_of: Mapping[str, str]) -> Ask:
    eppo: Any = importlib.import_module("eppo_client")
    config: Any = importlib.import_module("eppo_client.config")
    flags = {
        feature: _flag(feature, sorted(plan for plan, has in plans.items() if feature in has))
        for feature in frozenset().union(*plans.values())
    }
    text = {
        "createdAt": "2025-01-01T00:00:00Z",
        "format": "SERVER",
        "environment": {"name": "benchmark"},
        "flags": flags,
    }
    client = eppo.init(
        config.Config(
            api_key="none",
            assignment_logger=config.AssignmentLogger(),
            poll_interval_seconds=None,
            initial_configuration=eppo.Configuration(flags_configuration=json.dumps(text).encode()),
        )
    )
    attributes = {plan: {"plan": plan} for plan in plans}

    def ask(subject: str, feature: str) -> object:
        return client.get_boolean_assignment(feature, subject, attributes[plan_of[subject]], False)

    return ask


PEER = Peer("eppo-server-sdk", "get_boolean_assignment(feature, subject, attributes, False)", _prepare)
