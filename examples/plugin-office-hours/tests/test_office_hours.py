"""The plugin through a real engine, on a copy of the shipped catalog that names it."""

import shutil
from datetime import UTC, datetime
from typing import Any

import entitlements_office_hours
import pytest

from entitlements import CatalogError, Engine, FixedClock, Reason, SubjectRecord, Subscription
from entitlements.catalog.load import shipped_folder

SUBJECTS = [SubjectRecord("space", (Subscription("pro"),))]


def opened(tmp_path: Any, params: Any, clock: Any = None) -> Any:
    folder = tmp_path / "plans"
    shutil.copytree(shipped_folder(), folder)
    core = folder / "features" / "core.yaml"
    text = core.read_text(encoding="utf-8")
    core.write_text(
        text.replace("  api_access:\n", f"  api_access:\n    checks: {{office_hours: {params}}}\n"),
        encoding="utf-8",
    )
    return Engine.open(folder, SUBJECTS, [entitlements_office_hours], clock=clock)


@pytest.mark.parametrize(
    ("utc", "allowed"), [("04:59", False), ("05:00", True), ("13:59", True), ("14:00", False)]
)
def test_open_from_opening_up_to_closing_in_its_own_zone(tmp_path: Any, utc: Any, allowed: Any) -> None:
    clock = FixedClock(datetime.fromisoformat(f"2026-03-02T{utc}:00").replace(tzinfo=UTC))
    engine = opened(tmp_path, '{from: "08:00", to: "17:00", time_zone: Africa/Nairobi}', clock)
    decision = engine.check("space", "api_access")
    assert decision.allowed is allowed
    if not allowed:
        assert (decision.reason, decision.checker) == (Reason.DENIED_BY_CHECKER, "office_hours")
        assert "08:00 to 17:00" in decision.message()


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ('{from: "8 o\'clock"}', "is no time of day"),
        ("{opens: 8}", "unknown parameter"),
        ("{time_zone: Nairobi}", "no time zone"),
        ('{from: "18:00", to: "08:00"}', "must close after it opens"),
    ],
)
def test_wrong_parameters_are_shown_at_their_line(tmp_path: Any, params: Any, says: Any) -> None:
    with pytest.raises(CatalogError, match=rf"plans/features/core\.yaml:\d+:\d+: P501 .*{says}"):
        opened(tmp_path, params)


def test_a_catalog_that_names_a_plugin_nobody_brings_is_refused(tmp_path: Any) -> None:
    folder = tmp_path / "plans"
    shutil.copytree(shipped_folder(), folder)
    core = folder / "features" / "core.yaml"
    text = core.read_text(encoding="utf-8")
    core.write_text(
        text.replace("  api_access:\n", "  api_access:\n    checks: {office_hour: {}}\n"), encoding="utf-8"
    )
    with pytest.raises(CatalogError, match=r'R307 .*did you mean "office_hours"'):
        Engine.open(folder, SUBJECTS, [entitlements_office_hours])
