"""Characters that look right on screen and are not: odd spaces, curly quotes. Word processors put them in."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

#: Spaces that are not the space bar's, and characters without any width, as a class for `re`.
ODD_SPACE = (
    "\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u180e\\u2000-\\u200f"
    "\\u2028-\\u202f\\u205f-\\u206f\\u3000\\u3164\\ufeff\\uffa0"
)
#: Quotation marks that YAML takes for letters, as a class for `re`.
SMART_QUOTES = "“”„‟‘’‚‛«»‹›＂＇`´"
_NAMES = {
    "\0": "NUL",
    "\b": "backspace",
    "\v": "vertical tab",
    "\f": "form feed",
    "\x1b": "escape",
    "\x7f": "delete",
    "\x85": "next line",
    "\u00a0": "non-breaking space",
    "\u202f": "narrow non-breaking space",
    "\ufeff": "zero-width no-break space",
    "`": "backtick",
    "“": "curly opening quotation mark",
    "”": "curly closing quotation mark",
    "‘": "curly single opening quotation mark",
    "’": "curly apostrophe",
    "„": "low quotation mark",
    "‚": "low single quotation mark",
    "«": "angle quotation mark",
    "»": "angle quotation mark",
    "‹": "single angle quotation mark",
    "›": "single angle quotation mark",
}
INVISIBLE = ("an invisible character", "delete it")
_ZERO_WIDTH = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_ANYWHERE = re.compile(f"[{ODD_SPACE}]+")
# In a value: where a true space would be no part of the text (around it, after a dash, before a comment).
# Looking for a run of spaces from within it, again and again, would take for ever in a long one.
_AROUND = re.compile(f"^-?([{ODD_SPACE}]+)|(?<![{ODD_SPACE}])([{ODD_SPACE}]+)(?:$|#)")
# What would have been a key, had its colon a true space after it.
_AFTER_KEY = re.compile(f"^[\\w.-]+:([{ODD_SPACE}]+)")
# A line that could not be parsed: the same places in it.
_LINE_SPACE = re.compile(
    f"^ *(?:- )*(?:-|[\\w.-]+ ?:|)([{ODD_SPACE}]+)|(?<![{ODD_SPACE}])([{ODD_SPACE}]+)[#:]"
)
_LINE_QUOTE = re.compile(f"(?:^|[:?-] |[,\\[{{]) *([{SMART_QUOTES}])")
_FENCE = "```"
_PAIR = re.compile(f'[{SMART_QUOTES}]([^"\\\\\n]*)[{SMART_QUOTES}]')


class Lookalike(NamedTuple):
    """A wrong character: `start` and `end` count from the start of the text that was looked at."""

    code: str
    message: str
    hint: str
    start: int
    end: int
    fix: str | None = None


def name(character: str) -> str:
    """What to call a character in a message, with its number for those who look it up."""
    known = _NAMES.get(character) or unicodedata.name(character, "character without a name").lower()
    return f"{known}, U+{ord(character):04X}"


def in_key(raw: str) -> Lookalike | None:
    """The first wrong character of a key as it was written, its own quotes included."""
    return _smart_quote(raw) or _odd_space(_ANYWHERE.search(raw))


def in_plain_value(raw: str, *, starts_line: bool) -> Lookalike | None:
    """The first wrong character of a value without quotes. In the midst of prose all are fine."""
    return _smart_quote(raw) or _odd_space(
        _AROUND.search(raw) or (_AFTER_KEY.match(raw) if starts_line else None)
    )


def in_broken_line(line: str) -> Lookalike | None:
    """The wrong character that may be why a line cannot be parsed."""
    quote = _LINE_QUOTE.search(line)
    if quote is None:
        return _odd_space(_LINE_SPACE.search(line))
    found = _smart_quote(line[quote.start(1) :])
    return found and found._replace(start=quote.start(1), end=quote.start(1) + 1, fix=None)


def _smart_quote(raw: str) -> Lookalike | None:
    if raw[0] not in SMART_QUOTES:
        return None
    if raw.startswith(_FENCE):
        message = f"a line of {_FENCE} stands here, which marks a piece of code in chats and documents"
        return Lookalike("Y107", message, "take the whole line out", 0, len(_FENCE))
    pair = _PAIR.fullmatch(raw)
    message = f"the text begins with {raw[0]} ({name(raw[0])}), no quotation mark of YAML"
    hint = "use straight quotes ' or \" instead, or put them around the whole text to keep the curly ones"
    return Lookalike("Y107", message, hint, 0, len(raw) if pair else 1, f'"{pair[1]}"' if pair else None)


def _odd_space(match: re.Match[str] | None) -> Lookalike | None:
    if match is None:
        return None
    start, end = match.span(match.lastindex or 0)
    space = match.string[start:end]
    instead = " " if _ZERO_WIDTH.sub("", space) else ""
    what, hint = ("a space of another kind", "type a normal space in its place") if instead else INVISIBLE
    return Lookalike("Y106", f"{what} stands here: {name(space[0])}", hint, start, end, instead)
