"""Findings as SARIF 2.1.0, the OASIS format that code scanning services and editors read."""

from __future__ import annotations

import importlib.metadata
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from entitlements.catalog.codes import known_codes
from entitlements.cli.formats.report import Report, fingerprints
from entitlements.cli.output import json_text
from entitlements.problems import Fix, Mark, Problem

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")


def written(report: Report) -> str:
    """One run, with the codes that occur as its rules."""
    codes = sorted({problem.code for problem in report.problems})
    driver: dict[str, Any] = {"name": "entitlements", "rules": [_rule(code) for code in codes]}
    with suppress(importlib.metadata.PackageNotFoundError):  # a checkout that is not installed
        driver["version"] = importlib.metadata.version("entitlements")
    results = [
        _result(problem, codes.index(problem.code), fingerprint)
        for problem, fingerprint in zip(report.problems, fingerprints(report.problems), strict=True)
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str) -> dict[str, Any]:
    known = known_codes().get(code)
    if known is None:
        return {"id": code}
    plain = f"{known.explanation}\n\nWrong:\n\n{known.bad}\nRight:\n\n{known.good}"
    wrong, right = (f"```yaml\n{example}```" for example in (known.bad, known.good))
    marked = f"{known.explanation}\n\nWrong:\n\n{wrong}\n\nRight:\n\n{right}\n"
    return {
        "id": code,
        "shortDescription": {"text": _message(known.title)},
        "fullDescription": {"text": _message(known.explanation)},
        "help": {"text": _message(plain), "markdown": _message(marked)},
    }


def _result(problem: Problem, rule: int, fingerprint: str) -> dict[str, Any]:
    text = f"{problem.message}; {problem.hint}" if problem.hint else problem.message
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": rule,
        "level": problem.severity,
        "message": {"text": _message(text)},
        "locations": [{"physicalLocation": _place(problem.mark)}],
        "partialFingerprints": {"codeFileMessage/v1": fingerprint},
    }
    if problem.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "physicalLocation": _place(other.mark),
                "message": {"text": _message(other.message)},
            }
            for number, other in enumerate(problem.related, start=1)
        ]
    if problem.fix is not None:
        result["fixes"] = [{"artifactChanges": _changes(problem.fix)}]
    return result


def _changes(fix: Fix) -> list[dict[str, Any]]:
    """What the fix replaces, file by file."""
    files: dict[str, list[dict[str, Any]]] = {}
    for part in fix.replacements:
        replacement = {"deletedRegion": _region(part.mark), "insertedContent": {"text": part.text}}
        files.setdefault(part.mark.file, []).append(replacement)
    return [
        {"artifactLocation": {"uri": _uri(file)}, "replacements": replacements}
        for file, replacements in files.items()
    ]


def _place(mark: Mark) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(mark.file)}, "region": _region(mark)}


def _region(mark: Mark) -> dict[str, int]:
    return {
        "startLine": mark.line,
        "startColumn": mark.column,
        "endLine": mark.end_line,
        "endColumn": mark.end_column,
    }


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _message(text: str) -> str:
    """`text` as messages are written: braces doubled (3.11.5), and nothing in it is a link (3.11.6)."""
    return _LINK.sub(r"\\[", text.replace("{", "{{").replace("}", "}}"))
