"""Published versions keep their word: edits by hand and narrowing in place are refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from entitlements import CatalogError, Engine, load_catalog
from entitlements.catalog.digest import terms_digest
from entitlements.catalog.editing.files import write_changes
from entitlements.catalog.editing.publish import publications
from entitlements.catalog.editing.text import Edit, Source
from entitlements.catalog.load import read_catalog
from entitlements.plugin_manager import load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import findings_in
from tests.small_catalog import FILES, Files, edited, write

PUBLISHED = "published/pro@0.yaml"


def problems(folder: Path, files: Files) -> tuple[Problem, ...]:
    return read_catalog(write(folder / "c", files)).problems


def under_version_0(old: str, new: str, name: str = "pro.yaml") -> dict[str, str]:
    """The working file at the published number, with one edit."""
    files = edited("pro.yaml", "version: 1", "version: 0")
    return edited(name, old, new, files)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[exports, reports, security]", "[exports, security]"),
        ("included: 50", "included: 60"),
        ('"2.00"', '"2.50"'),
        ("support: email", "support: forum"),
        ("baa: offered", "baa: not_offered"),
        ("baa: offered", "baa: offered\nsuspends: true"),
    ],
)
def test_an_edit_of_a_published_file_is_found_with_the_right_digest_as_fix(
    old: str, new: str, tmp_path: Path
) -> None:
    (problem,) = problems(tmp_path, edited(PUBLISHED, old, new))
    assert str(problem).startswith("c/published/pro@0.yaml:3:9: V601 pro@0 was edited by hand")
    assert problem.fix is not None
    right = edited(PUBLISHED, old, new)
    line = right[PUBLISHED].splitlines()[2]
    right = {**right, PUBLISHED: right[PUBLISHED].replace(line, f"digest: {problem.fix.text}")}
    assert problems(tmp_path, right) == ()


def test_comments_and_order_are_no_edit(tmp_path: Path) -> None:
    text = "# sold until 2024\n" + FILES[PUBLISHED].replace("[exports, reports,", "[reports, exports,")
    assert problems(tmp_path, {**FILES, PUBLISHED: text}) == ()


def test_an_edited_file_with_another_mistake_has_only_that_one(tmp_path: Path) -> None:
    files = edited(PUBLISHED, "[exports, ", "[exprots, ")
    assert [problem.code for problem in problems(tmp_path, files)] == ["R301"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[reports, security]", "[security]", 'feature "reports" is taken away'),
        ("included: 50", "included: 49", 'cap "users" goes from 50 to 49'),
        (
            '{included: 50, extra: "2.00"}',
            "{included: 50, hard: true}",
            'cap "users" goes from 50 to 50 at most',
        ),
        ('{included: 50, extra: "2.00"}', "none", 'cap "users" goes from 50 to none'),
        ('extra: "2.00"', 'extra: "3.00"', 'cap "users" costs 3.00 for each extra one, not 2.00'),
        (
            '"100.00"',
            '"90.00"',
            "the price goes from 100.00 a month, or 1,000.00 a year to 90.00 a month, or 1,000.00 a year",
        ),
        ("support: email", "support: forum", 'support goes from "email" to "forum"'),
        ("baa: offered", "baa: not_offered", "the BAA is no longer offered"),
        ("baa: offered", "baa: offered\nsuspends: true", "it now suspends every feature"),
    ],
)
def test_what_a_published_number_would_lose_is_named(old: str, new: str, words: str, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, under_version_0(old, new))
    assert (str(problem.mark), problem.mark.column, problem.code) == ("c/pro.yaml:2", 10, "V602")
    assert problem.message == f"pro@0 is published, and this changes it: {words}"
    assert problem.related[0].mark.file == "c/published/pro@0.yaml"
    assert problem.fix is not None
    assert problem.fix.text == "1"


def test_a_feature_misspelt_above_is_not_taken_away_as_well(tmp_path: Path) -> None:
    files = under_version_0("features: [exports]", "features: [exprots]", "community.yaml")
    assert [problem.code for problem in problems(tmp_path, files)] == ["R301"]


#: Three published plans, each extending the one before.
LADDER = {
    **FILES,
    "catalog.yaml": FILES["catalog.yaml"].replace("[community, pro]", "[community, pro, top]"),
    "pro.yaml": FILES["pro.yaml"].replace("version: 1", "version: 0"),
    "top.yaml": "plan: top\nversion: 4\ntitle: Top\nsold: by_sales\nextends: pro\nprice: on_request\n",
}


def published_ladder(folder: Path) -> Path:
    write(folder, LADDER)
    reading = read_catalog(folder)
    assert reading.catalog is not None, reading.problems
    found = publications(reading.catalog, reading, reading.catalog.plans, folder, datetime.now(UTC))
    write_changes([change for publication in found for change in publication.changes], folder)
    assert read_catalog(folder).problems == ()
    return folder


def edit(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert text.count(old) == 1
    (folder / name).write_text(text.replace(old, new))


def fixed(folder: Path, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """What is still wrong when the fixes of `problems` are made."""
    for problem in problems:
        assert problem.fix is not None
        for replacement in problem.fix.replacements:
            path = folder / replacement.mark.file.partition("/")[2]
            source = Source(path.read_bytes())
            path.write_bytes(source.edited([Edit(*source.span(replacement.mark), replacement.text)]))
    return read_catalog(folder).problems


def test_plans_that_lose_through_extends_are_named_where_the_edit_is(tmp_path: Path) -> None:
    plans = published_ladder(tmp_path / "c")
    edit(plans, "community.yaml", "[exports]", "[]")
    (problem,) = read_catalog(plans).problems
    assert str(problem) == (
        "c/community.yaml:2:10: V602 community@0 is published, and this changes it: "
        'feature "exports" is taken away; with it pro@0, top@4 would change; write version: 1, likewise in '
        "pro version: 1, top version: 5. Those whose record says community@0 keep it; those whose record "
        'says just "community" come to community@1. To let them keep it too, undo this edit and write '
        "community@1 into c/next/community.yaml with effective_from and existing_subscribers: keep"
    )
    assert [(str(related.mark), related.message) for related in problem.related] == [
        ("c/published/community@0.yaml:12", "what community@0 gives"),
        ("c/pro.yaml:2", 'pro@0 would lose too: feature "exports" is taken away'),
        ("c/top.yaml:2", 'top@4 would lose too: feature "exports" is taken away'),
    ]
    assert fixed(plans, (problem,)) == ()
    assert (plans / "top.yaml").read_text().startswith("plan: top\nversion: 5\n")


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("pro.yaml", "included: 50", "included: 49", 'top@4 would lose too: cap "users" goes from'),
        ("pro.yaml", "support: email", "support: forum", "top@4 would lose too: support goes from"),
        (
            "pro.yaml",
            "baa: offered",
            "baa: not_offered",
            "top@4 would lose too: the BAA is no",
        ),
    ],
)
def test_caps_support_and_baa_are_lost_through_extends_too(
    name: str, old: str, new: str, words: str, tmp_path: Path
) -> None:
    plans = published_ladder(tmp_path / "c")
    edit(plans, name, old, new)
    (problem,) = read_catalog(plans).problems
    assert problem.mark.file == f"c/{name}"
    assert problem.related[-1].message.startswith(words)
    assert fixed(plans, (problem,)) == ()


def test_what_a_plan_states_itself_it_does_not_lose_through_extends(tmp_path: Path) -> None:
    plans = published_ladder(tmp_path / "c")
    edit(plans, "community.yaml", "included: 10", "included: 9")
    (problem,) = read_catalog(plans).problems
    assert [related.mark.file for related in problem.related] == ["c/published/community@0.yaml"]


def test_one_that_also_takes_away_itself_has_a_problem_of_its_own(tmp_path: Path) -> None:
    plans = published_ladder(tmp_path / "c")
    edit(plans, "community.yaml", "[exports]", "[]")
    edit(plans, "pro.yaml", "[reports, security]", "[security]")
    found = read_catalog(plans).problems
    assert [str(problem.mark) for problem in found] == ["c/community.yaml:2", "c/pro.yaml:2"]
    assert "with it pro@0, top@4 would change" in found[0].message
    assert 'feature "reports" is taken away; with it top@4' in found[1].message
    assert fixed(plans, found) == ()


def test_a_plan_above_that_got_the_next_number_leaves_the_problem_to_those_that_extend_it(
    tmp_path: Path,
) -> None:
    plans = published_ladder(tmp_path / "c")
    edit(plans, "community.yaml", "[exports]", "[]")
    edit(plans, "community.yaml", "version: 0", "version: 1")
    (problem,) = read_catalog(plans).problems
    assert str(problem.mark) == "c/pro.yaml:2"
    assert "with it top@4 would change" in problem.message


def test_a_file_with_another_error_has_only_that_one(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", under_version_0("[reports, security]", "[reports]"))
    assert [problem.code for problem in read_catalog(folder).problems] == ["V602"]
    found = findings_in(folder, load_plugins(entry_points=False)).problems
    assert [problem.code for problem in found if problem.severity == "error"] == ["L401"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("included: 50", "included: 51"),
        ('{included: 50, extra: "2.00"}', "unlimited"),
        ("title: Pro", "title: Professional"),
    ],
)
def test_widening_in_place_is_fine(old: str, new: str, tmp_path: Path) -> None:
    assert problems(tmp_path, under_version_0(old, new)) == ()


def test_a_new_number_may_take_away(tmp_path: Path) -> None:
    assert problems(tmp_path, edited("pro.yaml", "included: 50", "included: 5")) == ()


def test_an_engine_refuses_a_broken_promise_and_a_look_at_it_does_not(tmp_path: Path) -> None:
    folder = write(tmp_path, under_version_0("included: 50", "included: 49"))
    with pytest.raises(CatalogError, match="V602"):
        Engine.open(folder)
    with pytest.raises(CatalogError, match="V602"):
        load_catalog(folder)
    assert load_catalog(folder, check_versions=False).plan("pro").caps["users"].included == 49


def test_the_shipped_versions_are_as_they_were_published() -> None:
    catalog = load_catalog()
    assert len(catalog.versions) > len(catalog.plans)
    assert terms_digest(catalog.plan("pro@0")).startswith("sha256:")


def in_currencies(*currencies: str) -> dict[str, str]:
    """Records of pro@0, pro@1 and so on, each in its currency."""
    records = {
        f"published/pro@{number}.yaml": FILES[PUBLISHED]
        .replace("version: 0", f"version: {number}")
        .replace("price:", f"currency: {currency}\nprice:")
        for number, currency in enumerate(currencies)
    }
    return {**FILES, **records}


@pytest.mark.parametrize(
    ("currencies", "file"),
    [
        (["USD", "USD"], None),
        (["EUR", "EUR"], "c/catalog.yaml"),
        (["USD", "EUR"], "c/published/pro@1.yaml"),
    ],
)
def test_what_is_published_in_another_currency_is_found_where_the_edit_was(
    currencies: list[str], file: str | None, tmp_path: Path
) -> None:
    found = [problem for problem in problems(tmp_path, in_currencies(*currencies)) if problem.code == "V610"]
    assert [problem.mark.file for problem in found] == ([file] if file else [])


def test_a_catalog_in_another_currency_than_its_records_is_not_loaded(tmp_path: Path) -> None:
    folder = write(tmp_path, edited("catalog.yaml", "currency: USD", "currency: EUR", in_currencies("USD")))
    with pytest.raises(CatalogError, match="EUR would re-price them: pro@0"):
        load_catalog(folder)
