"""This project, for comparison: `engine.allows`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.peers.peer import Ask, Peer
from benchmarks.world import write_catalog
from entitlements import Engine, SubjectRecord, Subscription, load_catalog


def _prepare(plans: Mapping[str, frozenset[str]], plan_of: Mapping[str, str]) -> Ask:
    with tempfile.TemporaryDirectory() as folder:
        every = sorted(frozenset().union(*plans.values()))
        write_catalog(Path(folder, "plans"), {plan: sorted(has) for plan, has in plans.items()}, every)
        catalog = load_catalog(Path(folder, "plans"))
    records = [SubjectRecord(subject, (Subscription(plan),)) for subject, plan in plan_of.items()]
    return Engine.open(catalog, records).allows


PEER = Peer("entitlements", "engine.allows(subject, feature)", _prepare)
