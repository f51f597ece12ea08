"""Edits by path: what was meant is what is read, and every other byte stays."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from entitlements.catalog.editing.edit import (
    add_block,
    add_item,
    remove_item,
    rename_key,
    set_value,
    value_at,
)
from entitlements.catalog.editing.text import CannotEdit, Draft, Edit, Source

BLOCK = """\
# Head.
plan: pro   # the key
price: {monthly: "600.00", annual_total: "6000.00"}   # a year
caps:
  # People.
  users: {included: 250, extra: "2.00"}        # HQ
  sms: none

# Below.
features:
  # Apps
  - api
  - apps     # why
  # Zoo
  - zebra
"""


def draft(text: str | bytes) -> Draft:
    return Draft(text if isinstance(text, bytes) else text.encode(), "plans/pro.yaml")


def text_of(edited: Draft) -> str:
    return edited.data.decode()


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (["price", "monthly"], "650.00", '"600.00"', '"650.00"'),
        (["caps", "users", "included"], 300, "250", "300"),
        (["caps", "sms"], {"included": 5, "hard": True}, "sms: none", "sms: {included: 5, hard: true}"),
        (["price"], "free", '{monthly: "600.00", annual_total: "6000.00"}', "free"),
        (["plan"], "0600", "plan: pro ", 'plan: "0600" '),
        (["caps", "users", "hard"], True, '"2.00"}  ', '"2.00", hard: true}  '),
        (["caps", "web"], "unlimited", "  sms: none\n", "  sms: none\n  web: unlimited\n"),
        (["since"], "2026-11-25", "  - zebra\n", "  - zebra\nsince: 2026-11-25\n"),
        (["features", 1], "apple", "- apps ", "- apple "),
    ],
)
def test_a_value_is_set_when_it_is_there_or_not(path: Any, value: Any, old: str, new: str) -> None:
    edited = set_value(draft(BLOCK), path, value)
    assert text_of(edited) == BLOCK.replace(old, new)
    assert value_at(edited, path) == value


def test_a_new_key_stands_after_those_that_precede_it_in_the_order() -> None:
    edited = set_value(draft(BLOCK), ["support"], "email", order=["plan", "price", "support", "caps"])
    assert text_of(edited) == BLOCK.replace("# a year\n", "# a year\nsupport: email\n")


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("a:\n", ["a"], 1, "a: 1\n"),
        ("a:\nb: 2\n", ["a", "x"], 1, "a: {x: 1}\nb: 2\n"),
        ("a: {}\n", ["a", "x"], 1, "a: {x: 1}\n"),
        ("a: {x: 1,}\n", ["a", "z"], 2, "a: {x: 1, z: 2,}\n"),
        ("a:\n  x:\n    y: 1\n# b\nb: 1\n", ["a"], 3, "a: 3\n# b\nb: 1\n"),
        ("a: 'x'\n", ["a"], "it's", "a: 'it''s'\n"),
        ("a: >-\n  long\n  text\n\nb: 1\n", ["a"], "short", "a: short\n\nb: 1\n"),
        ("a: |\n  long\n\n# end\n", ["b"], 1, "a: |\n  long\nb: 1\n\n# end\n"),
        ("- k: 1\n- k: 2\n", [1, "v"], "x", "- k: 1\n- k: 2\n  v: x\n"),
        ("a: 1", ["b"], 2, "a: 1\nb: 2"),
        ("a: 1\r\nb: 2\r\n", ["a2"], 3, "a: 1\r\nb: 2\r\na2: 3\r\n"),
        ("\ufeffa: 1\nb: 2", ["a"], 5, "\ufeffa: 5\nb: 2"),
        ("é: 1 # 日本 𝒳\nb: 2 # 𝒳", ["b"], 5, "é: 1 # 日本 𝒳\nb: 5 # 𝒳"),
        ("a: [{x: 1}]\n", ["a", 0, "z"], 2, "a: [{x: 1, z: 2}]\n"),
    ],
)
def test_a_value_finds_its_place_in_every_way_of_writing(
    before: str, path: Any, value: Any, after: str
) -> None:
    assert text_of(set_value(draft(before), path, value)) == after


@pytest.mark.parametrize(
    ("before", "path", "value"),
    [
        ("a:\n  x: 1 # why\n  z: 2\n", ["a"], 1),
        ("a: 1\n", ["a", "b"], 2),
        ("a: [1]\n", ["a", 1], 2),
        ("a: [1]\n", ["a", "x"], 2),
        ("? a\n: 1\n", ["b"], 2),
        ("a: {b}\n", ["a", "b"], 1),
    ],
)
def test_an_edit_is_refused_when_it_has_no_place_or_would_lose_something(
    before: str, path: Any, value: Any
) -> None:
    with pytest.raises(CannotEdit):
        set_value(draft(before), path, value)


@pytest.mark.parametrize("text", ["a: [1\n", "a: 1\na: 2\n", ""])
def test_a_file_that_cannot_be_read_is_not_edited(text: str) -> None:
    with pytest.raises(CannotEdit, match=r"plans/pro\.yaml:\d"):
        draft(text)


@pytest.mark.parametrize(
    ("before", "item", "after"),
    [
        ("f: [a, c]\n", "b", "f: [a, b, c]\n"),
        ("f: [a, c]\n", "z", "f: [a, c, z]\n"),
        ("f: [b, c]\n", "a", "f: [a, b, c]\n"),
        ("f: [c, a]\n", "b", "f: [c, a, b]\n"),
        ("f: [a, c,]\n", "d", "f: [a, c, d,]\n"),
        ("f: []\n", "a", "f: [a]\n"),
        ("f:\ng: 1\n", "a", "f: [a]\ng: 1\n"),
        ("g: 1\n", "a", "g: 1\nf: [a]\n"),
        ("f:\n- a\n- c # why\n# end\n", "b", "f:\n- a\n- b\n- c # why\n# end\n"),
        ("f:\n  -   a\n  -   c", "d", "f:\n  -   a\n  -   c\n  -   d"),
        ("f:\n  # first\n  - b\n  - c\n", "a", "f:\n  # first\n  - a\n  - b\n  - c\n"),
        ("f: [\n  a,  # one\n  c\n]\n", "b", "f: [\n  a,  # one\n  b,\n  c\n]\n"),
        ("f: [\n  a,\n  c  # last\n]\n", "d", "f: [\n  a,\n  c,  # last\n  d\n]\n"),
        ("f: [\n  a,\n  c,\n]\n", "d", "f: [\n  a,\n  c,\n  d,\n]\n"),
        ("f: [\n  a,\n  c ]\n", "d", "f: [\n  a,\n  c,\n  d ]\n"),
        ("f: [\n  b,\n  c ]\n", "a", "f: [\n  a,\n  b,\n  c ]\n"),
        ("f:\r\n- a\r\n- c\r\n", "b", "f:\r\n- a\r\n- b\r\n- c\r\n"),
    ],
)
def test_an_item_is_added_in_its_place(before: str, item: str, after: str) -> None:
    edited = add_item(draft(before), ["f"], item)
    assert text_of(edited) == after
    assert add_item(edited, ["f"], item) is edited


def test_an_item_goes_behind_another_when_the_order_means_something() -> None:
    assert text_of(add_item(draft("f: [a, b, c]\n"), ["f"], "new", after="a")) == "f: [a, new, b, c]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f:\n  a: {t: 1}\n# end\n", "f:\n  a: {t: 1}\n  k:\n    t: Long\n    l: {e: closed}\n# end\n"),
        ("f:\n  a: 1\n\n  b: 1\n", "f:\n  a: 1\n\n  b: 1\n\n  k:\n    t: Long\n    l: {e: closed}\n"),
        ("f:\r\n  a: 1", "f:\r\n  a: 1\r\n  k:\r\n    t: Long\r\n    l: {e: closed}"),
    ],
)
def test_a_block_is_added_in_lines_of_its_own(before: str, after: str) -> None:
    content = {"t": "Long", "l": MappingProxyType({"e": "closed"})}
    edited = add_block(draft(before), ["f", "k"], content)
    assert text_of(edited) == after
    for path in (["f", "k"], ["f", "a", "x"], ["g", "x"]):
        with pytest.raises(CannotEdit):
            add_block(edited, path, content)


@pytest.mark.parametrize(
    ("item", "heading", "old", "new"),
    [
        ("b", "Apps", "# why\n", "# why\n  - b\n"),
        ("apple", "Apps", "- api\n", "- api\n  - apple\n"),
        ("b", "Zoo", "- zebra\n", "- zebra\n  - b\n"),
        ("b", "Maps", "- zebra\n", "- zebra\n  # Maps\n  - b\n"),
        ("b", None, "- apps     # why\n", "- apps     # why\n  - b\n"),
    ],
)
def test_an_item_goes_under_its_heading(item: str, heading: str | None, old: str, new: str) -> None:
    edited = add_item(draft(BLOCK), ["features"], item, heading=heading, headings=["Apps", "Zoo", "Maps"])
    assert text_of(edited) == BLOCK.replace(old, new)


@pytest.mark.parametrize(
    ("before", "item", "after"),
    [
        ("f: [a, b, c]\n", "b", "f: [a, c]\n"),
        ("f: [a, b, c]\n", "c", "f: [a, b]\n"),
        ("f: [a, b,]\n", "b", "f: [a,]\n"),
        ("f: [a]\n", "a", "f: []\n"),
        ("f:\n- a\n- b # why\n- c\n", "b", "f:\n- a\n- c\n"),
        ("f:\n- a\n- b", "b", "f:\n- a"),
        ("f:\n- a\ng: 1\n", "a", "f: []\ng: 1\n"),
        ("f:\n  # x\n  - a\n  # y\n  - b\n", "b", "f:\n  # x\n  - a\n  # y\n"),
        ("f: [\n  a,  # one\n  b,\n  c\n]\n", "b", "f: [\n  a,  # one\n  c\n]\n"),
        ("f: [\n  a,  # one\n  b\n]\n", "b", "f: [\n  a,  # one\n  \n]\n"),
        ("f: [a]", "b", "f: [a]"),
    ],
)
def test_an_item_is_removed_with_its_line(before: str, item: str, after: str) -> None:
    assert text_of(remove_item(draft(before), ["f"], item)) == after


@pytest.mark.parametrize(
    ("before", "path", "key", "after"),
    [
        ("a: 1 # x\n", ["a"], "b", "b: 1 # x\n"),
        ('x: {"a": 1}\n', ["x", "a"], "b", 'x: {"b": 1}\n'),
    ],
)
def test_a_key_is_renamed(before: str, path: Any, key: str, after: str) -> None:
    assert text_of(rename_key(draft(before), path, key)) == after


def test_a_key_is_not_renamed_to_one_that_is_there() -> None:
    with pytest.raises(CannotEdit):
        rename_key(draft("a: 1\nb: 2\n"), ["a"], "b")


def test_edits_are_made_in_any_order_and_never_over_each_other() -> None:
    source = Source(b"abcdef")
    assert source.edited([Edit(4, 5, "X"), Edit(0, 1, ""), Edit(2, 2, "Y")]) == b"bYcdXf"
    for wrong in ([Edit(0, 2, ""), Edit(1, 3, "")], [Edit(5, 7, "")], [Edit(3, 2, "")]):
        with pytest.raises(ValueError, match="overlaps"):
            source.edited(wrong)


def test_bytes_that_are_no_text_come_out_as_they_went_in() -> None:
    assert Source(b"\xef\xbb\xbfa\xff\xe9b").edited([Edit(0, 1, "c")]) == b"\xef\xbb\xbfc\xff\xe9b"
