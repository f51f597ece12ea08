"""The set work: what outcomes do to many rows at once, features as bits of 64-bit words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from entitlements.amounts import CapTerms
from entitlements.fleet.outcome import UNITS, CapStep, Hit, Outcome, limit
from entitlements.fleet.tally import Concerned, Tally

_BITS = 64
#: Stands for unlimited; no count reaches it.
_ENDLESS = np.iinfo(np.int64).max
#: Larger sums than this are made with Python's own numbers.
_SAFE = 1 << 62
Bools = NDArray[np.bool_]
Ints = NDArray[Any]


class Use(Protocol):
    """The usage of a batch of rows, asked for by key."""

    def of_feature(self, key: str) -> tuple[Bools, Bools]:
        """Where it is in use, and where nobody knows."""
        ...

    def of_cap(self, key: str) -> tuple[Ints, Bools]:
        """How much is used (0 if not known), and where that is known."""
        ...


class OutcomeColumns:
    """Outcomes as columns: row `n` of each array is the outcome with code `n`."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        losses = {loss.feature: loss for outcome in outcomes for loss in outcome.lost}
        self.losses = [losses[feature] for feature in sorted(losses)]
        self.caps = sorted({step.cap for outcome in outcomes for step in outcome.caps})
        places = {loss.feature: number for number, loss in enumerate(self.losses)}
        #: Whose usage matters.
        self.keys = {*places, *self.caps}
        self._words = -(-len(self.losses) // _BITS)
        self._lost = np.zeros((len(outcomes), self._words), np.uint64)
        for row, outcome in enumerate(outcomes):
            for loss in outcome.lost:
                word, bit = divmod(places[loss.feature], _BITS)
                self._lost[row, word] |= np.uint64(1 << bit)
        self._steps = {cap: _CapColumns([_step(outcome, cap) for outcome in outcomes]) for cap in self.caps}
        self._price = _ints([outcome.price or 0 for outcome in outcomes])
        self._unknown_price = np.array([outcome.price is None for outcome in outcomes], bool)
        always = {hit: None for outcome in outcomes for hit in outcome.always}
        self._always = {
            hit: np.array([hit in outcome.always for outcome in outcomes], bool) for hit in always
        }

    def count(self, codes: Ints, use: Use, subjects: Callable[[Ints], list[str]], tally: Tally) -> None:
        """Count rows whose outcomes have `codes`; `subjects` gives the names of some of them."""
        found: list[tuple[Hit, Bools]] = [
            *self._features(codes, use),
            *((hit, column[codes]) for hit, column in self._always.items()),
        ]
        monthly, unknown = self._price[codes], self._unknown_price[codes]
        for cap in self.caps:
            used, known = use.of_cap(cap)
            step = self._steps[cap]
            found += step.hits(cap, codes, used, known)
            more, untold = step.bill(codes, used, known)
            monthly, unknown = monthly + more, unknown | untold
        monthly = np.where(unknown, 0, monthly)
        bills = [(Hit("bill_rises"), monthly > 0), (Hit("bill_falls"), monthly < 0)]
        _add(tally, [*found, *bills, (Hit("bill_unknown"), unknown)], monthly, subjects)

    def _features(self, codes: Ints, use: Use) -> list[tuple[Hit, Bools]]:
        shape = (self._words, len(codes))
        in_use, unknown = np.zeros(shape, np.uint64), np.zeros(shape, np.uint64)
        for number, loss in enumerate(self.losses):
            word, bit = divmod(number, _BITS)
            for mask, rows in zip((in_use, unknown), use.of_feature(loss.feature), strict=True):
                mask[word] |= rows.astype(np.uint64) << np.uint64(bit)
        lost = self._lost[codes].T
        hit, untold = in_use & lost, unknown & lost
        found = []
        for number, loss in enumerate(self.losses):
            word, bit = divmod(number, _BITS)
            one = np.uint64(1 << bit)
            found += [(loss.in_use, hit[word] & one != 0), (loss.unknown, untold[word] & one != 0)]
        return found


class _CapColumns:
    """The change of one cap, by the code of the outcome."""

    def __init__(self, steps: Sequence[CapStep | None]) -> None:
        self._changed = np.array([step is not None for step in steps], bool)
        self._charged = np.array([step is not None and step.charged for step in steps], bool)
        sides = [[getattr(step, side, None) for step in steps] for side in ("before", "after")]
        self._limits = [_ints([_limit(terms) for terms in side]) for side in sides]
        self._prices = [[_price(terms) for terms in side] for side in sides]
        self._rates = [np.array([_by_rate(terms) for terms in side], bool) for side in sides]

    def hits(self, cap: str, codes: Ints, used: Ints, known: Bools) -> list[tuple[Hit, Bools]]:
        changed = self._changed[codes]
        before, after = (limits[codes] for limits in self._limits)
        over = changed & known & (used > after) & (used <= before)
        untold = changed & ~known & (after < before)
        return [(Hit("cap_exceeded", cap), over), (Hit("cap_lowered_use_unknown", cap), untold)]

    def bill(self, codes: Ints, used: Ints, known: Bools) -> tuple[Ints, Bools]:
        """How much more a month, in UNITS, and where that cannot be told."""
        charged = self._charged[codes]
        unknown = charged & ~known
        more: Ints = np.zeros(len(codes), np.int64)
        for sign, limits, prices, rates in zip((-1, 1), self._limits, self._prices, self._rates, strict=True):
            over = np.where(charged & known, np.maximum(used - np.minimum(limits[codes], used), 0), 0)
            unknown |= rates[codes] & (over > 0)
            most = max(prices, default=0) * int(over.max(initial=0)) * len(codes)
            price: Ints = np.array(prices, np.int64 if most < _SAFE else object)
            more = more + sign * price[codes] * over
        return more, unknown


def _step(outcome: Outcome, cap: str) -> CapStep | None:
    return next((step for step in outcome.caps if step.cap == cap), None)


def _limit(terms: CapTerms | None) -> int:
    found = limit(terms) if terms is not None else 0
    return _ENDLESS if found >= _ENDLESS else int(found)


def _price(terms: CapTerms | None) -> int:
    extra = terms.extra if terms is not None else None
    return int(extra * UNITS) if extra is not None and not isinstance(extra, str) else 0


def _by_rate(terms: CapTerms | None) -> bool:
    return terms is not None and isinstance(terms.extra, str)


def _ints(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, np.int64 if all(abs(number) < _SAFE for number in numbers) else object)


def _add(
    tally: Tally,
    found: Sequence[tuple[Hit, Bools]],
    monthly: Ints,
    subjects: Callable[[Ints], list[str]],
) -> None:
    concerned = np.zeros(len(monthly), bool)
    rows_of: dict[Hit, Ints] = {}
    for hit, mask in found:
        rows = np.flatnonzero(mask)
        if not len(rows):
            continue
        rows_of[hit] = rows
        concerned |= mask
        counted = tally.hits.setdefault(hit, Concerned())
        counted.subjects += len(rows)
        counted.names += subjects(rows[: tally.most_names - len(counted.names)])
        if hit.kind in ("bill_rises", "bill_falls"):
            counted.monthly += _total(monthly[rows])
    tally.subjects += len(monthly)
    tally.affected += int(np.count_nonzero(concerned))
    tally.monthly += _total(monthly)
    if tally.listing is not None:
        _list(tally, rows_of, np.flatnonzero(concerned), monthly, subjects)


def _total(monthly: Ints) -> int:
    most = int(abs(monthly).max(initial=0)) * len(monthly)
    return int(monthly.sum() if most < _SAFE else sum(map(int, monthly)))


def _list(
    tally: Tally,
    rows_of: dict[Hit, Ints],
    concerned: Ints,
    monthly: Ints,
    subjects: Callable[[Ints], list[str]],
) -> None:
    hits: dict[int, list[Hit]] = {row: [] for row in concerned.tolist()}
    for hit, rows in rows_of.items():
        for row in rows.tolist():
            hits[row].append(hit)
    assert tally.listing is not None  # noqa: S101  tells the type checker what the caller has seen
    for row, name in zip(hits, subjects(concerned), strict=True):
        tally.listing(name, hits[row], int(monthly[row]), tally.day)
