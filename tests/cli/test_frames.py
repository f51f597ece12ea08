"""Code frames: the right characters underlined, in lines that fit and hold nothing a terminal obeys."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entitlements.cli.formats.text import block
from entitlements.cli.frames import Texts, frame, printable
from entitlements.problems import Mark, Problem, Related


def shown(text: str, line: int, column: int, end_line: int, end_column: int, *, room: int = 60) -> list[str]:
    mark = Mark("a.yaml", line, column, end_line, end_column)
    return [row.plain(2) for row in frame(mark, Texts.of("a.yaml", text), room=room)]


def test_one_line_of_context_above_and_below() -> None:
    assert shown("a: 1\nb: 2\nc: 3\nd: 4\n", 3, 4, 3, 5) == [
        " 2 | b: 2",
        " 3 | c: 3",
        "   |    ^",
        " 4 | d: 4",
    ]


def test_blank_context_is_left_out() -> None:
    assert shown("a: 1\n   \nc: 3\n\nd: 4\n", 3, 1, 3, 2) == [" 3 | c: 3", "   | ^"]


def test_a_span_of_no_width_has_a_caret() -> None:
    assert shown("a:", 1, 3, 1, 3) == [" 1 | a:", "   |   ^"]


def test_a_span_of_several_lines_shows_its_ends() -> None:
    text = "x: 1\na:\n  b: 1\n  c: 2\n  d: 3\ny: 2"
    assert shown(text, 3, 3, 5, 7) == [
        " 2 | a:",
        " 3 |   b: 1",
        "   |   ^^^^",
        "   | …",
        " 5 |   d: 3",
        "   |   ^^^^",
        " 6 | y: 2",
    ]


def test_a_span_that_ends_before_a_line_does_not_show_it() -> None:
    assert shown("a: 1\nb: 2", 1, 1, 2, 1) == [" 1 | a: 1", "   | ^^^^", " 2 | b: 2"]


@pytest.mark.parametrize(
    ("line", "meant", "carets"),
    [
        ("名前: [日本, プロ]", "プロ", "             ^^^^"),
        ("a: [e\u0301e\u0301, pro]", "pro", "        ^^^"),
        ("a: e\u0301", "e\u0301", "   ^"),
        ("a:\tpro", "pro", "   ^^^"),
        ("a: 🎉🎉", "🎉🎉", "   ^^^^"),
    ],
)
def test_carets_stand_below_wide_and_combined_characters(line: str, meant: str, carets: str) -> None:
    column = line.index(meant) + 1
    assert shown(line, 1, column, 1, column + len(meant))[1] == f"   | {carets}"


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    line = f"features: [{'a, ' * 100}reprots, {'b, ' * 100}]"
    column = line.index("reprots") + 1
    source, carets = shown(line, 1, column, 1, column + 7)
    assert source == " 1 | …" + line[column - 21 :][:58] + "…"
    assert source[carets.index("^") : carets.rindex("^") + 1] == "reprots"


def test_the_end_of_a_long_line_fills_the_room() -> None:
    line = f"features: [{'a, ' * 100}reprots]"
    column = line.index("reprots") + 1
    source, carets = shown(line, 1, column, 1, column + 7)
    assert source == " 1 | …" + line[-59:]
    assert source[carets.index("^") : carets.rindex("^") + 1] == "reprots"


def test_the_context_of_a_long_line_is_left_out_where_it_would_not_align() -> None:
    assert len(shown(f"a: 1\nb: {' ' * 200}c\nd: 2", 2, 204, 2, 205)) == 2


@pytest.mark.parametrize("mark", [(9, 1, 9, 2), (1, 1, 1, 2), (0, 0, 0, 0), (1, 5, 99, 1)])
def test_nothing_is_shown_of_what_is_not_there(mark: tuple[int, int, int, int]) -> None:
    assert shown("\nb", *mark) == []


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=80),
    st.tuples(st.integers(-2, 5), st.integers(-2, 90), st.integers(-2, 6), st.integers(-2, 90)),
    st.integers(10, 40),
)
def test_whatever_the_text_rows_fit_and_are_harmless(
    text: str, mark: tuple[int, int, int, int], room: int
) -> None:
    for row in frame(Mark("a.yaml", *mark), Texts.of("a.yaml", text), room=room):
        assert row.text.isprintable()
        assert len(row.text) <= 4 * room + 2
        if row.text.isascii():
            assert len(row.text) <= room + 1


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_whatever_the_words_no_control_character_is_printed(
    message: str, hint: str, code: str, file: str
) -> None:
    related = (Related(Mark(file, 3), message),)
    shown = block(Problem(code, message, Mark(file), hint=hint, related=related), Texts.of("a.yaml", "a"))
    # What is left are the colours that we print ourselves.
    assert all(line.isprintable() for line in re.sub(r"\x1b\[[0-9]+m", "", shown).split("\n"))


def test_marks_of_direction_are_shown_and_not_obeyed() -> None:
    assert printable("a\u202eb\u2066c\x1b[31m\nd") == "a\ufffdb\ufffdc\ufffd[31m d"
