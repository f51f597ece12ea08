"""Which rows hold the same terms at one instant, so that each of these is resolved once only."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from entitlements.catalog.shape.schema import schema_for
from entitlements.fleet.outcome import Outcome, Outcomes
from entitlements.source.subjects_file import at_from
from entitlements.subject import AddOnPeriod, Override, SubjectRecord, Subscription

#: How a subjects file writes a date or a time.
INSTANT = re.compile(schema_for("subjects")["$defs"]["instant"]["pattern"])
_MOST_KNOWN = 200_000
_CADENCES = frozenset({"monthly", "annual"})
_KINDS = frozenset({"product", "bundle", "pro_bono", "developer", "trial"})
_AMOUNTS = frozenset({"unlimited", "none"})


class NotPlain(ValueError):
    """A row that holds something other than what can be read at a glance; the text says what."""


class Holders:
    """Turns rows, as JSON or Parquet gives them, into records and into keys that are equal for equal terms.

    A row is what a subjects file has of one subject. Dates count only as before, at or after the instants
    at which something changes.
    """

    def __init__(self, outcomes: Outcomes, time_zone: str) -> None:
        self._outcomes = outcomes
        self._zone = time_zone
        self.turns = outcomes.turns
        self._instants: dict[tuple[Any, str], datetime | None] = {}
        self._known: dict[Hashable, Outcome] = {}

    def known(self, key: Hashable) -> Outcome | None:
        """The outcome for all rows of `key`, if one of them was resolved."""
        return self._known.get(key)

    def resolve(self, key: Hashable, record: SubjectRecord) -> Outcome:
        """The outcome for all rows of `key`, of which `record` is one."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        outcome = self._known[key] = self._outcomes.of(record)
        return outcome

    def when(self, instant: datetime | None) -> int:
        """Where an instant lies: equal numbers for instants that nothing tells apart; -1 for none."""
        if instant is None:
            return -1
        return bisect_left(self.turns, instant) + bisect_right(self.turns, instant)

    def instant(self, value: Any, zone: str | None) -> datetime | None:
        """The instant that a row gives as text, date or datetime; None for none or never. Raises NotPlain."""
        if value is None or value == "never":
            return None
        if isinstance(value, datetime):
            if value.tzinfo is not None:
                return value.astimezone(UTC)
            if value.time() != time.min:
                msg = f"{value} has no time zone"
                raise NotPlain(msg)
            value = value.date()  # a day, as columns of times write it
        key = (value, zone or self._zone)
        if key not in self._instants:
            text = value.isoformat() if isinstance(value, date) else value
            if len(self._instants) >= _MOST_KNOWN:
                self._instants.clear()
            try:
                if not INSTANT.match(text):
                    raise NotPlain(f"{value!r}, no date such as 2026-01-15")  # noqa: EM102, TRY003  as above
                self._instants[key] = at_from(text, key[1])
            except (ValueError, TypeError, KeyError) as error:
                raise NotPlain(str(error)) from None
        return self._instants[key]

    def key(self, row: Mapping[str, Any]) -> Hashable:
        """Equal for rows that hold the same terms. Raises NotPlain."""
        zone = row.get("time_zone")
        signed, ended = (self.when(self.instant(row.get(f"baa_{w}_on"), zone)) for w in ("signed", "ended"))
        overrides = row.get("overrides")
        exceptions = self._exceptions(overrides, zone) if overrides else ()
        if row.get("subscriptions"):
            return "many", self._periods(row["subscriptions"], zone), signed, ended, exceptions
        plan = row.get("plan")
        if plan is None:
            return "none", signed, ended, exceptions
        start, end = self.instant(row.get("start"), zone), self.instant(row.get("end"), zone)
        ran = start is None or end is None or start < end
        held = row.get("add_ons")
        add_ons = self._add_ons(held, zone) if held else ()
        cadence, kind = row.get("cadence"), row.get("kind")
        return plan, cadence, kind, self.when(start), self.when(end), ran, add_ons, signed, ended, exceptions

    def record(self, row: Mapping[str, Any]) -> SubjectRecord:
        """The record that a row stands for, without its usage. Raises NotPlain, for words nobody knows."""
        zone = row.get("time_zone")
        given = row.get("subscriptions") or ([row] if row.get("plan") is not None else [])
        return SubjectRecord(
            subject=row["subject"],
            subscriptions=tuple(self._subscription(period, zone) for period in given),
            overrides=tuple(self._override(item, zone) for item in row.get("overrides") or ()),
            baa_signed_on=self.instant(row.get("baa_signed_on"), zone),
            baa_ended_on=self.instant(row.get("baa_ended_on"), zone),
        )

    def _subscription(self, given: Mapping[str, Any], zone: str | None) -> Subscription:
        cadence: Any = given.get("cadence") or "monthly"
        kind: Any = given.get("kind") or "product"
        for word, value, allowed in (("cadence", cadence, _CADENCES), ("kind", kind, _KINDS)):
            if value not in allowed:
                msg = f"`{word}` is {value!r}, not one of {', '.join(sorted(allowed))}"
                raise NotPlain(msg)
        add_ons = (
            AddOnPeriod(item)
            if isinstance(item, str)
            else AddOnPeriod(
                item["add_on"], self.instant(item.get("start"), zone), self.instant(item.get("end"), zone)
            )
            for item in given.get("add_ons") or ()
        )
        start, end = self.instant(given.get("start"), zone), self.instant(given.get("end"), zone)
        return Subscription(given["plan"], start, end, cadence, kind, tuple(add_ons))

    def _override(self, given: Mapping[str, Any], zone: str | None) -> Override:
        amounts = (_amount(given, "set"), _amount(given, "at_least"))
        what = [given.get(word) for word in ("give", "remove", "cap", "support")]
        if sum(word is not None for word in what) != 1 or (what[2] is not None) != (amounts != (None, None)):
            raise NotPlain("an override that says not exactly one thing")  # noqa: EM101, TRY003  as above
        return Override(
            kind=given.get("kind") or "",
            because=given.get("because") or "",
            by=given.get("by") or "",
            start=self.instant(given.get("start"), zone),
            end=self.instant(given.get("end"), zone),
            give=what[0],
            remove=what[1],
            cap=what[2],
            set_to=amounts[0],
            at_least=amounts[1],
            support=what[3],
        )

    def _exceptions(self, given: Iterable[Mapping[str, Any]], zone: str | None) -> Hashable:
        found: list[tuple[Any, ...]] = []
        setting = sum(item.get("set") is not None for item in given)
        for item in given:
            start, end = self.instant(item.get("start"), zone), self.instant(item.get("end"), zone)
            words = tuple(item.get(word) for word in ("give", "remove", "cap", "set", "at_least", "support"))
            # Of several that set a cap the newest wins, so that their very dates count.
            found.append(
                (*map(repr, words), self.when(start), self.when(end), start if setting > 1 else None)
            )
        return tuple(sorted(found, key=str))

    def _periods(self, given: Iterable[Mapping[str, Any]], zone: str | None) -> Hashable:
        return tuple(
            (
                item["plan"],
                item.get("cadence"),
                item.get("kind"),
                self.instant(item.get("start"), zone),
                self.instant(item.get("end"), zone),
                self._add_ons(item.get("add_ons") or (), zone),
            )
            for item in given
        )

    def _add_ons(self, given: Iterable[Any], zone: str | None) -> Hashable:
        return tuple(
            item
            if isinstance(item, str)
            else (
                item["add_on"],
                self.when(self.instant(item.get("start"), zone)),
                self.when(self.instant(item.get("end"), zone)),
            )
            for item in given
        )


def _amount(given: Mapping[str, Any], word: str) -> Any:
    """`unlimited`, `none` or a number, which Parquet has as text beside those words."""
    value = given.get(word)
    if value is None or value in _AMOUNTS:
        return value
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, int) and value >= 0:
        return value
    msg = f"`{word}` is {value!r}, no amount"
    raise NotPlain(msg)
