"""Makes a ChangePreview: the one place where record, catalog, use and checkers come together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from entitlements.amounts import NO_CAP
from entitlements.change.advice import Advice, advise
from entitlements.change.compare import PlanComparison, Terms, compare, in_use, price_json, terms_json
from entitlements.change.costs import cost_of
from entitlements.change.effects import consequences
from entitlements.change.lapse import lapse_ahead
from entitlements.change.preview import BAAPreview, Blocker, CapPreview, ChangePreview
from entitlements.change.wanted import Outcome, Wanted, outcome
from entitlements.engine.compile import Program
from entitlements.engine.entitlements import Entitlements
from entitlements.engine.resolve import Resolved, resolve
from entitlements.errors import StoreUnavailable
from entitlements.lifecycle.periods import Cadence
from entitlements.loss import Step
from entitlements.model import Catalog
from entitlements.subject import SubjectRecord, Usage, zone_of


def preview_change(program: Program, space: Entitlements, wanted: Wanted, now: datetime) -> ChangePreview:
    """What `wanted`, asked for at `now`, would do to whom `space` is about. Raises Refused.

    `program` has the checkers, and all that they are asked is what they measure and what a loss does.
    """
    found = outcome(record_of(space), program.catalog.at(now), wanted, now)
    return preview_of(program, space, wanted, found, now)


def preview_of(
    program: Program, space: Entitlements, wanted: Wanted, found: Outcome, now: datetime
) -> ChangePreview:
    """The preview of what `found` makes of the record."""
    record, catalog = record_of(space), program.catalog.at(now)
    then = catalog.at(found.at)
    had, has = resolve(then, found.before, found.at), resolve(then, found.after, found.at)
    usage = measured(catalog, space)
    compared = compare(then, Terms.of_subject(had), Terms.of_subject(has), usage)
    done = consequences(program, compared, usage, space.subject, found.at)
    return ChangePreview(
        subject=space.subject,
        at=now,
        wanted=wanted,
        before=had.plan,
        after=has.plan,
        compared=compared,
        effective_on=found.at,
        because=found.because,
        usage=usage,
        effects=done.effects,
        steps=done.steps,
        caps=tuple(_caps(then, had, has, usage)),
        baa=BAAPreview(had.baa, has.baa, lapse_ahead(catalog, record, now)),
        blockers=tuple(_blockers(catalog, space.subject, had, has)),
        cancels=found.cancels,
        credits=record.credits,
        credits_kept=_credits_kept(catalog, wanted, compared),
        cost_before=cost_of(then, had, found.at, _cadence(had), usage),
        cost_after=cost_of(then, has, found.at, _cadence(has), usage),
        advice=advise(catalog, record, usage, now, cadence=wanted.cadence),
        fingerprint=_fingerprint(record, compared, found, had, has, done.steps),
        time_zone=zone_of(record, catalog),
        catalog=then,
    )


def advice_for(
    program: Program, space: Entitlements, now: datetime, *, cadence: Cadence | None = None
) -> Advice:
    """The cheapest plan with add-ons that keeps everything that whom `space` is about uses."""
    record, catalog = record_of(space), program.catalog.at(now)
    return advise(catalog, record, measured(catalog, space), now, cadence=cadence)


def record_of(space: Entitlements) -> SubjectRecord:
    """The record to reckon with. Raises StoreUnavailable where it could not be read just now."""
    if space.stale:
        msg = f'what is stored of "{space.subject}" cannot be read now, so a change cannot be told'
        raise StoreUnavailable(msg, hint="try again when the store answers")
    return space.record


def measured(catalog: Catalog, space: Entitlements) -> Mapping[str, Usage]:
    """What is used of every feature and cap that somebody measures; a count of None is not known.

    Raises StoreUnavailable where the store went away meanwhile, as what it last said may be old.
    """
    found = space.usages((*catalog.features, *catalog.caps))
    record_of(space)
    return MappingProxyType(dict(found))


def _cadence(has: Resolved) -> Cadence:
    return has.subscription.cadence if has.subscription is not None else "monthly"


def _caps(catalog: Catalog, had: Resolved, has: Resolved, usage: Mapping[str, Usage]) -> Iterator[CapPreview]:
    for cap in catalog.caps:
        used = usage.get(cap)
        count = None if used is None or used.count is None else in_use(used)
        unknown = None
        if count is None:
            unknown = "not measured" if used is None else used.unknown or "could not be measured"
        before, after = (one.caps[cap].terms if cap in one.caps else NO_CAP for one in (had, has))
        yield CapPreview(cap, before, after, count, unknown)


def _blockers(catalog: Catalog, subject: str, had: Resolved, has: Resolved) -> Iterator[Blocker]:
    if had.baa.in_force and not has.baa.offered:
        title, sales = catalog.title_of("plan", has.plan.key), catalog.contacts.get("sales")
        ask = f" Contact: {sales.title}. {sales.description or ''}".rstrip() if sales is not None else ""
        yield Blocker(
            "baa_in_force",
            "The Business Associate Agreement is in force, and "
            f"{title} does not offer one. End it first: entitlements baa end {subject}.{ask}",
        )


def _credits_kept(catalog: Catalog, wanted: Wanted, compared: PlanComparison) -> bool | None:
    """Whether what is paid in advance stays; a change that loses nothing takes no credits either."""
    if wanted.to is not None and compared.direction in {"upgrade", "same"}:
        return True
    kept = catalog.terms.get("credits", {}).get("kept_on")
    return None if kept is None else ("end" if wanted.to is None else "downgrade") in kept


def _fingerprint(
    record: SubjectRecord,
    compared: PlanComparison,
    found: Outcome,
    had: Resolved,
    has: Resolved,
    steps: tuple[Step, ...],
) -> str:
    """Of what is agreed to: terms before and after, the record, a date that is put off, and each step."""
    new = has.subscription
    agreed = {
        "subject": record.subject,
        "revision": record.revision,
        "before": _terms_json(compared.before),
        "after": _terms_json(compared.after),
        "baa_in_force": had.baa.in_force,
        "held": None if new is None else [new.cadence, new.kind, sorted(a.key for a in new.add_ons)],
        "not_before": None if found.because is None else found.at.isoformat(),
        "steps": sorted(step.key for step in steps),
    }
    return hashlib.sha256(json.dumps(agreed, sort_keys=True).encode()).hexdigest()[:16]


def _terms_json(terms: Terms) -> dict[str, Any]:
    return {
        "name": terms.name,
        "features": sorted(terms.features),
        "caps": {cap: terms_json(given) for cap, given in sorted(terms.caps.items())},
        "support": terms.support,
        "baa": terms.baa,
        "price": price_json(terms.price),
    }
