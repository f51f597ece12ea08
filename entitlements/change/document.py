"""A ChangePreview as the JSON document that programs read."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from entitlements.catalog.money import money_text
from entitlements.change.compare import baa_word, extra_json, in_use, price_json
from entitlements.loss import SEVERITY

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from entitlements.change.preview import BAAPreview, CapPreview, ChangePreview
    from entitlements.change.wanted import Wanted
    from entitlements.loss import Effect, Step


def preview_json(preview: ChangePreview, lang: str | None = None) -> dict[str, Any]:
    """The document, with titles in `lang` where there are some."""
    because, compared, catalog = preview.because, preview.compared, preview.catalog
    return {
        "schema": "entitlements/change-preview/1",
        "subject": preview.subject,
        "from": preview.before.ref,
        "to": preview.after.ref,
        "direction": preview.direction,
        "summary": preview.summary,
        "effective_on": preview.effective_on.isoformat(),
        "not_before": None
        if because is None
        else {**because.to_json(), "why": because.words(preview.time_zone)},
        "lost": [_lost_json(preview, key, lang) for key in preview.lost],
        "gained": list(preview.gained),
        "effects": [_effect_json(preview, effect) for effect in preview.effects],
        "caps": [_cap_json(cap) for cap in preview.caps],
        "support": {"before": compared.before.support, "after": compared.after.support},
        "baa": _baa_json(preview.baa),
        "cancels": [
            {"plan": s.plan, "start": _instant(s.start), "end": _instant(s.end)} for s in preview.cancels
        ],
        "credits": {"amount": money_text(preview.credits), "kept": preview.credits_kept},
        "price": {
            "before": {"price": price_json(preview.before.price), **preview.cost_before.to_json()},
            "after": {"price": price_json(preview.after.price), **preview.cost_after.to_json()},
            "monthly_difference": _money(preview.price_difference),
        },
        "blockers": [{"code": b.code, "message": b.message} for b in preview.blockers],
        "advice": preview.advice.to_json(),
        "data": preview.data_statement,
        "steps": [step_json(step) for step in preview.steps],
        "asked": _asked_json(preview.wanted),
        "checked_at": preview.at.isoformat(),
        "currency": catalog.currency,
        "fingerprint": preview.fingerprint,
    }


def _lost_json(preview: ChangePreview, key: str, lang: str | None) -> dict[str, Any]:
    title, used = preview.catalog.title_of("feature", key, lang), preview.usage.get(key)
    if used is None:
        return {"feature": key, "title": title, "usage": "not_measured"}
    if used.count is None:
        return {
            "feature": key,
            "title": title,
            "usage": None,
            "unknown": used.unknown or "could not be measured",
        }
    return {"feature": key, "title": title, "usage": in_use(used)}


def _effect_json(preview: ChangePreview, effect: Effect) -> dict[str, Any]:
    return {
        "kind": effect.kind,
        "feature": effect.feature,
        "cap": effect.cap,
        "count": effect.count,
        "unknown": effect.unknown,
        "examples": [{"label": example.label, "url": example.url} for example in effect.examples],
        "when": preview.effective_on.isoformat(),
        "restores": effect.restores,
        "severity": SEVERITY[effect.kind],
        "advice": effect.advice,
        "checker": effect.checker,
        "message": preview.message(effect),
        "declared": effect.declared,
        "also": list(effect.also),
    }


def _cap_json(cap: CapPreview) -> dict[str, Any]:
    return {
        "cap": cap.cap,
        "used": cap.used,
        "unknown": cap.unknown,
        "before": cap.before.included,
        "after": cap.after.included,
        "hard": cap.after.hard,
        "extra_price": extra_json(cap.after.extra),
        "over": cap.over,
        "monthly_charge": _money(cap.monthly_charge),
    }


def _baa_json(baa: BAAPreview) -> dict[str, Any]:
    return {
        "before": baa_word(baa.before.offered),
        "after": baa_word(baa.after.offered),
        "in_force": baa.before.in_force,
        "signed_on": _instant(baa.before.signed_on),
        "lapses_on": _instant(baa.lapses_on),
    }


def step_json(step: Step) -> dict[str, Any]:
    """One step that the host takes, and the thing that it is about."""
    return {
        "key": step.key,
        "kind": step.kind,
        "feature": step.feature,
        "checker": step.checker,
        "thing": None if step.thing is None else asdict(step.thing),
    }


def _asked_json(wanted: Wanted) -> dict[str, Any]:
    return {
        "to": wanted.to,
        "end": wanted.to is None,
        "at": _instant(wanted.at),
        "add_ons": list(wanted.add_ons),
        "cadence": wanted.cadence,
        "kind": wanted.kind,
    }


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else money_text(amount)
