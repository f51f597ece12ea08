"""How much of a cap is left, what is over, and what that costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from entitlements import Decision, Reason, Usage
from entitlements.amounts import Amount, CapTerms
from entitlements.engine.allowance import Allowance, allowance_of
from entitlements.engine.resolve import CapGiven
from entitlements.model import Origin


def allowance(included: Amount, used: int | None, extra: Any = None) -> Allowance:
    given = CapGiven(CapTerms(included, hard=extra is None, extra=extra), Origin("plan", "low@1"))
    denied = Decision(False, "cap.files", Reason.CAP_REACHED)
    return allowance_of("files", given, Usage(used), lambda n: Decision(n < 2, "cap.files", denied.reason))


@pytest.mark.parametrize(
    ("included", "used", "remaining", "over"),
    [
        (5, 3, 2, 0),
        (5, 5, 0, 0),
        (5, 7, 0, 2),
        ("none", 2, 0, 2),
        ("none", 0, 0, 0),
        (5, None, None, None),
        ("unlimited", 7, "unlimited", 0),
        ("unlimited", None, "unlimited", 0),
    ],
)
def test_what_is_left_and_what_is_over(included: Amount, used: int | None, remaining: Any, over: Any) -> None:
    found = allowance(included, used)
    assert (found.remaining, found.over) == (remaining, over)


@pytest.mark.parametrize(
    ("used", "extra", "charge"),
    [
        (7, Decimal("2.50"), Decimal("5.00")),
        (5, Decimal("2.50"), Decimal(0)),
        (7, "by_rate", None),
        (5, "by_rate", Decimal(0)),
        (7, None, None),
        (None, Decimal("2.50"), None),
    ],
)
def test_what_the_excess_costs(used: int | None, extra: Any, charge: Decimal | None) -> None:
    assert allowance(5, used, extra).monthly_charge == charge


def test_an_allowance_is_what_was_given_and_used() -> None:
    found = allowance(5, 3)
    assert (found.cap, found.included, found.hard, found.extra_price) == ("files", 5, True, None)
    assert (found.used, found.unknown, found.source) == (3, None, Origin("plan", "low@1"))
    assert found.room_for()
    assert (bool(found.room_for(1)), bool(found.room_for(2))) == (True, False)
    assert allowance(5, 3, "by_rate").extra_price == "by_rate"


@pytest.mark.parametrize(
    ("usage", "unknown"),
    [
        (None, "not measured"),
        (Usage(None), "not measured"),
        (Usage(None, unknown="the counter is down"), "the counter is down"),
        (Usage(3, unknown="an old trouble"), None),
    ],
)
def test_why_usage_is_unknown(usage: Usage | None, unknown: str | None) -> None:
    given = CapGiven(CapTerms(5), Origin("plan", "low@1"))
    found = allowance_of("files", given, usage, lambda _: Decision(True, "cap.files", Reason.UNLIMITED))
    assert found.unknown == unknown
