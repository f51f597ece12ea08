"""The app as Django finds it in INSTALLED_APPS; it holds the engine of the process."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.apps import AppConfig
from django.core import checks, mail
from django.db.models.signals import post_migrate

from entitlements.engine.engine import Engine


class EntitlementsConfig(AppConfig):
    """Registers the checks of the settings when Django starts. The engine is opened on first use."""

    name = "entitlements.integrations.django"
    label = "entitlements"
    verbose_name = "Entitlements"

    def ready(self) -> None:
        from entitlements.integrations.django.checks import settings_are_sound

        checks.register(settings_are_sound)
        post_migrate.connect(self._forget, sender=self)

    def _forget(self, **_: Any) -> None:
        """A flush, which tells of no change, ends with the signal of a migration."""
        if "engine" in vars(self):
            self.engine.invalidate()

    @cached_property
    def engine(self) -> Engine:
        from entitlements.integrations.django import conf
        from entitlements.integrations.django.store import DjangoStore

        given = conf.options()
        return Engine.open(
            given["catalog"],
            DjangoStore(given["database"]),
            given["plugins"],
            expects=given["expects"],
            on_unknown=given["on_unknown"],
            # In a host's tests, where Django makes that list, nobody else writes, and a thread with its own
            # connection would be in the way when the database is dropped.
            follow=not hasattr(mail, "outbox"),
        )
