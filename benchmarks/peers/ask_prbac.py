"""django-prbac, which CommCare HQ uses: plans and features are roles, kept in its role cache."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from benchmarks.peers import in_django
from benchmarks.peers.peer import Ask, Peer


def _prepare(plans: Mapping[str, frozenset[str]], plan_of: Mapping[str, str]) -> Ask:
    in_django.setup()
    models: Any = importlib.import_module("django_prbac.models")
    utils: Any = importlib.import_module("django_prbac.utils")
    every = sorted(frozenset().union(*plans.values()))
    roles = {key: models.Role.objects.create(slug=key, name=key) for key in (*plans, *every)}
    for plan, has in plans.items():
        for feature in sorted(has):
            models.Grant.objects.create(from_role=roles[plan], to_role=roles[feature])
    models.Role.update_cache()
    requests = {subject: SimpleNamespace(role=roles[plan]) for subject, plan in plan_of.items()}

    def ask(subject: str, feature: str) -> object:
        return utils.has_privilege(requests[subject], feature)

    return ask


PEER = Peer("django-prbac", "has_privilege(request, feature)", _prepare)
