"""Random slips of the pen in a catalog: fixing ends, makes no file worse, and twice is once."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random

from hypothesis import given, settings

from entitlements.catalog.editing.fixes import Mending, mend
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import findings_in
from tests.properties.strategies import numbers, often
from tests.small_catalog import FILES, write

PLUGINS = load_plugins(entry_points=False)


def slipped(text: str, random: Random) -> str:
    """`text` with one word misspelt: a letter dropped, doubled, changed or swapped, or its case."""
    word = random.choice(list(re.finditer(r"[A-Za-z_]{3,}", text)))
    old, at = word[0], random.randrange(len(word[0]) - 1)
    new = random.choice(
        [
            old[:at] + old[at + 1 :],
            old[:at] + old[at] + old[at:],
            old[:at] + random.choice("aeiouxz") + old[at + 1 :],
            old[:at] + old[at + 1] + old[at] + old[at + 2 :],
            old.upper(),
            old.replace("_", "-"),
        ]
    )
    return text[: word.start()] + new + text[word.end() :]


def mended(folder: Path) -> tuple[tuple[Problem, ...], Mending]:
    """What is found in `folder`, and what the safe fixes make of it."""

    def find(edits: Mapping[Path, bytes]) -> tuple[Problem, ...]:
        return findings_in(folder, PLUGINS, edited=edits).problems

    return find({}), mend(find, findings_in(folder, PLUGINS).reading.paths, folder)


@given(numbers)
@settings(often, max_examples=60)
def test_fixing_makes_nothing_worse_and_twice_is_once(number: int) -> None:
    random = Random(number)  # noqa: S311
    files = dict(FILES)
    for _ in range(random.randint(1, 4)):
        name = random.choice(sorted(files))
        files[name] = slipped(files[name], random)
    with tempfile.TemporaryDirectory() as home:
        folder = write(Path(home) / "plans", files)
        before, first = mended(folder)
        for path, data in first.edited.items():
            path.write_bytes(data)
        assert findings_in(folder, PLUGINS).problems == first.remaining
        again, second = mended(folder)
        assert (second.edited, second.fixed, second.remaining) == ({}, (), again)
    for path in first.edited:
        file = f"plans/{path.relative_to(folder).as_posix()}"
        old, new = ([p for p in found if p.mark.file == file] for found in (before, first.remaining))
        # What hid behind a mistake may come to light; of its own kind and of what hides it there is no more.
        kinds = {"Y": "Y", "S": "YS"}.get(min(old, key=stage).code[0], "YSR") if old else "YSR"
        assert count(new, kinds) <= count(old, kinds)


def stage(problem: Problem) -> int:
    return "YSR".find(problem.code[0]) % 4


def count(problems: list[Problem], kinds: str) -> int:
    return sum(problem.code[0] in kinds for problem in problems)
