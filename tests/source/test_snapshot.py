"""A snapshot gives back the very records, or is not believed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entitlements import Entry, MemorySource, SourceError, SubjectRecord
from entitlements.source.snapshot import read_snapshot, write_snapshot
from entitlements.testing.awkward_records import EXACT
from tests.source.stores import opened

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
SEED = 20_260_303
NOT_WHOLE = r"is no snapshot|damaged or cut short"


def written(path: Path, records: Iterable[SubjectRecord] = EXACT) -> Path:
    write_snapshot(MemorySource(records), path, as_of=AS_OF)
    return path


def test_what_a_store_holds_comes_back_with_its_revisions(sqlite: Callable[[], str], tmp_path: Path) -> None:
    store = opened(sqlite())
    for record in (*EXACT, replace(EXACT[0], time_zone="Asia/Tokyo")):
        store.change(record.subject, lambda _, new=record: new, Entry("put", "ops", None, AS_OF))  # type: ignore[misc]
    assert write_snapshot(store, tmp_path / "x.snapshot", as_of=AS_OF) == len(EXACT)
    found = read_snapshot(tmp_path / "x.snapshot")
    assert found.as_of == AS_OF
    assert found.records == dict(store.load_many(store.subjects()))
    assert found.records["case"].revision == 2
    assert found.records["order"].usage == store.load_many(["order"])["order"].usage


def test_a_source_that_knows_nobody_has_a_snapshot_too(tmp_path: Path) -> None:
    assert read_snapshot(written(tmp_path / "x", [])).records == {}


def test_a_snapshot_that_was_cut_short_anywhere_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path / "x")
    whole = path.read_bytes()
    for length in range(len(whole) - 1):  # without the last end of line it says all the same
        path.write_bytes(whole[:length])
        with pytest.raises(SourceError, match=NOT_WHOLE):
            read_snapshot(path)


def test_a_snapshot_that_was_altered_anywhere_is_not_believed(tmp_path: Path) -> None:
    path = written(tmp_path / "x")
    whole = path.read_bytes()
    rng = random.Random(SEED)  # noqa: S311  no secret
    for _ in range(500):
        at = rng.randrange(len(whole) - 1)
        altered = bytes([rng.choice([byte for byte in b'az09" {}[]:,\n\xff' if byte != whole[at]])])
        path.write_bytes(whole[:at] + altered + whole[at + 1 :])
        with pytest.raises(SourceError, match=NOT_WHOLE):
            read_snapshot(path)


class Breaks(MemorySource):
    """A source that breaks while it is read."""

    def load_many(self, subjects: Iterable[str]) -> Mapping[str, SubjectRecord]:
        msg = f"{len(list(subjects))} of them are gone"
        raise SourceError(msg)


def test_when_the_source_breaks_the_old_snapshot_stays_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path / "x")
    before = path.read_bytes()
    with pytest.raises(SourceError, match="are gone"):
        write_snapshot(Breaks(EXACT), path, as_of=AS_OF)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_snapshot_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "pro.yaml"
    path.write_text("plan: pro\n")
    with pytest.raises(SourceError, match="is no snapshot"):
        written(path)
    assert path.read_text() == "plan: pro\n"


def test_a_new_snapshot_may_be_read_by_whoever_might_read_the_old(tmp_path: Path) -> None:
    path = written(tmp_path / "x")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    assert written(path).stat().st_mode & 0o777 == 0o640
