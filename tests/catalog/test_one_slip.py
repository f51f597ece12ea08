"""One slip of the pen in a catalog: one problem, with the name that was meant or the line that is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import findings_in
from tests.small_catalog import FILES, Files, edited, write

WITH_FREE = edited("samples/spaces.yaml", "plan: pro", "plan: free")


def found(folder: Path, files: Files) -> tuple[Problem, ...]:
    return findings_in(write(folder / "c", files), load_plugins(entry_points=False)).problems


@pytest.mark.parametrize(
    ("name", "before", "written", "meant"),
    [
        ("pro.yaml", "support: ", ["E-mail", "e mail", "EMAIL", "eMial", "E-mial", "E_Mails"], "email"),
        (
            "pro.yaml",
            "sold: ",
            ["self-service", "Self Service", "SELFSERVICE", "Self-Servce"],
            "self_service",
        ),
        ("pro.yaml", "extends: ", ["Community", "COMUNITY", "Comm-unity"], "community"),
        ("pro.yaml", "baa: ", ["Offered", "OFERED", "off-ered"], "offered"),
        ("pro.yaml", "features: [", ["REPROTS", "Re-ports", "Reporst"], "reports"),
        ("pro.yaml", "caps:\n  ", ["USERS", "Uesrs", "user"], "users"),
        ("features/core.yaml", "client: ", ["EXPORT_TOOL", "Exprot-Tool", "exporttool"], "export-tool"),
        ("samples/spaces.yaml", "plan: ", ["PRO", "Por"], "pro"),
        ("samples/spaces.yaml", "plan: ", ["FREE", "Fere", "fre", "F-ree"], "free"),
    ],
)
def test_a_name_in_capitals_or_with_other_joints_and_a_slip_is_known(
    name: str, before: str, written: list[str], meant: str, tmp_path: Path
) -> None:
    _, found_before, rest = FILES[name].partition(before)
    assert found_before
    old = rest[: min(rest.find(end) for end in ",]:\n}" if end in rest)]
    for number, word in enumerate(written):
        (problem,) = found(tmp_path / str(number), edited(name, before + old, before + word))
        assert f'did you mean "{meant}"?' in (problem.hint or ""), word


@pytest.mark.parametrize(("written", "meant"), [("Free", "free"), ("FREE-plan", "free-plan")])
def test_a_new_word_for_a_plan_is_shown_as_it_can_be_written(
    written: str, meant: str, tmp_path: Path
) -> None:
    files = edited("catalog.yaml", "{free: community}", f"{{{written}: community}}")
    (problem,) = found(tmp_path, files)
    assert (problem.hint or "").endswith(f", such as {meant}")


def test_a_key_in_capitals_is_not_held_to_be_a_like_one_that_is_declared(tmp_path: Path) -> None:
    files = edited("features/core.yaml", "  security:", "  Report:")
    problem = next(problem for problem in found(tmp_path, files) if problem.code == "S205")
    assert (problem.hint or "").endswith(", such as report")


def test_an_alias_is_no_plan_that_another_could_extend(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, edited("pro.yaml", "extends: community", "extends: Frree"))
    assert "did you mean" not in (problem.hint or "")


def test_a_word_of_an_expectation_is_held_against_features_before_fixed_words(tmp_path: Path) -> None:
    expect = "{Dictionary: allowed, Directoin: upgrade}"
    text = f"tests:\n  - name: Some\n    given: {{plan: pro}}\n    expect: {expect}\n"
    files = {name: old.replace("exports", "dictionary") for name, old in FILES.items() if "@" not in name}
    problems = found(tmp_path, {**files, "tests/plans.yaml": text})
    assert [problem.hint for problem in problems] == [
        'did you mean "dictionary"?',
        'did you mean "direction"?',
    ]


def test_a_misspelt_alias_is_told_where_it_is_named_with_its_declaration(tmp_path: Path) -> None:
    files = edited("catalog.yaml", "{free: community}", "{fere: community}", WITH_FREE)
    (problem,) = found(tmp_path, files)
    assert (problem.mark.file, problem.hint) == ("c/samples/spaces.yaml", 'did you mean "fere"?')
    assert [str(other.mark) for other in problem.related] == ["c/catalog.yaml:9"]


def test_a_wrongly_written_alias_is_not_told_again_where_it_is_named(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, edited("catalog.yaml", "{free: community}", "{Free: community}", WITH_FREE))
    assert (problem.code, problem.mark.file) == ("S205", "c/catalog.yaml")


@pytest.mark.parametrize(
    ("name", "line", "place", "code"),
    [
        ("features/core.yaml", "  exports:\n", "3:5", "Y108"),
        ("features/core.yaml", "  reports:\n", "7:5", "Y110"),
        ("features/core.yaml", "  security:\n", "13:5", "Y110"),
        ("features/core.yaml", "features:\n", "2:3", "Y108"),
        ("catalog.yaml", "  users:\n", "17:5", "S202"),
        ("add_ons/more.yaml", "add_ons:\n", "1:3", "S202"),
        ("add_ons/more.yaml", "  more_users:\n", "2:5", "S202"),
        ("samples/spaces.yaml", "- subject: demo\n", "2:3", "S201"),
    ],
)
def test_of_a_line_that_is_gone_one_problem_tells_where_it_belongs(
    name: str, line: str, place: str, code: str, tmp_path: Path
) -> None:
    (problem,) = found(tmp_path, edited(name, line, ""))
    assert (f"{problem.mark.line}:{problem.mark.column}", problem.code) == (place, code)


TWO = edited(
    "catalog.yaml", "  export-tool: {title: Export tool}\n", "  export-tool:\n    title: Export tool\n"
)
CONTACTS = "contacts:\n  sales: {title: Sales, ask: Prices.}\n  help: {title: Help, ask: Anything.}\n"
TERMS = "terms:\n  payment: {timing: [prepaid]}\n  invoice_day: 1\n"


def with_blocks(*blocks: str) -> dict[str, str]:
    return edited("catalog.yaml", "clients:\n", f"{''.join(blocks)}clients:\n")


def test_a_client_without_its_own_line_is_not_missed_where_it_is_named(tmp_path: Path) -> None:
    (problem,) = found(tmp_path, edited("catalog.yaml", "  export-tool:\n", "", TWO))
    assert problem.message == 'the key that "title" belongs to is missing in clients'


def test_a_block_whose_first_line_is_gone_is_known_by_what_joined_the_block_above(tmp_path: Path) -> None:
    whole = with_blocks(CONTACTS, TERMS)
    assert found(tmp_path / "whole", whole) == ()
    (problem,) = found(tmp_path / "joined", edited("catalog.yaml", "terms:\n", "", whole))
    assert (problem.code, problem.mark.line, problem.mark.column) == ("S202", 17, 3)
    assert problem.message == 'the line `terms:` that "payment" and "invoice_day" belong to is missing'


def test_what_is_wrong_beside_a_block_without_its_first_line_is_still_told(tmp_path: Path) -> None:
    files = edited("catalog.yaml", "terms:\n", "", with_blocks(CONTACTS, TERMS))
    problems = found(tmp_path, edited("catalog.yaml", "currency: USD", "currency: dollars", files))
    assert [(problem.code, problem.mark.line) for problem in problems] == [("S205", 4), ("S202", 17)]


@pytest.mark.parametrize(
    ("blocks", "codes"),
    [
        # No block that is absent takes them as they are.
        (
            CONTACTS + TERMS.removeprefix("terms:\n").replace("invoice_day", "invoice"),
            ["S201", "S202", "S203"],
        ),
        # One alone is more likely wrong in itself.
        (CONTACTS + "  invoice_day: 1\n", ["S203"]),
    ],
)
def test_entries_that_are_wrong_in_themselves_are_told_as_that(
    blocks: str, codes: list[str], tmp_path: Path
) -> None:
    assert [problem.code for problem in found(tmp_path, with_blocks(blocks))] == codes
