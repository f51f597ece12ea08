"""The questions a conformance kit puts to a checker: plans by subjects by instants by contexts."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, product
from types import MappingProxyType
from typing import Any

from entitlements.checker import Checker, Entitlement, Question
from entitlements.clock import FixedClock
from entitlements.model import Catalog, CheckBinding, Feature, Origin, Plan
from entitlements.subject import Example, Subscription, Usage

_SUBJECTS = ("space", "another-space")
_NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
#: A working day by the hour, and days far from it.
INSTANTS = tuple(
    sorted(
        [
            *(_NOON + timedelta(hours=hours) for hours in (-12, -6, 0, 6)),
            _NOON + timedelta(days=5),
            _NOON + timedelta(days=304, hours=11, minutes=59, seconds=59, microseconds=999_999),
            datetime(1990, 2, 28, tzinfo=UTC),
            datetime(2096, 2, 29, tzinfo=UTC),
        ]
    )
)
_USAGES = (
    None,
    Usage(0),
    Usage(7, 2, (Example("One", "/1"), Example("Two")), last_used=_NOON, measured_at=_NOON),
    Usage(10**9),
    Usage(None, unknown="could not be counted"),
)


class Watched(Question):
    """A question that remembers what was asked of it; a checker cannot hide it by catching the error."""

    __slots__ = ("touched",)
    touched: list[str]

    @property
    def context(self) -> Mapping[str, Any]:
        self.touched.append("the context")
        return super().context

    def usage(self) -> Usage | None:
        self.touched.append("usage()")
        return super().usage()


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What is asked, as plain values; each question is made anew from it."""

    plan: Plan
    subject: str
    at: datetime
    context: Mapping[str, Any]
    usage: Usage | None
    included: bool
    is_default: bool

    def __str__(self) -> str:
        context = f" with {dict(self.context)}" if self.context else ""
        return f'"{self.subject}" on {self.plan.ref} at {self.at.isoformat()}{context}'

    def question(self, checker: Checker, feature: Feature, params: Mapping[str, Any]) -> Watched:
        kind = checker.volatility.kind
        included = frozenset(self.plan.features) - {feature.key} | ({feature.key} if self.included else set())
        question = Watched(
            subject=self.subject,
            feature=feature,
            entitlement=Entitlement(self.included, Origin("plan", self.plan.ref, self.plan.mark)),
            included=included,
            subscription=None if self.is_default else Subscription(self.plan.ref, start=INSTANTS[0]),
            params=MappingProxyType(copy.deepcopy(dict(params))),
            clock=FixedClock(self.at),
            context=MappingProxyType(copy.deepcopy(dict(self.context))) if kind == "dynamic" else None,
            usage=self._usage if kind != "static" else None,
        )
        object.__setattr__(question, "touched", [])
        return question

    def _usage(self) -> Usage | None:
        return self.usage


def cases(
    checker: Checker, catalog: Catalog, feature: Feature, contexts: Iterable[Mapping[str, Any]]
) -> Iterator[Case]:
    """Every plan, included or not, and the default one without a subscription; usage takes turns."""
    needed = dict.fromkeys(checker.needs, "something")
    calls: list[Mapping[str, Any]] = [
        {**needed, **given} for given in (contexts or ({}, {"unrelated": "value"}))
    ]
    if checker.volatility.kind != "dynamic":
        calls = [{}]
    default = catalog.plans[catalog.default_plan]
    plans = [(plan, feature.key in plan.features, False) for plan in catalog.plans.values()]
    plans += [(default, included, True) for included in (False, True)]
    turn = count()
    for (plan, included, is_default), subject, context, at in product(plans, _SUBJECTS, calls, INSTANTS):
        usage = _USAGES[next(turn) % len(_USAGES)]
        yield Case(plan, subject, at, context, usage, included, is_default)


def bound_feature(
    checker: Checker,
    catalog: Catalog,
    key: str | None,
    params: Mapping[str, Any],
    binds: Callable[[Feature], bool],
) -> Feature:
    """The feature to ask about: the one named, else one that the checker binds, else one that names it."""
    own = next((feature for feature in catalog.features.values() if binds(feature)), None)
    feature = catalog.features[key] if key is not None else own or next(iter(catalog.features.values()))
    if checker.name in feature.checks or (not params and binds(feature)):
        return feature
    binding = CheckBinding(MappingProxyType(dict(params)), feature.mark)
    return replace(feature, checks=MappingProxyType({**feature.checks, checker.name: binding}))
