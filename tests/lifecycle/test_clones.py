"""Which plan with which exceptions a cloned plan is."""

from __future__ import annotations

import pytest

from entitlements.errors import UnknownPlan
from entitlements.lifecycle.clones import Proposal, proposal
from entitlements.lifecycle.refusals import Refused
from tests.lifecycle.catalogs import small


def test_plan_that_takes_the_fewest_exceptions_is_chosen() -> None:
    found = proposal(small(), "clone", ["exports", "reports"])
    assert found == Proposal("clone", "community@0", ("reports",), ())
    assert proposal(small(), "clone", ["exports", "reports", "security"]).plan == "pro@1"
    assert proposal(small(), "clone", []) == Proposal("clone", "community@0", (), ("exports",))


def test_of_two_that_take_as_many_the_one_that_takes_less_away_is_chosen() -> None:
    """Reports alone: Community lacks it and has one other; Pro has it and two others."""
    assert proposal(small(), "clone", ["reports"]) == Proposal(
        "clone", "community@0", ("reports",), ("exports",)
    )


def test_plan_may_be_said() -> None:
    found = proposal(small(), "clone", ["reports"], "pro")
    assert (found.plan, found.give, found.remove) == ("pro@1", (), ("exports", "security"))
    with pytest.raises(UnknownPlan):
        proposal(small(), "clone", [], "prro")


def test_unknown_feature_is_refused_with_a_near_one() -> None:
    with pytest.raises(Refused) as caught:
        proposal(small(), "clone", ["report"])
    assert caught.value.hint == 'did you mean "reports"?'
