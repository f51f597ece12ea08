"""What a checker declares of itself, held against the contract before anything relies on it."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable, Collection
from typing import Any, Final

from entitlements.checker import CONTRACT, Checker, Volatility
from entitlements.errors import in_words

_NAME = re.compile(r"\A[a-z][a-z0-9_]*\Z")
_METHODS = ("binds", "check", "problems", "usage", "usages", "effects", "apply", "undo")


def declaration_fault(checker: object) -> str | None:
    """What of the declaration breaks the contract, in words; None when it is sound."""
    try:
        if not isinstance(checker, Checker):
            return "is not an object of a class that extends entitlements.Checker"
        broken = next((says for holds, says in _RULES if not holds(checker)), None)
        return broken.format(contract=checker.contract) if broken else None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  a property or __eq__ of a stranger may raise anything
        return f"reading its declaration fails ({in_words(error)})"


def _are_names(given: object) -> bool:
    # A generator would be used up by the first look at it.
    if isinstance(given, str) or not isinstance(given, Collection):
        return False
    return all(isinstance(name, str) for name in given)


def _is_time(seconds: object) -> bool:
    return type(seconds) in (int, float) and 0 < seconds <= threading.TIMEOUT_MAX  # type: ignore[operator]


def _methods(checker: Checker) -> list[object]:
    return [getattr(checker, name) for name in _METHODS]


#: What must hold, and what is said where it does not; in this order, as the later rely on the earlier.
_RULES: Final[tuple[tuple[Callable[[Any], bool], str], ...]] = (
    (
        lambda c: isinstance(c.name, str) and _NAME.match(c.name) is not None,
        "needs a `name` of lower-case letters, digits and underscores",
    ),
    (
        lambda c: bool(c.contract == CONTRACT),
        f"is written for contract {{contract!r}}; this version speaks contract {CONTRACT}",
    ),
    (
        lambda c: isinstance(c.volatility, Volatility),
        "`volatility` must be STATIC, DYNAMIC or CACHEABLE(seconds)",
    ),
    (
        lambda c: c.on_error in ("deny", "ignore", "last_good"),
        "`on_error` must be deny, ignore or last_good",
    ),
    (
        lambda c: c.on_error != "last_good" or c.volatility.kind == "cacheable",
        "`on_error = last_good` needs a CACHEABLE checker: no other keeps its verdicts",
    ),
    (
        lambda c: _are_names(c.features) and _are_names(c.needs),
        "`features` and `needs` are collections of names, such as a tuple, not one text",
    ),
    (lambda c: type(c.everywhere) is bool, "`everywhere` must be True or False"),
    (
        lambda c: c.volatility.kind == "dynamic" or not tuple(c.needs),
        "`needs` names context keys, which only a DYNAMIC checker may use",
    ),
    (
        lambda c: c.deadline is None or _is_time(c.deadline),
        "`deadline` must be a number of seconds above 0, or None",
    ),
    (
        lambda c: all(callable(method) for method in _methods(c)),
        f"{', '.join(f'`{name}`' for name in _METHODS[:-1])} and `{_METHODS[-1]}` must be methods",
    ),
    (
        lambda c: not any(inspect.iscoroutinefunction(method) for method in _methods(c)),
        "its methods are called without await, so none may be `async def`",
    ),
)
