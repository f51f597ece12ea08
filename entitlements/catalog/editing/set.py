"""One value of a plan, feature, cap or add-on, put where a person says by name and path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from entitlements.catalog.editing.catalog import Desk, Home, find_home
from entitlements.catalog.editing.edit import set_value, value_at
from entitlements.catalog.editing.text import CannotEdit, Draft, plain
from entitlements.catalog.reading.nodes import Map, Number
from entitlements.catalog.reading.scalars import Refused, plain_value
from entitlements.catalog.shape.place import Place
from entitlements.catalog.shape.schema import schema_for, violations
from entitlements.problems import did_you_mean

#: Amounts of money are written as texts, so that no program rounds them.
_MONEY = ("monthly", "annual_total", "extra")


def set_in(desk: Desk, name: str, path: Sequence[str | int], text: str) -> Home:
    """Put the value that a person writes as `text` at `path` of the thing called `name`; gives its home.

    What kind of value is meant follows from the schema. Raises CannotEdit, with a way out, where none fits.
    """
    home = find_home(desk.reading, name)
    draft = desk.draft(home.file)
    whole = (*home.path, *path)
    order = _order(draft, home.kind, whole)
    refused: list[CannotEdit] = []
    for value in _candidates(text, value_at(draft, whole), whole[-1]):
        try:
            edited = set_value(draft, whole, value, order=order)
            _must_fit(edited, draft, home)
        except CannotEdit as error:
            refused.append(error)
        else:
            desk.keep(edited)
            return home
    raise CannotEdit(str(refused[0]), hint=_way_out(draft, home, name, path) or refused[0].hint)


def _candidates(text: str, old: Any, key: str | int) -> list[Any]:
    """What `text` may mean, the likeliest first."""
    if text[:1] in ("{", "[", '"', "'"):
        return [_bracketed(text)]
    value = plain_value(text)
    # What no file may say as it stands is written in quotes, where a text is wanted.
    if isinstance(value, str | Refused):
        return [text]
    was_quoted = isinstance(old, str) and not isinstance(plain_value(old), str)
    is_money = key in _MONEY and isinstance(value, int | Number) and not isinstance(value, bool)
    return [text, value] if was_quoted or is_money else [value, text]


def _bracketed(text: str) -> Any:
    try:
        return plain(Draft(f"value: {text}\n".encode(), "VALUE").value["value"])
    except CannotEdit as error:
        words = str(error).partition(": ")[2]
        msg = f"what begins with {text[0]} is read as YAML, and this is none: {words}"
        raise CannotEdit(
            msg, hint="close the bracket or quote, or put a text that begins so in quotes"
        ) from None


def _must_fit(edited: Draft, before: Draft, home: Home) -> None:
    """Raises CannotEdit if the edited file breaks its schema where it did not before."""
    known = {(p.code, p.message) for p in violations(before.document, home.kind)}
    for problem in violations(edited.document, home.kind):
        if (problem.code, problem.message) not in known:
            raise CannotEdit(problem.message, hint=problem.hint)


def _way_out(draft: Draft, home: Home, name: str, path: Sequence[str | int]) -> str | None:
    """What may be meant instead of `path`, where no value fits. Raises CannotEdit for a misspelt step."""
    words, old = ".".join(map(str, path)), value_at(draft, (*home.path, *path))
    if words in ("features", "without"):
        return "use `entitlements edit add-feature` or `remove-feature`"
    if isinstance(old, Map) and old:
        return f"{words} holds {', '.join(old)}: name one, such as {words}.{next(iter(old))}"
    if isinstance(old, list):
        return f"write the whole list, such as '[{', '.join(map(str, old[:2]))}]', or name an item: {words}.0"
    for number, step in enumerate(path):
        around = value_at(draft, (*home.path, *path[:number]))
        if isinstance(around, Map) and isinstance(step, str) and step not in around:
            schema = Place(draft.document, schema_for(home.kind), (*home.path, *path[:number])).schema
            meant = did_you_mean(step, {*around, *schema.get("properties", ())} - {step})
            if meant:
                msg = f'{".".join(map(str, path[:number])) or name} has no "{step}"'
                raise CannotEdit(msg, hint=f'did you mean "{meant}"?')
    return None


def _order(draft: Draft, kind: str, path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys of the schema, in its order, at the place where a key of `path` is not there yet."""
    there = next((n for n in range(len(path)) if value_at(draft, path[: n + 1]) is None), len(path))
    place = Place(draft.document, schema_for(kind), tuple(path[:there]))
    return tuple(place.schema.get("properties", ()))
