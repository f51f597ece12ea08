"""A ChangePreview on a terminal, as the admin who decides about it reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from entitlements.catalog.money import money_said, money_words
from entitlements.change.compare import amount_words
from entitlements.change.costs import Cost
from entitlements.change.preview import CapPreview, ChangePreview
from entitlements.cli.advise import choice_words
from entitlements.cli.output import echo, facts, heading, styled, symbol, table, wrapped
from entitlements.cli.words import and_list, baa_words, counted, dash, feature_rows, plan_words
from entitlements.clock import day_words
from entitlements.loss import Effect

_GROUPS: Final = {
    "deleted": "Deleted for good",
    "deactivated": "Switched off",
    "closed": "Access ends",
    "read_only": "Kept, to be read only",
    "charged": "Goes on and costs",
}
_UNCHECKED: Final = "Could not be checked, so may be in use"
_BACK: Final = {
    "offered": "Comes back with the plan if you wish.",
    "by_hand": "With the plan back, it is switched on by hand.",
    "no": "Does not come back.",
}
#: So many examples and gained features are named.
_NAMED = 3


def show(preview: ChangePreview, lang: str | None, *, every: bool) -> None:
    """All of it; with `every`, also by name what is lost and not in use."""
    catalog, arrow = preview.catalog, symbol("→", "->")
    before, after = (plan_words(catalog, plan, lang) for plan in (preview.before, preview.after))
    heading(f"{preview.subject}: {before} {arrow} {after}")
    echo(wrapped(preview.summary))
    for blocker in preview.blockers:
        echo()
        echo(styled(wrapped(f"Blocked: {blocker.message}"), fg="red"))
    echo()
    facts(list(_facts(preview, arrow, lang)))
    _show_effects(preview, lang)
    _show_rest(preview, lang, every=every)
    _show_caps(preview, lang)
    echo()
    echo(wrapped(" ".join(_last_words(preview, lang))))
    echo(f"Fingerprint: {preview.fingerprint}")


def _facts(preview: ChangePreview, arrow: str, lang: str | None) -> Iterator[tuple[str, str]]:
    zone, catalog, compared = preview.time_zone, preview.catalog, preview.compared
    when = "at once" if preview.effective_on == preview.at else day_words(preview.effective_on, zone)
    yield "When", f"{when}: {preview.because.words(zone)}" if preview.because else when
    costs = [_cost_words(cost, catalog.currency) for cost in (preview.cost_before, preview.cost_after)]
    difference = preview.price_difference
    words = f" {arrow} ".join(costs) if costs[0] != costs[1] else costs[0]
    if difference:
        words += f" ({money_said(abs(difference))} {'less' if difference < 0 else 'more'})"
    yield "A month", words
    old, new = compared.before.support, compared.after.support
    if old != new:
        yield "Support", f" {arrow} ".join(catalog.title_of("support", level, lang) for level in (old, new))
    if compared.before.baa != compared.after.baa:
        yield "BAA", f"{baa_words(compared.before.baa)} {arrow} {baa_words(compared.after.baa)}"
    if preview.baa.lapses_on is not None:
        lapses = day_words(preview.baa.lapses_on, zone)
        yield "Agreement", f"the BAA in force lapses on {lapses} unless a plan that offers it follows"
    if preview.credits:
        kept = {True: "; they are kept", False: "; they are lost", None: ""}[preview.credits_kept]
        yield "Credits", f"{money_words(preview.credits, catalog.currency)}{kept}"
    if preview.cancels:
        later = [f"{s.plan} from {day_words(s.start, zone)}" for s in preview.cancels if s.start is not None]
        yield "Cancels", and_list(later)


def _cost_words(cost: Cost, currency: str) -> str:
    """`600.00 USD`, `nothing`, `600.00 USD or more: …`."""
    amount = money_words(cost.monthly, currency)
    if cost.known:
        return amount if cost.yearly else "nothing"
    return f"{amount} or more ({and_list(cost.unknown)})"


def _show_effects(preview: ChangePreview, lang: str | None) -> None:
    """A table of what is in use, the worst first; at its end what could not be checked."""
    certain = [effect for effect in preview.effects if effect.count is not None]
    rows: list[tuple[str, str]] = []
    for kind, effects in groupby(certain, key=lambda effect: effect.kind):
        rows += [(styled(_GROUPS[kind], bold=True), ""), *(_row(preview, e, lang) for e in effects)]
    unknown = [effect for effect in preview.effects if effect.count is None]
    if unknown:
        rows += [(styled(_UNCHECKED, bold=True), ""), *(_row(preview, e, lang) for e in unknown)]
    if rows:
        echo()
        table(("In use", "What becomes of it"), rows)


def _row(preview: ChangePreview, effect: Effect, lang: str | None) -> tuple[str, str]:
    titles = [_title(preview, effect, lang)]
    titles += [preview.catalog.title_of("feature", key, lang) for key in effect.also]
    parts = [preview.message(effect), _examples(effect)]
    if effect.kind == "deactivated" and effect.restores:
        parts.append(_BACK[effect.restores])
    parts.append(effect.advice or "")
    return f"  {and_list(titles)}", " ".join(part for part in parts if part)


def _title(preview: ChangePreview, effect: Effect, lang: str | None) -> str:
    if effect.cap is not None:
        return preview.catalog.title_of("cap", effect.cap, lang)
    return preview.catalog.title_of("feature", effect.feature or "", lang)


def _examples(effect: Effect) -> str:
    labels = [example.label for example in effect.examples]
    if not labels:
        return ""
    named = [*labels[:_NAMED], *(["more"] if len(labels) > _NAMED else [])]
    return f"Such as: {and_list(named)}."


def _show_rest(preview: ChangePreview, lang: str | None, *, every: bool) -> None:
    """What is lost and not in use or not measured in one line, then what is gained; or all of it by name."""
    unused, unmeasured, unaffected = preview.not_in_use, preview.not_measured, preview.unaffected
    groups: Sequence[tuple[str, Sequence[str]]] = (
        ("Lost, not in use", unused),
        ("Lost, not measured", unmeasured),
        ("Lost, and nothing comes of it", unaffected),
        ("Gained", preview.gained),
    )
    if every:
        for title, keys in groups:
            if keys:
                echo()
                table((title, "Key"), feature_rows(preview.catalog, keys, lang))
        return
    parts = [f"{counted(len(unused), 'feature')} not in use"] if unused else []
    parts += [f"{counted(len(unmeasured), 'feature')} that nobody measures"] if unmeasured else []
    parts += [f"{counted(len(unaffected), 'feature')} of which nothing comes"] if unaffected else []
    lines = [f"Also lost: {and_list(parts)}; --all names them."] if parts else []
    lines += [f"Gained: {_gained(preview, lang)}."] if preview.gained else []
    if lines:
        echo()
    for line in lines:
        echo(wrapped(line))


def _gained(preview: ChangePreview, lang: str | None) -> str:
    titles = [preview.catalog.title_of("feature", key, lang) for key in preview.gained]
    if len(titles) <= _NAMED:
        return and_list(titles)
    return f"{', '.join(titles[:_NAMED])} and {counted(len(titles) - _NAMED, 'more', 'more')}"


def _show_caps(preview: ChangePreview, lang: str | None) -> None:
    rows = [_cap_row(preview, cap, lang) for cap in preview.caps if cap.before != cap.after]
    if rows:
        echo()
        table(("Cap", "In use", "Before", "After", "Over", "A month"), rows, right=(1, 2, 3, 4, 5))


def _cap_row(preview: ChangePreview, cap: CapPreview, lang: str | None) -> tuple[str, ...]:
    over, charge = cap.over, cap.monthly_charge
    months = "by rate" if over and charge is None else money_said(charge) if charge else dash()
    return (
        preview.catalog.title_of("cap", cap.cap, lang),
        "not known" if cap.used is None else f"{cap.used:,}",
        amount_words(cap.before.included),
        amount_words(cap.after.included),
        "not known" if over is None else f"{over:,}" if over else dash(),
        "not known" if over is None else months,
    )


def _last_words(preview: ChangePreview, lang: str | None) -> Iterator[str]:
    yield preview.data_statement
    choice = preview.advice.choice
    if preview.effects and choice is not None:
        yield f"To lose nothing that is in use: {choice_words(choice, preview.catalog, lang)}."
