"""Fault plugins as installed packages, and engines that find them through their entry points."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from entitlements import Catalog, Engine, FixedClock, MemorySource, SubjectRecord, Subscription, load_catalog
from entitlements.engine.ask import Asker
from entitlements.engine.compile import compile_program
from entitlements.model import CheckBinding
from entitlements.plugin_manager import Plugins, load_plugins

PACKAGES = Path(__file__).resolve().parent / "packages"
ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPACE = SubjectRecord("space", (Subscription("pro"),))
Checks = Mapping[str, Mapping[str, Any]]


def install(target: Path, *names: str) -> Path:
    """Put packages where `pip install --target` would, metadata and all; pip itself is too slow for that."""
    for name in names:
        project = tomllib.loads((PACKAGES / name / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        ignored = shutil.ignore_patterns("pyproject.toml", "__pycache__", "build", "*.egg-info")
        shutil.copytree(PACKAGES / name, target, ignore=ignored, dirs_exist_ok=True)
        info = target / f"{name}-{project['version']}.dist-info"
        info.mkdir()
        lines = [f"{key} = {value}" for key, value in project["entry-points"]["entitlements"].items()]
        text = "[entitlements]\n" + "\n".join(lines) + "\n"
        (info / "entry_points.txt").write_text(text, encoding="utf-8")
        metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
    return target


def entry_points(name: str) -> list[str]:
    """The names of the plugins that a package brings."""
    project = tomllib.loads((PACKAGES / name / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["entry-points"]["entitlements"])


@cache
def shipped() -> Catalog:
    return load_catalog()


def catalog_with(features: Iterable[str], checks: Mapping[str, Checks] | None = None) -> Catalog:
    """The shipped catalog with further `features` in the plan Pro, which name checkers with parameters."""
    base, named = shipped(), checks or {}
    like = base.features["geocoder"]
    made = {}
    for key in {*features, *named}:
        bindings = {name: CheckBinding(MappingProxyType(dict(p))) for name, p in named.get(key, {}).items()}
        made[key] = replace(like, key=key, title=key, checks=MappingProxyType(bindings))
    pro = base.plans["pro"]
    pro = replace(pro, features=MappingProxyType({**pro.features, **dict.fromkeys(made, like.mark)}))
    return replace(
        base,
        features=MappingProxyType({**base.features, **made}),
        plans=MappingProxyType({**base.plans, "pro": pro}),
        versions=MappingProxyType({**base.versions, pro.ref: pro}),
    )


def claimed(plugins: Plugins) -> list[str]:
    """The feature keys that checkers claim, those of the shipped catalog and no keys at all left out."""
    keys = {key for loaded in plugins.checkers.values() for key in loaded.checker.features}
    return sorted(key for key in keys if key.isidentifier() and key.isascii() and key != "no_such_feature")


def opened(
    *allow: str,
    features: Iterable[str] = (),
    checks: Mapping[str, Checks] | None = None,
    monotonic: Callable[[], float] | None = None,
    clock: FixedClock | None = None,
) -> Engine:
    """An engine with the installed plugins `allow` and a feature for each key that their checkers claim."""
    plugins = load_plugins(allow=allow)
    catalog = catalog_with([*claimed(plugins), *features], checks)
    askers = {
        name: Asker(loaded.checker, loaded.plugin, monotonic)
        if monotonic
        else Asker(loaded.checker, loaded.plugin)
        for name, loaded in plugins.checkers.items()
    }
    program = compile_program(catalog, plugins, askers=askers)
    return Engine(program, MemorySource([SPACE]), clock=clock or FixedClock(NOW))
