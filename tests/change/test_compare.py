"""What one set of terms has that another lacks: each rule by itself, with the whole result compared."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from entitlements import Usage
from entitlements.amounts import CapTerms, Price
from entitlements.change.compare import (
    CapChange,
    PlanComparison,
    Terms,
    amount_words,
    baa_word,
    compare,
    extra_json,
    in_use,
    price_json,
)
from entitlements.engine.resolve import resolve
from entitlements.loss import Effect
from tests.rules_catalog import NOW, RULES, override, record

LOW, MID, TOP, PAUSED, ENDED = (
    Terms.of_plan(RULES.plans[key]) for key in ("low", "mid", "top", "paused", "ended")
)
NONE = CapTerms("none", hard=True)


def altered(caps: dict[str, CapTerms] | None = None, **fields: Any) -> Terms:
    """The terms of mid, with this changed."""
    return replace(MID, caps={**MID.caps, **(caps or {})}, **fields)


def test_the_terms_of_a_plan() -> None:
    plan = RULES.plans["mid"]
    features = frozenset({"forms", "exports", "reports", "broken_up"})
    terms = Terms("mid@1", features, plan.caps, "email", baa=False, price=plan.price)
    assert Terms.of_plan(plan) == terms
    assert Terms.of_plan(RULES.plans["top"]).baa
    paused = Terms.of_plan(RULES.plans["paused"])
    assert (paused.name, paused.features) == ("paused@1", frozenset())
    assert paused.caps == RULES.plans["paused"].caps


def test_the_terms_of_a_subject_count_what_it_was_given_and_lost() -> None:
    changes = [override(give="archive"), override(remove="forms"), override(support="phone")]
    has = resolve(RULES, record("low", *changes, add_ons="a_reports"), NOW)
    terms = Terms.of_subject(has)
    assert (terms.name, terms.features) == ("low@1", frozenset({"archive", "reports"}))
    assert (terms.support, terms.baa, terms.price) == ("phone", False, RULES.plans["low"].price)
    assert terms.caps == {**LOW.caps, "files": CapTerms(8, hard=True)}
    assert Terms.of_subject(resolve(RULES, record("top"), NOW)).baa


def test_a_suspended_subject_has_no_features() -> None:
    has = resolve(RULES, record("paused", override(give="archive")), NOW)
    assert Terms.of_subject(has).features == frozenset()


def test_nothing_differs_from_itself() -> None:
    for terms in (LOW, MID, TOP, PAUSED):
        assert compare(RULES, terms, terms) == PlanComparison(terms, terms, (), (), (), (), "same")


def test_a_step_up_and_the_step_back() -> None:
    up, down = compare(RULES, LOW, MID), compare(RULES, MID, LOW)
    features = ("broken_up", "exports", "reports")
    caps = [
        CapChange("files", LOW.caps["files"], MID.caps["files"]),
        CapChange("seats", LOW.caps["seats"], MID.caps["seats"]),
        CapChange("texts", LOW.caps["texts"], MID.caps["texts"]),
    ]
    # None of a cap that a plan is silent about is what the other one says.
    assert up == PlanComparison(LOW, MID, (), features, tuple(caps), (), "upgrade")
    back = tuple(CapChange(c.cap, c.after, c.before) for c in caps)
    assert down == PlanComparison(MID, LOW, features, (), back, (), "downgrade")


def test_a_cap_one_side_is_silent_about_is_none() -> None:
    rooms = compare(RULES, MID, TOP).caps[1]
    assert rooms == CapChange("rooms", NONE, CapTerms(1, hard=True))
    assert compare(RULES, TOP, MID).caps[1] == CapChange("rooms", CapTerms(1, hard=True), NONE)


@pytest.mark.parametrize(
    ("after", "direction"),
    [
        (altered(features=MID.features | {"alone"}), "upgrade"),
        (altered(features=MID.features - {"forms"}), "downgrade"),
        (altered(features=MID.features - {"forms"} | {"alone"}), "switch"),
        (altered(support="phone"), "upgrade"),
        (altered(support="forum"), "downgrade"),
        (altered(baa=True), "upgrade"),
        (altered(baa=True, support="forum"), "switch"),
        (altered({"files": CapTerms(11, hard=True)}), "upgrade"),
        (altered({"files": CapTerms(9, hard=True)}), "downgrade"),
        (altered({"files": CapTerms("none", hard=True)}), "downgrade"),
        (altered({"files": CapTerms("unlimited", hard=True)}), "upgrade"),
        (altered({"files": CapTerms(10, extra=Decimal(1))}), "upgrade"),
        (altered({"files": CapTerms(9, extra=Decimal(1))}), "switch"),
        (altered({"files": CapTerms(11, hard=True), "seats": CapTerms(999, extra=Decimal(1))}), "switch"),
        (altered({"seats": CapTerms(1000, hard=True)}), "downgrade"),
        (altered({"seats": CapTerms(1001, hard=True)}), "switch"),
        (altered({"seats": CapTerms("unlimited", hard=True)}), "upgrade"),
        (altered({"rooms": CapTerms("none", hard=True)}), "same"),
        (altered({"seats": CapTerms(1000, extra=Decimal(9))}), "same"),
        (altered(price=Price(Decimal(1), None)), "same"),
    ],
)
def test_the_direction_follows_from_what_is_lost_and_gained(after: Terms, direction: str) -> None:
    mirrored = {"upgrade": "downgrade", "downgrade": "upgrade"}
    assert compare(RULES, MID, after).direction == direction
    assert compare(RULES, after, MID).direction == mirrored.get(direction, direction)


def test_a_baa_that_stays_is_neither_lost_nor_gained() -> None:
    before = altered(baa=True)
    assert compare(RULES, before, before).direction == "same"
    assert compare(RULES, before, altered(baa=True, support="phone")).direction == "upgrade"


def test_effects_fall_on_what_is_in_use_the_worst_first() -> None:
    usage = {
        "forms": Usage(1),
        "exports": Usage(4, exempt=1),
        "reports": Usage(2),
        "archive": Usage(7),
        "broken_up": Usage(5, exempt=5),
        "alone": Usage(9),
        "files": Usage(12),
        "seats": Usage(25),
        "texts": Usage(3),
        "rooms": Usage(0),
    }
    before = replace(TOP, features=TOP.features | {"alone"})
    after = replace(LOW, features=frozenset())
    assert compare(RULES, before, after, usage).effects == (
        Effect("deleted", 7, feature="archive", restores="no"),
        Effect("deactivated", 2, feature="reports", restores="by_hand", advice="Print them."),
        Effect("closed", 9, feature="alone", restores="no"),
        Effect("closed", 7, cap="files"),
        Effect("closed", 1, feature="forms", restores="no"),
        Effect("read_only", 3, feature="exports", restores="no"),
        Effect("charged", 15, cap="seats"),
        Effect("charged", 3, cap="texts"),
    )


@pytest.mark.parametrize(("used", "over"), [(5, None), (6, 1), (None, None)])
def test_a_cap_is_exceeded_only_past_what_is_included(used: int | None, over: int | None) -> None:
    effects = compare(RULES, MID, LOW, {"files": Usage(used)}).effects
    assert effects == (() if over is None else (Effect("closed", over, cap="files"),))


def test_a_cap_that_did_not_change_has_no_effect() -> None:
    assert compare(RULES, MID, MID, {"files": Usage(100)}).effects == ()


def test_a_cap_the_new_terms_are_silent_about_is_exceeded_by_one() -> None:
    assert compare(RULES, TOP, MID, {"rooms": Usage(1)}).effects == (Effect("closed", 1, cap="rooms"),)


@pytest.mark.parametrize(
    ("usage", "number"),
    [
        (None, 0),
        (Usage(None), 0),
        (Usage(None, exempt=2), 0),
        (Usage(3), 3),
        (Usage(3, exempt=1), 2),
        (Usage(1, exempt=3), 0),
    ],
)
def test_use_is_what_is_known_and_not_exempt(usage: Usage | None, number: int) -> None:
    assert in_use(usage) == number


def test_a_comparison_as_json() -> None:
    assert compare(RULES, MID, TOP).to_json() == {
        "schema": "entitlements/compare/1",
        "from": "mid@1",
        "to": "top@1",
        "direction": "upgrade",
        "lost": [],
        "gained": ["archive"],
        "caps": [
            {
                "cap": "files",
                "before": 10,
                "after": "unlimited",
                "hard": {"before": True, "after": True},
                "extra_price": {"before": None, "after": None},
            },
            {
                "cap": "rooms",
                "before": "none",
                "after": 1,
                "hard": {"before": True, "after": True},
                "extra_price": {"before": None, "after": None},
            },
            {
                "cap": "seats",
                "before": 1000,
                "after": "unlimited",
                "hard": {"before": False, "after": False},
                "extra_price": {"before": "2.50", "after": None},
            },
        ],
        "support": {"before": "email", "after": "phone"},
        "baa": {"before": "not_offered", "after": "offered"},
        "price": {"before": {"monthly": "300.00", "annual_total": "3000.00"}, "after": "on_request"},
    }
    back = compare(RULES, TOP, MID).to_json()
    assert back["lost"] == ["archive"]
    assert back["baa"] == {"before": "offered", "after": "not_offered"}
    assert back["caps"][2]["extra_price"] == {"before": None, "after": "2.50"}


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        (Price(None, None), "on_request"),
        (Price(Decimal(0), None), "free"),
        (Price(Decimal(5), None), {"monthly": "5.00", "annual_total": None}),
        (Price(Decimal("5.5"), Decimal(50)), {"monthly": "5.50", "annual_total": "50.00"}),
    ],
)
def test_prices_as_json(price: Price, shown: Any) -> None:
    assert price_json(price) == shown


def test_words_for_amounts() -> None:
    assert [extra_json(extra) for extra in (None, "by_rate", Decimal("2.5"))] == [None, "by_rate", "2.50"]
    assert [baa_word(offered) for offered in (True, False)] == ["offered", "not_offered"]
    assert [amount_words(amount) for amount in (1200, "unlimited", "none")] == ["1,200", "unlimited", "none"]
