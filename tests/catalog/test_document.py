"""Maps, lists and their places; keys given twice."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from entitlements.catalog.reading.document import Document, Map, Seq, read_bytes
from entitlements.problems import Mark


def read(text: str | bytes) -> Document:
    return read_bytes(text.encode() if isinstance(text, str) else text, "a.yaml")


def value_of(text: str) -> Any:
    document = read_bytes(text.encode(), "a.yaml")
    assert not document.problems
    return document.value


DUPLICATES = [
    ("a: 1\nb: 2\nb: 3\n", (3, 1), (2, 1)),
    ("a: {é: 1}\nb: {e\u0301: 2, é: 3}\n", (2, 12), (2, 5)),
    ("a: 1\nb: 2\na: 3\n", (3, 1), (1, 1)),
    ("a: 1\n'a': 2\n", (2, 1), (1, 1)),
    ('1: a\n"1": b\n', (2, 1), (1, 1)),
    ("x:\n  - {k: 1, k: 2}\n", (2, 12), (2, 6)),
    ("\u00e9: 1\nz: 0\ne\u0301: 2\n", (3, 1), (1, 1)),
    ("e\u0301: 1\n\u00e9: 2\n", (2, 1), (1, 1)),
    ('é: 1\n"\\u00e9": 2\n', (2, 1), (1, 1)),
    ("a: {}\na:\n  b: 1\n", (2, 1), (1, 1)),
]


@pytest.mark.parametrize(("text", "second", "first"), DUPLICATES)
def test_a_key_given_twice_is_shown_with_its_first_place(
    text: str, second: tuple[int, int], first: tuple[int, int]
) -> None:
    (problem,) = read(text).problems
    (related,) = problem.related
    assert (problem.code, problem.mark.line, problem.mark.column) == ("Y110", *second)
    assert (related.mark.line, related.mark.column) == first


def test_marks_stay_right_after_a_key_was_dropped() -> None:
    value = read("a: 1\na: [x, y]\nb: 2\n? [c]\n: 3\n*d : 4\ne: 5\n").value
    assert value == {"a": 1, "b": 2, "e": 5}
    assert [value.key_mark(key).line for key in value] == [1, 3, 7]
    assert [value.value_mark(key).column for key in value] == [4, 4, 4]


def test_two_maps_may_have_one_key() -> None:
    assert value_of("a: {é: 1}\nb: {é: 2, k: 1}\nk: 3\n") == {"a": {"é": 1}, "b": {"é": 2, "k": 1}, "k": 3}


def test_the_first_character_after_a_byte_order_mark_is_in_column_one() -> None:
    document = read(b"\xef\xbb\xbfa: 1\n")
    assert (document.value.key_mark("a").column, document.value.value_mark("a").column) == (1, 4)


NESTED = """\
é: 😀
list:
  - one
  - {k: v, n: }
empty:
text: |
  x
flow: [a, [b,
  c]]
last: {}
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ((), (1, 1, 10, 9), (1, 1, 10, 9)),
        (("é",), (1, 4, 1, 5), (1, 1, 1, 2)),
        (("list",), (3, 3, 4, 16), (2, 1, 2, 5)),
        (("list", 0), (3, 5, 3, 8), (3, 5, 3, 8)),
        (("list", 1), (4, 5, 4, 16), (4, 5, 4, 16)),
        (("list", 1, "k"), (4, 9, 4, 10), (4, 6, 4, 7)),
        (("list", 1, "n"), (4, 15, 4, 15), (4, 12, 4, 13)),
        (("empty",), (5, 7, 5, 7), (5, 1, 5, 6)),
        (("text",), (6, 7, 8, 1), (6, 1, 6, 5)),
        (("flow", 1, 1), (9, 3, 9, 4), (9, 3, 9, 4)),
        (("flow", 1), (8, 11, 9, 5), (8, 11, 9, 5)),
        (("list", 7, "x"), (3, 3, 4, 16), (3, 3, 4, 16)),
        (("list", 1, "missing"), (4, 5, 4, 16), (4, 5, 4, 16)),
        (("é", "deeper"), (1, 4, 1, 5), (1, 4, 1, 5)),
    ],
)
def test_every_part_has_its_place(
    path: tuple[str | int, ...], value: tuple[int, ...], key: tuple[int, ...]
) -> None:
    document = read(NESTED)
    assert not document.problems
    assert document.mark_at(path) == Mark("a.yaml", *value)
    assert document.key_mark_at(path) == Mark("a.yaml", *key)


def test_maps_and_lists_tell_the_places_of_their_parts() -> None:
    value = value_of(NESTED)
    assert value.mark == Mark("a.yaml", 1, 1, 10, 9)
    assert value["list"].mark == value.value_mark("list")
    assert value["list"].item_mark(-1) == value["list"].item_mark(1) == value["list"][1].mark
    with pytest.raises(KeyError):
        value.key_mark("missing")
    with pytest.raises(IndexError):
        value["list"].item_mark(2)


def test_places_far_into_a_long_file_are_exact() -> None:
    lines = [f"k{number}: {'é' * (number % 97)} x" for number in range(3000)]
    value = value_of("\n".join(lines))
    for number in range(0, 3000, 7):
        end = len(lines[number]) + 1
        begin = end - number % 97 - 2 if number % 97 else end - 1
        assert value.value_mark(f"k{number}") == Mark("a.yaml", number + 1, begin, number + 1, end)


def test_values_suit_other_libraries() -> None:
    value = value_of("a: [1, 2.50, x]\nb: {c: ~}\n")
    jsonschema.validate(
        value, {"type": "object", "properties": {"a": {"type": "array"}, "b": {"type": "object"}}}
    )
    assert json.dumps(value) == '{"a": [1, 2.5, "x"], "b": {"c": null}}'
    assert isinstance(value, Map)
    assert isinstance(value["a"], Seq)


def test_the_digest_is_of_the_bytes() -> None:
    assert read("a: 1\n").digest == read("a: 1\n").digest != read("a: 1 \n").digest
