"""Rows of a batch grouped by the terms they hold: column by column, and what is nested row by row."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from entitlements.fleet.holders import Holders, NotPlain
from entitlements.fleet.outcome import Outcome

_WORDS = ("plan", "cadence", "kind")
_TIMES = ("start", "end", "baa_signed_on", "baa_ended_on")
COLUMNS = (*_WORDS, *_TIMES, "overrides", "subscriptions", "add_ons", "time_zone")
#: Beyond this, numbers are dealt out anew, so that they never overflow.
_MOST_CODES = 1 << 40
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_NO_TIME = np.iinfo(np.int64).min
Ints = NDArray[np.int64]


class _Apart:
    """Numbers that are equal for rows which nothing has told apart yet."""

    def __init__(self, length: int) -> None:
        self.codes: Ints = np.zeros(length, np.int64)
        #: All codes are below this.
        self.number = 1

    def tell(self, codes: Any, number: int) -> None:
        """Tell rows apart by `codes`, all of them below `number`."""
        if self.number * number >= _MOST_CODES:
            shown, self.codes = np.unique(self.codes, return_inverse=True)
            self.number = len(shown)
        self.codes = self.codes * number + codes
        self.number *= number


class Groups:
    """Gives each row the code of its outcome; `outcomes` holds them by code."""

    def __init__(self, holders: Holders) -> None:
        self._holders = holders
        self._codes: dict[Hashable, int] = {}
        self.outcomes: list[Outcome] = []

    def codes(self, batch: pa.RecordBatch, first: int) -> NDArray[np.int32]:
        """The codes of the rows of `batch`; `first` is the number of its first row. Raises NotPlain."""
        columns = {name: batch.column(name) for name in batch.schema.names}
        groups, alone = self._groups(columns, batch.num_rows)
        found = np.empty(batch.num_rows, np.int32)
        _, shown, inverse = np.unique(groups[~alone], return_index=True, return_inverse=True)
        together = np.flatnonzero(~alone)
        codes = self._codes_of(batch, together[shown], first)
        found[together] = codes[inverse]
        single = np.flatnonzero(alone)
        found[single] = self._codes_of(batch, single, first)
        return found

    def _codes_of(self, batch: pa.RecordBatch, rows: Ints, first: int) -> NDArray[np.int32]:
        found = []
        for place, row in zip(rows.tolist(), batch.take(pa.array(rows)).to_pylist(), strict=True):
            try:
                found.append(self._code(_without_nulls(row)))
            except (NotPlain, TypeError, KeyError, AttributeError) as error:
                msg = f"row {first + place:,}: {error}"
                raise NotPlain(msg) from None
        return np.array(found, np.int32)

    def _code(self, row: Mapping[str, Any]) -> int:
        key = self._holders.key(row)
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.outcomes)
            self.outcomes.append(self._holders.resolve(key, self._holders.record({**row, "subject": "-"})))
        return code

    def _groups(self, columns: Mapping[str, Any], length: int) -> tuple[Ints, NDArray[np.bool_]]:
        """Equal numbers for rows of equal terms, and which rows are to be looked at one by one."""
        alone = np.zeros(length, bool)
        apart = _Apart(length)
        for name in _WORDS:
            if name in columns:
                apart.tell(*_word_codes(columns[name]))
        times = {name: self._times(columns, name) for name in _TIMES if name in columns}
        for moments in times.values():
            apart.tell(*self._turns(moments))
        if "start" in times and "end" in times:
            start, end = times["start"], times["end"]
            apart.tell((start == _NO_TIME) | (end == _NO_TIME) | (start < end), 2)
        if "subscriptions" in columns:
            alone |= _lengths(columns["subscriptions"]) > 0
        for name, codes_of in (("overrides", self._override_codes), ("add_ons", self._add_on_codes)):
            if name in columns:
                # One of them is compared field by field; of more, the order and the dates may matter.
                lengths = _lengths(columns[name])
                alone |= lengths > 1
                single = lengths == 1
                some = pa.array(single)
                zones = columns["time_zone"].filter(some) if "time_zone" in columns else None
                inner = codes_of(columns[name].filter(some).flatten(), zones)
                codes = np.zeros(length, np.int64)
                codes[single] = inner.codes + 1
                apart.tell(codes, inner.number + 1)
        return apart.codes, alone

    def _override_codes(self, items: Any, zones: Any) -> _Apart:
        fields = {field.name: items.field(field.name) for field in items.type}
        apart = _Apart(len(items))
        for name in ("give", "remove", "cap", "set", "at_least", "support"):
            if name in fields:
                apart.tell(*_word_codes(fields[name]))
        self._tell_times(apart, fields, zones)
        return apart

    def _add_on_codes(self, items: Any, zones: Any) -> _Apart:
        apart = _Apart(len(items))
        if pa.types.is_struct(items.type):
            fields = {field.name: items.field(field.name) for field in items.type}
            apart.tell(*_word_codes(fields["add_on"]))
            self._tell_times(apart, fields, zones)
        else:
            apart.tell(*_word_codes(items))
        return apart

    def _tell_times(self, apart: _Apart, fields: Mapping[str, Any], zones: Any) -> None:
        with_zones = {**fields, **({"time_zone": zones} if zones is not None else {})}
        for name in ("start", "end"):
            if name in fields:
                apart.tell(*self._turns(self._times(with_zones, name)))

    def _turns(self, moments: Ints) -> tuple[Ints, int]:
        turns = np.array([_microseconds(turn) for turn in self._holders.turns], np.int64)
        where = np.searchsorted(turns, moments, "left") + np.searchsorted(turns, moments, "right")
        return np.where(moments == _NO_TIME, 0, where + 1), 2 * len(turns) + 2

    def _times(self, columns: Mapping[str, Any], name: str) -> Ints:
        """Microseconds since 1970 in UTC; _NO_TIME for none."""
        column = columns[name]
        if pa.types.is_timestamp(column.type):
            moments = _filled(column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64()))
            if column.type.tz is not None:
                return moments
            if np.any((moments % _DAY != 0) & (moments != _NO_TIME)):
                msg = f"`{name}` has times without a time zone: give the column one, or write days"
                raise NotPlain(msg)
            column = column.cast(pa.date32())
        return self._days(column, columns.get("time_zone"))

    def _days(self, column: Any, zones: Any) -> Ints:
        """Each pair of day and time zone is looked up once."""
        days = column.dictionary_encode()
        codes = _filled(days.indices, len(days.dictionary))
        names = [None]
        if zones is not None:
            encoded = zones.dictionary_encode()
            names = [*encoded.dictionary.to_pylist(), None]
            codes = codes * len(names) + _filled(encoded.indices, len(names) - 1)
        known = [*days.dictionary.to_pylist(), None]
        table = np.full(len(known) * len(names), _NO_TIME, np.int64)
        for code in np.flatnonzero(np.bincount(codes, minlength=len(table))).tolist():
            day, zone = known[code // len(names)], names[code % len(names)]
            instant = self._holders.instant(day, zone)
            if instant is not None:
                table[code] = _microseconds(instant)
        return table[codes]


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None}


def _word_codes(column: Any) -> tuple[Ints, int]:
    words = column.dictionary_encode()
    number = len(words.dictionary)
    return _filled(words.indices, number), number + 1


def _lengths(column: Any) -> Ints:
    return _filled(pc.list_value_length(column), 0)


def _filled(column: Any, nothing: int = int(_NO_TIME)) -> Ints:
    numbers = pc.fill_null(column.cast(pa.int64()), nothing)
    return numbers.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _microseconds(instant: date | datetime) -> int:
    assert isinstance(instant, datetime)  # noqa: S101  a day became an instant before
    return (instant - _EPOCH) // _MICROSECOND
