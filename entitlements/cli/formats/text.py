"""Findings for a person at a terminal: what is wrong, the line it is in, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.cli.formats.report import Report, totals
from entitlements.cli.frames import Texts, frame
from entitlements.cli.output import styled, symbol, wrapped
from entitlements.cli.words import counted
from entitlements.problems import Problem

_COLOURS = {"error": "red", "warning": "yellow"}


def written(report: Report) -> str:
    """Every problem with its frame, and totals."""
    parts = [block(problem, report.texts) for problem in report.problems]
    return "\n\n".join([*parts, _summary(report)])


def block(problem: Problem, texts: Texts) -> str:
    """One problem with its frame, the other places involved, and the way out."""
    return "\n".join(_lines(problem, texts))


def _lines(problem: Problem, texts: Texts) -> Iterator[str]:
    colour = _COLOURS[problem.severity]
    mark = problem.mark
    severity = "" if problem.severity == "error" else f"{problem.severity}: "
    code = styled(problem.code, fg=colour, bold=True)
    yield f"{mark}:{mark.column}: {code} {severity}{problem.message}"
    yield from frame(mark, texts, colour)
    for other in problem.related:
        yield styled(wrapped(f"{other.mark}: {other.message}", "  "), dim=True)
    if problem.hint:
        yield wrapped(f"{symbol('→', '=')} {problem.hint}", "  ")


def _summary(report: Report) -> str:
    number = len(report.files)
    accepted = f", {len(report.accepted)} accepted" if report.accepted else ""
    if report.problems or report.digest is None:
        colour = "red" if report.failed else "yellow"
        return styled(totals(report.problems, number) + accepted, fg=colour, bold=True)
    fine = styled(f"{counted(number, 'file')}, no problems{accepted}.", fg="green", bold=True)
    return f"{fine} {report.digest}"
