"""`python -m benchmarks.peers`: may this subject use this feature? Asked of each library in one run."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from benchmarks.measure import Loop, no_collections, seconds
from benchmarks.peers.peer import Ask
from benchmarks.world import SEED, Pairs, World, make_world

# Each is a module here, ask_<name>; about from quick to slow.
ADAPTERS = ("entitlements", "eppo", "growthbook", "openfeature", "prbac", "casbin", "cedar", "waffle")
_HEADINGS = ("package", "version", "asked", "of pairs", "ratio", "per check")


@dataclass(frozen=True)
class Result:
    """How one library did, or why it could not be asked."""

    package: str
    version: str
    how: str
    pairs: int
    ratio: float
    microseconds: float
    why_not: str | None = None


def ask_peer(name: str, world: World, rounds: int, budget: float) -> Result:
    """Time one library on as many of the pairs as `budget` seconds a round allow; wrong answers raise."""
    try:
        peer = importlib.import_module(f"benchmarks.peers.ask_{name}").PEER
        version = peer.version
        ask = peer.prepare(world.plans, world.plan_of)
    except Exception as error:  # noqa: BLE001  whatever it is, it belongs in the table
        return Result(name, "", "", 0, 0, 0, f"{type(error).__name__}: {error}")
    sample = world.pairs[:500]
    for subject, feature in sample:
        if bool(ask(subject, feature)) is not (feature in world.plans[world.plan_of[subject]]):
            msg = f"{name} answers wrongly for {subject}, {feature}"
            raise AssertionError(msg)
    one = seconds(_loop(ask, sample)) / len(sample)
    pairs = world.pairs[: max(len(sample), int(budget / one))]
    asked, plain = _loop(ask, pairs), _plain(world, pairs)
    ratios, times = [], []
    with no_collections():
        for _ in range(rounds):
            plain()
            reference = seconds(plain)
            asked()
            times.append(seconds(asked))
            ratios.append(times[-1] / reference)
    microseconds = median(times) / len(pairs) * 1e6
    return Result(peer.package, version, peer.how, len(pairs), median(ratios), microseconds)


def _loop(ask: Ask, pairs: Pairs) -> Loop:
    def loop() -> None:
        for subject, feature in pairs:
            ask(subject, feature)

    return loop


def _plain(world: World, pairs: Pairs) -> Loop:
    plans, plan_of = world.plans, world.plan_of

    def loop() -> None:
        for subject, feature in pairs:
            feature in plans[plan_of[subject]]  # noqa: B015  as bare as a check can be

    return loop


def as_table(results: Sequence[Result], *, markdown: bool) -> str:
    cells = [_HEADINGS, *(_cells(result) for result in results)]
    if markdown:
        cells.insert(1, ("---",) * len(_HEADINGS))
        return "\n".join(f"| {' | '.join(row)} |" for row in cells)
    widths = [max(len(row[i]) for row in cells) for i in range(len(_HEADINGS))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)


def _cells(result: Result) -> tuple[str, ...]:
    if result.why_not is not None:
        return result.package, result.version, f"not asked: {result.why_not}", "", "", ""
    return (
        result.package,
        result.version,
        result.how,
        f"{result.pairs:,}",
        f"{result.ratio:,.1f} ×",
        f"{result.microseconds:,.2f} µs",
    )


def main(arguments: Sequence[str] | None = None, *, subjects: int = 1_000, rounds: int = 7) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the figures as JSON")
    form.add_argument("--markdown", action="store_true", help="print the table as the README shows it")
    options = parser.parse_args(arguments)
    world = make_world(subjects, 100_000)
    results = []
    for name in ADAPTERS:
        print(f"asking {name} ...", file=sys.stderr, flush=True)
        results.append(ask_peer(name, world, rounds, budget=0.5))
    about = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    if options.json:
        rows = [asdict(result) for result in results]
        print(
            json.dumps({"schema": "entitlements/benchmark-peers/1", "python": about, "rows": rows}, indent=2)
        )
    else:
        print(
            f"{about}. Ratios to `feature in plans[plan_of[subject]]` over the same random pairs\n"
            f"(seed {SEED}) of 6 plans, 80 features, {subjects:,} subjects without overrides, in one run.\n\n"
            f"{as_table(results, markdown=options.markdown)}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
