"""The verbs of an engine whose source is a Store: what changes the record of a subject."""

from __future__ import annotations

from entitlements.engine.verbs.exceptions import ExceptionVerbs
from entitlements.engine.verbs.subscriptions import SubscriptionVerbs


class Verbs(SubscriptionVerbs, ExceptionVerbs):
    """All verbs, each with the Token of the record that it left."""
