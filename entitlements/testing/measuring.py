"""Asks a checker what is in use, of one subject and of many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from entitlements.checker import Checker
from entitlements.subject import Example, Usage
from entitlements.testing.conformance import Findings, in_threads

_SUBJECTS = ("space", "another-space", "", "\N{SNOWMAN}")
_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
_MOST_EXAMPLES = 5


def measuring(checker: Checker, key: str, findings: Findings) -> None:
    """Hold `usage` and `usages` against each other and against what a Usage may hold."""
    for asked in {*checker.features} or {key}:
        single = {subject: _usage(checker, subject, asked, findings) for subject in _SUBJECTS}
        known = {subject: usage for subject, usage in single.items() if usage is not None}
        many = _usages(checker, _SUBJECTS, asked, findings)
        if many is not None and many.keys() != known.keys():
            findings.add("usage", f'usage and usages measure "{asked}" of different subjects')
        if many is not None and any(many[s].count != known[s].count for s in many.keys() & known.keys()):
            findings.add("usage", f'usage and usages disagree about "{asked}"')
        if _usages(checker, (), asked, findings):
            findings.add("usage", "usages of no subjects is not empty")

    def again(_: int) -> None:
        for subject in _SUBJECTS:
            _usage(checker, subject, key, findings)

    in_threads(again)


def _usage(checker: Checker, subject: str, key: str, findings: Findings) -> Usage | None:
    what = f'usage of "{key}" by "{subject}"'
    given = findings.none_if_raises("usage", what, lambda: checker.usage(subject, key, _AT))
    return given if given is not None and _is_sound(given, what, findings) else None


def _usages(
    checker: Checker, subjects: tuple[str, ...], key: str, findings: Findings
) -> Mapping[str, Usage] | None:
    what = f'usages of "{key}"'
    given = findings.none_if_raises("usage", what, lambda: checker.usages(iter(subjects), key, _AT))
    if given is None:
        return None
    if not isinstance(given, Mapping):
        findings.add("usage", f"{what} is {type(given).__name__}, not a mapping of subjects to Usage")
        return None
    return {subject: usage for subject, usage in given.items() if _is_sound(usage, what, findings)}


def _is_sound(usage: Any, what: str, findings: Findings) -> bool:
    if type(usage) is not Usage:
        findings.add("usage", f"{what} is {type(usage).__name__}, not Usage or None")
        return False
    wrong = None
    if usage.count is None:
        wrong = None if usage.unknown else "has no count and does not say why; give unknown="
    elif not _is_count(usage.count):
        wrong = f"counts {usage.count!r}, which is no whole number of 0 or more"
    if not _is_count(usage.exempt):
        wrong = f"exempts {usage.exempt!r}, which is no whole number of 0 or more"
    if type(usage.examples) is not tuple or any(type(example) is not Example for example in usage.examples):
        wrong = "has examples that are no tuple of Example"
    elif len(usage.examples) > _MOST_EXAMPLES:
        wrong = f"has {len(usage.examples)} examples; at most {_MOST_EXAMPLES} are shown"
    for instant in (usage.last_used, usage.measured_at):
        if instant is not None and (type(instant) is not datetime or instant.tzinfo is None):
            wrong = f"names the instant {instant!r}, which has no time zone"
    if wrong is not None:
        findings.add("usage", f"{what} {wrong}")
    return wrong is None


def _is_count(number: object) -> bool:
    return type(number) is int and number >= 0
