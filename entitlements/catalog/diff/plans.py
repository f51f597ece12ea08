"""What changes in a plan: between its working files, or between two states of a published version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from entitlements.amounts import NO_CAP, CapTerms
from entitlements.catalog.diff.change import (
    Change,
    Class,
    cap_class,
    change,
    gives_or_takes,
    price_class,
    texts,
)
from entitlements.model import Plan, SupportLevel
from entitlements.problems import Mark

Levels = Mapping[str, SupportLevel]
#: From what anyone may buy to what nobody can.
_SOLD = ("self_service", "by_sales", "trial", "internal", "no")


def plan_changes(before: Plan, after: Plan, levels: Levels) -> Iterator[Change]:
    """All changes of a working file. `levels` ranks the support levels of both sides."""
    if before.version != after.version:
        numbers = before.version, after.version
        yield change("version", "neutral", *numbers, after.mark, kind="changed", path=("version",))
    if before.version == after.version:
        yield from _dates(before, after)
    yield from term_changes(before, after, levels)
    if before.sold != after.sold:
        step = _SOLD.index(after.sold) - _SOLD.index(before.sold)
        yield change(
            "sold", gives_or_takes(step < 0, step > 0), before.sold, after.sold, after.mark, path=("sold",)
        )
    if before.extends != after.extends:
        yield change(
            "extends", "neutral", before.extends, after.extends, after.mark, kind="changed", path=("extends",)
        )
    yield from texts(before, after, ("title", "description"), after.mark, None, ())


def _dates(before: Plan, after: Plan) -> Iterator[Change]:
    """Of one version: since when it is sold, and what becomes then of those who have the one before."""
    for word in ("effective_from", "existing_subscribers"):
        old, new = getattr(before, word), getattr(after, word)
        if old != new:
            what = word.replace("_", " ")
            yield change(what, "neutral", old, new, after.mark, kind="changed", path=(word,))


def term_changes(before: Plan, after: Plan, levels: Levels) -> Iterator[Change]:
    """The changes of what is promised: features, caps, price, support, BAA."""
    if before.suspends != after.suspends:
        cls: Class = "narrowing" if after.suspends else "widening"
        yield change("suspends", cls, before.suspends, after.suspends, after.mark, path=("suspends",))
    yield from feature_changes(before.features, after.features)
    yield from _caps(before.caps, after.caps, after.mark)
    if before.price != after.price:
        kind, cls = price_class(before.price, after.price)
        yield change("price", cls, before.price, after.price, after.mark, kind=kind, path=("price",))
    if before.support != after.support:
        step = levels[after.support].rank - levels[before.support].rank
        yield change(
            "support",
            gives_or_takes(step > 0, step < 0),
            before.support,
            after.support,
            after.mark,
            kind="raised" if step > 0 else "lowered",
            path=("support",),
        )
    if before.baa != after.baa:
        cls = "widening" if after.baa else "narrowing"
        yield change("baa", cls, before.baa, after.baa, after.mark, path=("baa",))


def feature_changes(before: Mapping[str, Mark], after: Mapping[str, Mark]) -> Iterator[Change]:
    """The features that a plan or add-on no longer has or newly has, each at the line that says so."""
    for key in sorted(before.keys() - after.keys()):
        yield change("feature", "narrowing", "included", None, before[key], key=key)
    for key in sorted(after.keys() - before.keys()):
        yield change("feature", "widening", None, "included", after[key], key=key)


def takes_or_gives(before: Plan, after: Plan, levels: Levels) -> Class:
    """What a subject that comes from the terms of one plan to those of another meets on the whole."""
    found = {step.cls for step in term_changes(before, after, levels)}
    return gives_or_takes("widening" in found, "narrowing" in found)


def _caps(before: Mapping[str, CapTerms], after: Mapping[str, CapTerms], mark: Mark) -> Iterator[Change]:
    for cap in sorted({*before, *after}):
        old, new = before.get(cap), after.get(cap)
        if old != new:
            # A cap that is stated nowhere is none.
            kind, cls = cap_class(old or NO_CAP, new or NO_CAP)
            place = new.mark if new is not None else old.mark if old is not None else mark
            if old is None or new is None:
                yield change("cap", cls, old, new, place, key=cap)
            else:
                yield change("cap", cls, old, new, place, key=cap, kind=kind)
