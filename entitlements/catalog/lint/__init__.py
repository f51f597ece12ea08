"""Advice on a catalog that loads: what is allowed and yet most likely a slip."""

from __future__ import annotations

from collections.abc import Iterable

from entitlements.catalog.document import Document
from entitlements.catalog.lint.features import feature_that_nobody_gets
from entitlements.catalog.lint.ladder import higher_plan_that_gives_less
from entitlements.catalog.lint.plans import baa_without_its_features
from entitlements.catalog.lint.rule import Places, Rule
from entitlements.model import Catalog
from entitlements.problems import Problem, in_file_order

#: Those about the records of a subjects file are in `entitlements.testing.record_advice`, since they need
#: an engine's answer.
RULES = (
    Rule("L401", baa_without_its_features, severity="error"),
    Rule("L402", feature_that_nobody_gets),
    Rule("L403", higher_plan_that_gives_less),
)
#: What a file may accept: no error is among it.
ACCEPTABLE = frozenset(rule.code for rule in RULES if rule.severity == "warning")


def lint(catalog: Catalog, documents: Iterable[tuple[str, Document]]) -> tuple[Problem, ...]:
    """What the rules find, in file order. `documents` are those the catalog was built of."""
    places = Places(documents)
    return in_file_order(problem for rule in RULES for problem in rule.problems(catalog, places))
