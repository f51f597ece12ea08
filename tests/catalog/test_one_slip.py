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
