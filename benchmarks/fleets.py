"""Rows about `entitlements diff --usage`: a fleet of subjects with usage, as Parquet and as JSON lines."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import ROOT
from benchmarks.table import Row
from benchmarks.world import SEED, WITH_OVERRIDES, keys, ladder, write_catalog

_BATCH = 50_000
_PLAIN = {
    "Parquet": "import sys, pyarrow.parquet\n"
    "for _ in pyarrow.parquet.ParquetFile(sys.argv[1]).iter_batches(): pass",
    "JSON lines": "import sys, json\nfor line in open(sys.argv[1], 'rb'): json.loads(line)",
}
#: Runs the command, then says how much memory it took with the processes that it started, at the most.
_MEASURED = """
import resource, sys
from entitlements.cli.main import run
try:
    run(sys.argv[1:])
except SystemExit as left:
    code = left.code
own, others = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(own + 2 * others, file=sys.stderr)
sys.exit(code)
"""


def fleet_rows(subjects: int, features: int, say: Callable[[str], None]) -> list[Row]:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _write_edit(home, features)
        say(f"a fleet of {subjects:,}, once it is made")
        files = _write_fleet(home, subjects, features)
        for form, at_most in (("Parquet", 3), ("JSON lines", 30)):
            say(f"the edit on {form}")
            seconds, memory, affected = _diff(home, files[form])
            if not 0 < affected < subjects:
                msg = f"{affected} of {subjects} are affected: not the edit that was meant"
                raise ValueError(msg)
            plain = _seconds([sys.executable, "-c", _PLAIN[form], str(files[form])])
            what = f"diff --usage, {subjects:,} subjects × {features} features, {form}"
            rows += [
                Row(what, "s", (seconds,), at_most),
                Row(f"{what}: memory of all its processes", "MB", (memory,), 1_000),
                Row(f"{what}: to reading that file plainly", "×", (seconds / plain,)),
            ]
    return rows


def _write_edit(home: Path, features: int) -> None:
    """Every second plan loses a feature; each plan has less room, and costs more."""
    names = keys("feature", features)
    before = ladder(6, features)
    write_catalog(home / "before", before, names)
    after = {plan: has[1:] if number % 2 else has for number, (plan, has) in enumerate(before.items())}
    write_catalog(home / "after", after, names)
    for plan in list(after)[::3]:
        file = home / "after" / f"{plan}.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text.replace("included: 10", "included: 8").replace('"100.00"', '"110.00"'), encoding="utf-8"
        )


def _write_fleet(home: Path, subjects: int, features: int) -> dict[str, Path]:
    files = {"Parquet": home / "fleet.parquet", "JSON lines": home / "fleet.jsonl"}
    schema = _schema(keys("feature", features))
    with pq.ParquetWriter(files["Parquet"], schema) as parquet, files["JSON lines"].open("w") as lines:
        for rows in _batches(subjects, features):
            parquet.write_table(pa.Table.from_pylist(rows, schema))
            lines.writelines(f"{json.dumps(row)}\n" for row in rows)
    return files


def _schema(names: list[str]) -> pa.Schema:
    text = pa.string()
    override = dict.fromkeys(("kind", "because", "by", "start", "end", "give", "remove"), text)
    return pa.schema(
        {
            "subject": text,
            "plan": text,
            "start": text,
            "cadence": text,
            "overrides": pa.list_(pa.struct(override)),
            "usage": pa.struct(dict.fromkeys([*names, "seats"], pa.int32())),
        }
    )


def _batches(subjects: int, features: int) -> Iterator[list[dict[str, Any]]]:
    chance, numbers = random.Random(SEED), np.random.default_rng(SEED)
    names, plans = keys("feature", features), list(ladder(6, features))
    for first in range(0, subjects, _BATCH):
        size = min(_BATCH, subjects - first)
        # Half of what could be in use is not.
        used = (
            numbers.integers(0, 20, (size, features + 1)) * numbers.integers(0, 2, (size, features + 1))
        ).tolist()
        yield [
            {
                "subject": f"subject_{first + number}",
                "plan": chance.choice(plans),
                "start": _day(chance),
                "cadence": chance.choice(["monthly", "annual"]),
                **({"overrides": [_override(chance, names)]} if chance.random() < WITH_OVERRIDES else {}),
                "usage": dict(zip([*names, "seats"], used[number], strict=True)),
            }
            for number in range(size)
        ]


def _day(chance: random.Random) -> str:
    return f"{chance.randrange(2019, 2026)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"


def _override(chance: random.Random, names: list[str]) -> dict[str, str]:
    word = chance.choice(["give", "remove"])
    because = f"ticket {chance.randrange(10**9)}"
    stated = {"kind": "services", "because": because, "by": "ops", "start": "2025-04-01", "end": "never"}
    return {**stated, word: chance.choice(names)}


def _diff(home: Path, file: Path) -> tuple[float, float, int]:
    """Seconds by the clock on the wall, MB at the most, and how many subjects are affected."""
    arguments = [
        "--at",
        "2026-03-01",
        "diff",
        str(home / "before"),
        str(home / "after"),
        "--usage",
        str(file),
    ]
    command = [sys.executable, "-c", _MEASURED, *arguments, "--json"]
    begun = perf_counter()
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    seconds = perf_counter() - begun
    return seconds, int(done.stderr.split()[-1]) / 1024, json.loads(done.stdout)["affected"]["affected"]


def _seconds(command: list[str]) -> float:
    begun = perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return perf_counter() - begun
