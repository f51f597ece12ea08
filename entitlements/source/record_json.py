"""A subject record as JSON: what the audit log keeps of it. Only what differs from a blank one is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from entitlements.subject import SubjectRecord

_UNTOLD = frozenset({"mark", "revision"})


def record_json(record: SubjectRecord) -> str:
    """The same text for equal records: keys sorted, times in UTC."""
    return json.dumps(_plain(record), sort_keys=True, separators=(",", ":"))


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
