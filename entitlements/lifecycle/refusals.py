"""Why a verb may refuse instead of giving a new record, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from entitlements.clock import day_words
from entitlements.errors import EntitlementsError
from entitlements.problems import suggestion
from entitlements.subject import Subscription

Code = Literal[
    "already_begun",
    "baa_not_offered",
    "baa_not_signed",
    "baa_signed_already",
    "blank_reason",
    "cap_set_already",
    "change_blocked",
    "change_moved",
    "change_over",
    "does_not_end",
    "ended_already",
    "ends_already",
    "ends_before_start",
    "followed",
    "has_add_on",
    "in_the_past",
    "keeps_its_end",
    "minimum_term",
    "needs_end",
    "no_amount",
    "no_author",
    "no_credit",
    "no_grounds",
    "no_such_add_on",
    "no_such_override",
    "no_such_start",
    "not_a_bundle",
    "not_sold",
    "not_sold_with",
    "nothing_in_force",
    "nothing_to_change",
    "several_overrides",
    "there_already",
    "trial_length",
    "trial_length_unknown",
    "trial_not_renewed",
    "unknown_add_on",
    "unknown_cap",
    "unknown_feature",
    "unknown_kind",
    "unknown_plan",
    "unknown_run",
    "unknown_support",
    "unknown_time_zone",
    "use_unknown",
]
#: Each code with what is said and what to do; the words in braces are the case's own.
SAYINGS: Final[Mapping[Code, tuple[str, str]]] = {
    "already_begun": ("{what} began on {on}, so it cannot be cancelled", "end it instead"),
    "baa_not_offered": (
        "the plan in force on {on} offers no Business Associate Agreement",
        "change the plan first; offered with: {plans}",
    ),
    "baa_not_signed": ("no Business Associate Agreement is signed", "sign it first"),
    "baa_signed_already": (
        "the Business Associate Agreement was signed on {on} and is not ended by then",
        "end it first, or leave it",
    ),
    "blank_reason": ("a minimum term is waived without a reason", "say who decided it and why"),
    "cap_set_already": (
        "{cap} is set already until {until}: {what}",
        "end that exception first, or choose a period that it leaves free",
    ),
    "change_blocked": ("{why}", "do that first, then preview the change again"),
    "change_moved": (
        "something else would be done now than was shown: {what}",
        "preview the change again, and apply that",
    ),
    "change_over": ("the change {run} is {state}", "look at its history"),
    "does_not_end": (
        "{what} has no end, so nothing can follow it",
        "it goes on by itself; to alter it, change the plan",
    ),
    "ended_already": ("{what} ended on {on}", "there is nothing left to end"),
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
    "has_add_on": ("{what} has {name} then already", "choose a period that is free"),
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
    "no_amount": (
        "it is not said what becomes of {cap}",
        "say either to or at least, with a whole number or unlimited; to may also be none",
    ),
    "no_author": ("it is not said who does this", "say by whom"),
    "no_credit": ("credits cannot be {amount}", "give an amount of nothing or more"),
    "no_grounds": ("an exception without an author or a reason", "say who decided it and why"),
    "no_such_add_on": ("the subscription in force has no add-on {name}", "it has: {others}"),
    "no_such_override": ("there is no exception about {key}", "there are: {others}"),
    "no_such_start": ("no subscription begins on {on}", "waiting to begin: {later}"),
    "not_a_bundle": (
        "only a bundle is extended, and into another kind: not from {kind} to {wanted}",
        "renew it to go on with the same kind, or change the plan",
    ),
    "not_sold": ('"{plan}" is not sold on {on}', "choose a plan that is sold then"),
    "not_sold_with": (
        "{name} is not sold with {plan}",
        "it is sold with {plans}; say unsold to add it all the same",
    ),
    "nothing_in_force": ("no subscription is in force", "subscribe first; waiting to begin: {later}"),
    "nothing_to_change": (
        "{what} is in force with these terms already",
        "give another plan, cadence or kind, or other add-ons",
    ),
    "several_overrides": (
        "several exceptions are about {key}: {others}",
        "say its kind or its start as well",
    ),
    "there_already": (
        "{what} already, until {until}",
        "end that exception first, or choose a period that it leaves free",
    ),
    "trial_length": ("a trial lasts {days} days, no more and no less", "leave the end out"),
    "trial_length_unknown": ("the catalog does not say how long a trial lasts", "give an end"),
    "trial_not_renewed": ("a trial is not renewed", "subscribe to a plan of another kind when it ends"),
    "unknown_add_on": ('there is no add-on "{name}"', "choose one of the catalog"),
    "unknown_cap": ('there is no cap "{name}"', "choose one of the catalog"),
    "unknown_feature": ('there is no feature "{name}"', "choose one of the catalog"),
    "unknown_kind": ('there is no kind of exception "{name}"', "choose one of those"),
    "unknown_plan": ("{message}", "choose a plan of the catalog"),
    "unknown_run": ('there is no change "{name}"', "choose one of the history"),
    "unknown_support": ('there is no support level "{name}"', "choose one of the catalog"),
    "use_unknown": (
        "it could not be checked what becomes of {what}",
        "try again later, or say why it may go on without knowing",
    ),
    "unknown_time_zone": ('there is no time zone "{name}"', 'write one such as "UTC" or "Africa/Nairobi"'),
}


class Refused(EntitlementsError):
    """A change of a record that the rules do not allow; nothing was changed. `code` is in `SAYINGS`."""

    def __init__(self, *, code: Code, hint: str | None = None, **words: object) -> None:
        said, way_out = SAYINGS[code]
        super().__init__(said.format(**words), hint=hint or way_out.format(**words))
        self.code = code


def must_be_known(code: Code, name: str, known: Iterable[str]) -> None:
    """Raises Refused, with near names, for a `name` that is none of `known`."""
    names = tuple(known)
    if name not in names:
        raise Refused(code=code, name=name, hint=suggestion(name, names))


def named(subscription: Subscription) -> str:
    """A subscription in the middle of a sentence: `pro@1 (product, monthly)`."""
    return f"{subscription.plan} ({subscription.kind}, {subscription.cadence})"


def listed(subscriptions: Iterable[Subscription], time_zone: str) -> str:
    """Those that begin some day, each with the day; `none` where there are none."""
    begun = (f"{s.plan} from {day_words(s.start, time_zone)}" for s in subscriptions if s.start is not None)
    return ", ".join(begun) or "none"
