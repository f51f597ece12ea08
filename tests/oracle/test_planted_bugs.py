"""Whatever bug is planted into the engine here, a few thousand worlds with the oracle find it."""

from __future__ import annotations

import pytest

from tests.oracle.comparing import first_difference
from tests.planting import Bug, plant

FEW_THOUSAND = 8_000
SEED = 2026


DECIDE = "engine.decide:decide_feature"
RESOLVE = "engine.resolve:resolve"
CAP = "engine.resolve:_cap"
STATIC = "engine.row:RowMaker._ask_static"
QUESTION = "engine.row:question_for"
BUGS = [
    Bug("admit beats deny", DECIDE, "if denials:", "if denials and not admissions:"),
    Bug("inclusion beats deny", DECIDE, "if denials:", "if denials and origin is None:"),
    Bug("what is said first counts", DECIDE, "min(denials)", "denials[0]"),
    Bug("the last admission counts", DECIDE, "min(admissions)", "max(admissions)"),
    Bug("a suspended plan works", DECIDE, "if has.plan.suspends:", "if False:"),
    Bug("give beats remove", DECIDE, "in has.removed:", "in has.removed.keys() - has.included:"),
    Bug("a plan unlocks whatever denied", DECIDE, "unlocked = ", "unlocked = True or "),
    Bug("any plan with the feature unlocks", "engine.decide:unlocks_of", "needed <= ", "{feature} <= "),
    Bug("an end is inclusive", "subject:in_force", "at < end", "at <= end"),
    Bug("a start is exclusive", "subject:in_force", "start <= at", "start < at"),
    Bug("the first subscription counts", "subject:SubjectRecord.subscription_at", "max(", "min("),
    Bug("a period of no length has ended", "subject:_really_ran", "start < ", "start <= "),
    Bug("the default plan after an end", "engine.resolve:_plan_of", "after_end if", "default_plan if"),
    Bug(
        "an add-on outlasts its period", "engine.resolve:add_ons_held", "in_force(a.start, a.end, at)", "True"
    ),
    Bug("an override counts for ever", RESOLVE, "in_force(o.start, o.end, at)", "True"),
    Bug(
        "overrides are named first",
        RESOLVE,
        "given, **offer.included",
        "offer.included, **given",
    ),
    Bug("kept answers never end", RESOLVE, "NEVER if changes_next is None else", "NEVER or"),
    Bug("a next version starts a moment late", "succession:_begun", "<= instant", "< instant"),
    Bug("new subscribers get the old version", "succession:had_at", "since is None", "True"),
    Bug("nobody comes along at once", "succession:moved", '== "at_once"', '== "never"'),
    Bug("everybody comes along", "succession:moved", 'after.existing_subscribers == "at_once"', "True"),
    Bug(
        "kept answers outlast a version",
        RESOLVE,
        "chain(record.boundaries(), boundaries(catalog.successions.values()))",
        "record.boundaries()",
    ),
    Bug("what unlocks stays", "engine.era:_program_at", "unlocks_of(catalog, key)", "feature.unlocks"),
    Bug("an add-on lowers a cap", CAP, "size(floor) > size(best)", "True"),
    Bug("only one addition counts", CAP, "how_many(best) +", "how_many(terms.included) +"),
    Bug("unlimited does not absorb", CAP, 'and best != "unlimited"', ""),
    Bug("the oldest setting counts", CAP, "max(setting", "min(setting"),
    Bug("unlimited is less than anything", "amounts:size", 'float("inf")', "-2"),
    Bug("a soft cap refuses", "engine.decide:decide_cap", "if not given.terms.hard:", "if False:"),
    Bug("unknown usage is none", "engine.decide:decide_cap", "if used is None and room:", "if False:"),
    Bug("one seat is kept back", "engine.decide:decide_cap", "adding <= room", "adding < room"),
    Bug("no soft plan has room", "engine.decide:plan_with_room", "not terms.hard or ", ""),
    Bug("only direct requirements count", "catalog.build_features:_closure", "todo.extend(", "list("),
    Bug("an everywhere checker admits", "engine.ask:Asker._judged", "if answer.allows and", "if False and"),
    Bug("errors are no objection", "engine.ask:Asker._settle", 'on_error == "ignore"', "on_error"),
    Bug("all subjects share a kept verdict", "engine.ask:Asker.call", "(question.subject, ", "("),
    Bug("a static verdict never ends", STATIC, "answer.until is not None", "False"),
    Bug(
        "a static checker sees usage",
        QUESTION,
        'if kind != "static"',
        "or (lambda: None) if 1",
    ),
    Bug(
        "any checker sees the context",
        QUESTION,
        'kind == "dynamic" else None',
        "context else {}",
    ),
    Bug("plan files bind no checker", "engine.compile:_bound_features", "name in feature.checks or ", ""),
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what.replace(" ", "-"))
def test_a_planted_bug_is_found(bug: Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, bug)
    difference, _ = first_difference(SEED, FEW_THOUSAND)
    assert difference is not None


def test_without_a_planted_bug_nothing_is_found() -> None:
    assert first_difference(SEED, FEW_THOUSAND)[0] is None
