"""The commands about the audit log, on SQLite and PostgreSQL: list, verify, export."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from entitlements import SqlStore
from entitlements.source.audit import NO_HASH, sealed
from entitlements.source.record_json import record_from_json, record_json
from entitlements.source.sql.tables import AUDIT, AUDIT_HEAD
from entitlements.testing.awkward_records import EXACT
from tests.cli.test_store import store, url, without_triggers

__all__ = ["store", "url"]
Store = Callable[..., Any]
COLUMNS = tuple(AUDIT.c.keys())


@pytest.fixture
def used(store: Store) -> Store:
    """A store in which ada and bea did things."""
    store("store", "upgrade")
    why = ("--because", "A school")
    store("subscribe", "hill", "standard", "--at", "2090-03-01", "--by", "ada", *why)
    store("subscribe", "mill", "pro", "--at", "2090-03-01", "--by", "bea")
    grounds = ("--kind", "pro_bono", "--at", "2090-03-01", "--end", "2091-01-01")
    store("override", "give", "hill", "geocoder", *grounds, "--by", "bea", *why)
    store("subjects", "set", "mill", "--time-zone", "Asia/Tokyo", "--by", "ada")
    return store


def test_changes_are_listed_as_the_verbs_told_them(used: Store) -> None:
    lines = used("audit", "list", "hill").lines
    assert lines[0].endswith("hill: subscribe by ada: A school")
    assert lines[0].startswith("1  20")
    assert lines[1] == "  + standard@1 (product, monthly) from 2090-03-01"
    assert lines[2].endswith("hill: override give by bea: A school")
    assert lines[3].startswith("  + gives geocoder from 2090-03-01 through 2090-12-31: A school")
    assert "mill" not in used("audit", "list", "hill").out
    moved = used("audit", "list", "mill", "--last", "1").lines
    assert " JST  mill: set details by ada" in moved[0]
    assert "  + time zone: Asia/Tokyo" in moved


def test_changes_are_chosen_by_whom_since_when_and_how_many(used: Store) -> None:
    def numbers(*words: str) -> list[int]:
        return [row["seq"] for row in used("audit", "list", *words, "--json").document["changes"]]

    assert numbers() == [1, 2, 3, 4]
    assert numbers("--by", "bea") == [2, 3]
    assert numbers("hill", "--by", "bea") == [3]
    assert numbers("--last", "3") == [2, 3, 4]
    assert numbers("--last", "9", "--by", "ada") == [1, 4]
    assert numbers("--since", "2020-01-01") == [1, 2, 3, 4]
    third = used("audit", "list", "--json").document["changes"][2]
    assert numbers("--since", third["at"]) == [3, 4]
    assert numbers("--since", "2090-01-01") == []
    assert used("audit", "list", "--since", "2090-01-01").lines == ["There is no such change."]
    wrong = used("audit", "list", "--since", "soon")
    assert (wrong.code, "--since" in wrong.err) == (2, True)
    assert (third["what"], third["by"], third["before"]["subject"]) == ("override give", "bea", "hill")


def test_slip_in_a_name_is_told_as_such(used: Store) -> None:
    for words in ((), ("--json",)):
        ran = used("audit", "list", "hil", *words)
        assert (ran.code, "did you mean hill" in ran.err + ran.out) == (2, True)
    assert used("audit", "list", "hill", "--by", "nobody").code == 0


def test_a_whole_log_is_verified_and_its_last_seal_told(used: Store) -> None:
    ran = used("audit", "verify")
    document = used("audit", "verify", "--json").document
    assert (ran.code, document["whole"], document["changes"], document["wrong"]) == (0, True, 4, [])
    assert ran.words == f"The audit log is whole: 4 changes, the last one sealed {document['hash']}."
    last = json.loads(used("audit", "export").lines[-1])
    assert (last["seq"], last["hash"]) == (4, document["hash"])


def test_a_log_without_rows_is_whole(store: Store) -> None:
    store("store", "upgrade")
    assert store("audit", "verify").lines == ["The audit log is whole: no changes."]
    assert store("audit", "export").out == ""
    assert store("audit", "list").lines == ["There is no such change."]


def test_the_first_row_that_is_wrong_is_named(used: Store, url: str) -> None:
    without_triggers(
        url,
        "UPDATE entitlements_audit SET done_by = 'nobody' WHERE seq = 3",
        "UPDATE entitlements_audit SET subject = 'till' WHERE seq = 2",
    )
    ran = used("audit", "verify")
    assert ran.code == 1
    assert "as it was written: row 2: its contents are not what was sealed, and 1 more place" in ran.words
    document = used("audit", "verify", "--json").document
    assert (document["whole"], [found["seq"] for found in document["wrong"]]) == (False, [2, 3])


@pytest.mark.parametrize(
    "edit", ["after = '{'", "after = '[7]'", "after = '{}'", "done_at = 9007199254740992000"]
)
def test_a_row_that_cannot_be_read_is_named(edit: str, used: Store, url: str) -> None:
    without_triggers(url, f"UPDATE entitlements_audit SET {edit} WHERE seq = 3")  # noqa: S608  our own values
    ran = used("audit", "list")
    assert (ran.code, "row 3 of the audit log was not written by a store" in ran.err) == (2, True)
    assert "audit verify" in ran.err
    assert used("audit", "export").code == (0 if edit in {"after = '[7]'", "after = '{}'"} else 2)
    assert used("audit", "verify").code == 1


def test_a_log_that_was_sealed_anew_is_found_by_an_export(used: Store, url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text(used("audit", "export").out)
    later = tmp_path / "later.jsonl"
    later.write_text(used("audit", "export", "--after", "2").out)
    assert [json.loads(line)["seq"] for line in later.read_text().splitlines()] == [3, 4]
    used("subscribe", "till", "pro", "--by", "ada")
    for file in (kept, later):
        assert used("audit", "verify", "--against", str(file)).code == 0
    seal_anew(url, seq=3, done_by="nobody")
    assert used("audit", "verify").code == 0
    for file in (kept, later):
        ran = used("audit", "verify", "--against", str(file))
        assert (ran.code, "row 3: it is not the row that was exported" in ran.words) == (1, True)
    cut_off(url, after=2)
    ran = used("audit", "verify", "--against", str(kept))
    assert (ran.code, "row 3: it is gone" in ran.words) == (1, True)


@pytest.mark.parametrize("line", ["[]", "{", '{"seq": 1}', '{"seq": "x", "hash": ""}', "7"])
def test_a_file_that_is_no_export_is_wrong_usage(line: str, used: Store, tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text(f"{used('audit', 'export').lines[0]}\n{line}\n")
    ran = used("audit", "verify", "--against", str(file))
    assert (ran.code, f"{file}:2: this is no row" in ran.err) == (2, True)


@pytest.mark.parametrize("record", EXACT, ids=lambda record: record.subject)
def test_a_record_is_read_from_the_log_as_it_was_told(record: Any) -> None:
    assert record_from_json(record_json(record)) == record


def rows_of(url: str) -> list[dict[str, Any]]:
    with closing(SqlStore(url)) as opened, opened.database.reading() as connection:
        found = connection.execute(AUDIT.select().order_by(AUDIT.c.seq))
        return [dict(row._mapping) for row in found]


def seal_anew(url: str, *, seq: int, **edit: Any) -> None:
    """What somebody does who may do everything and knows how rows are sealed."""
    previous, statements = NO_HASH, []
    for row in rows_of(url):
        row.update(previous=previous, **(edit if row["seq"] == seq else {}))
        previous = sealed([row[name] for name in COLUMNS[:-1]])
        statements.append(
            f"UPDATE entitlements_audit SET done_by = '{row['done_by']}', hash = '{previous}', "  # noqa: S608  our own values
            f"previous = '{row['previous']}' WHERE seq = {row['seq']}"
        )
    without_triggers(url, *statements, f"UPDATE {AUDIT_HEAD.name} SET hash = '{previous}'")  # noqa: S608  as above


def cut_off(url: str, *, after: int) -> None:
    last = rows_of(url)[after - 1]
    without_triggers(
        url,
        f"DELETE FROM entitlements_audit WHERE seq > {after}",  # noqa: S608  our own values
        f"UPDATE {AUDIT_HEAD.name} SET seq = {after}, hash = '{last['hash']}'",  # noqa: S608  our own values
    )
