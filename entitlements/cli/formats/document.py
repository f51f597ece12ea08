"""Findings as JSON: the document `entitlements/validate/1`."""

from __future__ import annotations

from entitlements.cli.formats.report import Report
from entitlements.cli.output import json_text


def written(report: Report) -> str:
    """The JSON document of `report`."""
    return json_text(
        {
            "schema": "entitlements/validate/1",
            "problems": [problem.to_json() for problem in report.problems],
            "files": list(report.files),
            "digest": report.digest,
            "accepted": [accepted.to_json() for accepted in report.accepted],
            "fixed": [mended.to_json() for mended in report.fixed],
            "diff": report.diff,
        }
    )
