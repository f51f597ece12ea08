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
_NESTED = ("overrides", "subscriptions")
COLUMNS = (*_WORDS, *_TIMES, *_NESTED, "add_ons", "time_zone")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_NO_TIME = np.iinfo(np.int64).min
Ints = NDArray[np.int64]


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
            except (NotPlain, TypeError, KeyError) as error:
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
        groups = np.zeros(length, np.int64)

        def tell_apart(codes: Any, number: int) -> None:
            nonlocal groups
            groups = groups * number + codes

        for name in _WORDS:
            if name in columns:
                codes, number = _word_codes(columns[name])
                tell_apart(codes, number)
        times = {name: self._times(columns, name) for name in _TIMES if name in columns}
        for moments in times.values():
            codes, number = self._turns(moments)
            tell_apart(codes, number)
        if "start" in times and "end" in times:
            start, end = times["start"], times["end"]
            tell_apart((start == _NO_TIME) | (end == _NO_TIME) | (start < end), 2)
        for name in _NESTED:
            if name in columns:
                alone |= _lengths(columns[name]) > 0
        if "add_ons" in columns:
            lengths = _lengths(columns["add_ons"])
            if pa.types.is_string(columns["add_ons"].type.value_type):
                codes, number = _single_codes(columns["add_ons"], lengths)
                tell_apart(codes, number)
                alone |= lengths > 1
            else:
                alone |= lengths > 0
        return groups, alone

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


def _single_codes(column: Any, lengths: Ints) -> tuple[Ints, int]:
    """A code for the one item of lists that have one, 0 for others."""
    # Of a list the first item; there is none in an empty one.
    items = column.filter(pa.array(lengths == 1)).flatten()
    codes, number = _word_codes(items)
    found = np.zeros(len(lengths), np.int64)
    found[lengths == 1] = codes + 1
    return found, number + 1


def _lengths(column: Any) -> Ints:
    return _filled(pc.list_value_length(column), 0)


def _filled(column: Any, nothing: int = int(_NO_TIME)) -> Ints:
    numbers = pc.fill_null(column.cast(pa.int64()), nothing)
    return numbers.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _microseconds(instant: date | datetime) -> int:
    assert isinstance(instant, datetime)  # noqa: S101  a day became an instant before
    return (instant - _EPOCH) // _MICROSECOND
