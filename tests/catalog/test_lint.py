"""Advice: what loads and is most likely a slip."""

from __future__ import annotations

from pathlib import Path

import pytest

from entitlements.catalog.editing.text import Edit, Source
from entitlements.catalog.lint import lint
from entitlements.catalog.load import read_catalog, shipped_folder
from entitlements.plugin_manager import load_plugins
from entitlements.testing.findings import findings_in
from tests.small_catalog import FILES, Files, edited, write

IDLE = "  idle:\n    title: Idle\n    description: Nobody has it.\n    on_loss: {effect: closed}\n"


def advice(folder: Path, files: Files) -> list[str]:
    reading = read_catalog(write(folder / "c", files))
    assert reading.catalog is not None, reading.problems
    found = lint(reading.catalog, reading.documents)
    return [f"{problem.severity[0]} {str(problem).removeprefix('c/')}" for problem in found]


def test_there_is_nothing_to_say_of_the_small_catalog(tmp_path: Path) -> None:
    assert advice(tmp_path, FILES) == []


def test_the_shipped_catalog_says_why_it_follows_some_advice_not() -> None:
    found = findings_in(shipped_folder(), load_plugins(entry_points=False))
    assert found.problems == ()
    assert {accepted.problem.code for accepted in found.accepted} == {"L404", "L410"}


def test_a_baa_without_its_features_is_an_error_where_it_is_offered(tmp_path: Path) -> None:
    (words,) = advice(tmp_path, edited("pro.yaml", "[reports, security]", "[reports]"))
    assert words.startswith(
        'e pro.yaml:8:6: L401 plan "pro" offers a BAA without what it stands on: "security"'
    )


def test_a_baa_that_is_inherited_is_shown_at_the_line_that_inherits(tmp_path: Path) -> None:
    child = (
        "plan: top\nversion: 0\ntitle: Top\nsold: no_one\nextends: pro\nprice: free\nwithout: [security]\n"
    )
    files = {**FILES, "top.yaml": child.replace("no_one", "internal")}
    (words,) = advice(tmp_path, files)
    assert words.startswith('e top.yaml:5:10: L401 plan "top"')


def test_a_feature_in_no_plan_and_no_add_on_is_a_warning(tmp_path: Path) -> None:
    files = {**FILES, "features/core.yaml": FILES["features/core.yaml"] + IDLE}
    expected = (
        'w features/core.yaml:17:3: L402 feature "idle" is in no plan and no add-on; '
        'put it into a plan, or write listed: "no" if it is internal'
    )
    assert advice(tmp_path, files) == [expected]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("features/core.yaml", "    title: Idle\n", '    title: Idle\n    listed: "no"\n'),
        ("community.yaml", "[exports]", "[exports, idle]"),
        ("add_ons/more.yaml", "    sold_with: [pro]\n", "    sold_with: [pro]\n    features: [idle]\n"),
    ],
)
def test_a_feature_that_is_internal_or_given_is_excused(
    name: str, old: str, new: str, tmp_path: Path
) -> None:
    files = {**FILES, "features/core.yaml": FILES["features/core.yaml"] + IDLE}
    assert advice(tmp_path, edited(name, old, new, files)) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        (
            "[reports, security]",
            "[reports, security]\nwithout: [exports]",
            "pro.yaml:12:11",
            'it lacks feature "exports"',
        ),
        ("extends: community\n", "", "pro.yaml:1:1", 'it lacks feature "exports"'),
        ("included: 50", "included: 9", "pro.yaml:10:3", 'cap "users" is 9, not 10'),
        (
            '{included: 50, extra: "2.00"}',
            "{included: 50, hard: true}",
            "pro.yaml:10:3",
            'cap "users" is 50 at most, not 10',
        ),
        ('{included: 50, extra: "2.00"}', "none", "pro.yaml:10:3", 'cap "users" is none, not 10'),
    ],
)
def test_a_higher_plan_that_gives_less_is_a_warning(
    old: str, new: str, place: str, what: str, tmp_path: Path
) -> None:
    (words,) = advice(tmp_path, edited("pro.yaml", old, new))
    assert words.startswith(f'w {place}: L403 plan "pro" gives less than "community"')
    assert words.endswith(f"{what}; give at least as much, or change the order of the ladder")


def test_a_ladder_upside_down_loses_support_and_the_baa_too(tmp_path: Path) -> None:
    words = advice(tmp_path, edited("catalog.yaml", "[community, pro]", "[pro, community]"))
    places = [line.split(": ")[0].split(" ")[1] for line in words]
    assert places == [
        "community.yaml:1:1",
        "community.yaml:1:1",
        "community.yaml:6:10",
        "community.yaml:7:6",
        "community.yaml:9:3",
    ]


LISTED = "".join(
    f'  {key}: {{title: "{key}", description: It does., on_loss: {{effect: closed}}, listed: "no"}}\n'
    for key in ("a1", "b1", "c1", "d1", "e1")
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a1, c1, d1, b1]", "[a1, b1, c1, d1]"),
        ("[d1, a1, b1, c1]", "[a1, b1, c1, d1]"),
        ("[b1, c1, d1, e1, a1]", "[a1, b1, c1, d1, e1]"),
        ("[a1, c1, b1, d1]  # why", "[a1, b1, c1, d1]  # why"),
        ("\n- a1\n- d1 # 4\n- b1\n- c1 # 3", "\n- a1\n- b1\n- c1 # 3\n- d1 # 4"),
        (
            "\n  # all of them\n  - b1\n  - c1\n  - d1\n  - a1",
            "\n  # all of them\n  - a1\n  - b1\n  - c1\n  - d1",
        ),
        ("\n  - e1\n  - a1\n  - b1\n  - c1", "\n  - a1\n  - b1\n  - c1\n  - e1"),
    ],
)
def test_one_item_out_of_order_is_moved_with_its_line(before: str, after: str, tmp_path: Path) -> None:
    files = {**FILES, "features/core.yaml": FILES["features/core.yaml"] + LISTED}
    tops = (
        "plan: top\nversion: 0\ntitle: Top\nsold: internal\nprice: free\nsupport: forum\nbaa: not_offered\n"
    )
    tops += "caps: {users: none}\nfeatures: "
    for end in ("\n", "\n# end\n", ""):
        folder = write(tmp_path / f"c{len(end)}", {**files, "top.yaml": f"{tops}{before}{end}"})
        (problem,) = findings_in(folder, load_plugins(entry_points=False)).problems
        assert (problem.code, problem.severity) == ("L450", "warning")
        assert problem.fix is not None
        source = Source((folder / "top.yaml").read_bytes())
        edits = [Edit(*source.span(part.mark), part.text) for part in problem.fix.replacements]
        assert source.edited(edits).decode() == f"{tops}{after}{end}"


@pytest.mark.parametrize(
    "listed",
    [
        "[a1, b1, c1, d1]",
        "[d1, c1, b1, a1]",
        "[b1, c1, a1]",
        "\n- a1\n# more\n- d1\n- b1\n- c1",
        "[a1, c1, d1,  # more\n  b1]",
    ],
)
def test_a_list_in_another_order_is_left_alone(listed: str, tmp_path: Path) -> None:
    core = FILES["features/core.yaml"] + LISTED
    assert not [
        w
        for w in advice(
            tmp_path,
            {
                **FILES,
                "features/core.yaml": core,
                "add_ons/all.yaml": "add_ons:\n  all:\n    title: All\n    price: free\n    sold_with: [pro]"
                f"\n    features: {listed.replace(chr(10), chr(10) + '    ')}\n",
            },
        )
        if "L450" in w
    ]
