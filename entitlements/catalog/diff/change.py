"""One change that an edit makes, and whether it gives or takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from entitlements.amounts import Amount, CapTerms, Price
from entitlements.model import Plan
from entitlements.problems import Mark

Class = Literal["widening", "narrowing", "neutral", "text only"]
Kind = Literal["added", "removed", "raised", "lowered", "changed"]
Side = Literal["old", "new"]
#: Kinds by whether something is there before and after.
_KINDS: Mapping[tuple[bool, bool], Kind] = {(False, True): "added", (True, False): "removed"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two catalogs. `before` and `after` are values of the model; None is nothing."""

    #: The sort of thing: feature, cap, price, support, …
    what: str
    kind: Kind
    cls: Class
    before: Any
    after: Any
    mark: Mark = field(compare=False)
    #: Which feature, cap, add-on or text, where there are several.
    key: str | None = None
    #: In which of the two catalogs `mark` is: in the old one for what is gone.
    side: Side = "new"
    #: The way from the top of the file to what changed, to find a closer mark than the values have.
    path: tuple[str, ...] = ()
    #: Those to whom the same happens with it: plans that inherit it, published versions changed alike.
    also: tuple[str, ...] = ()

    @property
    def same(self) -> tuple[object, ...]:
        """Equal for changes that are one and the same, wherever they happen."""
        return self.what, self.kind, self.key, _hashable(self.before), _hashable(self.after)


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """What changes for those who have one plan: the version now sold, or an older one that was published."""

    #: `pro`, or `pro@0` for a published version.
    name: str
    before: Plan | None
    after: Plan | None
    changes: tuple[Change, ...]
    #: Of a new version: whether those who hold the one before by its number keep it. None: no new version.
    keeps: bool | None = None
    #: Of a version that waits to be sold: from when on.
    starts: datetime | None = None

    @property
    def title(self) -> str:
        plan = self.after or self.before
        return plan.title if plan is not None and "@" not in self.name else self.name


def change(
    what: str,
    cls: Class,
    before: Any,
    after: Any,
    mark: Mark,
    *,
    kind: Kind | None = None,
    **more: Any,
) -> Change:
    """A Change whose kind follows from what is there before and after, if it is not given."""
    kind = kind or _KINDS.get((before is not None, after is not None), "changed")
    return Change(what, kind, cls, before, after, mark, side="old" if kind == "removed" else "new", **more)


def rank(amount: Amount) -> float:
    """A number to compare amounts by: `none` below 0, `unlimited` above everything."""
    if isinstance(amount, int):
        return amount
    return float("inf") if amount == "unlimited" else -1


def gives_or_takes(gives: bool, takes: bool) -> Class:
    """What does both takes: someone has less than before."""
    return "narrowing" if takes else "widening" if gives else "neutral"


def cap_class(before: CapTerms, after: CapTerms) -> tuple[Kind, Class]:
    """Less, a new refusal or a dearer excess takes; the opposite gives."""
    less = rank(after.included) - rank(before.included)
    refuses = _refuses(after) - _refuses(before)
    dearer = _dearer(before.extra, after.extra)
    kind: Kind = "raised" if less > 0 else "lowered" if less < 0 else "changed"
    gives, takes = less > 0 or refuses < 0 or dearer < 0, less < 0 or refuses > 0 or dearer > 0
    return kind, gives_or_takes(gives, takes)


def price_class(before: Price, after: Price) -> tuple[Kind, Class]:
    """A price that rises takes; one that comes to be asked for cannot be told."""
    if before.monthly is None or after.monthly is None:
        return "changed", "neutral"
    steps = [_sign(after.monthly - before.monthly)]
    if before.annual_total is not None and after.annual_total is not None:
        steps.append(_sign(after.annual_total - before.annual_total))
    elif not before.free and not after.free:
        # One way to pay goes or comes; nobody who pays otherwise is concerned.
        steps.append(1 if after.annual_total is None else -1)
    rises, falls = max(steps) > 0, min(steps) < 0
    kind: Kind = "changed" if rises == falls else "raised" if rises else "lowered"
    return kind, gives_or_takes(falls, rises)


def texts(
    before: Any, after: Any, words: tuple[str, ...], mark: Mark, key: str | None, path: tuple[str, ...]
) -> Iterator[Change]:
    """Those of the fields `words` that differ, all of them words for people."""
    for word in words:
        old, new = getattr(before, word), getattr(after, word)
        if old != new:
            yield change(
                word.replace("_", " "),
                "text only",
                old,
                new,
                mark,
                key=key,
                kind="changed",
                path=(*path, word),
            )


def _refuses(terms: CapTerms) -> int:
    """Whether something refuses more: a hard cap does; one that is unlimited has nothing to refuse."""
    return int(terms.hard and terms.included != "unlimited")


def _dearer(before: Any, after: Any) -> int:
    both = isinstance(before, Decimal) and isinstance(after, Decimal)
    return _sign(after - before) if both else 0


def _sign(amount: Decimal) -> int:
    return (amount > 0) - (amount < 0)


def _hashable(value: Any) -> object:
    try:
        hash(value)
    except TypeError:
        return str(value)
    return value
