"""Builds maps and lists from the events of PyYAML's C parser, with every place and every problem.

Limits hold on events, before anything is built: PyYAML's own composer recurses, and a deep file ends the
process.
"""

from __future__ import annotations

import re
from typing import Any, Final
from unicodedata import normalize

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from entitlements.catalog.reading import lookalikes, scalars
from entitlements.catalog.reading.findings import Findings, Place
from entitlements.catalog.reading.indentation import item_in_text
from entitlements.catalog.reading.nodes import Map, Seq
from entitlements.catalog.reading.scalars import Refused, plain_value, shown
from entitlements.catalog.reading.syntax import report_syntax
from entitlements.catalog.reading.syntax_sayings import empty_key
from entitlements.catalog.reading.text import control_character

try:
    from yaml._yaml import CParser
except ImportError as error:  # pragma: no cover - every wheel of PyYAML has it
    message = "PyYAML was built without its C parser; install one of its wheels"
    raise ImportError(message) from error

MAX_DEPTH = 64
_MANY_KEYS = 10
_ACCENTS = ": they differ only in how accents are stored"
MAX_EVENTS = 2_000_000
MAX_SCALAR = 200_000

# What the next node is for, where it is not the value of a key.
_ITEM: Final = object()
_KEY: Final = object()
_DROPPED: Final = object()
_TAG = re.compile(r"![^\s,\[\]{}]*")
_TAG_LINE = re.compile(r"^%TAG\b", re.MULTILINE)
_YAML_VERSIONS = (None, (1, 2))


def read_events(found: Findings) -> Seq:
    """A list of one item, the root of the text, or of none if the text holds nothing.

    Problems go into `found`. Raises ReadingStops where nothing more can be read.
    """
    # libyaml compares each %TAG line with all the others before it gives its first event.
    if tag_line := _TAG_LINE.search(found.lines.text):
        found.stop("Y112", "a plan file has no %TAG lines", tag_line.span(), hint="take the line out")
    builder = _Builder(found)
    try:
        builder.run(CParser(found.lines.text))
    except MarkedYAMLError as error:
        report_syntax(error, found, builder.last)
    except (YAMLError, MemoryError) as error:
        found.stop(
            "Y108",
            f"this cannot be read as YAML: {shown(str(error))}",
            (0, 0),
            hint="write it anew, or ask for help",
        )
    return builder.root


