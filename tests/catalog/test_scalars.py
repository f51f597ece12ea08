"""What a word without quotes means: YAML 1.2 core, or a problem with the right spelling."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from entitlements.catalog.reading.document import Number, read_bytes
from entitlements.problems import Mark


def value_of(text: str) -> Any:
    document = read_bytes(text.encode(), "a.yaml")
    assert not document.problems
    return document.value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *(
            (word, word)
            for word in ("no", "No", "on", "y", "N", "yes", "off", "nULL", "tRUE", "12:30", "190:20:30")
        ),
        *(
            (word, word)
            for word in ("2025-01-01", "2025-01-01T10:00:00Z", "10 %", "1.2.3", "+", ".", "-.", "0x", "0o8")
        ),
        *(
            (word, word)
            for word in ("1e", "e3", "12,50", "1,00", "٣", "inf", "NaN", ".Nan", "=", "a,b", "it's")
        ),
        ("0", 0),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1" * 40, int("1" * 40)),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("2.50", 2.5),
        ("-1.", -1.0),
        ("1E-2", 0.01),
        ('"no"', "no"),
        ('"12"', "12"),
        ("'0777'", "0777"),
        ('""', ""),
        ('"~"', "~"),
        ("|\n  12\n", "12\n"),
        (">-\n  1\n  2\n", "1 2"),
    ],
)
def test_a_scalar_means_what_an_editor_shows(written: str, meant: object) -> None:
    value = value_of(f"key: {written}\n")["key"]
    assert value == meant
    assert isinstance(value, type(meant))


@pytest.mark.parametrize("written", ["2.50", ".5", "1e3", "600.00"])
def test_a_number_keeps_its_text(written: str) -> None:
    number = value_of(f"- {written}")[0]
    assert isinstance(number, Number)
    assert number.text == written
    assert number == float(written)
    assert pickle.loads(pickle.dumps(number)).text == copy.deepcopy(number).text == written  # noqa: S301


@pytest.mark.parametrize(
    ("written", "code", "fix"),
    [
        ("0777", "Y117", "777"),
        ("+07", "Y117", "7"),
        ("-007.50", "Y117", "-7.50"),
        ("00", "Y117", "0"),
        ("01e3", "Y117", "1e3"),
        ("1_000", "Y117", "1000"),
        ("1_000.5_0", "Y117", "1000.50"),
        ("1,000,000", "Y117", "1000000"),
        ("0X1f", "Y117", "31"),
        ("-0x1F", "Y117", "-31"),
        ("0b101", "Y117", "5"),
        ("0x1_0", "Y117", "16"),
        (".nan", "Y116", None),
        ("-.INF", "Y116", None),
        ("1e400", "Y116", None),
        ("1" * 41, "Y109", None),
        ("1." + "1" * 40, "Y109", None),
        ("0x" + "1" * 40, "Y109", None),
        ("1_" * 40 + "1", "Y109", None),
    ],
)
def test_a_number_spelled_oddly_is_refused_with_the_right_spelling(
    written: str, code: str, fix: str | None
) -> None:
    (problem,) = read_bytes(f"key: {written}\n".encode(), "a.yaml").problems
    mark = Mark("a.yaml", 1, 6, 1, 6 + len(written))
    assert (problem.code, problem.mark) == (code, mark)
    assert (problem.fix.text if problem.fix else None) == fix
    if fix:
        assert problem.hint == f"write {fix}; only a text, such as a title, goes in quotes as it is"


@pytest.mark.parametrize(
    ("written", "safe"), [("1_000", True), ("1,000", True), ("0777", False), ("0b11", False)]
)
def test_only_separators_leave_no_doubt_which_number_is_meant(written: str, safe: bool) -> None:
    (problem,) = read_bytes(f"key: {written}\n".encode(), "a.yaml").problems
    assert problem.fix is not None
    assert problem.fix.safe is safe


def test_a_key_is_its_text() -> None:
    assert list(value_of("1: a\ntrue: b\n~: c\n0777: d\n2.50: e\nno: f\n")) == [
        "1",
        "true",
        "~",
        "0777",
        "2.50",
        "no",
    ]
