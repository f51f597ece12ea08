"""What may be sold at an instant: a plan's version, pinned, and how long what is sold lasts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from entitlements.clock import day_words
from entitlements.errors import UnknownPlan
from entitlements.lifecycle.periods import days_later
from entitlements.lifecycle.refusals import Refused, must_be_known
from entitlements.model import Catalog, Plan
from entitlements.problems import suggestion
from entitlements.subject import Subscription, SubscriptionKind
from entitlements.succession import version_of


def version_sold(
    catalog: Catalog, ref: str, at: datetime, *, kind: SubscriptionKind, zone: str, unsold: bool = False
) -> str:
    """The version that `ref` means at `at`, as `pro@1`; `unsold` admits one that is not on sale then.

    Raises Refused with near names for a plan that nobody has, or that is not sold to this kind.
    """
    then = catalog.at(at)
    plan = _known(then, ref)
    if not unsold and not _on_sale(then, plan, kind):
        on_sale = [sold for sold in then.plans.values() if _on_sale(then, sold, kind)]
        here = then.plans.get(plan.key)
        hint = (
            f'"{here.ref}" is; say unsold to take the other all the same'
            if here in on_sale
            else suggestion(ref, [sold.key for sold in on_sale])
        )
        raise Refused(code="not_sold", plan=ref, on=day_words(at, zone), hint=hint)
    return plan.ref


def version_kept(catalog: Catalog, subscription: Subscription, at: datetime) -> str:
    """The version that who has `subscription` goes on with at `at`, be it sold then or not."""
    try:
        return version_of(catalog, subscription, at).ref
    except UnknownPlan as gone:
        raise Refused(code="unknown_plan", message=gone, hint=gone.hint) from gone


def version_held(catalog: Catalog, subscription: Subscription, at: datetime) -> str | None:
    """The version that `subscription` stands for at `at`; None for a plan that is gone."""
    try:
        return version_of(catalog, subscription, at).ref
    except UnknownPlan:
        return None


def must_be_sold_with(catalog: Catalog, ref: str, add_ons: Iterable[str], *, unsold: bool) -> None:
    """Raises Refused for an add-on that nobody has, or that is not sold with this plan unless `unsold`."""
    plan = ref.partition("@")[0]
    for key in add_ons:
        must_be_known("unknown_add_on", key, catalog.add_ons)
        sold_with = catalog.add_ons[key].sold_with
        if plan not in sold_with and not unsold:
            raise Refused(code="not_sold_with", name=key, plan=plan, plans=", ".join(sold_with))


def end_sold(
    catalog: Catalog, kind: SubscriptionKind, start: datetime, end: datetime | None, zone: str
) -> datetime | None:
    """When what is sold from `start` ends: a trial by the catalog, a bundle with its agreement."""
    if kind == "bundle" and end is None:
        raise Refused(code="needs_end")
    if kind != "trial":
        return end
    days = catalog.terms.get("trial", {}).get("days")
    if days is None and end is None:
        raise Refused(code="trial_length_unknown")
    if days is not None and end is not None:
        raise Refused(code="trial_length", days=days)
    return end if days is None else days_later(start, days, zone)


def _known(then: Catalog, ref: str) -> Plan:
    try:
        return then.plan(ref)
    except UnknownPlan as unknown:
        raise Refused(code="unknown_plan", message=unknown, hint=unknown.hint) from unknown


def _on_sale(then: Catalog, plan: Plan, kind: SubscriptionKind) -> bool:
    """A plan sold as a trial is for trials alone; any other that is sold may be tried as well."""
    if plan is not then.plans.get(plan.key) or plan.sold == "no":
        return False
    return plan.sold != "trial" or kind == "trial"
