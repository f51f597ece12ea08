"""The forms in which findings are written. Each takes a finished report and gives the text of it."""

from __future__ import annotations

import importlib

from entitlements.cli.formats.report import Report

#: Name of a form → the module that writes it; each is read when it is asked for.
FORMATS = {
    "text": "text",
    "json": "document",
    "github": "github",
    "gitlab": "gitlab",
    "sarif": "sarif",
    "junit": "junit",
    "markdown": "markdown",
}


def written(report: Report, style: str) -> str:
    """`report` in the form `style`."""
    module = importlib.import_module(f"entitlements.cli.formats.{FORMATS[style]}")
    text = module.written(report)
    assert isinstance(text, str)  # noqa: S101  tells the type checker what each module gives
    return text
