"""Findings as a code quality report for GitLab: a JSON list, shown in the merge request.

Fields: "Code Quality report format" in GitLab's documentation.
"""

from __future__ import annotations

from entitlements.cli.formats.report import Report, fingerprints
from entitlements.cli.output import json_text

_SEVERITIES = {"error": "major", "warning": "minor"}


def written(report: Report) -> str:
    """The report; an empty list if there is nothing to report."""
    return json_text(
        [
            {
                "description": f"{problem.message}; {problem.hint}" if problem.hint else problem.message,
                "check_name": problem.code,
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[problem.severity],
                "location": {"path": problem.mark.file, "lines": {"begin": problem.mark.line}},
            }
            for problem, fingerprint in zip(report.problems, fingerprints(report.problems), strict=True)
        ]
    )
