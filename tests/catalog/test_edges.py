"""What seldom happens while a catalog is read: limits, files that change, sentences nobody has words for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from yaml.error import MarkedYAMLError, YAMLError

from entitlements.catalog.reading import document, reader
from entitlements.catalog.reading.document import Document, read_bytes, read_file
from entitlements.catalog.reading.findings import Findings, ReadingStops
from entitlements.catalog.reading.nodes import Lines, Map, Number
from entitlements.catalog.reading.scalars import Refused, plain_value
from entitlements.catalog.reading.syntax import report_syntax


def read(text: str) -> Document:
    return read_bytes(text.encode(), "plans/pro.yaml")


def codes(found: Document) -> list[str]:
    return [problem.code for problem in found.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pro.yaml").write_text("plan: pro\n", encoding="utf-8")
    return tmp_path


def test_a_file_shorter_than_the_system_says_has_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "read", lambda _descriptor, _most: b"")
    found = read_file(folder / "pro.yaml", root=folder, file="pro.yaml")
    assert (codes(found), found.value) == (["Y121"], None)


def test_a_file_is_read_where_the_system_does_not_tell_where_it_lies(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untold(self: Path) -> Path:
        raise OSError(str(self))

    monkeypatch.setattr(Path, "readlink", untold)
    assert read_file(folder / "pro.yaml", root=folder, file="pro.yaml").value == {"plan": "pro"}


def test_after_fifty_problems_reading_stops() -> None:
    assert codes(read("- &x 1\n" * 50)) == ["Y111"] * 50
    found = read("- &x 1\n" * 60)
    assert codes(found) == ["Y111"] * 50 + ["Y109"]
    assert found.problems[-1].message == "more than 50 problems in one file: reading stopped here"


def test_after_fifty_control_characters_reading_stops() -> None:
    found = read("a: \x01b\n" * 60)
    assert codes(found) == ["Y103"] * 50 + ["Y109"]
    assert found.value is None


def test_what_stops_reading_is_noted_once() -> None:
    noted = Findings(Lines("f.yaml", "a: *b\n"))
    noted.add("Y111", "a reference", (3, 5), hint="write it out")
    with pytest.raises(ReadingStops):
        noted.stop("Y111", "the same, said by the parser", (3, 5), hint="write it out")
    with pytest.raises(ReadingStops):
        noted.stop("Y111", "another place", (4, 5), hint="write it out")
    assert [problem.message for problem in noted.problems] == ["a reference", "another place"]


def test_a_file_of_more_parts_than_are_read_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_EVENTS", 10)
    # Stream, document and list have a beginning and an end each.
    assert read("[1, 2, 3, 4, 5]").value == [1, 2, 3, 4, 5]
    found = read("[1, 2, 3, 4, 5, 6]")
    assert (codes(found), found.value) == (["Y109"], None)
    assert found.problems[0].message == "the file has more than 10 parts"


def test_a_text_and_a_file_may_be_as_long_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_SCALAR", 5)
    monkeypatch.setattr(document, "MAX_BYTES", 8)
    assert read("a: abcde").value == {"a": "abcde"}
    assert codes(read("a: abcdef")) == ["Y109"]
    monkeypatch.setattr(document, "MAX_BYTES", 9)
    (problem,) = read("a: abcdef").problems
    assert problem.message == "a text of 6 characters; at most 5 are read"


def test_lists_and_maps_may_be_nested_as_deep_as_the_limit() -> None:
    deepest = "[" * reader.MAX_DEPTH + "]" * reader.MAX_DEPTH
    assert codes(read(deepest)) == []
    (problem,) = read(f"[{deepest}]").problems
    assert (problem.code, problem.mark.column) == ("Y109", reader.MAX_DEPTH + 1)


def test_tag_lines_are_refused_before_the_parser_compares_them() -> None:
    (problem,) = read("%TAG ! tag:example.org,2000:\n---\na: 1\n").problems
    assert (problem.code, problem.message) == ("Y112", "a plan file has no %TAG lines")


@pytest.mark.parametrize(
    ("text", "what"),
    [("a: !!str 1", "!!str"), ("a: ! b", "!"), ("a: !<x> b", "!<x>"), ("!map {a: 1}", "!map")],
)
def test_tags_are_refused_by_name(text: str, what: str) -> None:
    found = read(text)
    assert (codes(found), found.problems[0].message) == (
        ["Y112"],
        f'a plan file has no tags such as "{what}"',
    )


@pytest.mark.parametrize("error", [YAMLError("the parser\ngave up"), MemoryError("the parser\ngave up")])
def test_an_error_without_a_place_is_a_problem_of_the_whole_file(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_text: str) -> None:
        raise error

    monkeypatch.setattr(reader, "CParser", broken)
    (problem,) = read("a: 1").problems
    assert (problem.code, problem.mark.line, problem.mark.column) == ("Y108", 1, 1)
    assert problem.message == 'this cannot be read as YAML: "the parser gave up"'


@pytest.mark.parametrize("error", [MarkedYAMLError(), MarkedYAMLError("x", None, "something unheard of")])
def test_what_there_are_no_words_for_is_still_a_problem_with_a_place(error: MarkedYAMLError) -> None:
    found = Findings(Lines("f.yaml", "plan: pro\n"))
    with pytest.raises(ReadingStops):
        report_syntax(error, found, None)
    (problem,) = found.problems
    assert (problem.code, problem.message, problem.mark.line) == ("Y108", "this cannot be read as YAML", 1)
    assert problem.hint


@pytest.mark.parametrize("version", ["1.1", "1.3"])
def test_another_version_of_yaml_is_refused_at_its_line(version: str) -> None:
    (problem,) = read(f"%YAML {version}\n---\na: 1\n").problems
    assert (problem.code, problem.mark.line) == ("Y108", 1)
    assert "take the" in (problem.hint or "")
    assert read("%YAML 1.2\n---\na: 1\n").value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "code"),
    [("1e999", "Y116"), ("1e100", "Y116"), ("1" * 41, "Y109"), (".inf", "Y116"), ("007", "Y117")],
)
def test_numbers_nobody_can_count_are_refused(text: str, code: str) -> None:
    value = plain_value(text)
    assert isinstance(value, Refused)
    assert value.code == code


@pytest.mark.parametrize(
    ("text", "value"), [("0x1F", 31), ("0o17", 15), ("1" * 40, int("1" * 40)), ("1e99", 1e99)]
)
def test_numbers_that_can_be_counted_are_read(text: str, value: float) -> None:
    assert plain_value(text) == value


def test_a_number_keeps_its_text_and_a_map_its_places() -> None:
    found = read("a: 2.50\nb:\n").value
    assert isinstance(found, Map)
    assert isinstance(found["a"], Number)
    assert found["a"].text == "2.50"
    assert (found.key_mark("b").line, found.value_mark("a").column) == (2, 4)
    with pytest.raises(KeyError):
        found.key_mark("c")


@pytest.mark.parametrize(
    ("written", "kept"), [(r"\x07", False), (r"\e", False), (r"\t", True), (r"\n", True)]
)
def test_an_escape_brings_in_no_control_character(written: str, *, kept: bool) -> None:
    found = read(f'a: "x{written}y"')
    assert codes(found) == ([] if kept else ["Y103"])
