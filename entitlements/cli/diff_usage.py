"""Whom an edit affects, for `entitlements diff --usage`: counted with a progress bar, and told."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from entitlements.catalog.diff.catalogs import CatalogDiff
from entitlements.catalog.money import money_text
from entitlements.cli.diff_text import escaped
from entitlements.cli.output import echo, heading, wrapped
from entitlements.cli.words import and_list, money_words
from entitlements.fleet.affected import Affected, count_affected
from entitlements.fleet.outcome import Hit
from entitlements.fleet.tally import Concerned, Progress, Tally, amount

_WORDS: Final = {
    "feature_lost_in_use": ("loses {}, in use", "lose {}, in use"),
    "feature_lost_use_unknown": ("loses {}; its use is not known", "lose {}; their use is not known"),
    "cap_exceeded": ("is put over {}", "are put over {}"),
    "cap_lowered_use_unknown": ("has less {}; its use is not known", "have less {}; their use is not known"),
    "bill_rises": ("pays more", "pay more"),
    "bill_falls": ("pays less", "pay less"),
    "bill_unknown": ("pays an amount that cannot be told", "pay amounts that cannot be told"),
    "support_lowered": ("has less support: {}", "have less support: {}"),
    "support_raised": ("has more support: {}", "have more support: {}"),
    "baa_lost_in_force": ("loses the BAA that is in force", "lose the BAA that is in force"),
    "baa_lost": ("is no longer offered a BAA", "are no longer offered a BAA"),
    "baa_offered": ("is now offered a BAA", "are now offered a BAA"),
}  # fmt: skip
#: What takes something from someone.
TAKING: Final = frozenset(
    {"feature_lost_in_use", "cap_exceeded", "bill_rises", "support_lowered", "baa_lost_in_force", "baa_lost"}
)


def affected_by(
    diff: CatalogDiff, path: Path, *, at: datetime | None, names: int, listed: Path | None
) -> Affected:
    """Count whom `diff` affects among the subjects of `path`; write each of them to `listed`, a line each."""
    with ExitStack() as stack:
        listing = stack.enter_context(_lines_of(listed)) if listed is not None else None
        stack.enter_context(_quiet())
        progress = stack.enter_context(_bar(path.name))
        return count_affected(diff.old, diff.new, path, Tally(names, listing), at=at, progress=progress)


@contextmanager
def _lines_of(path: Path) -> Iterator[Callable[[str, Iterable[Hit], int], None]]:
    try:
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}"
        raise click.BadParameter(msg, param_hint="--list") from None
    with file:

        def write(subject: str, hits: Iterable[Hit], monthly: int) -> None:
            line = {
                "subject": subject,
                "effects": [hit._asdict() for hit in hits],
                "monthly_change": money_text(amount(monthly)),
            }
            file.write(f"{json.dumps(line, ensure_ascii=False)}\n")

        yield write


@contextmanager
def _quiet() -> Iterator[None]:
    """The engine warns of subscriptions to plans that are gone; here they are counted instead."""
    log = logging.getLogger("entitlements")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def _bar(name: str) -> Iterator[Progress]:
    """A progress bar on stderr if that is a terminal and rich is there, else nothing."""
    try:
        from rich.console import Console
        from rich.progress import Progress as Bar
    except ImportError:
        yield lambda done, total: None  # noqa: ARG005  what a bar would take
        return
    console = Console(file=sys.stderr)
    with Bar(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"reading {name}", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_affected(diff: CatalogDiff, found: Affected) -> None:
    """The counts on stdout, with some names."""
    echo()
    heading(wrapped(summary(diff, found)))
    for line in affected_lines(diff, found):
        echo(wrapped(line, "    ").replace("    ", "  ", 1))


def summary(diff: CatalogDiff, found: Affected) -> str:
    """`2 of 13 project spaces are affected; bills rise by 50.00 USD a month in all.`"""
    tally, noun = found.tally, diff.new.subject
    if not tally.affected:
        return f"Of {noun.counted(tally.subjects)} none is affected."
    verb = "is" if tally.affected == 1 else "are"
    sentence = f"{tally.affected:,} of {noun.counted(tally.subjects)} {verb} affected"
    if tally.monthly:
        word = "rise" if tally.monthly > 0 else "fall"
        change = money_words(amount(abs(tally.monthly)), diff.new.currency)
        sentence += f"; bills {word} by {change} a month in all"
    return f"{sentence}."


def affected_lines(diff: CatalogDiff, found: Affected) -> Iterator[str]:
    """A line for each thing that happens, the gravest first."""
    for hit, concerned in found.tally.in_order():
        one, many = _WORDS[hit.kind]
        about = (one if concerned.subjects == 1 else many).format(_about(diff, hit))
        more = f", {_change(diff, concerned.monthly)} a month" if concerned.monthly else ""
        yield f"{concerned.subjects:,} {about}{more}{_names(concerned)}"


def _change(diff: CatalogDiff, units: int) -> str:
    return money_words(amount(abs(units)), diff.new.currency)


def _names(concerned: Concerned) -> str:
    rest = concerned.subjects - len(concerned.names)
    names = [*concerned.names, f"{rest:,} more"] if rest else concerned.names
    return f": {and_list(names)}" if concerned.names else ""


def _about(diff: CatalogDiff, hit: Hit) -> str:
    if hit.kind.startswith("support"):
        sides = ((diff.old, hit.before), (diff.new, hit.after))
        return " instead of ".join(side.title_of("support", str(level)) for side, level in reversed(sides))
    if hit.key is None:
        return ""
    kind = "feature" if hit.kind.startswith("feature") else "cap"
    side = diff.new if hit.key in getattr(diff.new, f"{kind}s") else diff.old
    title = f"{side.title_of(kind, hit.key)} ({hit.key})"
    return (
        title if kind == "feature" else f"the included amount of {title}" if "exceeded" in hit.kind else title
    )


def affected_json(found: Affected) -> dict[str, Any]:
    """What `affected` in the document `entitlements/diff/1` holds."""
    tally = found.tally
    return {
        "at": found.at.isoformat(),
        "subjects": tally.subjects,
        "affected": tally.affected,
        "monthly_change": money_text(amount(tally.monthly)),
        "effects": [
            {
                "kind": hit.kind,
                "takes": hit.kind in TAKING,
                "key": hit.key,
                "before": hit.before,
                "after": hit.after,
                "subjects": concerned.subjects,
                "names": concerned.names,
                "monthly_change": money_text(amount(concerned.monthly))
                if hit.kind in ("bill_rises", "bill_falls")
                else None,
            }
            for hit, concerned in tally.in_order()
        ],
    }


def affected_markdown(diff: CatalogDiff, found: Affected) -> list[str]:
    """A heading and a list."""
    lines = [f"- {escaped(line)}" for line in affected_lines(diff, found)]
    return ["", f"#### {escaped(summary(diff, found))}", "", *lines]
