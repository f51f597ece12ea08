"""Ways of measuring. Times are processor time of this thread, so that a busy machine counts for less."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

from benchmarks.world import World

ROOT = Path(__file__).resolve().parent.parent
Loop = Callable[[], None]


def reference(world: World) -> Loop:
    """What every other loop is compared with: the plainest inline check over the world's pairs."""
    plans, plan_of, pairs = world.plans, world.plan_of, world.pairs

    def loop() -> None:
        for subject, feature in pairs:
            feature in plans[plan_of[subject]]  # noqa: B015  as bare as a check can be

    return loop


def rounds_of(loops: Mapping[str, Loop], rounds: int) -> dict[str, list[float]]:
    """Seconds of each loop in each round, taken in turns.

    Each runs once more right before, untimed, so that none finds the caches filled by another.
    """
    found: dict[str, list[float]] = {name: [] for name in loops}
    with no_collections():
        for _ in range(rounds):
            for name, loop in loops.items():
                loop()
                found[name].append(seconds(loop))
    return found


def ratio(found: Mapping[str, list[float]], name: str, to: str) -> float:
    """Median over the rounds of `name` against what `to` took in the same round."""
    return median(one / other for one, other in zip(found[name], found[to], strict=True))


def seconds(loop: Callable[[], object]) -> float:
    before = thread_time()
    loop()
    return thread_time() - before


def median_seconds(task: Callable[[], object], times: int) -> float:
    """Of `times` runs, after one that warms up."""
    task()
    with no_collections():
        return median(seconds(task) for _ in range(times))


def bytes_kept(task: Callable[[], object]) -> int:
    """Bytes that Python objects hold after `task`, beyond those held before."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = task()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del kept
    return after - before


def start_seconds(statement: str, times: int) -> float:
    """Median processor time that a fresh Python takes for `statement`, its own start not counted."""
    program = f"import time\nbegun = time.process_time()\n{statement}\nprint(time.process_time() - begun)"
    command = [sys.executable, "-c", program]
    return median(
        float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout) for _ in range(times)
    )


def command_seconds(arguments: Sequence[str], times: int) -> float:
    """Median time, by the clock on the wall, of a whole run of `entitlements` that finds no error."""
    command = [sys.executable, "-m", "entitlements", *arguments]

    def run() -> float:
        begun = perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return perf_counter() - begun

    return median(run() for _ in range(times))


@contextmanager
def no_collections() -> Iterator[None]:
    """Without garbage collection, as `timeit` does it: what one loop leaves is not billed to the next."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
