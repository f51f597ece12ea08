"""What libyaml says about a text it cannot parse, in the words of somebody who does not program."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from yaml.error import MarkedYAMLError
from yaml.events import ScalarEvent

from entitlements.catalog.reading import syntax_sayings as say
from entitlements.catalog.reading.findings import Findings
from entitlements.catalog.reading.indentation import Said
from entitlements.catalog.reading.lookalikes import in_broken_line
from entitlements.catalog.reading.syntax_sayings import Site

_TABS = re.compile("\t+")

_UNCLOSED = (
    "Y108",
    "the quotation mark opened here is never closed",
    "put the same mark at the end of the text",
)
_BLOCK = "Y108", 'text follows "|" or ">" in the same line', "begin the text in the next line, indented"
_DIRECTIVE = "Y108", "a line cannot begin with %", "take the line out, or put the text in quotes"
_REFERENCE = "Y111", "a text cannot begin with * or &", "put the text in quotes"
_TAG = "Y112", "a plan file has no tags (words that begin with !)", "take it out, or put the text in quotes"
# Part of libyaml's problem, part of what it was doing → what to say; the first that fits. Words alone go to
# where that began; a function looks more closely.
_SAYINGS: tuple[tuple[str, str, tuple[str, str, str] | Callable[[Site], Said]], ...] = (
    ("exceeded maximum nesting depth", "", say.too_deep),
    ("mapping values are not allowed", "", say.second_colon),
    ("could not find expected ':'", "", say.no_colon),
    ("found unexpected ':'", "", say.no_value),
    ("unexpected end of stream", "quoted scalar", _UNCLOSED),
    ("unexpected document indicator", "quoted scalar", _UNCLOSED),
    ("", "quoted scalar", say.escape),
    ("did not find expected key", "", say.no_key),
    ("did not find expected '-' indicator", "", say.not_an_item),
    ("did not find expected ','", "", say.in_brackets),
    ("did not find expected node content", "", say.stray),
    ("block sequence entries are not allowed", "", say.list_beside_key),
    ("mapping keys are not allowed", "", say.cannot_begin),
    ("", "block scalar", _BLOCK),
    ("", "directive", _DIRECTIVE),
    ("%YAML", "", _DIRECTIVE),
    ("incompatible YAML", "", _DIRECTIVE),
    ("", "scanning an a", _REFERENCE),  # anchor, alias
    ("undefined tag handle", "", _TAG),
    ("", "tag", _TAG),
    ("expected <document start>", "", say.after_the_end),
    ("cannot start any token", "", say.cannot_begin),
)


def report_syntax(error: MarkedYAMLError, found: Findings, last: ScalarEvent | None) -> NoReturn:
    """Note what is wrong where the parser gave up, after the scalar `last`; raises ReadingStops."""
    at = min(error.problem_mark.index if error.problem_mark else 0, len(found.lines.text))
    context = error.context_mark.index if error.context_mark else at
    site = Site(found.lines, at, context, last)
    doing = error.context or ""
    said = _wrong_character(site, scanning=doing.startswith("while scanning"))
    code, message, hint, start, end = said or _said(site, error.problem or "", doing)
    found.stop(code, message, (start, end), hint=hint)


def _wrong_character(site: Site, *, scanning: bool) -> Said | None:
    """A tab, an odd space or a curly quote on the lines in question explains more than the parser can."""
    text, line = site.lines.text, site.lines.line_start(site.at)
    # libyaml names the start of the line, or the tab itself.
    tab = text.find("\t", line, site.at + 1)
    if tabs := _TABS.match(text, tab) if tab >= 0 and not text[line:tab].strip(" -") else None:
        hint = "use spaces instead; most editors have a command that turns tabs into spaces"
        return "Y104", "a tab stands here, where only spaces can", hint, *tabs.span()
    begins = {line, site.previous_line(site.at), site.lines.line_start(site.context) if scanning else None}
    for begin in sorted(begin for begin in begins if begin is not None):
        if seen := in_broken_line(site.line(begin)):
            return seen.code, seen.message, seen.hint, begin + seen.start, begin + seen.end
    return None


def _said(site: Site, problem: str, doing: str) -> Said:
    for part_of_problem, part_of_doing, saying in _SAYINGS:
        if part_of_problem in problem and part_of_doing in doing:
            if callable(saying):
                return saying(site)
            return (
                *saying,
                site.context,
                max(site.context + 1, min(site.at, site.lines.line_end(site.context))),
            )
    hint = "compare it with the lines around it: spaces in front, quotes, a colon and a space after the key"
    return site.here("this cannot be read as YAML", hint)
