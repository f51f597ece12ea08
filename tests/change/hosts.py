"""A host for previews: an engine over one subject of the catalog of rules, with checkers of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from entitlements import Checker, Engine, Feature, FixedClock, Loss, SubjectRecord, Subscription, Usage
from entitlements.model import Catalog, Titled
from entitlements.subject import AddOnPeriod
from tests.rules_catalog import NOW, RULES

STARTED = datetime(2026, 1, 1, tzinfo=UTC)
CATALOG = replace(
    RULES,
    minimum_term=MappingProxyType({"monthly": {"days": 30}, "exempt": ("trial",)}),
    terms=MappingProxyType({"credits": {"kept_on": ("downgrade", "end")}}),
    contacts=MappingProxyType({"sales": Titled("sales", "Sales", "Ask sales.")}),
    add_ons={key: replace(add_on, sold_with=("low", "mid", "top")) for key, add_on in RULES.add_ons.items()},
)


class Switching(Checker):
    """Can switch off what it is asked about, and says what that is if `answers` has the feature."""

    name = "switching"

    def __init__(self, features: Iterable[str], answers: Mapping[str, Any] | None = None) -> None:
        self.keys = tuple(features)
        self.answers = dict(answers or {})
        self.asked: list[Loss] = []

    def binds(self, feature: Feature) -> bool:
        return feature.key in self.keys

    def effects(self, loss: Loss) -> Any:
        self.asked.append(loss)
        answer = self.answers.get(loss.feature.key)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def apply(self, step: Any) -> Mapping[str, Any]:
        return {"was": step.key}


class Telling(Switching):
    """The same, but it can only tell."""

    name = "telling"
    apply = Checker.apply


class Measuring(Checker):
    """Measures what it is told to; a text stands for a failure, with that cause."""

    name = "measuring"

    def __init__(self, found: Mapping[str, Usage | Exception]) -> None:
        self.found = dict(found)

    def binds(self, feature: Feature) -> bool:
        return feature.key in self.found

    def usage(self, subject: str, feature: str, at: datetime) -> Usage | None:  # noqa: ARG002
        found = self.found[feature]
        if isinstance(found, Exception):
            raise found
        return found


def host(
    *checkers: Checker,
    plan: str | None = "top",
    usage: Mapping[str, Usage | int] | None = None,
    catalog: Catalog = CATALOG,
    held: Mapping[str, Any] | None = None,
    later: Iterable[Subscription] = (),
    now: datetime = NOW,
    add_ons: str = "",
    **fields: Any,
) -> Engine:
    """An engine that knows `space`: on `plan` since the beginning of the year, with so much in use."""
    own = tuple(AddOnPeriod(key) for key in add_ons.split())
    first = [Subscription(plan, STARTED, add_ons=own, **(held or {}))] if plan else []
    found = {key: Usage(n) if isinstance(n, int) else n for key, n in (usage or {}).items()}
    record = SubjectRecord("space", (*first, *later), usage=found, **fields)
    return Engine.open(catalog, [record], list(checkers), clock=FixedClock(now))
