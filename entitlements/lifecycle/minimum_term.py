"""How long one stays at least: when a subscription may end or lose something, and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from entitlements.clock import day_words
from entitlements.lifecycle.periods import Periods, days_later
from entitlements.model import Catalog
from entitlements.subject import Subscription

#: `none`: the catalog asks for no minimum; `exempt`: not of this kind; `days` and `term_end`: as the catalog
#: says of the cadence; `agreement`: a bundle lasts as its agreement does; `end`: it ends by itself before
#: all that.
Rule = Literal["none", "exempt", "days", "term_end", "agreement", "end"]


@dataclass(frozen=True, slots=True)
class EarliestEnd:
    """The first instant at which a subscription may end, and what decides that."""

    at: datetime
    rule: Rule
    #: What the rule speaks of.
    subscription: Subscription
    #: How many days the rule asks for, where it counts days.
    days: int | None = None

    @property
    def since(self) -> datetime | None:
        """When the term began: a term starts anew with each subscription."""
        return self.subscription.start

    def words(self, time_zone: str) -> str:
        """Why it is that instant, as part of a sentence."""
        since = day_words(self.since, time_zone) if self.since is not None else "an unknown day"
        cadence, kind = self.subscription.cadence, self.subscription.kind.replace("_", " ")
        one = f"an {cadence}" if cadence == "annual" else f"a {cadence}"
        said: dict[Rule, str] = {
            "none": f"no minimum term is set for {cadence} subscriptions",
            "exempt": f"a {kind} subscription has no minimum term",
            "days": f"{one} subscription lasts at least {self.days} days, and this one began {since}",
            "term_end": f"{one} subscription lasts to the end of its term, and this one began {since}",
            "agreement": "a bundle lasts as long as its agreement",
            "end": "it ends then by itself, before its minimum term would be over",
        }
        return said[self.rule]

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "rule": self.rule,
            "since": self.since.isoformat() if self.since is not None else None,
            "days": self.days,
            "cadence": self.subscription.cadence,
            "kind": self.subscription.kind,
        }


def earliest_end(
    subscription: Subscription, catalog: Catalog, at: datetime, time_zone: str | None = None
) -> EarliestEnd:
    """The first instant, at `at` or later, at which `subscription` may end.

    Days are those of the calendar in `time_zone`, else in the catalog's: who began with a day may leave at
    the beginning of one, also when clocks changed in between. At exactly start + 30 days the minimum of 30
    days is over. A term of a year begins again with each anniversary; at exactly that instant one may leave.
    """
    start, end = subscription.start, subscription.end
    if start is not None:
        at = max(at, start)
    found = _by_rule(subscription, catalog, at, time_zone or catalog.time_zone)
    return EarliestEnd(end, "end", subscription) if end is not None and end < found.at else found


def term_end(subscription: Subscription, at: datetime, time_zone: str) -> datetime | None:
    """When the term that holds `at` ends, be it a month or a year; None where nobody knows when it began."""
    if subscription.start is None:
        return subscription.end
    end = Periods(subscription.start, subscription.cadence, time_zone).next_after(at)
    return end if subscription.end is None else min(end, subscription.end)


def _by_rule(subscription: Subscription, catalog: Catalog, at: datetime, time_zone: str) -> EarliestEnd:
    if subscription.kind == "bundle" and subscription.end is not None:
        return EarliestEnd(max(at, subscription.end), "agreement", subscription)
    if subscription.kind in catalog.minimum_term.get("exempt", ()):
        return EarliestEnd(at, "exempt", subscription)
    least = catalog.minimum_term.get(subscription.cadence)
    # Nobody is held to a term of which nobody knows when it began.
    if not least or subscription.start is None:
        return EarliestEnd(at, "none", subscription)
    if "days" in least:
        over = days_later(subscription.start, least["days"], time_zone)
        return EarliestEnd(max(at, over), "days", subscription, least["days"])
    periods = Periods(subscription.start, subscription.cadence, time_zone)
    return EarliestEnd(periods.first_from(at), "term_end", subscription)
