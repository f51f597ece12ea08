"""No order decides anything: every order of plugins, with every combination of verdicts, gives one answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations, product
from typing import Any

import pytest

from entitlements import Decision, Engine, Override, SubjectRecord, Subscription, Usage
from entitlements.engine import ask
from entitlements.model import Catalog
from entitlements.plugin_manager import Plugins
from entitlements.subject import AddOnPeriod
from tests.oracle.catalogs import catalog_through_documents
from tests.oracle.engines import answer_of, plugins_of
from tests.oracle.oracle import Answer, decide

Data = dict[str, Any]
DAY = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 8)]
# They stand before, among and after the first-party ones by name.
NAMES = ("aa", "f_checker", "kept_z", "zz")
VERDICTS = ("none", "deny", "admit", "raise")
FEATURES = [f"f{number}" for number in range(len(VERDICTS) ** len(NAMES))]
MIXES = [
    *product(("static", "cacheable", "dynamic"), repeat=3),
    *(
        ("static", "dynamic", "static", "dynamic"),
        ("dynamic", "dynamic", "static", "cacheable"),
        ("dynamic",) * 4,
    ),
]
CONTEXTS: list[Data] = [{}, {"client": "export_tool", "action": "read"}]


@pytest.fixture(autouse=True)
def _no_breaker_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does remembers the order of questions, and is meant to."""
    monkeypatch.setattr(ask, "_OPENS_AFTER", 10**9)


def plan(key: str, features: Sequence[str]) -> Data:
    return {
        "key": key,
        "version": 1,
        "suspends": False,
        "extends": None,
        "features": list(features),
        "caps": {"seats": {"included": 5, "hard": True}},
    }


def catalog_data() -> Data:
    """A feature for each combination of verdicts; one plan has none of them and one has all."""
    features = {
        key: {"requires": [], "exempt": ["export_tool"], "read_only": True, "checks": {}} for key in FEATURES
    }
    # Every third needs one that nobody has, so that this objection is among the others.
    features["f999"] = {"requires": [], "exempt": [], "read_only": False, "checks": {}}
    for key in FEATURES[::3]:
        features[key]["requires"] = ["f999"]
    add_on = {"features": ["f1", "f2"], "caps": {"seats": {"add": 2}}}
    return {
        "ladder": ["free", "top"],
        "default_plan": "free",
        "after_end": "free",
        "aliases": {},
        "caps": ["seats"],
        "working": {"free": "free@1", "top": "top@1"},
        "plans": {"free@1": plan("free", []), "top@1": plan("top", FEATURES)},
        "features": features,
        "next": {},
        "add_ons": {
            "extra": add_on,
            "more": {**add_on, "caps": {"seats": {"at_least": 9}}},
            "plus": {**add_on, "caps": {"seats": {"at_least": 7}}},
        },
    }


def checkers_data(volatilities: Sequence[str]) -> Data:
    """As many checkers; the n-th answers on feature m with the n-th verdict of combination m."""
    combinations = list(enumerate(product(VERDICTS, repeat=len(volatilities))))
    return {
        name: {
            "volatility": volatility,
            "everywhere": False,
            "features": FEATURES,
            "needs": [],
            "on_error": "deny",
            "pivot": DAY[0],
            "reads": "nothing",
            "verdicts": {(f"f{number}", None): verdicts[place] for number, verdicts in combinations},
        }
        for place, (name, volatility) in enumerate(zip(NAMES, volatilities, strict=False))
    }


WORLD = catalog_data()
CATALOG: Catalog = catalog_through_documents(WORLD)
PLANS = ("free", "top")


def decisions(plugins: Plugins, features: Sequence[str]) -> list[Decision]:
    """Every decision there is on `features`, by an engine of its own."""
    engine = Engine.open(CATALOG, [SubjectRecord(key, (Subscription(key),)) for key in PLANS], plugins)
    spaces = [engine.entitlements(key) for key in PLANS]
    return [space.check(key, **context) for space in spaces for context in CONTEXTS for key in features]


def expected(checkers: Data, features: Sequence[str]) -> list[Answer]:
    """The same by the oracle."""
    answers = []
    for key, context in product(PLANS, CONTEXTS):
        subscription: Data = {"plan": f"{key}@1", "start": None, "end": None, "add_ons": []}
        record = {"subscriptions": [subscription], "overrides": [], "usage": {}}
        world = {"catalog": WORLD, "checkers": checkers, "record": record, "at": DAY[0], "context": context}
        answers += [decide(world, feature) for feature in features]
    return answers


