from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from entitlements.errors import SourceError
from entitlements.fleet.affected import count_affected
from entitlements.fleet.tally import Tally
from entitlements.model import Catalog
from tests.catalog.test_diff import catalog, diff_of
from tests.small_catalog import FILES

AT = datetime(2026, 3, 1, tzinfo=UTC)
DIFF = diff_of(
    ("pro.yaml", "[reports, security]", "[security]"), ("pro.yaml", "included: 50", "included: 40")
)


def counted(path: Path, columns: dict[str, Any], old: Catalog = DIFF.old, new: Catalog = DIFF.new) -> Tally:
    pq.write_table(pa.table(columns), path)
    tally = Tally()
    count_affected(old, new, path, tally, at=AT, progress=lambda *_: None)
    return tally


def told(tally: Tally) -> dict[str, list[str]]:
    return {f"{hit.kind} {hit.key or ''}".strip(): found.names for hit, found in tally.hits.items()}


def test_counts_over_int64_are_kept_exact(tmp_path: Path) -> None:
    dear = diff_of(("pro.yaml", 'extra: "2.00"', 'extra: "999999999999.0001"'))
    huge = 10**15
    tally = counted(
        tmp_path / "x.parquet", {"subject": ["a"], "plan": ["pro"], "usage.users": [huge]}, dear.old, dear.new
    )
    assert tally.monthly == (9999999999990001 - 20000) * 12 * (huge - 50)


@pytest.mark.parametrize(
    "days",
    [
        pa.array([date(2026, 2, 1), date(2026, 3, 1), date(2026, 3, 2)]),
        pa.array(["2026-02-01", "2026-03-01T00:00:00Z", "2026-03-01T00:00:01Z"]),
        pa.array([datetime(2026, 2, 1), datetime(2026, 3, 1), datetime(2026, 3, 2)], pa.timestamp("s")),  # noqa: DTZ001  days, as columns of times write them
        pa.array([AT.replace(month=2), AT, AT.replace(second=1)], pa.timestamp("ns", "Africa/Nairobi")),
    ],
)
def test_days_and_times_of_every_type_begin_at_their_instant(tmp_path: Path, days: Any) -> None:
    columns = {"subject": ["a", "b", "c"], "plan": ["pro"] * 3, "start": days, "usage.reports": [1, 1, 1]}
    assert told(counted(tmp_path / "x.parquet", columns))["feature_lost_in_use reports"] == ["a", "b"]


def test_what_nobody_measured_is_not_known(tmp_path: Path) -> None:
    columns = {"subject": ["a", "b"], "plan": ["pro", "pro"], "usage": [{"users": 45}, {"users": None}]}
    assert told(counted(tmp_path / "x.parquet", columns)) == {
        "feature_lost_use_unknown reports": ["a", "b"],
        "cap_exceeded users": ["a"],
        "cap_lowered_use_unknown users": ["b"],
        "bill_rises": ["a"],
        "bill_unknown": ["b"],
    }


def test_more_than_64_features_fit_into_words(tmp_path: Path) -> None:
    keys = [f"f{number:03}" for number in range(150)]
    listed = "".join(
        f"  {key}: {{title: {key}, description: It is., on_loss: {{effect: closed}}}}\n" for key in keys
    )
    files = {**FILES, "features/many.yaml": f"group: {{key: many, title: Many}}\nfeatures:\n{listed}"}
    old = {**files, "pro.yaml": files["pro.yaml"].replace("[reports,", f"[{', '.join(keys)}, reports,")}
    columns: dict[str, Any] = {"subject": ["a", "b"], "plan": ["pro", "community"]}
    columns |= {f"usage.{key}": [number % 2, 1] for number, key in enumerate(keys)}
    found = told(counted(tmp_path / "x.parquet", columns, catalog(old), catalog(files)))
    assert found == {f"feature_lost_in_use {key}": ["a"] for key in keys[1::2]}


def test_a_file_without_rows_affects_nobody(tmp_path: Path) -> None:
    columns = {"subject": pa.array([], pa.string()), "plan": pa.array([], pa.string())}
    tally = counted(tmp_path / "x.parquet", columns)
    assert (tally.subjects, tally.affected, tally.hits) == (0, 0, {})


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"space": ["a"]}, "there is no column `subject`"),
        ({"subject": ["a"], "planet": ["pro"]}, "the column `planet` is none of a subjects file"),
        ({"subject": ["a", None]}, "1 rows have no `subject`"),
        ({"subject": ["a", "a"]}, 'subject "a" is given twice'),
        ({"subject": ["a"], "usage": ["much"]}, "the column `usage` is no struct"),
        ({"subject": ["a"], "usage.reports": ["many"]}, "`usage.reports` holds string, not whole numbers"),
        ({"subject": ["a"], "plan": ["pro"], "usage.reports": [-1]}, "`usage.reports` has counts below 0"),
        (
            {"subject": ["a", "b"], "plan": ["pro", "pro"], "cadence": [None, "weekly"]},
            "row 2: `cadence` is 'weekly'",
        ),
        ({"subject": ["a"], "plan": ["pro"], "start": ["soon"]}, "'soon', no date such as 2026-01-15"),
        (
            {"subject": ["a"], "plan": ["pro"], "start": [datetime(2026, 1, 1, 9)]},  # noqa: DTZ001  that is the mistake
            "times without a time zone",
        ),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, columns: dict[str, Any], said: str) -> None:
    with pytest.raises(SourceError) as raised:
        counted(tmp_path / "x.parquet", columns)
    assert said in str(raised.value)
    assert str(raised.value).startswith("x.parquet, ")


def test_what_is_no_parquet_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(b"subject,plan\n")
    with pytest.raises(SourceError, match=r"x\.parquet cannot be read as Parquet"):
        count_affected(DIFF.old, DIFF.new, path, Tally(), at=AT, progress=lambda *_: None)


def test_a_period_that_never_ran_is_told_from_one_that_ended(tmp_path: Path) -> None:
    files = {**FILES, "catalog.yaml": FILES["catalog.yaml"].replace("after_end: community", "after_end: pro")}
    less = {**files, "pro.yaml": files["pro.yaml"].replace("[reports, security]", "[security]")}
    first, second = date(2026, 1, 1), date(2026, 2, 1)
    columns = {
        "subject": ["never", "ended"],
        "plan": ["community", "community"],
        "start": [second, first],
        "end": [first, second],
        "usage.reports": [1, 1],
    }
    found = told(counted(tmp_path / "x.parquet", columns, catalog(files), catalog(less)))
    assert found == {"feature_lost_in_use reports": ["ended"]}
