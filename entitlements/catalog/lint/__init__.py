"""Advice on a catalog that loads: what is allowed and yet most likely a slip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import MappingProxyType

from entitlements.catalog.lint import (
    add_ons,
    caps,
    comments,
    copies,
    features,
    ladder,
    names,
    order,
    plans,
    published,
    translations,
)
from entitlements.catalog.lint.rule import Places, Rule
from entitlements.catalog.reading.document import Document
from entitlements.model import Catalog
from entitlements.problems import Problem, in_file_order

#: Those about the records of a subjects file are in `entitlements.testing.record_advice`, since they need
#: an engine's answer.
RULES = (
    Rule("L401", plans.baa_without_its_features, severity="error"),
    Rule("L402", features.feature_that_nobody_gets),
    Rule("L403", ladder.higher_plan_that_gives_less),
    Rule("L404", caps.feature_of_which_none_may_be_used),
    Rule("L405", caps.cap_of_a_feature_that_is_not_there),
    Rule("L406", copies.plan_twice),
    Rule("L407", plans.plan_that_nobody_would_choose),
    Rule("L408", copies.add_on_twice),
    Rule("L409", add_ons.add_on_that_adds_nothing),
    Rule("L410", features.feature_that_locks_things_away),
    Rule("L411", features.client_that_nothing_exempts),
    Rule("L412", features.exemption_from_nothing),
    Rule("L413", translations.texts_that_are_missing),
    Rule("L414", names.titles_that_look_alike),
    Rule("L415", names.keys_that_look_alike),
    Rule("L416", published.record_behind_its_parents),
    Rule("L430", ladder.plan_on_the_ladder_that_nobody_can_buy),
    Rule("L431", plans.line_that_takes_nothing_away),
    Rule("L440", plans.plan_given_away),
    Rule("L450", order.item_out_of_order),
    Rule("L460", comments.text_cut_short),
)
#: What a file may accept: no error is among it.
ACCEPTABLE = frozenset(rule.code for rule in RULES if rule.severity == "warning")


def lint(catalog: Catalog, documents: Iterable[tuple[str, Document]]) -> tuple[Problem, ...]:
    """What the rules find, in file order. `documents` are those the catalog was built of."""
    pairs = tuple(documents)
    today = Places(pair for pair in pairs if pair[0] != "next")
    return in_file_order([*_found(catalog, today), *_of_upcoming(catalog, pairs)])


def _of_upcoming(catalog: Catalog, pairs: tuple[tuple[str, Document], ...]) -> Iterator[Problem]:
    """What the rules will find in the files of `next/`, once all that waits there has started."""
    waiting = {document.file for kind, document in pairs if kind == "next"}
    if waiting:
        later = replace(catalog, plans=MappingProxyType({**catalog.plans, **catalog.upcoming}))
        at_last = sorted(pairs, key=lambda pair: pair[0] == "next")
        yield from (problem for problem in _found(later, Places(at_last)) if problem.mark.file in waiting)


def _found(catalog: Catalog, places: Places) -> Iterator[Problem]:
    return (problem for rule in RULES for problem in rule.problems(catalog, places))
