"""Accepted advice: what a file may accept, how far that reaches, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from entitlements import Problem, hookimpl
from entitlements.model import Catalog
from entitlements.plugin_manager import load_plugins
from entitlements.testing.findings import Findings, findings_in
from tests.small_catalog import FILES, edited, write

LESS = edited("pro.yaml", "included: 50", "included: 9")
IDLE = "  idle:\n    title: Idle\n    description: Nobody has it.\n    on_loss: {effect: closed}\n"
DAY = date(2026, 5, 1)


def accepting(*items: str, name: str = "pro.yaml", files: dict[str, str] = LESS) -> dict[str, str]:
    lines = "".join(f"  - {{{item}}}\n" for item in items)
    return {**files, name: f"{files[name]}accept:\n{lines}"}


def found(folder: Path, files: dict[str, str], at: date = DAY) -> Findings:
    return findings_in(write(folder / "c", files), load_plugins(entry_points=False), at=at)


def codes(found: Findings) -> list[str]:
    return [problem.code for problem in found.problems]


def test_accepted_advice_is_told_apart_with_its_reason(tmp_path: Path) -> None:
    ours = found(tmp_path, accepting("rule: L403, because: A promotion., until: 2026-06-01"))
    assert ours.problems == ()
    (accepted,) = ours.accepted
    assert (accepted.problem.code, accepted.because, accepted.until) == (
        "L403",
        "A promotion.",
        "2026-06-01",
    )


def test_the_digest_is_the_same_with_and_without(tmp_path: Path) -> None:
    digests = {
        reading.catalog.digest
        for number, files in enumerate([LESS, accepting("rule: L403, because: So., until: never")])
        if (reading := found(tmp_path / str(number), files).reading).catalog is not None
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (date(2026, 4, 30), []),
        (date(2026, 5, 1), ["L419"]),
        (datetime(2026, 4, 30, 23, 59, 59, 999999, tzinfo=UTC), []),
        (datetime(2026, 5, 1, tzinfo=UTC), ["L419"]),
    ],
)
def test_it_ends_with_the_first_instant_of_the_day_it_names(
    at: date, expected: list[str], tmp_path: Path
) -> None:
    assert codes(found(tmp_path, accepting("rule: L403, because: So., until: 2026-05-01"), at)) == expected


def test_the_day_is_one_of_the_catalogs_time_zone(tmp_path: Path) -> None:
    files = edited("catalog.yaml", "time_zone: UTC", "time_zone: Africa/Nairobi", LESS)
    files = accepting("rule: L403, because: So., until: 2026-05-01", files=files)
    instants = [datetime(2026, 4, 30, hour, 59, tzinfo=UTC) for hour in (20, 21)]
    assert [codes(found(tmp_path, files, at)) for at in instants] == [[], ["L419"]]


def test_what_has_ended_is_an_error_that_repeats_what_was_accepted(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, accepting("rule: L403, because: A promotion., until: 2026-05-01")).problems
    assert (problem.severity, problem.mark.line, problem.mark.column) == ("error", 13, 48)
    assert 'accepted until 2026-05-01: plan "pro" gives less than "community"' in problem.message
    assert '"A promotion."' in str(problem.hint)
    assert [other.mark.line for other in problem.related] == [10]


def test_several_that_have_ended_are_one_error(tmp_path: Path) -> None:
    files = edited("pro.yaml", "[reports, security]", "[reports, security]\nwithout: [exports]", LESS)
    files = accepting("rule: L403, because: So., until: 2026-05-01", files=files)
    (problem,) = found(tmp_path, files).problems
    assert problem.message.endswith("(and 1 more)")
    assert len(problem.related) == 2


@pytest.mark.parametrize(
    ("about", "expected", "accepted"),
    [
        ("users", [], 1),
        ("[users]", [], 1),
        ("pro", [], 1),
        ("exports", ["L403", "L420"], 0),
        ("[users, exports]", ["L420"], 1),
    ],
)
def test_about_narrows_it_to_some_keys(
    about: str, expected: list[str], accepted: int, tmp_path: Path
) -> None:
    ours = found(tmp_path, accepting(f"rule: L403, because: So., until: never, about: {about}"))
    assert (codes(ours), len(ours.accepted)) == (expected, accepted)


def test_one_that_accepts_nothing_is_a_warning_at_its_rule(tmp_path: Path) -> None:
    (problem,) = found(
        tmp_path, accepting("rule: L403, because: So., until: never", files=dict(FILES))
    ).problems
    assert str(problem).endswith(
        "pro.yaml:13:12: L420 L403 has nothing to say here that this could accept; take it out"
    )
    assert problem.severity == "warning"


def test_one_that_has_ended_and_accepts_nothing_is_only_to_be_taken_out(tmp_path: Path) -> None:
    files = accepting("rule: L403, because: So., until: 2026-01-01", files=dict(FILES))
    assert codes(found(tmp_path, files)) == ["L420"]


def test_it_reaches_no_other_file(tmp_path: Path) -> None:
    files = accepting("rule: L403, because: So., until: never", name="community.yaml")
    assert codes(found(tmp_path, files)) == ["L420", "L403"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("L4O3", 'there is no rule "L4O3" whose advice could be accepted; did you mean "L403"?'),
        ("l403", 'did you mean "L403"?'),
        ("L401", "only advice can be accepted, and L401 is none; mend it"),
        ("R301", "only advice can be accepted, and R301 is none; mend it"),
        ("L420", "only advice can be accepted, and L420 is none; mend it"),
    ],
)
def test_only_advice_can_be_accepted(rule: str, words: str, tmp_path: Path) -> None:
    (problem,) = found(
        tmp_path, accepting(f"rule: {rule}, because: So., until: never", files=dict(FILES))
    ).problems
    assert (problem.code, problem.severity) == ("R330", "error")
    assert str(problem).endswith(words)


@pytest.mark.parametrize("name", ["features/core.yaml", "lang/fr.yaml", "add_ons/more.yaml", "catalog.yaml"])
def test_every_kind_of_file_may_accept(name: str, tmp_path: Path) -> None:
    files = accepting("rule: L402, because: So., until: never", name=name, files=dict(FILES))
    assert codes(found(tmp_path, files)) == ["L420"]


def test_an_error_stays_whatever_is_accepted(tmp_path: Path) -> None:
    files = edited("pro.yaml", "[reports, security]", "[reports]")
    files = accepting("rule: L401, because: So., until: never", files=files)
    assert codes(found(tmp_path, files)) == ["L401", "R330"]


class Shouting:
    """A plugin with a rule of its own, under a code of its own."""

    @hookimpl
    def entitlements_lint(self, catalog: Catalog) -> Iterator[Problem]:
        for plan in catalog.plans.values():
            yield Problem(
                "CLINIC-1", f"{plan.key} is quiet", plan.mark, severity="warning", about=(plan.key,)
            )


def test_what_a_plugin_warns_of_is_accepted_like_our_own(tmp_path: Path) -> None:
    item = "rule: CLINIC-1, because: So it is., until: never, about: pro"
    folder = write(tmp_path / "c", accepting(item, files=dict(FILES)))
    ours = findings_in(folder, load_plugins([Shouting()], entry_points=False), at=DAY)
    assert codes(ours) == ["CLINIC-1"]
    assert [accepted.problem.message for accepted in ours.accepted] == ["pro is quiet"]
    without = findings_in(folder, load_plugins(entry_points=False), at=DAY)
    assert codes(without) == ["L420"]


def test_a_plugin_that_gives_keys_of_nonsense_is_named(tmp_path: Path) -> None:
    class Odd:
        @hookimpl
        def entitlements_lint(self, catalog: Catalog) -> Iterator[Problem]:
            yield Problem("CLINIC-2", "odd", catalog.plans["pro"].mark, about=[7])  # type: ignore[arg-type]

    ours = findings_in(write(tmp_path / "c"), load_plugins([Odd()], entry_points=False), at=DAY)
    assert codes(ours) == ["P502"]


def test_of_two_that_accept_the_same_one_that_lasts_is_enough(tmp_path: Path) -> None:
    first, second = (f"rule: L403, because: So., until: {day}" for day in ("2026-06-01", "never"))
    ours = found(tmp_path, accepting(first, second))
    assert (codes(ours), [accepted.until for accepted in ours.accepted]) == ([], ["2026-06-01"])
