"""Where parsing failed, and the sayings that need a closer look at the lines around."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yaml.events import ScalarEvent

from entitlements.catalog.reading.indentation import (
    Said,
    block_between,
    first_line,
    out_of_step,
    without_its_head,
)
from entitlements.catalog.reading.nodes import Lines
from entitlements.catalog.reading.scalars import shown

# One with a word right behind its #, as in `Plus #1`: a text that goes on was meant.
_COMMENT = re.compile(r"[ \t](#\w[^\n]*)")
_NO_SPACE = re.compile(r"^ *(?:- )*[\w.\"'-]+?:(?=[^\s:/])")
_LONGEST_KEY = 1024


@dataclass(frozen=True, slots=True)
class Site:
    """Where parsing failed: at `at`, in something that began at `context`, after the scalar `last`."""

    lines: Lines
    at: int
    context: int
    last: ScalarEvent | None

    @property
    def character(self) -> str:
        return self.lines.text[self.at : self.at + 1]

    def here(self, message: str, hint: str) -> Said:
        return "Y108", message, hint, self.at, self.at + 1

    def line(self, index: int) -> str:
        return self.lines.text[self.lines.line_start(index) : self.lines.line_end(index)]

    def previous_line(self, index: int) -> int | None:
        """Where the last line begins that stands above `index` and holds something."""
        above = self.lines.text[: self.lines.line_start(index)].rstrip()
        return above.rfind("\n") + 1 if above else None


def empty_key(at: int) -> Said:
    """A colon with nothing before it."""
    return "Y115", "the key in front of this colon is empty", "write a word as the key", at, at + 1


def too_deep(site: Site) -> Said:
    """Brackets upon brackets: the parser has its own limit, and may meet it before the reader meets ours."""
    hint = "close the brackets, or indent less"
    return "Y109", "lists and maps are nested far too deep here", hint, site.at, site.at + 1


def second_colon(site: Site) -> Said:
    """A colon that cannot be: `a: b: c`, or the line after one that has none."""
    line = site.lines.line_start(site.at)
    before, above = site.lines.text[line : site.at], site.previous_line(site.at)
    if re.search(r"\S:\s", before):
        hint = "put the whole value in quotes if the colon is part of it, or begin a new line"
        return site.here("a second colon on one line", hint)
    if above is None:
        return _unclear_key(site, line)
    if missing := _missing_space(site, above):
        return missing
    if ":" not in site.line(above):
        return _unclear_key(site, above)
    if said := out_of_step(site.lines, above, line):
        return said
    hint = "give it as many spaces in front as its neighbours have, or delete the value in the line above"
    begin = site.at - len(before.lstrip())
    return "Y108", "this line is indented under a line that already has a value", hint, begin, site.at


def no_colon(site: Site) -> Said:
    """A line of a map that is only a word."""
    return _missing_space(site, site.lines.line_start(site.context)) or _unclear_key(site, site.context)


def no_key(site: Site) -> Said:
    """`a: "b" c`, or a line between two indentations."""
    if said := _after_quotes(site):
        return said
    line = site.lines.line_start(site.at)
    if said := out_of_step(site.lines, site.context, line) or _block_above(site, line):
        return said
    if site.character == "-":
        hint = 'indent it under its key, or write it as "key: value"'
        return site.here("an item of a list stands here among the keys of a map", hint)
    if site.character in ("]", "}", ",", ":"):
        return stray(site)
    hint = "give it as many spaces in front as the lines it belongs to have"
    return site.here("this line does not line up with the lines above it", hint)


def not_an_item(site: Site) -> Said:
    """`b: c` in the column of `- a`."""
    hint = 'begin it with "- ", or give it as many spaces in front as the lines it belongs to'
    said = _after_quotes(site) or out_of_step(site.lines, site.context, site.at)
    return said or site.here("this line is not an item of the list above it", hint)


def after_the_end(site: Site) -> Said:
    """`"a" b` at the top of a file."""
    hint = 'take it out; a file is one map, each line of it "key: value"'
    said = _after_quotes(site) or out_of_step(site.lines, first_line(site.lines), site.at)
    return said or site.here("the text goes on after its end", hint)


def in_brackets(site: Site) -> Said:
    """A list in [] or a map in {} went wrong; `context` is the bracket that opened it."""
    if said := _unclosed(site):
        return said
    opened = site.lines.text[site.context]
    closing = "]" if opened == "[" else "}"
    hidden = _COMMENT.search(site.lines.text, site.context, site.lines.line_end(site.context))
    if hidden and closing in hidden[1]:
        message = f'the "{closing}" for the "{opened}" of this line is in a comment, which this # begins'
        return "Y108", message, "put the text with the # in quotes", *hidden.span(1)
    if site.character in ("]", "}"):
        return site.here(f'"{opened}" is closed with "{site.character}"', f'write "{closing}"')
    if site.at < len(site.lines.text) and "\n" not in site.lines.text[site.context : site.at]:
        hint = f'put commas between the items and "{closing}" after the last'
        return site.here(f'a comma or "{closing}" is missing before this', hint)
    hint = f'put "{closing}" after the last item, and commas between the items'
    return "Y108", f'the bracket "{opened}" opened here is not closed', hint, site.context, site.context + 1


def stray(site: Site) -> Said:
    """`[a,,b]`, `a: ]`."""
    if site.character == ":":
        return empty_key(site.at)
    if site.character == ",":
        return site.here("nothing stands before this comma", "take the comma out, or write what is missing")
    if site.character in ("]", "}"):
        hint = "take it out, write what is missing before it, or put a text with brackets in quotes"
        return site.here(f'"{site.character}" closes nothing here', hint)
    return site.here(
        "a value is missing here", "write the missing value, and close each bracket that was opened"
    )


def no_value(site: Site) -> Said:
    """`{a:}`."""
    return site.here(
        "neither a space nor a value follows this colon", "write the value, or null if there is none"
    )


def list_beside_key(site: Site) -> Said:
    """`a: - b`."""
    hint = 'put each "- item" on a line of its own below the key'
    return site.here("a list cannot begin in the line of its key", hint)


def cannot_begin(site: Site) -> Said:
    """`a: @b`; or a tab after `?` or `-`."""
    if site.character == "\t":
        return "Y104", "a tab stands here, where only spaces can", "use a space instead", site.at, site.at + 1
    return site.here(f"a text cannot begin with {site.character}", "put the text in quotes")


def escape(site: Site) -> Said:
    r"""`"\d"`: a backslash in double quotes."""
    start = site.lines.text.rfind("\\", site.context, site.at + 1)
    hint = "write \\\\ for a backslash, or put the text in single quotes"
    return "Y108", "in double quotes a backslash begins a code, and this is not one", hint, start, start + 1


def _block_above(site: Site, line: int) -> Said | None:
    """What is wrong where the block begins that the line at `line` should have ended."""
    block = block_between(site.lines, site.context, line)
    if block is None:
        return None
    return out_of_step(site.lines, block, line) or without_its_head(site.lines, block, line)


def _missing_space(site: Site, line: int) -> Said | None:
    match = _NO_SPACE.match(site.line(line))
    if match is None or ": " in site.line(line):
        return None
    hint = f"write {shown(match[0].strip() + ' ' + site.line(line)[match.end() :].strip())}"
    return "Y108", "there is no space after the colon", hint, line + match.end() - 1, line + match.end()


def _unclear_key(site: Site, start: int) -> Said:
    line, end = site.line(start), site.lines.line_end(start)
    if start == site.lines.line_start(start):
        start += len(line) - len(line.lstrip())
    if ": " in line:
        hint = f"a key stands alone in front of its colon, in one line, with at most {_LONGEST_KEY:,} letters"
        return "Y108", "the key of this line cannot be read", hint, start, end
    hint = 'write "key: value", or put "- " in front if it is an item of a list'
    return "Y108", 'a ": " is missing in this line', hint, start, end


def _quotes_before(site: Site) -> tuple[int, int, str] | None:
    """Start, end and quotation mark of the text in quotes that ends right before the place."""
    last = site.last
    if last is None or last.style not in ("'", '"') or last.start_mark is None or last.end_mark is None:
        return None
    start, end = last.start_mark.index, last.end_mark.index
    return None if site.lines.text[end : site.at].strip(" ") else (start, end, last.style)


def _unclosed(site: Site) -> Said | None:
    """A text in quotes that runs over several lines up to here was probably meant to end in its first."""
    quotes = _quotes_before(site)
    if quotes is None or "\n" not in site.lines.text[quotes[0] : quotes[1]]:
        return None
    start, _, mark = quotes
    message = f"the quotation mark {mark} opened here is not closed in its line"
    return "Y108", message, f"put {mark} at the end of the text", start, start + 1


def _after_quotes(site: Site) -> Said | None:
    """Something follows a text in quotes that has just ended, or should have ended long before."""
    quotes = _quotes_before(site)
    if quotes is None:
        return None
    _, end, mark = quotes
    if said := _unclosed(site):
        return said
    if mark == "'" and end == site.at:
        hint = "write '' for an apostrophe inside the text, or put the text in double quotes"
        return "Y108", "this apostrophe ends the text, and more text follows", hint, end - 1, end
    hint = 'put the whole value inside one pair of quotes; write \\" for a quotation mark inside'
    return site.here("text follows after the closing quotation mark", hint)
