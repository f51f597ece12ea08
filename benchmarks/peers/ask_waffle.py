"""django-waffle: one flag a feature, given to groups; a plan is a group, a subject is a user in it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from benchmarks.peers import in_django
from benchmarks.peers.peer import Ask, Peer


def _prepare(plans: Mapping[str, frozenset[str]], plan_of: Mapping[str, str]) -> Ask:
    in_django.setup()
    waffle: Any = importlib.import_module("waffle")
    auth: Any = importlib.import_module("django.contrib.auth.models")
    groups = {plan: auth.Group.objects.create(name=plan) for plan in plans}
    flags: Any = waffle.get_waffle_flag_model()
    for feature in frozenset().union(*plans.values()):
        flag = flags.objects.create(name=feature)
        flag.groups.set([groups[plan] for plan, has in plans.items() if feature in has])
    requests = {}
    for subject, plan in plan_of.items():
        user = auth.User.objects.create(username=subject)
        user.groups.add(groups[plan])
        requests[subject] = SimpleNamespace(user=user, COOKIES={}, GET={}, headers={})

    def ask(subject: str, feature: str) -> object:
        return bool(waffle.flag_is_active(requests[subject], feature, read_only=True))

    return ask


PEER = Peer("django-waffle", "flag_is_active(request, feature)", _prepare)
