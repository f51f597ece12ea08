"""Everything a plan file may not hold: each row is one mistake, its code and its exact place."""

from __future__ import annotations

import pytest

from entitlements.catalog.reading.document import Document, read_bytes

Found = list[tuple[str, int, int]]


def read(text: str | bytes) -> Document:
    return read_bytes(text.encode() if isinstance(text, str) else text, "a.yaml")


def found(text: str | bytes) -> Found:
    return [(problem.code, problem.mark.line, problem.mark.column) for problem in read(text).problems]


PROBLEMS: list[tuple[str | bytes, Found]] = [
    # bytes
    (b"a: \xe9\n", [("Y101", 1, 4)]),
    ("a: é\né: ".encode() + b"\xff", [("Y101", 2, 4)]),
    (b"\xef\xbb\xbf\xc3", [("Y101", 1, 1)]),
    (b"a: \xed\xa0\x80", [("Y101", 1, 4)]),
    ("a: 1\n".encode("utf-16"), [("Y102", 1, 1)]),
    ("a: 1\n".encode("utf-16-le"), [("Y102", 1, 1)]),
    ("a: 1\n".encode("utf-16-be"), [("Y102", 1, 1)]),
    ("a: 1\n".encode("utf-32"), [("Y102", 1, 1)]),
    ("a: 1\n".encode("utf-32-be"), [("Y102", 1, 1)]),
    ("a: 1\n".encode("utf-32-le"), [("Y102", 1, 1)]),
    ("a: x\0y\n\x01: \x7f\n", [("Y103", 1, 5), ("Y103", 2, 1), ("Y103", 2, 4)]),
    ("# \x1b[31m\na: \x85\n", [("Y103", 1, 3), ("Y103", 2, 4)]),
    ('a: "\\0"\n"\\e": 1\n', [("Y103", 1, 4), ("Y103", 2, 1)]),
    ("a: \0\rb", [("Y103", 1, 4), ("Y105", 1, 5)]),
    ("a: 1\rb: 2\rc: 3\n", [("Y105", 1, 5)]),
    # tabs
    ("a:\n\tb: 1\n", [("Y104", 2, 1)]),
    ("a:\n  \tb: 1\n", [("Y104", 2, 3)]),
    ("a: x\n\ty\n", [("Y104", 2, 1)]),
    ("a: |\n\tx\n", [("Y104", 2, 1)]),
    ("-\ta: 1\n", [("Y104", 1, 2)]),
    # odd spaces
    ("\u00a0a: 1\n", [("Y106", 1, 1)]),
    ("a: 1\n\u00a0\u00a0b: 2\n", [("Y106", 2, 1)]),
    ("a:\n  b: 1\n \u00a0c: 2\n", [("Y106", 3, 2)]),
    ("a\u00a0b: 1\n", [("Y106", 1, 2)]),
    ('"a\u200bb": 1\n', [("Y106", 1, 3)]),
    ("a: \u3000b\n", [("Y106", 1, 4)]),
    ("a: b\u200b\n", [("Y106", 1, 5)]),
    ("a: b\u00a0# c\n", [("Y106", 1, 5)]),
    ("a:\n  -\u00a0b\n", [("Y106", 2, 4)]),
    ("- a\n-\u00a0b\n", [("Y106", 2, 2)]),
    ("a:\u00a0b\n", [("Y106", 1, 3)]),
    ("a:\u00a0b\nc: d\n", [("Y106", 1, 3)]),
    ("a:\n  b:\u00a01\n", [("Y106", 2, 5)]),
    ("a: x\ufeff\n", [("Y106", 1, 5)]),
    ("a: x\u2028y\n", [("Y106", 1, 5)]),
    ("\u202ea: x\n", [("Y106", 1, 1)]),
    # curly quotes
    ("a: “b”\n“c”: d\n", [("Y107", 1, 4), ("Y107", 2, 1)]),
    ("- ‘a’\n- «b» c\n", [("Y107", 1, 3), ("Y107", 2, 3)]),
    ("a: [“b”, c]\n", [("Y107", 1, 5)]),
    ("a: “b: c”\n", [("Y107", 1, 4)]),
    ("a: `b`\n", [("Y107", 1, 4)]),
    ("```yaml\na: b\n```\n", [("Y107", 1, 1)]),
    ("a: b\n```\n", [("Y107", 2, 1)]),
    # an unfinished merge
    ("<<<<<<< HEAD\na: b\n=======\na: c\n>>>>>>> other\n", [("Y124", 1, 1)]),
    ("a:\n  - b\r\n=======\r\n  - c\n", [("Y124", 3, 1)]),
    ("||||||| 1f\na: |\n  <<<<<<< b\n>>>>>>>\n", [("Y124", 1, 1)]),
    # commas in numbers between braces
    ("a: {b: 50,000, c: 1}\n", [("Y117", 1, 8)]),
    ("a: {c: 1, b: 1,490,000.00 }\n", [("Y117", 1, 14)]),
    ("a: {b: 49,00}\nc: {d: 1,5}\n", [("Y117", 1, 8), ("Y117", 2, 8)]),
    # too much
    ("[" * 65, [("Y109", 1, 65)]),
    ("a: " + "x" * 200_001, [("Y109", 1, 4)]),
    ('"' + "x" * 200_001 + '": 1', [("Y109", 1, 1)]),
    # what plan files do without
    ("a: &x 1\nb: *x\n", [("Y111", 1, 4), ("Y111", 2, 4)]),
    ("&x a: 1\n*x : 2\n<<: {b: 1}\n", [("Y111", 1, 1), ("Y111", 2, 1), ("Y111", 3, 1)]),
    ("a: &x\n  b: 1\nc: !t &y [1]\n", [("Y111", 1, 4), ("Y112", 3, 4), ("Y111", 3, 7)]),
    ('"<<": 1\na: {<<: 2}\n', [("Y111", 2, 5)]),
    ("a: *\n", [("Y111", 1, 4)]),
    ("a: **bold**\n", [("Y111", 1, 4)]),
    ("a: !!str 1\nb: !x {}\nc: ! y\n", [("Y112", 1, 4), ("Y112", 2, 4), ("Y112", 3, 4)]),
    ("a: !!python/object/apply:os.system [ls]\n", [("Y112", 1, 4)]),
    ("!!set {a}\n", [("Y112", 1, 1)]),
    ("a: !e!x y\n", [("Y112", 1, 4)]),
    ("%TAG ! tag:x\n---\na: 1\n", [("Y112", 1, 1)]),
    ("a: 1\n---\nb: 2\n", [("Y113", 2, 1)]),
    ("a: 1\n---\n", [("Y113", 2, 1)]),
    ("", [("Y114", 1, 1)]),
    ("\ufeff", [("Y114", 1, 1)]),
    ("# nothing\n\n", [("Y114", 1, 1)]),
    ("---\n", [("Y114", 1, 1)]),
    ("? [a]\n: 1\n? {b: 1}\n: 2\n", [("Y115", 1, 3), ("Y115", 3, 3)]),
    ("{: 1}\n", [("Y115", 1, 2)]),
    ("{a: {[b]: 1}}\n", [("Y115", 1, 6)]),
    (": 1\n", [("Y115", 1, 1)]),
    ('"": 1\n', [("Y115", 1, 1)]),
    ("{{{a: 1}: 2}: 3}\n", [("Y115", 1, 2)]),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS, ids=[ascii(text)[:40] for text, _ in PROBLEMS])