class _Builder:
    def __init__(self, found: Findings) -> None:
        self.found = found
        self.text = found.lines.text
        self.root = Seq(found.lines, 0)
        #: The last scalar: an unclosed quotation mark shows only in what follows it.
        self.last: ScalarEvent | None = None
        # Keys that are in order, so that they are looked at once and kept once for all maps that have them.
        self._keys: dict[str, str] = {}
        # Start of the map and composed form of each key that is not ASCII → the key as written.
        self._composed: dict[tuple[int, str], str] = {}
        # Start of the map → the keys that are given twice in it, and where the first of these is noted.
        self._doubled: dict[int, tuple[list[str], int]] = {}

    # One loop with few calls, since it runs for every word of a large catalog.
    def run(self, parser: CParser) -> None:  # noqa: C901, PLR0912, PLR0915
        """Pull all events and put what they tell into place."""
        node: Any = self.root
        place: Any = _ITEM  # _ITEM, _KEY, _DROPPED, or the key whose value comes next
        stack: list[tuple[Any, Any]] = []
        keys = self._keys
        is_ascii = self.text.isascii()
        event: Any
        value: Any
        for count, event in enumerate(iter(parser.get_event, None)):
            kind = event.__class__
            start: int = event.start_mark.index
            end: int = event.end_mark.index
            if count > MAX_EVENTS:
                message = f"the file has more than {MAX_EVENTS:,} parts"
                self.found.stop("Y109", message, (start, end), hint="split it into several files")
            if kind is ScalarEvent:
                text = event.value
                self.last = event
                if event.tag or event.anchor or len(text) > MAX_SCALAR:
                    self._check_scalar(event, start, end)
                node.spans.append(start)
                node.spans.append(end)
                if place is _KEY:
                    place = keys.get(text)
                    if place is None or place in node:
                        place = self._key(node, event, start, end)
                    continue
                if event.style:
                    value = self._quoted(event, start, end)
                else:
                    value = plain_value(text)
                    if end - start != len(text):
                        self._check_lines(start, end)
                    if value is not text or not is_ascii:
                        value = self._check_plain(value, text, start, end, place)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                if event.tag or event.anchor or place is _KEY or len(stack) >= MAX_DEPTH:
                    self._check_opening(event, start, end, place, stack)
                node.spans.append(start)
                stack.append((node, place))
                is_map = kind is MappingStartEvent
                node = (Map if is_map else Seq)(self.found.lines, start)
                place = _KEY if is_map else _ITEM
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = node
                # A block has no closing mark of its own: it ends where the last thing in it ends.
                value.end = end if end > start else node.spans[-1] if node.spans else node.start
                node, place = stack.pop()
                node.spans.append(value.end)
                if place is _KEY:
                    place = _DROPPED
                    continue
            elif kind is AliasEvent:
                value = None
                self._refuse_reference(f"*{event.anchor}", start)
                node.spans.append(start)
                node.spans.append(end)
                if place is _KEY:
                    place = _DROPPED
                    continue
            else:
                if kind is DocumentStartEvent:
                    self._document(event, start, end)
                continue
            if place is _ITEM:
                node.append(value)
                continue
            if place is _DROPPED:
                del node.spans[-4:]
            else:
                node[place] = value
            place = _KEY

    def _key(self, node: Map, event: ScalarEvent, start: int, end: int) -> object:
        """The key to put the next value under, or _DROPPED."""
        text: str = event.value
        if not text:
            code, message, hint, *_ = empty_key(start)
            self.found.add(code, message, (start, end), hint=hint)
            return _DROPPED
        if text == "<<" and event.style == "":
            hint = "write out here what it would bring in"
            self.found.add("Y111", 'a plan file has no merge keys ("<<")', (start, end), hint=hint)
            return _DROPPED
        known = text in node
        same = text
        if not text.isascii():
            self._add_lookalike(lookalikes.in_key(self.text[start:end]), start)
            same = self._composed.setdefault((node.start, normalize("NFC", text)), text)
            known = same in node
        self._quoted(event, start, end)
        if known:
            row = 4 * list(node).index(same)
            first = (node.spans[row], node.spans[row + 1])
            self._given_twice(node, text, (start, end), first, "" if same == text else _ACCENTS)
            return _DROPPED
        if text.isascii() and text.isprintable() and text != "<<":
            self._keys[text] = text
        return text

    def _given_twice(self, node: Map, key: str, place: Place, first: Place, why: str) -> None:
        keys, at = self._doubled.setdefault(node.start, ([], len(self.found.problems)))
        name = shown(key)
        if not keys or name in keys or len(keys) == _MANY_KEYS:
            message, hint = f"the key {name} is given twice", f"keep one of the two{why}"
            self.found.add("Y110", message, place, hint=hint, first=first)
            keys[:] = keys or [name]
        else:
            keys.append(name)
            # Several at once are seldom several slips: the line that would part the two blocks is missing.
            names = " and ".join((", ".join(keys[:-1]), keys[-1]))
            hint = "keep one of each; if a new block begins here, write its key in a line above"
            self.found.widen(at, f"the keys {names} are given twice", hint, first)

    def _check_lines(self, start: int, end: int) -> None:
        if said := item_in_text(self.found.lines, start, end):
            code, message, hint, *place = said
            self.found.add(code, message, (place[0], place[1]), hint=hint)

    def _check_plain(self, value: object, text: str, start: int, end: int, place: object) -> object:
        if value is None:
            if start == end and isinstance(place, str):
                self._check_valueless(place, start)
        elif value.__class__ is Refused:
            self._refuse(value, start, end)
            value = text
        elif not text.isascii():
            begins = self.text[self.found.lines.line_start(start) : start].strip(" -") == ""
            self._add_lookalike(lookalikes.in_plain_value(self.text[start:end], starts_line=begins), start)
        return value

    def _check_valueless(self, key: str, end: int) -> None:
        """In {a:1} YAML sees a key "a:1" without a value, and in {a: 1,000} one "000"."""
        while self.text[end - 1] == " ":
            end -= 1
        start = end - len(key)
        if self.text[end - 1] in "\"':":
            return
        if ":" in key:
            hint = f"write {shown(key.replace(':', ': ', 1), limit=200)}"
            self.found.add("Y108", "there is no space after the colon", (start, end), hint=hint)
        elif number := scalars.number_with_commas(self.text, end):
            self._refuse(scalars.with_commas(number), end - len(number), end)

    def _quoted(self, event: ScalarEvent, start: int, end: int) -> str:
        text: str = event.value
        # Controls cannot stand in the text itself; only escapes bring them in.
        if event.style == '"' and not text.isprintable() and (control := control_character(text)):
            message = f"an escape in this text stands for a control character: {lookalikes.name(control)}"
            self.found.add("Y103", message, (start, end), hint="take the escape out")
        return text

    def _refuse(self, refused: Any, start: int, end: int) -> None:
        place, hint = (start, end), refused.hint
        self.found.add(refused.code, refused.message, place, hint=hint, fix=refused.fix, safe=refused.safe)

    def _add_lookalike(self, seen: lookalikes.Lookalike | None, start: int) -> None:
        if seen is not None:
            place = (start + seen.start, start + seen.end)
            self.found.add(seen.code, seen.message, place, hint=seen.hint, fix=seen.fix)

    def _check_scalar(self, event: ScalarEvent, start: int, end: int) -> None:
        if len(event.value) > MAX_SCALAR:
            message = f"a text of {len(event.value):,} characters; at most {MAX_SCALAR:,} are read"
            self.found.stop("Y109", message, (start, end), hint="shorten it")
        self._check_properties(event, start)

    def _check_opening(
        self, event: Any, start: int, end: int, place: object, stack: list[tuple[Any, Any]]
    ) -> None:
        if len(stack) >= MAX_DEPTH:
            message = f"lists and maps are nested more than {MAX_DEPTH} deep here"
            self.found.stop("Y109", message, (start, end), hint="close the brackets, or indent less")
        self._check_properties(event, start)
        if place is _KEY and not any(outer is _KEY for _, outer in stack):
            hint = "write a word as the key, or put it in quotes if it begins with [ or {"
            self.found.add("Y115", "a key cannot be a list or a map", (start, end), hint=hint)

    def _check_properties(self, event: Any, start: int) -> None:
        if event.tag:
            at = self.text.index("!", start)
            tag = _TAG.match(self.text, at)
            place = tag.span() if tag else (at, at + 1)
            hint = "take it out, and put the value in quotes if it is a text"
            message = f"a plan file has no tags such as {shown(self.text[slice(*place)])}"
            self.found.add("Y112", message, place, hint=hint)
        if event.anchor:
            self._refuse_reference(f"&{event.anchor}", start)

    def _refuse_reference(self, written: str, start: int) -> None:
        at = self.text.index(written, start)
        what = "an anchor" if written[0] == "&" else "a reference to an anchor"
        hint = f"write the value out in each place, or put a text that begins with {written[0]} in quotes"
        place = (at, at + len(written))
        self.found.add("Y111", f"{shown(written)} is {what}; a plan file has none", place, hint=hint)

    def _document(self, event: Any, start: int, end: int) -> None:
        if self.root:
            hint = 'put it into a file of its own, or take the line "---" out'
            message = "a second document begins here; a plan file holds one"
            self.found.stop("Y113", message, (start, end), hint=hint)
        if event.version not in _YAML_VERSIONS:
            place = (start, self.found.lines.line_end(start))
            self.found.stop("Y108", "plan files are read as YAML 1.2", place, hint="take the %YAML line out")
