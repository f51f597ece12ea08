"""The progress bar of what takes long: `reading spaces.jsonl ━━━━━━━━  34 %, 0:00:12 left`. Needs rich."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task
from rich.text import Text

from entitlements.fleet.tally import Progress as Told

_LONGEST_NAME = 22


@contextmanager
def reading_bar(name: str) -> Iterator[Told]:
    """Takes how much of the file `name` is read. Nothing is shown where stderr is no terminal."""
    console = Console(file=sys.stderr)
    columns = (_Reading(), BarColumn(bar_width=None), _Share())
    with Progress(
        *columns, console=console, transient=True, expand=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=1)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Reading(ProgressColumn):
    """What is read; of a long name its end, which tells files apart."""

    def render(self, task: Task) -> Text:
        name = task.description
        shown = name if len(name) <= _LONGEST_NAME else f"…{name[1 - _LONGEST_NAME :]}"
        return Text(f"reading {shown}", no_wrap=True)


class _Share(ProgressColumn):
    """How much is done, and how long the rest takes once that can be told."""

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        rest = f", {timedelta(seconds=round(left))} left" if left else ""
        return Text(f"{task.percentage:3.0f} %{rest:<14}", no_wrap=True, overflow="crop")