def test_a_mistake_has_its_code_and_place(text: str | bytes, expected: Found) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a: It’s “fine” — «here» too\n",
        'a: "“quoted”"\n"’tis": 1\n',
        "a: 10\u00a0000 or 5\u202f%, 👩\u200d🔬 here\n",
        "a: |\n  “x”\u00a0\n",
        "note: See:\u00a0there\n",
        "# “a”\u00a0`b`\na: 1\n",
        "a:\tb\n",
        "a: [\n\tb\n]\n",
        '"a b": x\n',
        "a: x`y\n",
        "%YAML 1.2\n---\na: 1\n...\n",
    ],
)
def test_what_may_be_written_is_read(text: str) -> None:
    assert found(text) == []


def test_every_problem_of_a_file_is_found_at_once() -> None:
    text = "a: 0777\na: &x .nan\n“b”: !t 1\nc: [1_000, *x]\nd:\u00a0e: f\n"
    assert [code for code, _, _ in found(text)] == [
        "Y117",
        "Y110",
        "Y111",
        "Y116",
        "Y107",
        "Y112",
        "Y117",
        "Y111",
        "Y106",
    ]


def test_reading_stops_after_fifty_problems() -> None:
    document = read("- 0777\n" * 60)
    assert [problem.mark.line for problem in document.problems] == list(range(1, 52))
    assert document.problems[50].code == "Y109"
    assert document.value is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: “b”\n", "curly opening quotation mark"),
        ("a:\u00a0b\n", "non-breaking space"),
        ("a: \u200bb\n", "an invisible character stands here: zero width space"),
        ("a: \0\n", "NUL"),
        ("a: `b`\n", "backtick"),
    ],
)
def test_a_character_that_deceives_is_named_in_words(text: str, words: str) -> None:
    (problem,) = read(text).problems
    assert words in problem.message


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("a: “b”\n", 'a: "b"\n'),
        ("a\u00a0b: c\n", "a b: c\n"),
        ("a: b\u200b\n", "a: b\n"),
        ("a: x\0y\n", "a: xy\n"),
        ("é: 1\nb: 0777\n", "é: 1\nb: 777\n"),
    ],
)
def test_a_fix_mends_the_text(text: str, mended: str) -> None:
    (problem,) = read(text).problems
    assert problem.fix is not None
    lines, mark = text.splitlines(keepends=True), problem.fix.mark
    line = lines[mark.line - 1]
    lines[mark.line - 1] = line[: mark.column - 1] + problem.fix.text + line[mark.end_column - 1 :]
    assert "".join(lines) == mended
    assert found(mended) == []


def test_line_ends_of_windows_do_not_move_places() -> None:
    assert found("a: 1\r\nb: 0777\r\n# c\r\n\r\na: 2\r\n") == [("Y117", 2, 4), ("Y110", 5, 1)]
