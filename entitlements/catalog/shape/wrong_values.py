"""Single values that break a schema, in words: what stands there, what should, what was surely meant."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from entitlements.catalog.reading.scalars import odd_comment, shown
from entitlements.catalog.reading.written import flow_text
from entitlements.catalog.shape.expected import (
    BLOCK,
    Schema,
    example_line,
    expectation,
    key_hint,
    types_of,
    wanted,
    words_of,
)
from entitlements.catalog.shape.place import is_sure
from entitlements.problems import Problem, Related, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entitlements.catalog.shape.place import Place

_TRUE, _FALSE = frozenset(("true", "yes", "on", "y")), frozenset(("false", "no", "off", "n"))
_WHOLE = re.compile(r"[0-9]{1,15}")
#: Other words for words that plan files have.
_SAME = dict.fromkeys(
    ("∞", "infinite", "infinity", "no limit", "no limits", "limitless", "unbounded", "any"), "unlimited"
)
_AMOUNT = re.compile(r"[^0-9.,-]*([0-9][0-9 .,']*)[^0-9.,]*")
_WORD_LIST = re.compile(r"[a-z0-9_-]+(?:, ?[a-z0-9_-]+)*")


def wrong_type(place: Place, value: Any, schema: Schema) -> Problem:
    """A value of another type than any the schema allows."""
    if value is None:
        return _nothing(place, schema)
    misspelt = _misspelt_key(place) or _out_of_place(place)
    if misspelt is not None:
        return misspelt
    hint, write = _instead(value, types_of(schema), schema)
    hint = hint or _word_for_the_whole(place, value)
    message = f"{place.name} must be {wanted(schema)}, found {_described(value)}"
    key = place.path[-1] if place.path else None
    is_whole = isinstance(key, str) and types_of(schema) in (["array"], ["object"])
    hint = hint or (example_line(str(key), schema) if is_whole else expectation(schema))
    return place.problem("S203", message, hint=hint, write=write)


def wrong_word(place: Place, value: str, allowed: Iterable[str], schema: Schema) -> Problem:
    """A word that is none of those allowed."""
    misspelt = _misspelt_key(place)
    if misspelt is not None:
        return misspelt
    message, rest = f"{place.name} cannot be {shown(value)}", expectation(schema)
    meant = place.meant(value, allowed) or _same(value)
    if meant is None or meant not in allowed:
        return place.problem("S204", message, hint=rest)
    write = meant if is_sure(value, meant) else None
    return place.problem("S204", message, hint=f'did you mean "{meant}"? ({rest})', write=write)


def wrong_form(place: Place, value: str, schema: Schema) -> Problem:
    """A text that does not match the pattern of its schema."""
    words, closed = words_of(schema["pattern"])
    if not value.strip():
        return place.problem("S208", f"{place.name} is empty", hint=expectation(schema))
    if "integer" in types_of(schema) and _WHOLE.fullmatch(value.strip()):
        return wrong_type(place, value, schema)
    if closed or place.meant(value, words) is not None:
        return wrong_word(place, value, words, schema)
    hint = key_hint(value, schema) or _amount_meant(value, schema) or _word_for_the_whole(place, value)
    hint = hint or expectation(schema)
    return place.problem("S205", f"{place.name} cannot be {shown(value)}", hint=hint)


def _word_for_the_whole(place: Place, value: Any) -> str | None:
    """The hint for a word that belongs in the place of the block around it: `included: unlimited`."""
    home = place.parent if len(place.path) > 1 else None
    words = words_of(home.schema.get("pattern", "")).words if home and isinstance(value, str) else ()
    meant = (place.meant(value, words) or _same(value)) if words else None
    if home is None or meant not in words or not isinstance(home.path[-1], str):
        return None
    return f"for that, write `{home.path[-1]}: {meant}`, without the block"


def _same(word: str) -> str | None:
    return _SAME.get(re.sub("[ _-]+", " ", word.strip().casefold()))


def _amount_meant(value: str, schema: Schema) -> str | None:
    """The hint for an amount with a currency or with separators: what of it is the amount."""
    match = _AMOUNT.fullmatch(value.strip())
    if match is None or "[0-9]{1,12}" not in schema["pattern"] or "%" in value:
        return None
    digits = re.sub("[ ']", "", match[1])
    # The last separator parts the decimals, unless three digits follow it.
    parts = re.fullmatch(r"([0-9.,]*?)(?:[.,]([0-9]{1,2}))?", digits)
    amount = re.sub("[.,]", "", parts[1]) + (f".{parts[2]}" if parts[2] else "") if parts else ""
    fits = re.fullmatch(schema["pattern"], amount)
    return f'did you mean "{amount}"? ({expectation(schema)})' if fits else None


def no_such_day(place: Place, value: str, schema: Schema) -> Problem:
    """A date in the right form that the calendar does not have, such as 30 February."""
    message = f"{place.name} cannot be {shown(value)}: there is no such day"
    return place.problem("S206", message, hint=expectation(schema))


def out_of_range(place: Place, value: float, limit: str) -> Problem:
    """A number below or above what the schema allows; `limit` says which."""
    return place.problem("S206", f"{place.name} cannot be {_written(value)}", hint=limit)


def repeated(place: Place, value: Any, first: int) -> Problem:
    """An item that stood in the list before, at index `first`."""
    related = (Related(place.parent.at(first).mark, "first listed here"),)
    what = shown(value) if isinstance(value, str) else "the same"
    message = f"{what} is listed twice in {place.parent.name}"
    return place.problem("S207", message, hint="take one of the two out", related=related)


def _nothing(place: Place, schema: Schema) -> Problem:
    key = place.path[-1] if place.path else None
    hint = example_line(key, schema) if isinstance(key, str) else expectation(schema)
    mark = place.mark
    if (mark.line, mark.column) != (mark.end_line, mark.end_column):
        return place.problem("S208", f"{place.name} is empty: null and ~ mean nothing here", hint=hint)
    if not isinstance(key, str):
        return place.problem("S208", f"{place.name} is empty", hint=hint)
    # The place right after a colon is hard to see; the key is not.
    message = f"nothing is written after `{key}:`{place.parent.inside}"
    home = place.parent.value
    text = home.lines.text
    rest = odd_comment(text, home.span(list(home).index(key))[1])
    if rest is not None and schema.get("pattern") == r"\S":
        quoted = flow_text(text[slice(*rest)])
        hint = f"a # begins a comment; if it is part of the text, put all in quotes: {quoted}"
    return place.problem("S208", message, hint=hint, mark=place.key_mark)


def _misspelt_key(place: Place) -> Problem | None:
    """For a map that takes fixed keys and people's own, when a fixed one was meant: `directon: downgrade`."""
    home = place.parent.schema if place.path else {}
    if not (home.get("patternProperties") and home.get("properties")):
        return None
    key = str(place.path[-1])
    meant = place.meant(key, home["properties"])
    if meant is None or meant == key or not is_sure(key, meant):
        return None
    message = f"unknown key {shown(key)}{place.parent.inside}"
    return place.problem("S201", message, hint=f'did you mean "{meant}"?', mark=place.key_mark, write=meant)