def in_order(plugins: Plugins, names: Iterable[str], *, first_party_first: bool) -> Plugins:
    """The checkers in this very order, which `load_plugins` would sort away."""
    own = {name: plugins.checkers[name] for name in names}
    others = {name: loaded for name, loaded in plugins.checkers.items() if name not in own}
    return replace(plugins, checkers={**others, **own} if first_party_first else {**own, **others})


@pytest.mark.parametrize("volatilities", MIXES, ids="-".join)
def test_every_order_of_checkers_gives_the_same_decisions(volatilities: tuple[str, ...]) -> None:
    checkers = checkers_data(volatilities)
    features = FEATURES[: len(VERDICTS) ** len(checkers)]
    plugins = plugins_of(checkers)
    first = decisions(plugins, features)
    assert [answer_of(decision) for decision in first] == expected(checkers, features)
    for turn, order in enumerate(permutations(checkers)):
        assert decisions(in_order(plugins, order, first_party_first=turn % 2 == 0), features) == first, order


def test_every_order_of_loading_gives_the_same_decisions() -> None:
    checkers = checkers_data(("static", "dynamic", "cacheable", "dynamic"))
    features = FEATURES[::5]
    first = decisions(plugins_of(checkers), features)
    assert [answer_of(decision) for decision in first] == expected(checkers, features)
    for order in permutations(checkers):
        assert decisions(plugins_of({name: checkers[name] for name in order}), features) == first, order


def override(kind: str = "agreement", start: datetime | None = None, **what: Any) -> Override:
    return Override(kind=kind, because="So it is", by="ops", start=start, end=None, **what)


def everything(record: SubjectRecord) -> list[Any]:
    """All that a space tells of a record."""
    space = Engine.open(CATALOG, [record], plugins_of({})).entitlements(record.subject, at=DAY[3])
    seats = space.cap("seats")
    decided = [*(space.check(key) for key in FEATURES[:6]), seats.room_for(3)]
    return [seats, space.plan, decided, space.overrides, space.valid_until, str(space.explain("f1"))]


@pytest.mark.parametrize(
    "overrides",
    [
        [
            override(give="f1"),
            override("pro_bono", give="f1"),
            override(remove="f1"),
            override("other", remove="f1"),
        ],
        [
            override(give="f1"),
            override("pro_bono", give="f1"),
            override(start=DAY[1], give="f1"),
            override(give="f2"),
        ],
        [
            override(cap="seats", set_to=4),
            override(cap="seats", set_to=8),
            override(start=DAY[1], cap="seats", set_to=2),
            override("pro_bono", start=DAY[1], cap="seats", set_to=3),
            override("other", start=DAY[1], cap="seats", set_to=3),
        ],
        [
            override(cap="seats", at_least=9),
            override("pro_bono", cap="seats", at_least=9),
            override(cap="seats", at_least=3),
            override(cap="seats", at_least="unlimited"),
        ],
    ],
    ids=["remove-beats-give", "several-give", "several-set", "several-at-least"],
)
def test_the_order_of_overrides_never_matters(overrides: list[Override]) -> None:
    usage = {"seats": Usage(7)}
    found = [everything(SubjectRecord("s", overrides=tuple(o), usage=usage)) for o in permutations(overrides)]
    assert all(one == found[0] for one in found)


def test_the_order_of_add_ons_never_matters() -> None:
    add_ons = [AddOnPeriod("extra"), AddOnPeriod("more"), AddOnPeriod("plus", end=DAY[5])]
    found = [
        everything(SubjectRecord("s", (Subscription("free", add_ons=order),), usage={"seats": Usage(9)}))
        for order in permutations(add_ons)
    ]
    assert found[0][0].included == 11
    assert all(one == found[0] for one in found)


def test_the_order_of_subscriptions_never_matters() -> None:
    subscriptions = [
        Subscription("free", DAY[1]),
        Subscription("top", DAY[2], DAY[6]),
        Subscription("top", DAY[2]),
        Subscription("top", DAY[2], add_ons=(AddOnPeriod("more"),)),
        Subscription("top", DAY[2], kind="trial", add_ons=(AddOnPeriod("extra"),)),
    ]
    found = [everything(SubjectRecord("s", order)) for order in permutations(subscriptions)]
    assert found[0][1].key == "top"
    assert all(one == found[0] for one in found)
