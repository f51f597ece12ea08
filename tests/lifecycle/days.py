"""What the verbs do to subscriptions, said as naively as can be: one cell a day, and the last for ever.

A cell holds the number of the subscription in force on that day, or None. Nothing here knows of instants,
time zones or periods, and nothing is shared with the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

LAST = 2000
ON_SALE = {"community": "community@0", "pro": "pro@1"}
NOT_SOLD = {"pro@0": "pro@0"}


class No(Exception):
    """The rules would refuse this."""


@dataclass(frozen=True)
class Held:
    """What a subscription is, but for its days."""

    plan: str
    cadence: str
    kind: str


class Days:
    """The days of one subject, from `first` on."""

    def __init__(self, first: date) -> None:
        self.first = first
        self.cells: list[int | None] = [None] * (LAST + 1)
        self.held: list[Held] = []

    def copy(self) -> Days:
        other = Days(self.first)
        other.cells, other.held = self.cells.copy(), self.held.copy()
        return other

    def begins(self, number: int) -> int:
        return self.cells.index(number)

    def ends(self, number: int) -> int | None:
        """The first day after it; None if it goes on for ever."""
        after = self.begins(number) + self.cells.count(number)
        return None if after > LAST else after

    def later(self, now: int) -> list[int]:
        """The numbers of what begins after `now`."""
        seen = dict.fromkeys(n for n in self.cells if n is not None)
        return [number for number in seen if self.begins(number) > now]

    def boundaries(self, now: int) -> list[int]:
        """The days after `now` on which something begins or is over."""
        following = enumerate(zip(self.cells[now:], self.cells[now + 1 :], strict=False), now + 1)
        return [day for day, (before, after) in following if before != after]

    def clear(self, number: int | None, since: int = 0) -> None:
        self.cells[since:] = [None if cell == number else cell for cell in self.cells[since:]]

    def years_on(self, day: int, years: int) -> int:
        then = self.first + timedelta(days=day)
        if (then.month, then.day) == (2, 29):
            leap = (then.year + years) % 4 == 0
            return (date(then.year + years, 2, 29 if leap else 28) - self.first).days
        return (then.replace(year=then.year + years) - self.first).days

    def place(self, what: Held, start: int, end: int | None, *, now: int, replace: bool) -> None:
        if end is not None and end <= start:
            raise No
        if what.kind == "bundle" and end is None:
            raise No
        over = [
            n for n in self.later(now) if self.begins(n) >= start and (end is None or self.begins(n) < end)
        ]
        if over and not replace:
            raise No
        for number in over:
            self.clear(number)
        if self.cells[start] is not None:
            self.clear(self.cells[start], start)
        self.held.append(what)
        for day in range(start, LAST + 1 if end is None else end):
            assert self.cells[day] is None
            self.cells[day] = len(self.held) - 1

    def until(self, kind: str, start: int, end: int | None) -> int | None:
        if kind != "trial":
            return end
        if end is not None:
            raise No
        return start + 30

    def free(self, number: int, wanted: int) -> int:
        """The first day, from `wanted` on, on which it may end."""
        what, begun, end = self.held[number], self.begins(number), self.ends(number)
        day = wanted
        if what.kind == "bundle":
            day = max(day, end or 0)
        elif what.kind == "product" and what.cadence == "monthly":
            while day < begun + 30:
                day += 1
        elif what.kind == "product":
            year = 1
            while self.years_on(begun, year) < wanted:
                year += 1
            day = self.years_on(begun, year)
        return day if end is None else min(day, end)

    # The verbs. `now` and all days are numbers of cells.

    def subscribe(
        self,
        now: int,
        plan: str,
        *,
        at: int | None,
        end: int | None,
        cadence: str,
        kind: str,
        replace: bool,
        unsold: bool = False,
    ) -> None:
        start = now if at is None else at
        known = {**ON_SALE, **NOT_SOLD} if unsold else ON_SALE
        if start < now or plan not in known:
            raise No
        end = self.until(kind, start, end)
        self.place(Held(known[plan], cadence, kind), start, end, now=now, replace=replace)

    def change_plan(
        self,
        now: int,
        plan: str,
        *,
        at: int | None,
        cadence: str | None,
        loses: bool,
        waive: bool,
        replace: bool,
    ) -> None:
        start = now if at is None else at
        if start < now:
            raise No
        current = self.cells[start]
        was = None if current is None else self.held[current]
        if current is not None and loses and not waive:
            start = self.free(current, start)
        cadence = cadence or ("monthly" if was is None else was.cadence)
        self.subscribe(now, plan, at=start, end=None, cadence=cadence, kind="product", replace=replace)
        if self.held[-1] == was:
            raise No

    def end(self, now: int, *, at: int | None, waive: bool, replace: bool) -> None:
        wanted = now if at is None else at
        current = self.cells[now]
        if wanted < now or current is None:
            raise No
        when = wanted if waive else max(wanted, self.free(current, wanted))
        if at is not None and when > wanted:
            raise No
        end = self.ends(current)
        if (end is not None and end <= when) or (self.later(now) and not replace):
            raise No
        for number in self.later(now):
            self.clear(number)
        self.clear(current, when)

    def renew(
        self, now: int, plan: str | None, *, cadence: str | None, end: int | None, replace: bool
    ) -> None:
        current = self.cells[now]
        if current is None:
            raise No
        was, start = self.held[current], self.ends(current)
        if start is None or was.kind == "trial":
            raise No
        cadence = cadence or was.cadence
        if end is None and cadence == "annual" and was.kind != "bundle":
            end = self.years_on(start, 1)
        self.follow(now, was, plan, start, end, cadence=cadence, kind=was.kind, replace=replace)

    def extend(
        self, now: int, plan: str | None, *, kind: str, cadence: str | None, end: int | None, replace: bool
    ) -> None:
        current = self.cells[now]
        if current is None:
            raise No
        was, start = self.held[current], self.ends(current)
        if start is None or was.kind != "bundle" or kind == "bundle":
            raise No
        self.follow(now, was, plan, start, end, cadence=cadence or was.cadence, kind=kind, replace=replace)

    def follow(
        self,
        now: int,
        was: Held,
        plan: str | None,
        start: int,
        end: int | None,
        *,
        cadence: str,
        kind: str,
        replace: bool,
    ) -> None:
        if plan is not None and plan not in ON_SALE:
            raise No
        what = Held(was.plan if plan is None else ON_SALE[plan], cadence, kind)
        self.place(what, start, self.until(kind, start, end), now=now, replace=replace)

    def cancel(self, now: int, start: int, *, reopen: bool) -> None:
        found = self.cells[start] if start > now else None
        if found is None or self.begins(found) != start:
            raise No
        before = self.cells[start - 1]
        if reopen and before is not None and self.held[before].kind in {"trial", "bundle"}:
            raise No
        self.clear(found)
        if reopen and before is not None:
            for day in range(start, LAST + 1):
                if self.cells[day] is not None:
                    break
                self.cells[day] = before
