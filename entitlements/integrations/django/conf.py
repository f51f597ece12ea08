"""The setting ENTITLEMENTS: what it may hold, and what it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from entitlements.decision import Decision

#: Everything that may be set, and what holds where it is not. `subject` has no default.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "subject": None,
        "catalog": None,
        "plugins": None,
        "database": "default",
        "expects": (),
        "on_unknown": "raise",
        "denied": "entitlements.integrations.django.decorators.denied",
    }
)


def given() -> Any:
    """The setting as it stands there; None if it does not."""
    return getattr(settings, "ENTITLEMENTS", None)


def options() -> Mapping[str, Any]:
    """The setting, with the defaults."""
    return {**DEFAULTS, **(given() or {})}


def subject_of() -> Callable[[Any], str | None]:
    """The callable that tells the subject of a request. Raises ImportError if its path leads nowhere."""
    found: Callable[[Any], str | None] = import_string(options()["subject"])
    return found


def denied() -> Callable[[Any, Decision], Any]:
    """The callable that makes the response of a denial. Raises ImportError if its path leads nowhere."""
    found: Callable[[Any, Decision], Any] = import_string(options()["denied"])
    return found
