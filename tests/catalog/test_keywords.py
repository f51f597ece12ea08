"""The quick validator says what jsonschema says, for every small change to a full file of each kind."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.exceptions import Unresolvable

from entitlements.catalog.shape.keywords import validator_of
from entitlements.catalog.shape.schema import KINDS, schema_for

OTHER_VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    7,
    1.5,
    "",
    "x",
    "none",
    "never",
    "X y",
    "2026-01-15",
    [],
    {},
    ["x", "x"],
]
SAMPLES: dict[str, Any] = {
    "plan": {
        "plan": "pro", "version": 1, "title": "Pro", "sold": "trial", "support": "email", "baa": "offered",
        "price": {"monthly": "5", "annual_total": 50},
        "caps": {"a": {"included": 5, "extra": "by_rate"}, "b": {"included": 5, "hard": True}, "c": "none"},
        "features": ["a", "b"],
    },
    "features": {
        "group": {"key": "g", "title": "G"},
        "features": {
            "a": {
                "title": "A", "description": "A", "on_loss": {"effect": "closed"}, "requires": ["b"],
                "exempt": [{"client": "c", "because": "d"}], "checks": {"x": {"y": 1}}, "listed": "no",
            }
        },
    },
    "catalog": {
        "catalog": "c", "title": "C", "subject": {"one": "s", "other": "s"}, "currency": "USD",
        "time_zone": "UTC", "ladder": ["a"], "default_plan": "a", "after_end": "a", "aliases": {"x": "a"},
        "support_levels": [{"key": "a", "title": "A", "includes": ["i"]}],
        "minimum_term": {"monthly": {"days": 3}},
        "terms": {"invoice_day": 3, "payment": {"timing": ["prepaid"]}},
        "contacts": {"s": {"title": "S", "ask": "A", "email": "a@b", "url": "/x"}},
        "caps": {"m": {"title": "M", "unit": {"one": "m", "other": "m"}, "counted_by": "seats"}},
    },
    "add-ons": {
        "add_ons": {"a": {"title": "A", "price": "free", "sold_with": ["p"], "caps": {"x": {"add": 3}}}}
    },
    "next": {
        "plan": "p", "version": 1, "effective_from": "2027-01-01", "existing_subscribers": "keep",
        "title": "P", "sold": "no", "price": "free", "support": "s", "baa": "offered",
    },
    "published": {
        "plan": "p", "version": 0, "digest": "sha256:0123", "price": "free", "support": "s", "baa": "offered",
        "caps": {"a": "none"}, "features": ["a"],
    },
    "lang": {"lang": "fr", "texts": {"plan.pro.title": "Pro"}},
    "plan-tests": {
        "tests": [
            {
                "name": "n", "given": {"plan": "p@1", "usage": {"a": 1}, "overrides": [{"give": "x"}]},
                "expect": {"a": "allowed", "cap.a": 3, "effect.a": "closed", "lost": ["x"],
                           "direction": "same"},
            }
        ]
    },
    "subjects": [
        {"now": "2026-01-01"},
        {
            "subject": "s", "plan": "p", "end": "never", "add_ons": ["a", {"add_on": "b"}], "credits": 5,
            "overrides": [
                {"kind": "k", "because": "b", "by": "b", "start": "2026-01-01", "end": "never", "cap": "c",
                 "set": 3}
            ],
            "usage": {"a": 1, "b": "unknown", "c": {"count": 3, "examples": [{"label": "x"}]}},
        },
    ],
}  # fmt: skip


def changed(value: Any) -> Iterator[Any]:
    """The value with each part in turn left out, replaced by something else, or joined by a stranger."""
    yield from OTHER_VALUES
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        rest = copy.copy(value)
        del rest[key]
        yield rest
        for inner in changed(value[key]):
            other = copy.copy(value)
            other[key] = inner
            yield other
    if isinstance(value, dict):
        for key in ("stranger", "Bad Key", "extra", "hard", "now", "subscriptions"):
            yield {**value, key: "x"}
    if isinstance(value, list) and value:
        yield [*value, value[-1]]


@pytest.mark.parametrize("kind", KINDS)
def test_verdicts_are_those_of_jsonschema(kind: str) -> None:
    ours = validator_of(schema_for(kind))
    theirs = Draft202012Validator(schema_for(kind), registry=Registry())
    assert not list(ours.iter_errors(SAMPLES[kind]))
    verdicts = set()
    for value in changed(SAMPLES[kind]):
        verdict = theirs.is_valid(value)
        verdicts.add(verdict)
        assert (not list(ours.iter_errors(value))) == verdict, json.dumps(value)
    assert verdicts == {True, False}


def test_a_whole_number_is_written_without_decimals() -> None:
    validator = validator_of({"type": "integer"})
    assert not list(validator.iter_errors(5))
    assert [error.validator for error in validator.iter_errors(5.0)] == ["type"]


def test_a_line_break_at_the_end_does_not_slip_past_a_pattern() -> None:
    assert list(validator_of({"type": "string", "pattern": "^[a-z]+$"}).iter_errors("abc\n"))


def test_each_unknown_missing_and_repeated_thing_is_an_error_of_its_own() -> None:
    validator = validator_of(
        {"properties": {"a": {"uniqueItems": True}}, "required": ["b", "c"], "additionalProperties": False}
    )
    errors = list(validator.iter_errors({"a": ["x", "x", "y", "x"], "d": 1, "e": 2}))
    assert sorted((str(e.validator), e.message, list(e.path)) for e in errors) == [
        ("additionalProperties", "d", []),
        ("additionalProperties", "e", []),
        ("required", "b", []),
        ("required", "c", []),
        ("uniqueItems", "0", ["a", 1]),
        ("uniqueItems", "0", ["a", 3]),
    ]


@pytest.mark.parametrize("address", ["file:///etc/hostname", "https://example.org/schema.json"])
def test_nothing_is_fetched(address: str) -> None:
    validator = validator_of({})
    with pytest.raises(Unresolvable):
        validator._resolver.lookup(address)
