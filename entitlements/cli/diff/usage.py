"""Whom an edit affects, for `entitlements diff --usage`: counted with a progress bar, and told."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from entitlements.catalog.diff.catalogs import CatalogDiff
from entitlements.catalog.money import money_text
from entitlements.cli.diff.text import escaped
from entitlements.cli.output import echo, heading, wrapped
from entitlements.cli.words import and_list, money_words
from entitlements.clock import day_of, day_words
from entitlements.fleet.affected import Affected, count_affected
from entitlements.fleet.outcome import Hit
from entitlements.fleet.tally import Concerned, Listing, Progress, Tally, amount

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
    "feature_gained": ("gains {}", "gain {}"),
    "cap_raised": ("has more {}", "have more {}"),
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
def _lines_of(path: Path) -> Iterator[Listing]:
    try:
        file = path.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror}"
        raise click.BadParameter(msg, param_hint="--list") from None
    with file:

        def write(subject: str, hits: Iterable[Hit], monthly: int, day: datetime | None) -> None:
            line = {
                "subject": subject,
                **({"from": day.isoformat()} if day is not None else {}),
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
        from entitlements.cli.progress import reading_bar
    except ImportError:
        yield lambda done, total: None  # noqa: ARG005  what a bar would take
        return
    with reading_bar(name) as progress:
        yield progress


def show_affected(diff: CatalogDiff, found: Affected) -> None:
    """The counts on stdout, with some names."""
    for title, tally in summaries(diff, found):
        echo()
        heading(wrapped(title))
        for line in affected_lines(diff, tally):
            echo(wrapped(line, "    ").replace("    ", "  ", 1))


def summaries(diff: CatalogDiff, found: Affected) -> Iterator[tuple[str, Tally]]:
    """A sentence for the day that was judged and one for each later day, with what was counted of it.

    `2 of 13 project spaces are affected, judged on 2026-11-25; bills rise by 50.00 USD a month in all.`
    `From 2027-01-01 on 1 of 13 project spaces is affected besides.`
    """
    zone = diff.new.time_zone
    judged = f"judged on {day_of(found.at, zone)}"
    yield f"{_summary(diff, found.tally, found.tally.subjects, f', {judged}')}.", found.tally
    for day, then in found.tally.later.items():
        sentence = _summary(diff, then, found.tally.subjects, " besides")
        yield f"From {day_words(day, zone)} on {sentence[0].lower()}{sentence[1:]}.", then


def _summary(diff: CatalogDiff, tally: Tally, subjects: int, more: str) -> str:
    noun = diff.new.subject
    if not tally.affected:
        return f"Of {noun.counted(subjects)} none is affected{more}"
    verb = "is" if tally.affected == 1 else "are"
    sentence = f"{tally.affected:,} of {noun.counted(subjects)} {verb} affected{more}"
    if tally.monthly:
        word = "rise" if tally.monthly > 0 else "fall"
        change = money_words(amount(abs(tally.monthly)), diff.new.currency)
        sentence += f"; bills {word} by {change} a month in all"
    return sentence


def affected_lines(diff: CatalogDiff, tally: Tally) -> Iterator[str]:
    """A line for each thing that happens, the gravest first."""
    for hit, concerned in tally.in_order():
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
    later = [{"from": day.isoformat(), **_tally_json(then)} for day, then in tally.later.items()]
    return {
        "at": found.at.isoformat(),
        "subjects": tally.subjects,
        **_tally_json(tally),
        "later": later,
    }


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {
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


def affected_markdown(diff: CatalogDiff, found: Affected) -> Iterator[str]:
    """A heading and a list for each day."""
    for title, tally in summaries(diff, found):
        lines = [f"- {escaped(line)}" for line in affected_lines(diff, tally)]
        yield from ["", f"#### {escaped(title)}", *([""] if lines else []), *lines]
