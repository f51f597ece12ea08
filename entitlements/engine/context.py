"""The context of a question, as checkers see it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from entitlements.checker import NO_CONTEXT


def frozen_context(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """`context`, such that nobody changes what the next one is asked with."""
    return _frozen(context) if context else NO_CONTEXT


def _frozen(value: Any) -> Any:
    if type(value) is dict:
        return MappingProxyType({key: _frozen(item) for key, item in value.items()})
    if type(value) is list:
        return tuple(_frozen(item) for item in value)
    return frozenset(value) if type(value) is set else value
