"""A Django app: the store in Django's database, `request.entitlements`, and views that need a feature."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entitlements.engine.engine import Engine

if find_spec("django") is None:
    msg = "the Django app needs Django: pip install 'entitlements[django]'"
    raise ImportError(msg)


def engine() -> Engine:
    """The engine of this process, opened by the settings when it is first asked for."""
    from django.apps import apps

    found: Engine = apps.get_app_config("entitlements").engine
    return found
