"""Texts without quotes that a # cuts short: to YAML, what follows a space and a # is a comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from entitlements.catalog.lint.rule import Finding, Places
from entitlements.catalog.reading.nodes import Map, Seq
from entitlements.catalog.reading.scalars import odd_comment, shown
from entitlements.catalog.reading.written import flow_text
from entitlements.catalog.shape.place import Place
from entitlements.catalog.shape.schema import resolved_schema
from entitlements.model import Catalog
from entitlements.problems import Fix, Mark

# Few files hold any such sign, so that few are walked through.
_SIGN = re.compile(r"[ \t]#(?:\w|[ \t\r]*$)", re.MULTILINE)
_QUOTED = "\"'|>"


def text_cut_short(_: Catalog, places: Places) -> Iterator[Finding]:
    """A text, such as a title, that ends before what is hardly meant as a comment: `Plus #1`."""
    for kind, document in places.documents:
        value = document.value
        if isinstance(value, (Map, Seq)) and not document.problems and _SIGN.search(value.lines.text):
            yield from _cut_in(value, Place(document, resolved_schema(kind)))


def _cut_in(home: Map | Seq, place: Place) -> Iterator[Finding]:
    text, mark = home.lines.text, home.lines.mark
    parts: list[tuple[str | int, Any]] = list(home.items() if isinstance(home, Map) else enumerate(home))
    for number, (step, value) in enumerate(parts):
        here = place.at(step)
        if isinstance(value, (Map, Seq)):
            yield from _cut_in(value, here)
            continue
        start, end = home.span(number)
        rest = odd_comment(text, end)
        if rest and here.schema.get("pattern") == r"\S" and text[start] not in _QUOTED:
            yield _finding(here, value, text[slice(*rest)], mark(*rest), mark(start, rest[1]))


def _finding(place: Place, value: str, rest: str, mark: Mark, whole: Mark) -> Finding:
    quoted = flow_text(f"{value} {rest}")
    is_comment = "put a space after the #" if rest != "#" else "take it out"
    return Finding(
        f"{place.name} is only {shown(value)}: to YAML, {shown(rest)} after it is a comment",
        mark,
        f"put all of it in quotes: {quoted}; or if it is a comment, {is_comment}",
        tuple(step for step in place.path if isinstance(step, str)),
        fix=Fix(whole, quoted, safe=False),
    )