def _out_of_place(place: Place) -> Problem | None:
    """For a map of people's own keys, when a key of the whole file stands in it: `features` under `caps`."""
    if not place.path or not place.parent.path or place.parent.parent.path:
        return None
    key = place.path[-1]
    if not place.parent.schema.get("patternProperties") or key not in place.root.get("properties", ()):
        return None
    message = f"unknown key {shown(str(key))}{place.parent.inside}"
    hint = "it belongs at the top level of the file, not indented"
    return place.problem("S201", message, hint=hint, mark=place.key_mark)


def _instead(value: Any, types: list[str], schema: Schema) -> tuple[str | None, str | None]:
    """A hint that fits what was found, and the text that surely belongs there."""
    if isinstance(value, str):
        return _instead_of_text(value, types)
    if isinstance(value, bool):
        words = ("yes", "on") if value else ("no", "off")
        near = next((name for name in schema.get("enum", ()) if name in words), None)
        if near is not None:
            return f'did you mean "{near}"?', near
    if isinstance(value, float) and "integer" in types:
        whole = str(int(value)) if value.is_integer() else None
        return f"write {whole or 'a whole number'}, without decimals", whole
    if isinstance(value, (bool, int, float)):
        text, is_text = _written(value), "string" in types and "enum" not in schema
        fits = is_text and re.search(schema.get("pattern", ""), text)
        return (f'write it in quotes: "{text}"', f'"{text}"') if fits else (None, None)
    if isinstance(value, dict) and types == ["array"]:
        return 'begin each line of a list with "- "', None
    if isinstance(value, list) and types == ["object"]:
        return 'write "key: value" lines, without "- " in front', None
    return None, None


def _instead_of_text(value: str, types: list[str]) -> tuple[str | None, str | None]:
    word = value.strip().casefold()
    if types == ["boolean"]:
        write = "true" if word in _TRUE else "false" if word in _FALSE else None
        if write is None and (near := did_you_mean(word, ("true", "false"))):
            return f'did you mean "{near}"?', near
        return "write true or false" + (", without quotes" if word in {"true", "false"} else ""), write
    digits = re.sub("[,_]", "", word)
    if "integer" in types and _WHOLE.fullmatch(digits):
        plain = str(int(digits))
        return f"write {plain} without quotes", plain if digits == word else None
    if types == ["array"] and _WORD_LIST.fullmatch(value):
        return f"write a list: [{value}]", f"[{value}]"
    return None, None


def _described(value: Any) -> str:
    """`the text "12"`, `the number 2.50`, `a list`."""
    if isinstance(value, str):
        return f"the text {shown(value)}"
    if isinstance(value, bool):
        return _written(value)
    if isinstance(value, (int, float)):
        return f"the number {_written(value)}"
    return "a list" if isinstance(value, list) else BLOCK


def _written(value: float) -> str:
    """A number, or true or false, as the file has it."""
    text = getattr(value, "text", None)
    return str(text) if text is not None else json.dumps(value)
