"""YAML 1.2 core scalars: what a word without quotes means, and the spellings that are refused."""

from __future__ import annotations

import re
from math import isinf
from typing import NamedTuple

from entitlements.catalog.reading.nodes import Number

MAX_DIGITS = 40

_WORDS = {
    "": None,
    **dict.fromkeys(("~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_FAR_EXPONENT = re.compile(r"[eE][-+]?0*[1-9][0-9]{2}")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
#: Leading zeros, 1_000 and 1,000; and bases that YAML 1.2 spells otherwise.
_ODD_DECIMAL = re.compile(r"[-+]?(?:[0-9][0-9_]*|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?")
_ODD_BASED = re.compile(r"[-+]?0(?:[oO][0-7_]*[0-7]|[xX][0-9a-fA-F_]*[0-9a-fA-F]|[bB][01_]*[01])")
#: A number with commas, and what follows one that goes on.
_COMMAS = re.compile(r"[0-9]+(?:,[0-9]+)+(?:\.[0-9]+)?")
_GOES_ON = re.compile(r",[0-9]+(?:\.[0-9]+)? *[,}]")
_ODD_COMMENT = re.compile(r"[ \t]+(#(?:\w[^\n]*|(?=[ \t\r]*$)))", re.MULTILINE)
_USUAL_COMMENT = re.compile(r"[ \t]#(?!\w)")
_NEEDLESS_ZEROS = re.compile(r"^0+(?=[0-9])")


class Refused(NamedTuple):
    """A word that is not taken as it stands, and what to write instead."""

    code: str
    message: str
    hint: str
    fix: str | None = None
    #: Whether the fix is what every reader of the word would take it for.
    safe: bool = True


def plain_value(text: str) -> object:
    """The meaning of a scalar without quotes, or a Refused."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in _NUMBER_START else text


def odd_comment(text: str, at: int) -> tuple[int, int] | None:
    """The place of a comment that begins behind `at`, after spaces, and is hardly meant as one.

    A letter or digit follows its # at once, as in `Plus #1`, or nothing does, as in `Plan C #`. Where one in
    the usual form follows in the line, it ends there.
    """
    match = _ODD_COMMENT.match(text, at)
    if match is None:
        return None
    usual = _USUAL_COMMENT.search(text, match.start(1), match.end())
    end = usual.start() if usual else match.end()
    return match.start(1), match.start(1) + len(text[match.start(1) : end].rstrip())


def number_with_commas(text: str, end: int) -> str:
    """The number, such as 1,490.00, that ends at `end`, where a bracket or comma follows; else nothing."""
    before = text[max(0, end - MAX_DIGITS) : end]
    run = before[len(before.rstrip("0123456789,.")) :]
    return run if _COMMAS.fullmatch(run) and not _GOES_ON.match(text, end) else ""


def with_commas(text: str) -> Refused:
    """Of a number with commas in it, all that can be said: between brackets they part entries."""
    refused = plain_value(text)
    if isinstance(refused, Refused):
        return refused
    whole, _, decimals = text.rpartition(",")
    plain = f"{whole.replace(',', '')}.{decimals}" if "." not in decimals else text.replace(",", "")
    return Refused(
        "Y117", f"{shown(text)} is no number: commas part one thing from the next", f"write {plain}"
    )


def shown(text: str, limit: int = 40) -> str:
    """`text` in quotation marks for a message: on one line, shortened, without invisible characters."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return '"' + "".join(c if c.isprintable() else "�" for c in " ".join(short.split("\n"))) + '"'


def _number(text: str) -> object:
    if _INTEGER.fullmatch(text):
        return _too_long(text) or int(text)
    if _FLOAT.fullmatch(text):
        return _too_long(text) or _finite(text)
    if _BASED.fullmatch(text):
        return _too_long(text) or int(text, base=0)
    if _NOT_FINITE.fullmatch(text):
        message = f"{shown(text)} is not a number that can be counted or paid"
        return Refused(
            "Y116", message, 'write a number; for no limit write "unlimited" where that is allowed'
        )
    if _ODD_DECIMAL.fullmatch(text) or _ODD_BASED.fullmatch(text):
        return _too_long(text) or _respelled(text)
    return text


def _finite(text: str) -> object:
    number = Number(text)
    if isinf(number):
        return Refused("Y116", f"{shown(text)} is too large a number", "write a smaller number")
    # An amount of money is as exact as its text, and that one would have more digits than memory holds.
    if _FAR_EXPONENT.search(text):
        return Refused("Y116", f"{shown(text)} has too large an exponent", "write the number without one")
    return number


def _too_long(text: str) -> Refused | None:
    digits = sum(map(str.isalnum, text)) if len(text) > MAX_DIGITS else 0
    if digits <= MAX_DIGITS:
        return None
    message = f"a number of {digits:,} digits; at most {MAX_DIGITS} are read"
    return Refused("Y109", message, "write a shorter number, or put it in quotes if it is a text")


def _respelled(text: str) -> Refused:
    bare = text.replace("_", "").replace(",", "")
    sign, digits = (bare[0], bare[1:]) if bare[0] in "+-" else ("", bare)
    if _ODD_BASED.fullmatch(bare):
        why, plain = "is a number in a programmer's notation", f"{sign}{int(digits, base=0)}"
    else:
        why = "begins with a zero" if bare == text else "has separators between its digits"
        plain = sign + _NEEDLESS_ZEROS.sub("", digits)
    plain = plain.removeprefix("+")
    message = f"{shown(text)} {why}, so programs differ on which number it is"
    hint = f"write {plain}; only a text, such as a title, goes in quotes as it is"
    return Refused("Y117", message, hint, plain, safe="separators" in why)
