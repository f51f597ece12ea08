"""Every screen by the same rules: no wider than 80 columns, and no blank line at its end or two of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from entitlements.catalog.load import shipped_folder

#: The first line of a problem or a failed test, which other programs read, is never broken.
AS_IT_IS = re.compile(r"\S+:\d+:\d+: [A-Z]\d{3} |FAILED ")
SOUND = (
    "advise demo-health",
    "advise demo-pro-v0",
    "calendar",
    "calendar --from 2050-01-01T01:00:00Z",
    "change preview demo-health --to community",
    "change preview demo-bundle --end --all",
    "change preview demo-pro-v0 --to pro",
    "check demo-health cap.builder_reports --adding 2 --explain",
    "check demo-pro-bono custom_reports --explain",
    "compare pro standard --both",
    "compare community enterprise",
    "demo",
    "explain",
    "matrix",
    "matrix --all",
    "plugins",
    "plugins --feature api_access",
    "plugins --gaps",
    "publish --dry-run",
    "schema",
    "show add_on report_builder_15_reports --why",
    "show api_access --why",
    "show mobile_users --why",
    "show pro --why",
    "show pro",
    "status",
    "terms demo-health",
    "test --coverage",
    "validate",
    "why demo-health cap.builder_reports",
)
BROKEN = (
    "edit set pro caps.mobile_users.included 100",
    "publish",
    "status",
    "test",
    "validate",
)


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    """A copy of the shipped catalog, in ./plans."""
    return Path(shutil.copytree(shipped_folder(), tmp_path / "plans"))


def must_be_neat(out: str) -> None:
    lines = out.splitlines()
    assert lines
    assert lines[-1].strip(), "a blank line at the end"
    assert "\n\n\n" not in out
    for line in lines:
        assert line == line.rstrip()
        assert len(line) <= 80 or AS_IT_IS.match(line), line


@pytest.mark.usefixtures("plans")
@pytest.mark.parametrize("words", SOUND)
def test_a_screen_is_neat(words: str, cli: Any) -> None:
    must_be_neat(cli(*words.split()).out)


@pytest.mark.parametrize("words", BROKEN)
def test_a_screen_that_tells_of_problems_is_neat(words: str, cli: Any, plans: Path) -> None:
    pro = plans / "pro.yaml"
    text = (
        pro.read_text(encoding="utf-8").replace("  - api_access", "").replace("included: 250", "included: 25")
    )
    pro.write_text(text, encoding="utf-8")
    ran = cli(*words.split())
    assert ran.code == 1
    must_be_neat(ran.out)
