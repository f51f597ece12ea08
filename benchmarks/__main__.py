"""`python -m benchmarks`: the table of speed and memory, each check as a ratio to a plain lookup."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.changes import change_rows
from benchmarks.checks import check_rows
from benchmarks.fleets import fleet_rows
from benchmarks.loads import import_rows, load_rows
from benchmarks.seats import seat_rows
from benchmarks.store import store_rows
from benchmarks.table import Row, as_json, as_markdown, as_text, updated
from benchmarks.world import SEED, WITH_OVERRIDES


@dataclass(frozen=True)
class Sizes:
    """How much is measured. The bounds are meant for these numbers."""

    subjects: tuple[int, ...] = (1_000, 100_000)
    pairs: int = 100_000
    rounds: int = 9
    plans: int = 200
    features: int = 1_000
    loads: int = 3
    starts: int = 9
    stored: int = 10_000
    seats: int = 300
    fleet: int = 1_000_000
    fleet_features: int = 80


def measure(sizes: Sizes) -> tuple[list[Row], dict[str, object]]:
    """All rows, and what they were measured on."""
    rows, references = check_rows(sizes.subjects, sizes.pairs, sizes.rounds, _say)
    rows += import_rows(sizes.starts, _say)
    rows += load_rows(sizes.plans, sizes.features, sizes.loads, _say)
    rows += change_rows(sizes.loads * 10, _say)
    rows += store_rows(sizes.stored, sizes.loads, _say)
    rows += seat_rows(sizes.seats, sizes.loads, _say)
    rows += fleet_rows(sizes.fleet, sizes.fleet_features, _say)
    return rows, {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "seed": SEED,
        "pairs": sizes.pairs,
        "with_overrides": WITH_OVERRIDES,
        "subjects": list(sizes.subjects),
        "reference_ns": [round(one * 1e9, 1) for one in references],
    }


def heading(about: dict[str, object]) -> str:
    counts = " and ".join(f"{number:,}" for number in _numbers(about["subjects"]))
    plain = " and ".join(f"{number:.0f}" for number in _numbers(about["reference_ns"]))
    return (
        f"{about['python']} on {about['machine']}. × is the ratio to `feature in plans[plan_of[subject]]` "
        f"({plain} ns)\nover the same {about['pairs']:,} random pairs (seed {about['seed']}) of 6 plans, "
        f"80 features, {counts} subjects, 5 % with overrides."
    )


def main(arguments: Sequence[str] | None = None, sizes: Sizes | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the figures as JSON")
    form.add_argument("--markdown", action="store_true", help="print the table as the README shows it")
    parser.add_argument(
        "--update",
        metavar="FILE",
        type=Path,
        help="put the table into FILE, such as README.md, for the old one",
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 when a figure is over its bound")
    options = parser.parse_args(arguments)
    rows, about = measure(sizes or Sizes())
    if options.update is not None:
        page = options.update.read_text(encoding="utf-8")
        options.update.write_text(updated(page, rows), encoding="utf-8")
    if options.json:
        print(json.dumps({"schema": "entitlements/benchmarks/1", **about, "rows": as_json(rows)}, indent=2))
    else:
        print(f"{heading(about)}\n\n{(as_markdown if options.markdown else as_text)(rows)}")
    return 1 if options.strict and not all(row.ok for row in rows) else 0


def _numbers(value: object) -> list[float]:
    return value if isinstance(value, list) else []


def _say(progress: str) -> None:
    print(f"measuring {progress} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
