"""What `manage.py check` says of the settings; Django asks at each start of the server and each migrate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.checks import Error
from django.db import connections

from entitlements.errors import EntitlementsError
from entitlements.integrations.django import conf, engine
from entitlements.problems import suggestion
from entitlements.source.triggers import TRIGGERS

_EXAMPLE = 'ENTITLEMENTS = {"subject": "shop.plans.subject_of", "catalog": BASE_DIR / "plans"}'
_SUBJECT = 'write a path such as "shop.plans.subject_of": a function of a request that gives a name or None'
_DENIED = (
    'write a path such as "shop.plans.denied": a function of a request and a decision that gives a response'
)


def settings_are_sound(**_: Any) -> list[Error]:
    """Every finding; the engine is only opened by settings that are sound by themselves."""
    return list(_settings()) or list(_engine())


def _settings() -> Iterator[Error]:
    given = conf.given()
    if not isinstance(given, dict):
        yield _error(1, "the setting ENTITLEMENTS is missing, or is no dict", f"write {_EXAMPLE}")
        return
    for name in sorted(set(given) - set(conf.DEFAULTS), key=str):
        yield _error(2, f'ENTITLEMENTS has no "{name}"', suggestion(str(name), conf.DEFAULTS))
    options = conf.options()
    yield from _callable(3, "subject", conf.subject_of, _SUBJECT)
    yield from _callable(8, "denied", conf.denied, _DENIED)
    yield from _database(options["database"])
    if not isinstance(options["catalog"], str | Path | None):
        yield _error(5, 'ENTITLEMENTS["catalog"] is no path of a folder', f"write {_EXAMPLE}")
    if options["on_unknown"] not in {"raise", "deny"}:
        yield _error(6, f'ENTITLEMENTS["on_unknown"] is {options["on_unknown"]!r}', 'write "raise" or "deny"')


def _callable(number: int, name: str, find: Callable[[], Any], hint: str) -> Iterator[Error]:
    path = conf.options()[name]
    if not isinstance(path, str):
        yield _error(number, f'ENTITLEMENTS["{name}"] is not set to the path of a callable', hint)
        return
    try:
        found = find()
    except ImportError as error:
        yield _error(number, f'ENTITLEMENTS["{name}"] cannot be imported: {error}', hint)
        return
    if not callable(found):
        yield _error(number, f'ENTITLEMENTS["{name}"] is "{path}", which cannot be called', hint)


def _database(alias: Any) -> Iterator[Error]:
    if alias not in connections.settings:
        known = suggestion(str(alias), connections.settings)
        yield _error(4, f'ENTITLEMENTS["database"] is {alias!r}, which DATABASES does not have', known)
    elif connections[alias].vendor not in TRIGGERS:
        message = (
            f'entitlements cannot be kept in the database "{alias}", which is {connections[alias].vendor}'
        )
        yield _error(4, message, "use one on PostgreSQL or SQLite")


def _engine() -> Iterator[Error]:
    try:
        engine()
    except EntitlementsError as error:
        yield _error(7, f"the engine cannot be opened: {error}", error.hint)


def _error(number: int, message: str, hint: str | None) -> Error:
    return Error(message, hint=hint, id=f"entitlements.E{number:03}")
