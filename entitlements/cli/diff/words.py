"""A diff in the words of people: one sentence of totals, then a line for each change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from entitlements.amounts import NO_CAP, CapRaise, Price
from entitlements.catalog.diff.catalogs import CatalogDiff, Change, PlanDiff
from entitlements.change.compare import amount_words
from entitlements.cli.output import symbol
from entitlements.cli.words import and_list, baa_words, cap_words, counted, price_words
from entitlements.clock import day_words
from entitlements.model import Cap, Catalog, Plan, Plural

_DIRECTIONS = {"raised": "rises", "lowered": "falls"}
_LONGEST_VALUE = 60
#: Words of catalog.yaml that lead to a plan, with who has it.
_WITHOUT_SUBSCRIPTION = {
    "default plan": "everybody who never had a subscription",
    "after end": "everybody whose subscription has ended",
}


def totals(diff: CatalogDiff) -> str:
    """`2 plans change, 1 feature leaves Pro, 1 price rises.`"""
    changes = list(diff.changes)
    if not changes:
        return "Nothing changes."
    if all(one.cls == "text only" for one in changes):
        return f"Nothing changes but {counted(len(changes), 'text')}."
    sentence = ", ".join(_totals(diff))
    return f"{sentence[0].upper()}{sentence[1:]}."


def _totals(diff: CatalogDiff) -> Iterator[str]:
    come = [plan.name for plan in diff.plans if plan.before is None]
    go = [plan.name for plan in diff.plans if plan.after is None]
    concerned = {
        name
        for plan in diff.plans
        if plan.before is not None and plan.after is not None and plan.starts is None
        for one in plan.changes
        if one.cls != "text only"
        for name in (plan.name, *one.also)
    }
    for names, verb in ((come, "come"), (go, "go")):
        for what, number in (
            ("plan", sum("@" not in name for name in names)),
            ("older version", sum("@" in name for name in names)),
        ):
            if number:
                yield f"{counted(number, what)} {_s(verb, number)}"
    sold = [name for name in concerned if "@" not in name]
    if sold:
        yield f"{counted(len(sold), 'plan')} {_s('change', len(sold))}"
    older = len(concerned) - len(sold)
    if older:
        yield f"{counted(older, 'published version')} {_s('change', older)}"
    later = sum(plan.starts is not None for plan in diff.plans)
    if later:
        yield f"{counted(later, 'plan')} {_s('change', later)} at a later date"
    yield from _feature_totals(diff)
    yield from _term_totals(diff)
    leads = [_leads_to(diff, one) for one in diff.others if one.what in _WITHOUT_SUBSCRIPTION]
    yield from leads
    rest = [one for one in diff.others if one.cls != "text only" and one.what not in _WITHOUT_SUBSCRIPTION]
    if rest:
        takes = sum(one.cls == "narrowing" for one in rest)
        more = f", {takes} of them narrowing" if takes else ""
        also = "other " if diff.plans or leads else ""
        yield f"{counted(len(rest), also + 'thing')} {_s('change', len(rest))}{more}"


def _feature_totals(diff: CatalogDiff) -> Iterator[str]:
    for kind, verb in (("removed", "leave"), ("added", "come to")):
        keys: dict[str, None] = {}
        names: dict[str, None] = {}
        for plan in diff.plans:
            for one in plan.changes:
                if one.what == "feature" and one.kind == kind:
                    keys[one.key or ""] = None
                    names.update(dict.fromkeys([plan.title, *titles(diff, one.also)]))
        if keys:
            first, *rest = verb.split()
            words = " ".join([_s(first, len(keys)), *rest])
            yield f"{counted(len(keys), 'feature')} {words} {_names(list(names))}"


def _names(names: list[str]) -> str:
    few = 4
    return and_list(names) if len(names) <= few else counted(len(names), "plan")


def _term_totals(diff: CatalogDiff) -> Iterator[str]:
    for what, one_word in (("cap", "cap"), ("price", "price"), ("support", "support level")):
        for kind, verb in (("raised", "rise"), ("lowered", "fall"), ("changed", "change")):
            number = sum(
                one.what == what and _as_direction(one) == kind for plan in diff.plans for one in plan.changes
            )
            if number:
                yield f"{counted(number, one_word)} {_s(verb, number)}"
    for after, words in ((True, "a BAA is now offered with"), (False, "a BAA is no longer offered with")):
        names = [
            name
            for plan in diff.plans
            for one in plan.changes
            if one.what == "baa" and one.after is after
            for name in [plan.title, *titles(diff, one.also)]
        ]
        if names:
            yield f"{words} {_names(names)}"


def _as_direction(one: Change) -> str:
    if one.what == "cap" and one.kind in ("added", "removed"):
        return "raised" if one.kind == "added" else "lowered"
    return one.kind


def _s(verb: str, number: int) -> str:
    if number != 1:
        return verb
    return f"{verb}es" if verb.endswith("go") else f"{verb}s"


def titles(diff: CatalogDiff, names: Iterable[str]) -> list[str]:
    """`Advanced`, `pro@0`: a plan by its title, a published version by its reference."""
    return [diff.new.plans[name].title if name in diff.new.plans else name for name in names]


def heirs_words(diff: CatalogDiff, one: Change) -> str:
    """`, and so Advanced and Enterprise`, or nothing."""
    return f", and so {and_list(titles(diff, one.also))}" if one.also else ""


def version_words(diff: CatalogDiff, plan: PlanDiff) -> str | None:
    """Who keeps what they have when a plan gets a new version or goes; None if neither happens."""
    if plan.keeps is None or plan.before is None:
        return None
    ref, key = plan.before.ref, plan.before.key
    if plan.after is None:
        stays = (
            f"subscribers of {ref} keep it (published)" if plan.keeps else f"{ref} is not published either"
        )
        return f"{plan.before.title} goes; {stays}; other subscriptions to {key} count as ended"
    news = f"{plan.after.title} gets version {plan.after.version}{_since(plan.after, diff.new)}"
    if plan.after.existing_subscribers == "at_once":
        return f"{news}; subscribers of {ref} move to it at once"
    if not plan.keeps:
        return f"{news}; {ref} is not published: its subscribers cannot keep it"
    if plan.after.existing_subscribers == "keep":
        return f"{news}; who subscribed before keeps {ref}"
    return f"{news}; subscribers of {ref} keep it (published), those of {key} move"


def _since(plan: Plan, catalog: Catalog) -> str:
    return f" from {day_words(plan.effective_from, catalog.time_zone)} on" if plan.effective_from else ""


def change_words(diff: CatalogDiff, one: Change) -> str:
    """`loses API Access (api_access)`, `price rises from … to …`, without those that inherit it."""
    before, after = (value_words(diff, one, value) for value in (one.before, one.after))
    what = one.what
    if what == "feature" and "included" in (one.before, one.after):
        return f"{'gains' if one.kind == 'added' else 'loses'} {_titled(diff, 'feature', one.key)}"
    if what in ("plan", "published version", "next version"):
        return f"this {what} is new" if one.kind == "added" else f"this {what} is gone"
    if what in _WITHOUT_SUBSCRIPTION:
        return f"{_leads_to(diff, one)} ({one.after}) {_instead(diff, one)}"
    if what == "suspends":
        return "now suspends every feature" if one.after else "no longer suspends every feature"
    if what == "cap" and _cap_of(diff, one) is not None and not isinstance(one.before or one.after, str):
        return f"{_titled(diff, 'cap', one.key)} {_moves(one)} {_from_to(before, after)}"
    about = f" of {_subject(diff, one)}" if one.key is not None else ""
    if one.kind == "added":
        return f"{what}{about} added: {after}"
    if one.kind == "removed":
        return f"{what}{about} removed: {before}"
    label = "BAA" if what == "baa" else what
    return f"{label}{about} {_moves(one)} {_from_to(before, after)}"


def _leads_to(diff: CatalogDiff, one: Change) -> str:
    """`everybody who never had a subscription gets Pro`."""
    return f"{_WITHOUT_SUBSCRIPTION[one.what]} gets {diff.new.plans[one.after].title}"


def _instead(diff: CatalogDiff, one: Change) -> str:
    """`instead of Community (community): 2 features more, 1 fewer`."""
    before, after = diff.old.plans[one.before], diff.new.plans[one.after]
    more, fewer = (len(a.features.keys() - b.features.keys()) for a, b in ((after, before), (before, after)))
    steps = [f"{counted(more, 'feature')} more"] if more else []
    if fewer:
        steps.append(f"{fewer} fewer" if more else f"{counted(fewer, 'feature')} fewer")
    return f"instead of {before.title} ({before.key}){': ' if steps else ''}{', '.join(steps)}"


def _from_to(before: str, after: str) -> str:
    return f"from {before} to {after}"


def _moves(one: Change) -> str:
    return _DIRECTIONS.get(_as_direction(one), "changes")


def _subject(diff: CatalogDiff, one: Change) -> str:
    for kind in ("feature", "cap", "add_on"):
        if any(one.key in getattr(side, f"{kind}s") for side in (diff.new, diff.old)):
            return _titled(diff, kind, one.key)
    return str(one.key)


def _titled(diff: CatalogDiff, kind: str, key: str | None) -> str:
    name = key or ""
    side = diff.new if name in getattr(diff.new, f"{kind}s") else diff.old
    return f"{side.title_of(kind, name)} ({name})"


def _cap_of(diff: CatalogDiff, one: Change) -> Cap | None:
    return diff.new.caps.get(one.key or "") or diff.old.caps.get(one.key or "")


def value_words(diff: CatalogDiff, one: Change, value: Any) -> str:
    """A value of the model, as a person would say it."""
    cap = _cap_of(diff, one)
    if one.what == "cap" and cap is not None and not isinstance(value, str):
        return cap_words(cap, value or NO_CAP, diff.new.currency)
    if one.what == "baa":
        return baa_words(value)
    if one.what == "support":
        side = diff.new if value in diff.new.support_levels else diff.old
        return side.title_of("support", value)
    return (
        price_words(value, diff.new.currency) if isinstance(value, Price) else _plain_words(diff, one, value)
    )


def _plain_words(diff: CatalogDiff, one: Change, value: Any) -> str:
    if isinstance(value, Plural):
        return f"{value.one}/{value.other}"
    if one.what == "add-on cap":
        return _raise_words(*value)
    if isinstance(value, list | tuple):
        return ", ".join(str(getattr(item, "do", item)) for item in value) or "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items()) or "nothing"
    if value is None:
        return "nothing"
    if isinstance(value, datetime):
        return day_words(value, diff.new.time_zone)
    text = " ".join(str(value).split())
    text = text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
    return f'"{text}"' if one.cls == "text only" else text.replace("_", " ") if one.what in _WORDS else text


#: Whose values are words of the files that read as words of people.
_WORDS = frozenset({"sold", "loss policy", "restores"})


def _raise_words(cap: str, given: CapRaise | None) -> str:
    if given is None:
        return f"nothing for {cap}"
    if given.at_least is not None:
        return f"at least {amount_words(given.at_least)} {cap}"
    return f"{given.add:,} more {cap}"


def plan_heading(diff: CatalogDiff, plan: PlanDiff) -> str:
    """`Pro (pro@1 → pro@2)`, `Pro (pro@1)`, `pro@0, published`."""
    if plan.starts is not None:
        return f"{plan.name}, from {day_words(plan.starts, diff.new.time_zone)} on"
    if "@" in plan.name:
        return f"{plan.name}, published"
    refs: Sequence[str] = list(
        dict.fromkeys(side.ref for side in (plan.before, plan.after) if side is not None)
    )
    return f"{plan.title} ({symbol(' → ', ' -> ').join(refs)})"
