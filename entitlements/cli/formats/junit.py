"""Findings as a JUnit report, which every CI server reads: each file is a test case, and errors fail it.

A warning goes to the case's output: it is no failure, and `skipped` would say that nobody looked at the file.
With --strict a warning is a failure, as it is for the exit code. A case has one failure at most, since
several servers show only the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from entitlements.cli.formats.report import Report
from entitlements.cli.formats.text import plain
from entitlements.cli.words import counted
from entitlements.problems import Problem

#: What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(report: Report) -> str:
    """One suite with a case for each file read, and for each other file that has a problem."""
    names = dict.fromkeys([*report.files, *(problem.mark.file for problem in report.problems)])
    failing = {problem.mark.file for problem in report.problems if report.fails(problem)}
    numbers = {"tests": str(len(names)), "failures": str(len(failing)), "errors": "0", "skipped": "0"}
    root = ET.Element("testsuites")
    suite = ET.SubElement(root, "testsuite", {"name": "entitlements validate", **numbers})
    for name in names:
        case = ET.SubElement(
            suite, "testcase", {"classname": "validate", "name": _xml(name), "file": _xml(name)}
        )
        found = [problem for problem in report.problems if problem.mark.file == name]
        _fill(case, [problem for problem in found if report.fails(problem)], report, "failure")
        _fill(case, [problem for problem in found if not report.fails(problem)], report, "system-out")
    ET.indent(root)
    # Letters beyond ASCII as references: right in whatever encoding stdout has.
    data: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode()


def _fill(case: ET.Element, problems: Sequence[Problem], report: Report, tag: str) -> None:
    if not problems:
        return
    told = ET.SubElement(case, tag)
    if tag == "failure":
        more = f" (and {counted(len(problems) - 1, 'more problem')})" if len(problems) > 1 else ""
        told.set("message", _xml(f"{problems[0]}{more}"))
        told.set("type", _xml(problems[0].code))
    told.text = "\n\n".join(plain(problem, report.texts) for problem in problems)


def _xml(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
