"""Wrong settings are told at start, each with a way out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import connections
from django.test import override_settings

SOUND = {"subject": "tests.integrations.django.views.subject_of"}


@pytest.fixture(autouse=True)
def _no_engine_is_left() -> Iterator[None]:
    yield
    vars(apps.get_app_config("entitlements")).pop("engine", None)


def found(settings: Any) -> list[tuple[str, str, str]]:
    with override_settings(ENTITLEMENTS=settings):
        return [(str(e.id), str(e.msg), str(e.hint)) for e in run_checks() if "entitlements" in str(e.id)]


def test_sound_settings_have_no_findings() -> None:
    assert found(SOUND) == []


@pytest.mark.parametrize(
    ("settings", "code", "says", "hint"),
    [
        (None, "E001", "missing", 'ENTITLEMENTS = {"subject"'),
        ({**SOUND, "databse": "default"}, "E002", '"databse"', 'did you mean "database"?'),
        ({}, "E003", "not set", "a function of a request"),
        ({"subject": "nowhere.subject_of"}, "E003", "cannot be imported", "a function of a request"),
        ({"subject": "sys.path"}, "E003", "cannot be called", "a function of a request"),
        ({**SOUND, "database": "defualt"}, "E004", "DATABASES", "default"),
        ({**SOUND, "catalog": 5}, "E005", "no path", "BASE_DIR"),
        ({**SOUND, "on_unknown": "perhaps"}, "E006", "'perhaps'", '"deny"'),
        ({**SOUND, "denied": None}, "E008", "not set", "a request and a decision"),
        ({**SOUND, "denied": "shop.denied"}, "E008", "cannot be imported", "a request and a decision"),
        ({**SOUND, "expects": ["teleport"]}, "E007", "teleport", ""),
    ],
)
def test_a_wrong_setting_is_told_with_a_way_out(settings: Any, code: str, says: str, hint: str) -> None:
    ((number, message, way),) = found(settings)
    assert number == f"entitlements.{code}"
    assert says in message
    assert hint in way


def test_a_catalog_with_problems_is_told_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text("nonsense: true\n", encoding="utf-8")
    ((number, message, _),) = found({**SOUND, "catalog": tmp_path})
    assert number == "entitlements.E007"
    assert "catalog.yaml:1" in message


def test_a_database_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "vendor", "mysql")
    ((number, message, hint),) = found(SOUND)
    assert number == "entitlements.E004"
    assert "mysql" in message
    assert "PostgreSQL" in hint
