"""Casbin: FastEnforcer, whose policies are found by the plan and the feature they are about."""

from __future__ import annotations

import importlib
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.peers.peer import Ask, Peer

_MODEL = """[request_definition]
r = sub, obj
[policy_definition]
p = sub, obj
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj
"""


def _prepare(plans: Mapping[str, frozenset[str]], plan_of: Mapping[str, str]) -> Ask:
    casbin: Any = importlib.import_module("casbin")
    logging.getLogger("casbin").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        model, policy = Path(folder, "model.conf"), Path(folder, "policy.csv")
        model.write_text(_MODEL, encoding="utf-8")
        lines = (f"p, {plan}, {feature}\n" for plan, has in plans.items() for feature in sorted(has))
        policy.write_text("".join(lines), encoding="utf-8")
        enforcer = casbin.FastEnforcer(str(model), str(policy), cache_key_order=[0, 1])

    def ask(subject: str, feature: str) -> object:
        return enforcer.enforce(plan_of[subject], feature)

    return ask


PEER = Peer("casbin", "FastEnforcer.enforce(plan, feature)", _prepare)
