"""OpenFeature's SDK with its in-memory provider, which looks the plan up in the evaluation context."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from benchmarks.peers.peer import Ask, Peer


def _prepare(plans: Mapping[str, frozenset[str]], plan_of: Mapping[str, str]) -> Ask:
    api: Any = importlib.import_module("openfeature.api")
    memory: Any = importlib.import_module("openfeature.provider.in_memory_provider")
    evaluation: Any = importlib.import_module("openfeature.flag_evaluation")
    context: Any = importlib.import_module("openfeature.evaluation_context")

    def flag(feature: str) -> Any:
        having = frozenset(plan for plan, has in plans.items() if feature in has)

        def evaluate(_: Any, asked: Any) -> Any:
            return evaluation.FlagResolutionDetails(plan_of[asked.targeting_key] in having)

        return memory.InMemoryFlag("on", {"on": True, "off": False}, context_evaluator=evaluate)

    every = frozenset().union(*plans.values())
    api.set_provider(memory.InMemoryProvider({feature: flag(feature) for feature in every}))
    client = api.get_client()
    contexts = {subject: context.EvaluationContext(subject) for subject in plan_of}

    def ask(subject: str, feature: str) -> object:
        return client.get_boolean_value(feature, False, contexts[subject])

    return ask


PEER = Peer("openfeature-sdk", "get_boolean_value(feature, False, context)", _prepare)
