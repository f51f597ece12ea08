"""What changes in the parts that plans are made of: features, caps, add-ons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, get_args

from entitlements.amounts import CapRaise
from entitlements.catalog.diff.change import Change, Class, change, gives_or_takes, price_class, rank, texts
from entitlements.catalog.diff.plans import feature_changes
from entitlements.model import AddOn, Cap, EffectKind, Feature

_HARM: Final = get_args(EffectKind)  # from what is lost for good to what merely costs
_RESTORES: Final = ("offered", "by_hand", "no")
_NO_RAISE: Final = CapRaise()


def part_changes(
    word: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    within: Callable[[Any, Any], Iterator[Change]],
) -> Iterator[Change]:
    """Those that come and go, with `word` for what they are, and what changes `within` those that stay."""
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            there: Any = old or new
            kind_and_title = (old and old.title, new and new.title)
            yield change(word, _coming_or_going(old, new), *kind_and_title, there.mark, key=key)
        else:
            yield from within(old, new)


def _coming_or_going(old: Any, new: Any) -> Class:
    if isinstance(old or new, AddOn):
        return "widening" if new else "narrowing"
    if isinstance(old, Feature) and old.exempt:
        return "narrowing"
    # What a feature or cap that comes or goes gives and takes is told with the plans and add-ons.
    return "neutral"


def feature_parts(before: Feature, after: Feature) -> Iterator[Change]:
    """The changes of a feature itself, whoever has it."""
    key, mark, path = after.key, after.mark, ("features", after.key)
    old, new = before.on_loss, after.on_loss
    harm = _HARM.index(old.effect) - _HARM.index(new.effect)
    if harm:
        cls = gives_or_takes(harm < 0, harm > 0)
        yield change("loss policy", cls, old.effect, new.effect, mark, key=key, path=(*path, "on_loss"))
    harder = _RESTORES.index(new.restores) - _RESTORES.index(old.restores)
    if harder and not harm:
        cls = gives_or_takes(harder < 0, harder > 0)
        yield change("restores", cls, old.restores, new.restores, mark, key=key, path=(*path, "on_loss"))
    exempt_before = {one.client: one.because for one in before.exempt}
    exempt_after = {one.client: one.because for one in after.exempt}
    for client in sorted({*exempt_before, *exempt_after}):
        was, now = client in exempt_before, client in exempt_after
        if was and now and exempt_before[client] == exempt_after[client]:
            continue
        cls = "text only" if was and now else "widening" if now else "narrowing"
        pair = (client if was else None, client if now else None)
        yield change("client exemption", cls, *pair, mark, key=key, path=(*path, "exempt"))
    yield from _listed(
        "requirement", before.requires, after.requires, mark, key, (*path, "requires"), "narrowing"
    )
    yield from _checkers(before, after)
    if before.when_stale != after.when_stale:
        cls = "narrowing" if after.when_stale == "deny" else "widening"
        pair = (before.when_stale, after.when_stale)
        yield change("when stale", cls, *pair, mark, key=key, path=(*path, "when_stale"))
    for word in ("listed", "group"):
        pair = (getattr(before, word), getattr(after, word))
        if pair[0] != pair[1]:
            yield change(word, "neutral", *pair, mark, key=key, path=(*path, word))
    yield from texts(before, after, ("title", "description", "counts"), mark, key, path)
    yield from texts(old, new, ("advice",), mark, key, (*path, "on_loss"))


def _checkers(before: Feature, after: Feature) -> Iterator[Change]:
    """A further checker may deny, so it takes; only the checker knows what its parameters mean."""
    path = ("features", after.key, "checks")
    for name in sorted({*before.checks, *after.checks}):
        old, new = before.checks.get(name), after.checks.get(name)
        mark = new.mark if new is not None else after.mark
        if old is None or new is None:
            cls: Class = "narrowing" if new is not None else "widening"
            pair = (old and name, new and name)
            yield change("checker", cls, *pair, mark, key=after.key, path=path)
        elif dict(old.params) != dict(new.params):
            params = (dict(old.params), dict(new.params))
            yield change("checker parameters", "neutral", *params, mark, key=after.key, path=(*path, name))


def cap_parts(before: Cap, after: Cap) -> Iterator[Change]:
    """The changes of a cap itself, whatever plans include of it."""
    key, mark, path = after.key, after.mark, ("caps", after.key)
    for word in ("counted_by", "period", "feature"):
        old, new = getattr(before, word), getattr(after, word)
        if old != new:
            what = f"cap's {word.replace('_', ' ')}"
            yield change(what, "neutral", old, new, mark, key=key, kind="changed", path=(*path, word))
    yield from texts(before, after, ("title", "unit", "description", "to_reduce"), mark, key, path)


def add_on_parts(before: AddOn, after: AddOn) -> Iterator[Change]:
    """The changes of an add-on, in the words of what it gives."""
    key, mark, path = after.key, after.mark, ("add_ons", after.key)
    for one in feature_changes(before.features, after.features):
        pair = (one.before and one.key, one.after and one.key)
        yield change("add-on feature", one.cls, *pair, one.mark, key=key, path=())
    for cap in sorted({*before.caps, *after.caps}):
        old, new = before.caps.get(cap), after.caps.get(cap)
        if old != new:
            was, now = _size(old), _size(new)
            cls = gives_or_takes(any(map(_more, now, was)), any(map(_more, was, now)))
            place = (new or old or _NO_RAISE).mark
            yield change("add-on cap", cls, (cap, old), (cap, new), place, key=key, kind="changed")
    if before.price != after.price:
        kind, cls = price_class(before.price, after.price)
        yield change(
            "add-on price", cls, before.price, after.price, mark, key=key, kind=kind, path=(*path, "price")
        )
    yield from _listed(
        "sold with", before.sold_with, after.sold_with, mark, key, (*path, "sold_with"), "widening"
    )
    yield from texts(before, after, ("title", "description"), mark, key, path)


def _listed(
    what: str, before: Any, after: Any, mark: Any, key: str, path: tuple[str, ...], when_added: Class
) -> Iterator[Change]:
    """Members that a list gains or loses; `when_added` is what gaining one means."""
    otherwise: Class = "narrowing" if when_added == "widening" else "widening"
    for one in sorted({*before} ^ {*after}):
        was, now = one in before, one in after
        cls = when_added if now else otherwise
        yield change(what, cls, one if was else None, one if now else None, mark, key=key, path=path)


def _size(given: CapRaise | None) -> tuple[float, float]:
    given = given or _NO_RAISE
    return (rank(given.at_least) if given.at_least is not None else -1), given.add


def _more(one: float, other: float) -> bool:
    return one > other
