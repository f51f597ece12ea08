"""Findings for a person at a terminal: what is wrong, the line it is in, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

from entitlements.cli.formats.report import Report, by_code, totals
from entitlements.cli.frames import Row, Texts, frame, gutter, printable
from entitlements.cli.output import screen_width, styled, symbol, wrapped
from entitlements.cli.words import counted
from entitlements.problems import Mark, Problem

_COLOURS = {"error": "red", "warning": "yellow"}
_OTHER = "blue"
#: With more problems than this, how many there are of each kind is said at the end.
_FEW = 10


def written(report: Report) -> str:
    """Every problem with its frame, and totals."""
    parts = [block(problem, report.texts) for problem in report.problems]
    return "\n\n".join([*parts, _summary(report)])


def plain(problem: Problem, texts: Texts) -> str:
    """The same block without colours, for files and logs."""
    return click.unstyle(block(problem, texts))


def block(problem: Problem, texts: Texts) -> str:
    """One problem with its frame, the other places involved, and the way out."""
    mark, colour = problem.mark, _COLOURS[problem.severity]
    furthest = max(mark.end_line + 1, *(other.mark.end_line for other in problem.related), 0)
    room = screen_width() - len(f"  {furthest} | ") - 1
    beside = [other.mark for other in problem.related if _on_one_line(problem, other.mark)]
    own = frame(mark, texts, room=room, beside=beside)
    others = [
        (other, [] if other.mark in beside else frame(other.mark, texts, room=room, context=False, caret="-"))
        for other in problem.related
    ]
    width = gutter([*own, *(row for _, rows in others for row in rows)])
    lines = [_headline(problem, colour), *_styled(own, width, colour)]
    for other, rows in others:
        place = printable(str(other.mark))
        text = wrapped(printable(f"{other.mark}: {other.message}"), "  ")
        lines.append(text.replace(place, styled(place, fg=_OTHER), 1))
        lines.extend(_styled(rows, width, colour))
    if problem.hint:
        arrow = styled(symbol("→", "="), fg="green", bold=True)
        lines.append(f"  {arrow} {wrapped(printable(problem.hint), '    ').lstrip()}")
    return "\n".join(lines)


def _headline(problem: Problem, colour: str) -> str:
    warning = styled("warning: ", fg=colour) if problem.severity == "warning" else ""
    place = printable(f"{problem.mark}:{problem.mark.column}:")
    code = styled(printable(problem.code), fg=colour, bold=True)
    return f"{place} {code} {warning}{styled(printable(problem.message), bold=True)}"


def _on_one_line(problem: Problem, other: Mark) -> bool:
    """Whether `other` can be underlined in the frame of the problem itself."""
    lines = {problem.mark.line, problem.mark.end_line, other.line, other.end_line}
    return other.file == problem.mark.file and len(lines) == 1


def _styled(rows: Sequence[Row], width: int, colour: str) -> Iterator[str]:
    for row in rows:
        bar, _, text = f"  {row.plain(width)}".partition(" |")
        if row.kind == "carets":
            text = re.sub(r"\^+", lambda found: styled(found[0], fg=colour, bold=True), text)
            text = re.sub(r"-+", lambda found: styled(found[0], fg=_OTHER, bold=True), text)
        elif row.kind != "line":
            text = styled(text, dim=True)
        yield styled(f"{bar} |", dim=True) + text


def _summary(report: Report) -> str:
    number = len(report.files)
    accepted = f", {len(report.accepted)} accepted" if report.accepted else ""
    if not report.problems and report.digest is not None:
        fine = styled(f"{counted(number, 'file')}, no problems{accepted}.", fg="green", bold=True)
        return f"{fine} {report.digest[:15]}…"
    colour = "red" if report.failed else "yellow"
    lines = [styled(totals(report.problems, number) + accepted, fg=colour, bold=True)]
    kinds = by_code(report.problems)
    if len(report.problems) > _FEW:
        digits = len(str(kinds[0].number))
        lines += [
            f"  {kind.number:>{digits}}  {printable(kind.code)}  {kind.title}".rstrip() for kind in kinds
        ]
    mendable = sum(problem.fix is not None and problem.fix.safe for problem in report.problems)
    if mendable:
        whole = "This" if mendable == 1 else "All of these"
        which = whole if mendable == len(report.problems) else f"{mendable} of these"
        lines.append(f"{which} can be mended for you: entitlements validate --fix")
    known = [kind.code for kind in kinds if kind.title]
    if known:
        lines.append(f"Learn more: entitlements explain {' '.join(known) if len(known) <= _FEW else 'CODE'}")
    return "\n".join(lines)
