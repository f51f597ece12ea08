"""The sentences of decisions, in one place so that every door says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entitlements.clock import last_day

if TYPE_CHECKING:
    from entitlements.decision import Decision
    from entitlements.model import Catalog, Origin

_SENTENCES = {
    "included": "{feature} is included in {source}.",
    "add_on": "{feature} comes with {source}.",
    "override": "{feature} is given by {source}.",
    "exempt_client": "{feature} is open to this client whatever the plan.",
    "kept_readable": "{feature} is not part of {source}, but what was made with it stays readable.",
    "allowed_by_checker": "{feature} is let in by {checker}.",
    "within_cap": "{feature}: there is room.",
    "over_soft_cap": "{feature}: more may be added, at a price.",
    "unlimited": "{feature}: unlimited.",
    "not_in_force": "{feature} is not available because {source} suspends all features.",
    "removed_by_override": "{feature} was taken away by {source}.",
    "denied_by_checker": "{feature} is refused by {checker}.",
    "requires_feature": "{feature} needs another feature that is missing.",
    "not_included": "{feature} is not part of {source}.",
    "cap_reached": "{feature}: no more can be added.",
    "usage_unknown": "{feature}: what is in use is not known, so it is not safe to add more.",
    "checker_error": "{feature} is refused because {checker} could not answer.",
    "unknown_feature": "{feature} is not a feature of this catalog.",
    "store_unavailable": "{feature} is refused because its state could not be read recently enough.",
}


def decision_message(decision: Decision, catalog: Catalog | None, lang: str | None = None) -> str:
    """The sentences that say what `decision` is, why, and what would unlock it."""
    sentence = _SENTENCES[decision.reason].format(
        feature=_subject_matter(decision.feature, catalog, lang),
        source=origin_words(decision.source, catalog, lang),
        checker=f'the check "{decision.checker}"',
    )
    parts = [sentence]
    if decision.detail:
        parts.append(decision.detail if decision.detail.endswith(".") else f"{decision.detail}.")
    if decision.unlocked_by and catalog:
        has_it = "has room for more" if decision.feature.startswith("cap.") else "has it"
        parts.append(f"{catalog.title_of('plan', decision.unlocked_by, lang)} {has_it}.")
    if decision.unlocked_by_add_ons and catalog:
        titles = [_add_on_words(key, catalog, lang) for key in decision.unlocked_by_add_ons]
        parts.append(f"An add-on that helps: {' or '.join(titles)}.")
    if decision.exempt_clients and not decision.allowed and decision.reason == "not_included":
        parts.append(f"Open all the same to the client {', '.join(decision.exempt_clients)}.")
    return " ".join(parts)


def _add_on_words(key: str, catalog: Catalog, lang: str | None) -> str:
    plans = " or ".join(catalog.title_of("plan", plan, lang) for plan in catalog.add_ons[key].sold_with)
    return f'"{catalog.title_of("add_on", key, lang)}" (sold with {plans})'


def origin_words(origin: Origin | None, catalog: Catalog | None, lang: str | None = None) -> str:
    """`the Pro plan (version 1)`, `the add-on Report builder, 15 reports`, `a pro bono exception`."""
    if origin is None:
        return "the plan"
    if origin.kind == "plan":
        key, _, version = origin.key.partition("@")
        title = catalog.title_of("plan", key, lang) if catalog else key
        current = catalog.plans.get(key) if catalog else None
        retired = current is None or str(current.version) != version
        return f"the {title} plan (version {version})" if retired else f"the {title} plan"
    if origin.kind == "add_on":
        return f"the add-on {catalog.title_of('add_on', origin.key, lang) if catalog else origin.key}"
    because = f" ({origin.because.rstrip('.')})" if origin.because else ""
    zone = origin.time_zone or (catalog.time_zone if catalog else "UTC")
    last = last_day(origin.until, zone) if origin.until else None
    through = f" through {last}" if last else ""
    return f"an exception of kind {origin.key.replace('_', ' ')}{because}{through}"


def _subject_matter(key: str, catalog: Catalog | None, lang: str | None) -> str:
    if catalog is None:
        return key
    if key.startswith("cap."):
        return catalog.title_of("cap", key.removeprefix("cap."), lang)
    return catalog.title_of("feature", key, lang)
