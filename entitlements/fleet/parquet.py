"""A Parquet file of subjects: first who holds which terms, then the usage that these make matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entitlements.errors import SourceError
from entitlements.fleet.columns import OutcomeColumns
from entitlements.fleet.groups import COLUMNS, Groups
from entitlements.fleet.holders import Holders, NotPlain
from entitlements.fleet.outcome import Outcomes
from entitlements.fleet.tally import Progress, Tally

_BATCH = 1 << 17
_HOW = "docs/how-to/see-what-an-edit-does.md says which columns there may be"


def count_parquet(
    path: Path, outcomes: Outcomes, tally: Tally, *, time_zone: str, progress: Progress
) -> None:
    """Count every subject of the file. Raises SourceError with the column or row that cannot be used."""
    try:
        with pq.ParquetFile(path) as file:
            _count(file, outcomes, tally, time_zone, progress)
    except NotPlain as error:
        raise SourceError(f"{path.name}, {error}", hint=_HOW) from None  # noqa: EM102, TRY003  only a prefix
    except pa.ArrowException as error:
        msg = f"{path.name} cannot be read as Parquet: {str(error).splitlines()[0]}"
        raise SourceError(msg, hint=_HOW) from None


def _count(file: Any, outcomes: Outcomes, tally: Tally, time_zone: str, progress: Progress) -> None:
    layout = Layout(file.schema_arrow)
    groups = Groups(Holders(outcomes, time_zone))
    # Both readings count: who holds what, and then the usage.
    codes, first, total = [], 1, 2 * file.metadata.num_rows
    for batch in file.iter_batches(_BATCH, columns=layout.terms):
        codes.append(groups.codes(batch, first))
        first += batch.num_rows
        progress(first - 1, total)
    counters = [(tally, OutcomeColumns(groups.outcomes))]
    for number, day in enumerate(outcomes.days):
        then = OutcomeColumns([outcome.later[number][1] for outcome in groups.outcomes])
        counters.append((tally.on(day), then))
    keys = {key for _, one in counters for key in one.keys}
    every = np.concatenate(codes) if codes else np.zeros(0, np.int32)
    wanted = ["subject", *layout.paths(keys)]
    subjects, start = [], 0
    for batch in file.iter_batches(_BATCH, columns=wanted):
        names = batch.column("subject")
        subjects.append(names)
        here = every[start : start + batch.num_rows]
        start += batch.num_rows
        use = BatchUse(layout, batch)
        for counted, columns in counters:
            columns.count(here, use, _named(names), counted)
        progress(first - 1 + start, total)
    _each_once(subjects)


def _named(names: Any) -> Callable[[Any], list[str]]:
    def some(rows: Any) -> list[str]:
        return [str(name) for name in names.take(pa.array(rows)).to_pylist()]

    return some


def _each_once(subjects: list[Any]) -> None:
    every = pa.chunked_array(subjects, pa.string()) if not subjects else pa.chunked_array(subjects)
    if every.null_count:
        msg = f"{every.null_count:,} rows have no `subject`"
        raise NotPlain(msg)
    if pc.count_distinct(every).as_py() != len(every):
        counts = pc.value_counts(every)
        twice = counts.filter(pc.greater(counts.field("counts"), 1)).field("values")
        msg = f'subject "{twice[0].as_py()}" is given twice, as are {len(twice) - 1:,} others'
        raise NotPlain(msg)


class Layout:
    """Which columns of a file say what. Usage is a struct `usage`, or columns named `usage.KEY`."""

    def __init__(self, schema: pa.Schema) -> None:
        names = set(schema.names)
        if "subject" not in names or not pa.types.is_string(schema.field("subject").type):
            raise NotPlain("there is no column `subject` of texts")  # noqa: EM101, TRY003  only a prefix is added
        unknown = [name for name in schema.names if not _known(name)]
        if unknown:
            msg = f"the column `{unknown[0]}` is none of a subjects file"
            raise NotPlain(msg)
        self.terms = [name for name in COLUMNS if name in names]
        self.flat = {name.partition(".")[2] for name in names if name.startswith("usage.")}
        self._types = {key: schema.field(f"usage.{key}").type for key in self.flat}
        if "usage" in names:
            usage = schema.field("usage").type
            if not pa.types.is_struct(usage):
                raise NotPlain("the column `usage` is no struct")  # noqa: EM101, TRY003  as above
            self._types |= {field.name: field.type for field in usage}
        for key, kind in self._types.items():
            if not pa.types.is_integer(_count_type(kind)):
                msg = f"the column `usage.{key}` holds {kind}, not whole numbers"
                raise NotPlain(msg)

    def paths(self, keys: Iterable[str]) -> list[str]:
        """What to read for the usage of `keys`; of those that nobody measured nothing."""
        found = []
        for key in sorted({key for key in keys if key in self._types}):
            kind = self._types[key]
            if pa.types.is_struct(kind):
                inner = [field.name for field in kind if field.name in ("count", "exempt")]
                found += [f"usage.{key}.{name}" for name in inner]
            else:
                found.append(f"usage.{key}")
        return found

    def column(self, batch: pa.RecordBatch, key: str) -> Any:
        """The column for `key`; None if there is none."""
        if key not in self._types:
            return None
        return (
            batch.column(f"usage.{key}")
            if key in self.flat
            else pc.struct_field(batch.column("usage"), [key])
        )


class BatchUse:
    """The usage of one batch."""

    def __init__(self, layout: Layout, batch: pa.RecordBatch) -> None:
        self._layout = layout
        self._batch = batch

    def of_feature(self, key: str) -> tuple[Any, Any]:
        used, known, exempt = self._counts(key)
        return used > exempt, ~known

    def of_cap(self, key: str) -> tuple[Any, Any]:
        used, known, _ = self._counts(key)
        return used, known

    def _counts(self, key: str) -> tuple[Any, Any, Any]:
        column = self._layout.column(self._batch, key)
        if column is None:
            rows = self._batch.num_rows
            return np.zeros(rows, np.int64), np.zeros(rows, bool), 0
        exempt: Any = 0
        if pa.types.is_struct(column.type):
            if column.type.get_field_index("exempt") >= 0:
                exempt = _numbers(pc.struct_field(column, ["exempt"]), key)
            column = pc.struct_field(column, ["count"])
        known = pc.is_valid(column).to_numpy(zero_copy_only=False)
        return _numbers(column, key), known, exempt


def _numbers(column: Any, key: str) -> Any:
    numbers = pc.fill_null(column, 0).cast(pa.int64()).to_numpy(zero_copy_only=False)
    if len(numbers) and numbers.min() < 0:
        msg = f"the column `usage.{key}` has counts below 0"
        raise NotPlain(msg)
    return numbers


def _known(name: str) -> bool:
    return name in (*COLUMNS, "subject", "usage", "contacts", "credits") or name.startswith("usage.")


def _count_type(kind: Any) -> Any:
    if pa.types.is_struct(kind) and kind.get_field_index("count") >= 0:
        return kind.field("count").type
    return kind
