"""One Django for both of its libraries: SQLite in memory, caches in the process."""

from __future__ import annotations

import importlib
from typing import Any


def setup() -> None:
    """Configure Django and make the tables; a second call does nothing."""
    settings: Any = importlib.import_module("django.conf").settings
    if settings.configured:
        return
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_prbac", "waffle"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        CACHES={
            "default": {
                "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                "OPTIONS": {"MAX_ENTRIES": 100_000},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DJANGO_PRBAC_CACHE_TIMEOUT=3600,
        USE_TZ=True,
    )
    django: Any = importlib.import_module("django")
    django.setup()
    management: Any = importlib.import_module("django.core.management")
    management.call_command("migrate", verbosity=0, run_syncdb=True)
