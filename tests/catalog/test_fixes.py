"""Fixes: each one mends what it says, all together end, and none that makes nothing better is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from entitlements.catalog.editing.fixes import Mending, mend
from entitlements.catalog.editing.text import Edit, Source
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Fix, Mark, Problem, Replacement
from entitlements.testing.findings import findings_in
from tests.example_files import Case, cases
from tests.small_catalog import FILES, Files, edited, write

PLUGINS = load_plugins(entry_points=False)
INVALID = cases("invalid")


def mended(folder: Path) -> Mending:
    """What the safe fixes make of the catalog in `folder`."""

    def find(edits: Mapping[Path, bytes]) -> tuple[Problem, ...]:
        return findings_in(folder, PLUGINS, edited=edits).problems

    return mend(find, findings_in(folder, PLUGINS).reading.paths, folder)


def written(folder: Path, files: Files) -> Path:
    return write(folder / "small", files)


def test_mistakes_that_hide_each_other_are_mended_one_after_the_other(tmp_path: Path) -> None:
    pro = FILES["pro.yaml"].replace("included: 50", "included: 5_0").replace("sold:", "sould:")
    folder = written(tmp_path, {**FILES, "pro.yaml": pro.replace("[reports,", "[reprots,")})
    found = mended(folder)
    assert [item.problem.code for item in found.fixed] == ["Y117", "S201", "R301"]
    assert found.edited == {folder / "pro.yaml": FILES["pro.yaml"].encode()}
    assert found.remaining == ()
    assert (folder / "pro.yaml").read_text().count("reprots") == 1


def test_a_fix_that_makes_nothing_better_is_not_kept(tmp_path: Path) -> None:
    pro = (
        FILES["pro.yaml"]
        .replace("[reports, security]", "[reports, reprots]")
        .replace("support: email", "support: emial")
    )
    found = mended(written(tmp_path, {**FILES, "pro.yaml": pro}))
    # With the name put right the list would name it twice.
    assert [(item.problem.code, item.after) for item in found.fixed] == [("R304", "email")]
    assert [problem.code for problem in found.remaining] == ["R301"]


def test_what_is_only_offered_is_not_made(tmp_path: Path) -> None:
    found = mended(written(tmp_path, edited("published/pro@0.yaml", "included: 50", "included: 60")))
    assert found.edited == {}
    assert [problem.code for problem in found.remaining] == ["V601"]
    assert found.remaining[0].fix is not None


def test_taking_something_away_becomes_the_next_version(tmp_path: Path) -> None:
    files = edited("pro.yaml", "version: 1", "version: 0")
    files = edited("pro.yaml", "included: 50", "included: 40", files)
    folder = written(tmp_path, files)
    found = mended(folder)
    assert [(item.problem.code, item.before, item.after) for item in found.fixed] == [("V602", "0", "1")]
    assert (
        found.edited[folder / "pro.yaml"]
        == FILES["pro.yaml"].replace("included: 50", "included: 40").encode()
    )


def test_advice_that_stood_behind_an_error_does_not_keep_it_from_being_mended(tmp_path: Path) -> None:
    files = edited("pro.yaml", "version: 1", "version: 0")
    found = mended(written(tmp_path, edited("pro.yaml", "included: 50", "included: 4", files)))
    assert [(item.problem.code, item.after) for item in found.fixed] == [("V602", "1")]
    assert [problem.code for problem in found.remaining] == ["L403"]


@pytest.mark.parametrize("before", ["\ufeff", "# 日本 𝒳\r\n", "# a\r\n\r\n"])
def test_a_fix_hits_its_place_behind_any_text(before: str, tmp_path: Path) -> None:
    right = (before + FILES["pro.yaml"]).encode()
    folder = written(tmp_path, {**FILES, "pro.yaml": right.decode().replace("[reports", "[reprots")})
    assert mended(folder).edited == {folder / "pro.yaml": right}


def with_fixes(*fixes: Fix) -> Mending:
    """What becomes of `abc` and a line break when some fixes are offered for it, again and again."""
    path = Path(__file__).with_name("nothing.yaml")
    mark = Mark("a.yaml", 1, 1, 1, 4)

    def find(edits: Mapping[Path, bytes]) -> tuple[Problem, ...]:
        text = edits.get(path, b"abc\n")
        return tuple(
            Problem("L999", str(n), mark, fix=fix) for n, fix in enumerate(fixes) if text == b"abc\n"
        )

    return mend(find, {"a.yaml": path}, path.parent)


@pytest.mark.parametrize(
    "mark",
    [
        Mark("a.yaml", 9, 1, 9, 2),
        Mark("a.yaml", 0, 0, 0, 0),
        Mark("a.yaml", 1, 3, 1, 1),
        Mark("b.yaml", 1, 1, 1, 2),
    ],
)
def test_a_fix_that_points_nowhere_is_left_alone(mark: Mark) -> None:
    assert with_fixes(Fix(mark, "x")).fixed == ()


def test_all_parts_of_a_fix_are_made_or_none(tmp_path: Path) -> None:
    folder = written(tmp_path, FILES)
    name = "small/community.yaml"
    broken = Fix(Mark(name, 2, 10, 2, 11), "5", also=(Replacement(Mark("small/gone.yaml", 1, 1, 1, 1), "x"),))
    problem = Problem("L999", "x", Mark(name), fix=broken)
    paths = findings_in(folder, PLUGINS).reading.paths
    assert mend(lambda _: (problem,), paths, folder).edited == {}


@pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)
def test_every_fix_of_every_case_mends_its_problem_and_makes_no_other(case: Case, tmp_path: Path) -> None:
    before = case.found(case.laid_out(tmp_path / "before"))
    for number, problem in enumerate(before):
        if problem.fix is None:
            continue
        catalog = case.laid_out(tmp_path / str(number))
        edits: dict[str, list[Edit]] = {}
        for part in problem.fix.replacements:
            source = Source((catalog.parent / part.mark.file).read_bytes())
            edits.setdefault(part.mark.file, []).append(Edit(*source.span(part.mark), part.text))
        for file, parts in edits.items():
            path = catalog.parent / file
            path.write_bytes(Source(path.read_bytes()).edited(parts))
        others = Counter((p.code, p.message) for p in before if p is not problem)
        after = case.found(catalog)
        assert len(after) <= len(before)
        # A catalog that loads again may draw advice; what it draws is no consequence of the fix.
        assert Counter((p.code, p.message) for p in after if p.severity == "error") <= others


def test_many_cases_offer_a_fix(tmp_path: Path) -> None:
    offered = [
        case.name for case in INVALID if any(p.fix for p in case.found(case.laid_out(tmp_path / case.name)))
    ]
    # Advice is for people to weigh, not to be mended for them.
    mistakes = [case for case in INVALID if not case.code.startswith("L")]
    assert len(offered) >= len(mistakes) // 5, offered
