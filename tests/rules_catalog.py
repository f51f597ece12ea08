"""A catalog made by hand on which every rule of decision has something to bite, and records to go with it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from entitlements import Override, SubjectRecord, Subscription
from entitlements.amounts import CapRaise, CapTerms, Price
from entitlements.model import (
    EMPTY,
    AddOn,
    Cap,
    Catalog,
    Exemption,
    Feature,
    LossPolicy,
    Plan,
    Plural,
    SupportLevel,
    Titled,
)
from entitlements.problems import Mark
from entitlements.subject import AddOnPeriod

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FREE = Price(Decimal(0), None)


def line(number: int) -> Mark:
    return Mark("rules/plans.yaml", number)


def _plan(key: str, number: int, features: str, support: str = "forum", **more: Any) -> Plan:
    marks = {feature: line(number + place) for place, feature in enumerate(features.split(), 1)}
    stated = {"price": FREE, "baa": False, "caps": {}, **more}
    return Plan(
        key,
        1,
        key.title(),
        support=support,
        features=marks,
        mark=line(number),
        **{"sold": "by_sales", **stated},
    )


def _feature(key: str, effect: Any, **more: Any) -> Feature:
    return Feature(
        key, key.title(), "core", f"What {key} does.", LossPolicy(effect, **more.pop("loss", {})), **more
    )


_FEATURES = [
    _feature("forms", "closed"),
    _feature(
        "exports", "read_only", exempt=(Exemption("tool", "it exports"), Exemption("other", "so does it"))
    ),
    _feature(
        "reports", "deactivated", loss={"restores": "by_hand", "advice": "Print them."}, requires=("exports",)
    ),
    _feature("archive", "deleted"),
    _feature("alone", "closed"),
    _feature("broken_up", "closed", requires=("forms", "archive")),
]
_ADD_ONS = [
    AddOn("a_reports", "A", FREE, (), {"reports": line(90)}, {"files": CapRaise(at_least=8, mark=line(91))}),
    AddOn("b_files", "B", FREE, (), {"alone": line(92)}, {"files": CapRaise(add=5, mark=line(93))}),
    AddOn(
        "c_files", "C", FREE, (), {"alone": line(94)}, {"files": CapRaise(at_least=6, add=2, mark=line(95))}
    ),
    AddOn("d_rooms", "D", FREE, (), {}, {"rooms": CapRaise(at_least="unlimited", mark=line(96))}),
]
_PLANS = [
    _plan(
        "low",
        10,
        "forms",
        caps={
            "seats": CapTerms(10, extra=Decimal("2.5"), mark=line(11)),
            "files": CapTerms(5, hard=True, mark=line(12)),
            "texts": CapTerms("none", extra="by_rate", mark=line(13)),
            "rooms": CapTerms("none", hard=True, mark=line(14)),
        },
    ),
    _plan(
        "mid",
        20,
        "forms exports reports broken_up",
        "email",
        price=Price(Decimal("300.0"), Decimal(3000)),
        caps={
            "seats": CapTerms(1000, extra=Decimal("2.5"), mark=line(21)),
            "files": CapTerms(10, hard=True, mark=line(22)),
            "texts": CapTerms(50, extra="by_rate", mark=line(23)),
        },
    ),
    _plan(
        "top",
        30,
        "forms exports reports archive broken_up",
        "phone",
        price=Price(None, None),
        baa=True,
        caps={
            "seats": CapTerms("unlimited", mark=line(31)),
            "files": CapTerms("unlimited", hard=True, mark=line(32)),
            "texts": CapTerms(50, extra="by_rate", mark=line(33)),
            "rooms": CapTerms(1, hard=True, mark=line(34)),
        },
    ),
    _plan("paused", 40, "forms", suspends=True, caps={"seats": CapTerms("unlimited", mark=line(41))}),
    _plan("ended", 50, ""),
]


def _cap(key: str) -> Cap:
    return Cap(key, key.title(), Plural(key.removesuffix("s"), key), "seats")


RULES = Catalog(
    key="rules",
    title="Rules",
    subject=Plural("space", "spaces"),
    currency="USD",
    time_zone="UTC",
    ladder=("low", "mid", "top"),
    default_plan="low",
    after_end="ended",
    aliases={"medium": "mid"},
    minimum_term=EMPTY,
    baa_needs=(),
    support_levels={
        key: SupportLevel(key, key.title(), (), rank) for rank, key in enumerate(["forum", "email", "phone"])
    },
    clients={"tool": Titled("tool", "Tool"), "other": Titled("other", "Other")},
    contacts=EMPTY,
    terms=EMPTY,
    groups={"core": Titled("core", "Core")},
    features={feature.key: feature for feature in _FEATURES},
    caps={key: _cap(key) for key in ("seats", "files", "texts", "rooms")},
    plans={plan.key: plan for plan in _PLANS},
    versions={plan.ref: plan for plan in _PLANS},
    add_ons={add_on.key: add_on for add_on in _ADD_ONS},
    texts=EMPTY,
    digest="sha256:rules",
)


def override(number: int = 70, **what: Any) -> Override:
    stated = {"kind": "pro_bono", "because": "asked for", "by": "ops", "start": None, "end": None, **what}
    return Override(mark=line(number), **stated)


def record(plan: str | None = "low", *overrides: Override, add_ons: str = "", **fields: Any) -> SubjectRecord:
    held = tuple(AddOnPeriod(key) for key in add_ons.split())
    subscriptions = (Subscription(plan, add_ons=held),) if plan else ()
    return SubjectRecord("space", subscriptions, overrides, **fields)
