"""Findings as annotations of a GitHub job: workflow commands, and the whole of it in the job's summary.

Grammar: "Workflow commands for GitHub Actions" in GitHub's documentation. A step shows ten errors and ten
warnings and drops the rest, so the rest goes where there is room.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from entitlements.cli.formats import markdown
from entitlements.cli.formats.report import Report, title_of, totals
from entitlements.cli.words import counted
from entitlements.problems import Problem

_SHOWN_OF_EACH = 10
_SUMMARY = "GITHUB_STEP_SUMMARY"
#: What a log would obey, but for breaks of lines, which have codes.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def written(report: Report) -> str:
    """At most ten errors and ten warnings as commands; all findings are appended to the job's summary."""
    shown = [
        problem
        for severity in ("error", "warning")
        for problem in [found for found in report.problems if found.severity == severity][:_SHOWN_OF_EACH]
    ]
    lines = [annotation(problem) for problem in shown]
    lines.append(f"{totals(report.problems, len(report.files))}.")
    left = len(report.problems) - len(shown)
    if _summarised(report):
        lines.append("The summary of this job shows them all." if report.problems else "")
    elif left:
        lines.append(
            f"{counted(left, 'problem is', 'problems are')} not shown here: run entitlements validate."
        )
    return "\n".join(line for line in lines if line)


def annotation(problem: Problem) -> str:
    """The command that shows `problem` beside its line."""
    mark = problem.mark
    place = {"file": mark.file, "line": mark.line, "endLine": mark.end_line}
    if mark.line == mark.end_line:
        # Columns are refused where the lines differ.
        place |= {"col": mark.column, "endColumn": mark.end_column}
    title = " ".join(filter(None, (problem.code, title_of(problem.code))))
    properties = ",".join(
        f"{key}={_property(str(value))}" for key, value in {**place, "title": title}.items()
    )
    # A log shows only the text, so the place is in it too.
    lines = [f"{mark}:{mark.column}: {problem.code} {problem.message}"]
    lines += [f"{other.mark}: {other.message}" for other in problem.related]
    text = "\n".join([*lines, f"→ {problem.hint}"] if problem.hint else lines)
    return f"::{problem.severity} {properties}::{_data(text)}"


def _summarised(report: Report) -> bool:
    """Whether the job has a summary and it now ends with all findings."""
    path = os.environ.get(_SUMMARY)
    if not path:
        return False
    try:
        with Path(path).open("a", encoding="utf-8", errors="replace") as summary:
            summary.write(f"{markdown.written(report)}\n")
    except OSError:
        return False
    return True


def _data(text: str) -> str:
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
