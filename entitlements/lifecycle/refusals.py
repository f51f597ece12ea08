"""Why a verb on subscriptions may refuse instead of giving a new record, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from entitlements.clock import day_words
from entitlements.errors import EntitlementsError
from entitlements.subject import Subscription

Code = Literal[
    "already_begun",
    "blank_reason",
    "does_not_end",
    "ends_already",
    "ends_before_start",
    "followed",
    "in_the_past",
    "keeps_its_end",
    "minimum_term",
    "needs_end",
    "no_such_start",
    "not_a_bundle",
    "not_sold",
    "nothing_in_force",
    "nothing_to_change",
    "trial_length",
    "trial_length_unknown",
    "trial_not_renewed",
    "unknown_plan",
]
#: Each code with what is said and what to do; the words in braces are the case's own.
SAYINGS: Final[Mapping[Code, tuple[str, str]]] = {
    "already_begun": ("{what} began on {on}, so it cannot be cancelled", "end it instead"),
    "blank_reason": ("a minimum term is waived without a reason", "say who decided it and why"),
    "does_not_end": (
        "{what} has no end, so nothing can follow it",
        "it goes on by itself; to alter it, change the plan",
    ),
    "ends_already": (
        "{what} ends on {on} already",
        "give an earlier date, or renew it if it should last longer",
    ),
    "ends_before_start": (
        "it would begin on {start} and end on {end}: never in force",
        "give an end that is later than the start",
    ),
    "followed": (
        "later subscriptions stand in the way: {later}",
        "cancel them first, or say replace to cancel them with this",
    ),
    "in_the_past": (
        "{on} is before now, {now}; what has been stays as it was",
        "leave the date out for now, or give a later one",
    ),
    "keeps_its_end": (
        "{what} ends when it does by its kind, so it cannot go on",
        "cancel the later one without reopen",
    ),
    "minimum_term": (
        "it may not end before {on}: {why}",
        "give that date or a later one, or waive the rule with a reason",
    ),
    "needs_end": ("a bundle ends with its agreement, so it needs an end", "give the end of the agreement"),
    "no_such_start": ("no subscription begins on {on}", "waiting to begin: {later}"),
    "not_a_bundle": (
        "only a bundle is extended, and into another kind: not from {kind} to {wanted}",
        "renew it to go on with the same kind, or change the plan",
    ),
    "not_sold": ('"{plan}" is not sold on {on}', "choose a plan that is sold then"),
    "nothing_in_force": ("no subscription is in force", "subscribe first; waiting to begin: {later}"),
    "nothing_to_change": (
        "{what} is in force with these terms already",
        "give another plan, cadence or kind, or other add-ons",
    ),
    "trial_length": ("a trial lasts {days} days, no more and no less", "leave the end out"),
    "trial_length_unknown": ("the catalog does not say how long a trial lasts", "give an end"),
    "trial_not_renewed": ("a trial is not renewed", "subscribe to a plan of another kind when it ends"),
    "unknown_plan": ("{message}", "choose a plan of the catalog"),
}


class Refused(EntitlementsError):
    """A change of subscriptions that the rules do not allow; nothing was changed. `code` is in `SAYINGS`."""

    def __init__(self, *, code: Code, hint: str | None = None, **words: object) -> None:
        said, way_out = SAYINGS[code]
        super().__init__(said.format(**words), hint=hint or way_out.format(**words))
        self.code = code


def named(subscription: Subscription) -> str:
    """A subscription in the middle of a sentence: `pro@1 (product, monthly)`."""
    return f"{subscription.plan} ({subscription.kind}, {subscription.cadence})"


def listed(subscriptions: Iterable[Subscription], time_zone: str) -> str:
    """Those that begin some day, each with the day; `none` where there are none."""
    begun = (f"{s.plan} from {day_words(s.start, time_zone)}" for s in subscriptions if s.start is not None)
    return ", ".join(begun) or "none"
