"""Puts right, odd and missing parameters to a checker's `problems`."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from entitlements.checker import Checker
from entitlements.model import Feature
from entitlements.testing.conformance import Findings

_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    7,
    1e308,
    float("nan"),
    "",
    "\N{SNOWMAN}",
    [],
    ["x", None],
    {},
    {"x": [1]},
)
_MISSPELT = "no_such_parameter"


def parameters(checker: Checker, feature: Feature, params: Mapping[str, Any], findings: Findings) -> bool:
    """Whether the checker does without parameters; findings are added."""
    refused = _problems(checker, feature, params, findings)
    if refused:
        findings.add("parameters", f"the params given are refused: {refused}")
    for name in params:
        for odd in _ODD:
            _problems(checker, feature, {**params, name: odd}, findings)
    if type(checker).problems is not Checker.problems:
        misspelt = _problems(checker, feature, {**params, _MISSPELT: 1}, findings)
        if misspelt == []:
            findings.add("parameters", f"the unknown parameter {_MISSPELT} is no problem to it")
    return _problems(checker, feature, {}, findings) == []


def _problems(
    checker: Checker, feature: Feature, params: Mapping[str, Any], findings: Findings
) -> list[tuple[str, str]] | None:
    """What it says of `params`; None if it fails at that."""
    given = copy.deepcopy(dict(params))
    what = f"problems, given {dict(params)},"
    found = findings.none_if_raises("parameters", what, lambda: list(checker.problems(feature, given)))
    # By repr, as NaN is not equal to itself.
    if repr(given) != repr(dict(params)):
        findings.add("mutates", f"problems changes the parameters {dict(params)}")
    if found is None:
        return None
    pairs = [pair for pair in found if type(pair) is tuple and list(map(type, pair)) == [str, str]]
    if len(pairs) != len(found):
        findings.add("parameters", f"{what} yields what is no pair of a parameter's name and a sentence")
        return None
    return pairs
