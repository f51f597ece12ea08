"""A subject record as JSON, as the audit log keeps it, and back. What is blank is left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from entitlements.subject import AddOnPeriod, Example, Override, SubjectRecord, Subscription, Usage

_UNTOLD = frozenset({"mark", "revision"})
_INSTANTS = frozenset({"start", "end", "baa_signed_on", "baa_ended_on", "last_used", "measured_at"})


def record_json(record: SubjectRecord) -> str:
    """The same text for equal records: keys sorted, times in UTC."""
    return json.dumps(told_of(record), sort_keys=True, separators=(",", ":"))


def told_of(record: SubjectRecord) -> dict[str, Any]:
    """What that text holds."""
    told: dict[str, Any] = _plain(record)
    return told


def record_from_json(text: str) -> SubjectRecord:
    """The record that `record_json` told; its revision is 0."""
    return record_from_told(json.loads(text))


def record_from_told(values: dict[str, Any]) -> SubjectRecord:
    """The same, of what the text holds."""
    told = _read(values)
    told["subscriptions"] = tuple(_subscription(held) for held in told.get("subscriptions", ()))
    told["overrides"] = tuple(Override(**_read(one)) for one in told.get("overrides", ()))
    told["contacts"] = {kind: tuple(people) for kind, people in told.get("contacts", {}).items()}
    told["credits"] = Decimal(told.get("credits", 0))
    told["usage"] = {key: _usage(usage) for key, usage in told.get("usage", {}).items()}
    return SubjectRecord(**told)


def _subscription(told: dict[str, Any]) -> Subscription:
    add_ons = tuple(AddOnPeriod(**_read(add_on)) for add_on in told.get("add_ons", ()))
    return Subscription(**{**_read(told), "add_ons": add_ons})


def _usage(told: dict[str, Any]) -> Usage:
    examples = tuple(Example(**example) for example in told.get("examples", ()))
    return Usage(**{**_read(told), "examples": examples})


def _read(told: dict[str, Any]) -> dict[str, Any]:
    return {key: datetime.fromisoformat(v) if key in _INSTANTS and v else v for key, v in told.items()}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        told = ((f, getattr(value, f.name)) for f in fields(value) if f.name not in _UNTOLD)
        return {f.name: _plain(held) for f, held in told if held != _default(f)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default
