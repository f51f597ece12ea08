"""What the repository promises about itself: packaging, lock files, targets, sizes."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import entitlements

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
SETTINGS: dict[str, Any] = tomllib.loads(PYPROJECT)
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
SHIPPED = ("entitlements", "plans", "plugins", "schemas")
LONGEST_FILE = 300


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_package_folder_is_shipped() -> None:
    inside = {
        ".".join(init.parent.relative_to(ROOT).parts) for init in ROOT.glob("entitlements/**/__init__.py")
    }
    beside = set(SETTINGS["tool"]["setuptools"]["package-dir"])
    listed = SETTINGS["tool"]["setuptools"]["packages"]
    assert listed == sorted(inside | beside), "mend [tool.setuptools] packages in pyproject.toml"


def test_every_module_is_in_a_package() -> None:
    folders = {path.parent for name in SHIPPED for path in (ROOT / name).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_the_core_lock_gives_every_dependency_in_its_range() -> None:
    locked = pins(ROOT / "requirements" / "core.txt")
    for line in SETTINGS["project"]["dependencies"]:
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate():
            assert wanted.specifier.contains(locked[wanted.name]), line


def test_the_development_lock_gives_every_extra() -> None:
    locked = pins(ROOT / "requirements" / "dev.txt")
    for lines in SETTINGS["project"]["optional-dependencies"].values():
        for wanted in map(Requirement, lines):
            assert wanted.specifier.contains(locked[wanted.name.lower()]), str(wanted)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_agrees_with_the_core_one_and_names_no_place(lock: Path) -> None:
    assert pins(ROOT / "requirements" / "core.txt").items() <= pins(lock).items()
    text = lock.read_text(encoding="utf-8")
    assert not re.findall(r"://|--index|--find-links|--trusted-host| @ |(?<![a-z])/[a-z]", text)


def test_every_public_name_is_there() -> None:
    assert sorted(set(entitlements.__all__)) == sorted(entitlements.__all__)
    missing = [name for name in entitlements.__all__ if not hasattr(entitlements, name)]
    assert not missing


def test_no_file_is_longer_than_a_reader_holds_in_mind() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for name in SHIPPED
        for path in (ROOT / name).rglob("*.py")
    }
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FILE}, "split these"


def test_every_lint_exception_has_its_reason() -> None:
    rules = [line for line in PYPROJECT.splitlines() if re.match(r'\s+"[A-Z]+[0-9]*",', line)]
    assert len(rules) > len(SETTINGS["tool"]["ruff"]["lint"]["ignore"])
    assert not [line for line in rules if not re.search(r"# .{10}", line)]


def test_make_alone_lists_every_target_a_person_uses() -> None:
    shown = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    for target in ("demo", "test", "test-wheel", "lint", "bench", "bench-peers", "stress", "clean"):
        assert re.search(rf"^make {target} +\S", shown, re.MULTILINE), target


def test_the_changelog_begins_with_what_is_not_released() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
