"""Rows about starting: importing the package, and reading catalogs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import command_seconds, median_seconds, start_seconds
from benchmarks.table import Row
from benchmarks.world import keys, write_catalog
from entitlements import load_catalog
from entitlements.catalog.build import build_catalog
from entitlements.catalog.reading.document import read_file


def import_rows(times: int, say: Callable[[str], None]) -> list[Row]:
    say("imports")
    package = start_seconds("import entitlements", times)
    engine = start_seconds("from entitlements import Engine", times)
    opened = start_seconds("from entitlements import Engine\nEngine.open()", times)
    return [
        Row("import entitlements, above bare Python", "ms", (package * 1e3,), 60),
        Row("from entitlements import Engine, above bare Python", "ms", (engine * 1e3,)),
        Row("the same and Engine.open() on the shipped catalog", "ms", (opened * 1e3,)),
    ]


def load_rows(plans: int, features: int, times: int, say: Callable[[str], None]) -> list[Row]:
    say("the shipped catalog")
    shipped = median_seconds(load_catalog, 10 * times)
    shipped_process = command_seconds(["--catalog", "shipped", "validate"], times)
    say(f"{plans} plans of {features:,} features")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "plans")
        names = keys("feature_of_a_big_catalog", features)
        size = write_catalog(root, dict.fromkeys(keys("plan", plans), names), names) / 1e6
        built = median_seconds(lambda: _read_and_build(root), times)
        validated = median_seconds(lambda: load_catalog(root), times)
        process = command_seconds(["validate", str(root)], times)
    large = f"{plans} plans × {features:,} features, {size:.1f} MB"
    return [
        Row("shipped catalog: read, validate, build, warm", "ms", (shipped * 1e3,), 25),
        Row(f"{large}: read, build", "s", (built,), 1),
        Row(f"{large}: read, validate, build", "s", (validated,), 4),
        Row("entitlements validate, advice included, on the shipped catalog", "s", (shipped_process,), 1.5),
        Row(f"entitlements validate, advice included, on those {plans} plans", "s", (process,), 10),
    ]


def _read_and_build(root: Path) -> None:
    """What `load_catalog` does, but for the schemas."""
    documents = []
    for path in sorted(root.rglob("*.yaml")):
        shown = path.relative_to(root).as_posix()
        kind = {"catalog.yaml": "catalog"}.get(shown, "features" if "/" in shown else "plan")
        documents.append((kind, read_file(path, root=root, file=shown)))
    catalog, problems = build_catalog(documents)
    if catalog is None:
        raise ValueError(problems)
