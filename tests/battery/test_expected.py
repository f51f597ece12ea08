"""The rule of the right line: what it takes for right, and what it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from entitlements.catalog.reading.document import Document
from entitlements.problems import Mark, Problem, Related
from tests.battery.expected import is_right_place
from tests.battery.judging import shipped
from tests.battery.mutants import Mutant

PRO = "plans/pro.yaml"


def mutant_of(operator: str, text: str, file: str = PRO) -> tuple[Mutant, Document]:
    """The mutant of the first unit that reads `text`, and the sound file."""
    before = next(document for _, document in shipped().documents if document.file == file)
    found = (m for m in shipped().mutants(1) if (m.file, m.operator, m.unit.text) == (file, operator, text))
    return next(found), before


def problem(line: int, words: str = "it is wrong", *, code: str = "S203", file: str = PRO) -> Problem:
    return Problem(code, words, Mark(file, line, 1, line, 9))


def naming(found: Problem, line: int, file: str = PRO) -> Problem:
    return replace(found, related=(Related(Mark(file, line), "the other"),))


@pytest.mark.parametrize("operator", ["swap two letters", "change case", "indent by one", "outdent by one"])
def test_an_edited_line_is_told_at_itself_and_nowhere_near(operator: str) -> None:
    mutant, before = mutant_of(operator, "mobile_users")
    line = mutant.unit.line
    right = [n for n in range(1, line + 20) if is_right_place(problem(n), mutant, before)]
    assert right == [line]
    assert not is_right_place(problem(line, file="plans/standard.yaml"), mutant, before)


def test_of_files_that_disagree_the_problem_stands_in_one_and_names_the_other() -> None:
    mutant, before = mutant_of("swap two letters", "250")
    elsewhere, line = problem(12, file="plans/advanced.yaml"), mutant.unit.line
    assert is_right_place(naming(elsewhere, line), mutant, before)
    assert not is_right_place(naming(elsewhere, line + 1), mutant, before)
    assert not is_right_place(elsewhere, mutant, before)
    assert not is_right_place(naming(problem(line + 1), line), mutant, before)


def test_a_line_written_twice_is_told_at_the_second_copy_which_names_the_first() -> None:
    mutant, before = mutant_of("duplicate the line", "support")
    line = mutant.unit.line
    second = problem(line + 1, code="Y110")
    assert is_right_place(naming(second, line), mutant, before)
    assert not is_right_place(second, mutant, before)
    assert not is_right_place(naming(problem(line, code="Y110"), line + 1), mutant, before)
    assert not is_right_place(naming(second, line - 1), mutant, before)


@pytest.mark.parametrize(
    ("shift", "words", "right"),
    [
        (0, "it is wrong", True),
        (-1, "it is wrong", True),
        (1, "it is wrong", False),
        (-2, "it is wrong", False),
        (-3, '"counts" is missing', True),
        (-3, '"count" is missing', False),
        (-6, '"counts" is missing', False),
        (6, '"counts" is missing', False),
    ],
)
def test_a_line_that_is_gone_is_told_in_its_place_or_named_in_its_block(
    shift: int, words: str, *, right: bool
) -> None:
    file = "plans/features/core.yaml"
    before = next(document for _, document in shipped().documents if document.file == file)
    dropped = (m for m in shipped().mutants(1) if m.file == file and m.operator == "drop the line")
    mutant = next(m for m in dropped if m.unit.path == ("features", "custom_domain_alerts", "counts"))
    found = problem(mutant.unit.line + shift, words, file=file)
    assert is_right_place(found, mutant, before) is right


def test_what_others_name_may_be_missed_there_by_its_name() -> None:
    mutant, before = mutant_of("drop the line", "mobile_users")
    elsewhere = "plans/tests/ladder.yaml"
    assert is_right_place(problem(9, 'unknown cap "mobile_users"', file=elsewhere), mutant, before)
    assert not is_right_place(problem(9, 'unknown cap "web_users"', file=elsewhere), mutant, before)
    # Words of the schema are on many lines.
    assert not is_right_place(problem(9, '"included" is missing', file=elsewhere), mutant, before)


def test_versions_are_told_at_their_number_and_published_files_at_their_digest() -> None:
    mutant, before = mutant_of("drop the line", "api_access")
    number = before.key_mark_at(["version"]).line
    assert is_right_place(problem(number, code="V602"), mutant, before)
    assert not is_right_place(problem(number, code="S203"), mutant, before)
    assert not is_right_place(problem(number + 1, code="V602"), mutant, before)
