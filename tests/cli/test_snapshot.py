"""`entitlements snapshot`: written, looked at, answered from."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli


def test_a_snapshot_is_written_and_looked_at(cli: Cli) -> None:
    told = cli("--source", "shipped", "snapshot", "write", "spaces.snapshot")
    assert (told.code, told.out) == (0, "spaces.snapshot: 13 project spaces, as of 2026-03-01 12:00 UTC.\n")
    shown = cli("snapshot", "show", "spaces.snapshot")
    assert (shown.code, shown.lines) == (0, ["as of  2026-03-01 12:00 UTC", "holds  13 project spaces"])


def test_both_tell_the_same_to_programs(cli: Cli) -> None:
    told = cli("--source", "shipped", "snapshot", "write", "spaces.snapshot", "--json").document
    assert told["subjects"] == 13
    assert cli("snapshot", "show", "spaces.snapshot", "--json").document == told


def test_a_snapshot_of_a_store_answers_as_the_store_does(cli: Cli) -> None:
    cli("--source", "x.db", "subscribe", "hill-school", "pro", "--by", "ada", "--because", "signed")
    cli("--source", "x.db", "snapshot", "write", "x.snapshot")
    ask = ("check", "hill-school", "api_access")
    assert cli("--source", "x.snapshot", *ask).out == cli("--source", "x.db", *ask).out
    unknown = cli("--source", "x.snapshot", "check", "hil-school", "api_access")
    assert unknown.code == 2
    assert "did you mean hill-school" in unknown.err


def test_a_snapshot_is_only_read(cli: Cli) -> None:
    cli("--source", "shipped", "snapshot", "write", "x.snapshot")
    told = cli("--source", "x.snapshot", "subscribe", "a", "pro", "--by", "ada", "--because", "signed")
    assert told.code == 2
    assert "Traceback" not in told.err


def test_a_file_that_is_none_is_told_with_the_way_to_one(cli: Cli) -> None:
    Path("x.snapshot").write_text("[]\n", encoding="utf-8")
    for arguments in (["snapshot", "show"], ["snapshot", "write"], ["--source"]):
        rest = ["check", "a", "api_access"] if arguments == ["--source"] else []
        told = cli(*arguments, "x.snapshot", *rest)
        assert told.code == 2
        assert "x.snapshot is no snapshot" in told.err
        assert "snapshot write" in told.err


def test_a_place_that_cannot_be_written_is_told(cli: Cli) -> None:
    told = cli("snapshot", "write", "no/such/folder/x.snapshot")
    assert told.code == 2
    assert "cannot be written: No such file" in told.err
    assert cli("--source", "missing.snapshot", "check", "a", "api_access").code == 2
