"""Findings as Markdown, for the comment on a pull request or the summary of a job."""

from __future__ import annotations

import re

from entitlements.cli.formats.report import Report, by_code, title_of, totals
from entitlements.cli.formats.text import plain
from entitlements.cli.frames import printable
from entitlements.cli.words import counted
from entitlements.problems import Problem

#: Characters that a comment may have is 65,536 on GitHub; the totals below need a few.
_ROOM = 60_000
#: With more problems than this, a table says first how many there are of each kind.
_FEW = 10
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&#!$@])")


def written(report: Report) -> str:
    """A sentence of totals, then each problem with its frame, as many as there is room for."""
    said = totals(report.problems, len(report.files))
    parts = [f"**{said}**" if report.problems else f"{said}."]
    if len(report.problems) > _FEW:
        parts.append(_table(report))
    room = _ROOM - sum(map(len, parts))
    for number, problem in enumerate(report.problems):
        part = _section(problem, report)
        room -= len(part) + 2
        if room < 0:
            left = counted(len(report.problems) - number, "more problem")
            parts.append(f"And {left}, for which there is no room here: run `entitlements validate`.")
            break
        parts.append(part)
    return "\n\n".join(parts)


def _table(report: Report) -> str:
    rows = [
        f"| {kind.number} | {inline(kind.code)} | {inline(kind.title)} |" for kind in by_code(report.problems)
    ]
    return "\n".join(["| number | code | problem |", "| ---: | --- | --- |", *rows])


def _section(problem: Problem, report: Report) -> str:
    """A heading, where it is, and the frame with whatever else there is to say."""
    place = code_span(f"{problem.mark}:{problem.mark.column}")
    title = title_of(problem.code)
    kind = f"{problem.severity} {code_span(problem.code)}" + (f" {inline(title)}" if title else "")
    parts = [f"### {inline(problem.message)}", f"{place}: {kind}"]
    _, _, rest = plain(problem, report.texts).partition("\n")
    if rest:
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", rest)), default=0))
        parts.append(f"{fence}text\n{rest}\n{fence}")
    return "\n\n".join(parts)


def inline(text: str) -> str:
    """`text` as one line of a paragraph, a heading or a cell, where it means nothing but itself."""
    return _SPECIAL.sub(r"\\\1", " ".join(printable(text).split()))


def code_span(text: str) -> str:
    """`text` as code in a line."""
    shown = printable(text)
    ticks = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    space = " " if "`" in shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}"
