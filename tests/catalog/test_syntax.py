"""Texts that are no YAML: one problem, where a person would look for it, in their words."""

from __future__ import annotations

import pytest

from entitlements.catalog.reading.document import read_bytes


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a:b\nc: d\n", 1, 2, "no space after the colon"),
        ("a: 1\nb:2\nc: 3\n", 2, 2, "no space after the colon"),
        ("a: {b:1, c: 2}\n", 1, 5, "no space after the colon"),
        ("a: b: c\n", 1, 5, "second colon"),
        ("- a: b: c\n", 1, 7, "second colon"),
        ("a:\tb: c\n", 1, 5, "second colon"),
        ("a:b: c\n  d: e\n", 2, 3, "indented under"),
        ("pro\na: 1\n", 1, 1, "is missing in this line"),
        ("a: 1\npro\nb: 2\n", 2, 1, "is missing in this line"),
        ("a: 1\n" + "k" * 1100 + ": 2\n", 2, 1, "key of this line"),
        ("a:\n  b: 1\n   c: 2\n", 3, 4, "indented under a line that already has a value"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "does not line up"),
        ("a:\n    b: 1\n   c: 2\n", 3, 4, "does not line up"),
        # Of the lines that do not line up the one with an odd number of spaces, though parsing stops later.
        ("a:\n   b: 1\n  c: 2\n", 2, 4, "this line and line 3 below it do not line up"),
        ("a:\n   b:\n    c: 1\n  d: 2\n", 2, 4, "this line and line 4 below it do not line up"),
        ("a:\n b: 1\n  c: 2\n", 2, 2, "this line and line 3 below it do not line up"),
        ("a:\n b:\n    c: 1\n  d: 2\n", 2, 2, "this line and line 4 below it do not line up"),
        ("a:\n   - b\n  - c\n", 2, 4, "this line and line 3 below it do not line up"),
        ("a:\n   - b: 1\n    c: 2\n", 2, 4, "this line and line 3 below it do not line up"),
        ("# a\n\n a: 1\nb: 2\n", 3, 2, "this line and line 4 below it do not line up"),
        # Blocks below show that the line above this one is gone.
        ("a:\n    b: 1\n  c:\n    d: 1\n", 2, 5, "the line with the key that these lines belong to"),
        ("a:\n  b: 1\nc:\n    d: 1\n  # e\n  f: 2\n\n  g: # h\n\n    i: 1\n", 4, 5, "line with the key"),
        ("a:\n    b: 1\n  - c: 1\n    d: 1\n", 2, 5, 'the line with the "- " that these lines belong to'),
        ("a:\n  b:\n    c: 1\n  - d: 1\n    e: 2\n", 4, 3, "an item of a list stands here among the keys"),
        ("a:\n  b: 1\n c:\n  d: 1\n", 3, 2, "does not line up with the lines above"),
        ("a:\n    b: 1\n  c: 2\nd:\n  e:\n    f: 1\n", 3, 3, "does not line up with the lines above"),
        ("a:\n    b: 1\n  c:\n      d: 1\n", 3, 3, "does not line up with the lines above"),
        ("a: b\n- c\n", 2, 1, "item of a list stands here"),
        ("- a\nb: c\n", 2, 1, "not an item of the list"),
        ("a:\n  - b: 1\n   c: 2\n", 3, 4, "not an item of the list"),
        ("a: - b\n", 1, 4, "list cannot begin in the line of its key"),
        ('a: "b\nc: d\n', 1, 4, "never closed"),
        ("a: 'b\n", 1, 4, "never closed"),
        ('a: "b\n---\n', 1, 4, "never closed"),
        ('a: "b\nc: "d"\n', 1, 4, "not closed in its line"),
        ('a: ["b,\n  "c"]\n', 1, 5, "not closed in its line"),
        ('a: ["b, "c"]\nd: 1\n', 1, 10, "comma"),
        ("a: 'it's'\n", 1, 7, "apostrophe"),
        ('a: "b" c\n', 1, 8, "after the closing quotation mark"),
        ('a: "say "hi" now"\n', 1, 10, "after the closing quotation mark"),
        ("a: [b\nc: d\n", 1, 4, 'bracket "[" opened here is not closed'),
        ("a: {b: c\n", 1, 4, 'bracket "{" opened here is not closed'),
        ("a: [b", 1, 4, 'bracket "[" opened here is not closed'),
        ('a: ["b" "c"]\n', 1, 9, 'comma or "]" is missing'),
        ("a: {b: c #1, d: e}\nf: g\n", 1, 10, 'the "}" for the "{" of this line is in a comment'),
        ("a: {b: c # 1}\nf: g\n", 1, 4, 'bracket "{" opened here is not closed'),
        ("a: [b}\n", 1, 6, '"[" is closed with "}"'),
        ("a: [b,,c]\n", 1, 7, "nothing stands before this comma"),
        ("a: {b:}\n", 1, 6, "follows this colon"),
        ("a: ]\n", 1, 4, "closes nothing"),
        ("a: [", 1, 5, "value is missing"),
        ("a: @b\n", 1, 4, "cannot begin with @"),
        ("a: %b\n", 1, 4, "cannot begin with %"),
        ("a: ? b\n", 1, 4, "cannot begin with ?"),
        ("%b\n", 1, 1, "line cannot begin with %"),
        ("%YAML 2.0\n---\na: 1\n", 1, 1, "line cannot begin with %"),
        ("%YAML 1.1\n---\na: 1\n", 1, 1, "YAML 1.2"),
        ('a: "C:\\qux"\n', 1, 7, "backslash"),
        ('a: "\\u12"\n', 1, 5, "backslash"),
        ("a: |x\n  b\n", 1, 4, 'follows "|"'),
        ('"a"\nb: c\n', 2, 1, "goes on after its end"),
        ('"a" b\n', 1, 5, "after the closing quotation mark"),
    ],
)
def test_a_text_that_is_no_yaml_is_explained(text: str, line: int, column: int, words: str) -> None:
    document = read_bytes(text.encode(), "a.yaml")
    (problem,) = document.problems
    assert (problem.code, problem.mark.line, problem.mark.column) == ("Y108", line, column)
    assert words in problem.message
    assert problem.hint


def test_problems_before_the_place_that_cannot_be_parsed_are_kept() -> None:
    document = read_bytes(b"a: 0777\na: 1\nb: @\n", "a.yaml")
    assert [problem.code for problem in document.problems] == ["Y117", "Y110", "Y108"]
    assert document.value is None


@pytest.mark.parametrize("text", ["a: @b\n", "a: [\n", "- a\nb: c\n", "a: 'b'c'\n", "a: b: c\n"])
def test_no_word_of_the_parser_reaches_the_reader(text: str) -> None:
    (problem,) = read_bytes(text.encode(), "a.yaml").problems
    for word in ("token", "scalar", "mapping", "sequence", "node", "while", "expected", "context"):
        assert word not in f"{problem.message} {problem.hint}"
