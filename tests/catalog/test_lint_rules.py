"""Each rule of advice: what draws it, where it is shown, and what excuses from it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from entitlements.catalog.editing.files import write_changes
from entitlements.catalog.editing.publish import publications
from entitlements.catalog.load import read_catalog
from entitlements.plugin_manager import load_plugins
from entitlements.testing.findings import findings_in
from tests.small_catalog import FILES, Files, edited, overlaid, write

CAP_OF_EXPORTS = edited("catalog.yaml", "counted_by: seats", "counted_by: seats\n    feature: exports")
PLUS = """\
plan: plus
version: 0
title: Plus
sold: self_service
price: {monthly: "100.00", annual_total: "1000.00"}
support: email
baa: offered
caps:
  users: {included: 50, extra: "2.00"}
features: [exports, reports, security]
"""
MORE = """\
group: {key: more, title: More}
features:
"""
OVERRIDE = "  overrides: [{kind: agreement, %s, because: So it is., by: ops, start: %s, end: %s}]\n"


def found(folder: Path, files: Files, rule: str) -> list[str]:
    """`place message` of each finding of `rule`."""
    return findings(write(folder / "c", files), rule)


def findings(folder: Path, rule: str) -> list[str]:
    problems = findings_in(folder, load_plugins(entry_points=False), at=date(2026, 3, 1)).problems
    assert not [problem for problem in problems if problem.severity == "error"]
    return [
        f"{problem.mark}:{problem.mark.column} {problem.message}".removeprefix("c/")
        for problem in problems
        if problem.code == rule
    ]


def added(files: Files = FILES, **features: str) -> dict[str, str]:
    """The files with more features, each with these lines, in no plan and internal."""
    text = "".join(
        f'  {key}:\n    description: More.\n    listed: "no"\n{lines}' for key, lines in features.items()
    )
    return {**files, "features/more.yaml": MORE + text}


# L404, L405


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("none", 'none of its cap "users"'),
        ("{included: 0, hard: true}", '0 of its cap "users"'),
        ('{included: 0, extra: "1.00"}', '0 of its cap "users", so that each one is charged'),
    ],
)
def test_a_feature_of_which_none_may_be_used(terms: str, words: str, tmp_path: Path) -> None:
    files = edited("community.yaml", '{included: 10, extra: "2.00"}', terms, CAP_OF_EXPORTS)
    expected = f'community.yaml:9:3 plan "community" includes feature "exports", but {words}'
    assert found(tmp_path, files, "L404") == [expected]


def test_a_feature_added_to_an_inherited_cap_of_none_is_shown_where_it_is_added(tmp_path: Path) -> None:
    files = edited("community.yaml", '{included: 10, extra: "2.00"}', "none", CAP_OF_EXPORTS)
    files = edited("community.yaml", "[exports]", "[]", files)
    files = edited("pro.yaml", 'caps:\n  users: {included: 50, extra: "2.00"}\n', "", files)
    files = edited("pro.yaml", "[reports, security]", "[exports, reports, security]", files)
    files = edited("add_ons/more.yaml", "[pro]", "[community]", files)
    (words,) = found(tmp_path, edited("samples/spaces.yaml", "plan: pro", "plan: community", files), "L404")
    assert words.startswith('pro.yaml:9:12 plan "pro" includes feature "exports", but none')


def test_an_add_on_that_raises_the_cap_excuses_the_plan(tmp_path: Path) -> None:
    files = edited("community.yaml", '{included: 10, extra: "2.00"}', "none", CAP_OF_EXPORTS)
    files = edited("add_ons/more.yaml", "[pro]", "[community, pro]", files)
    assert found(tmp_path, files, "L404") == []


def test_a_cap_for_a_feature_that_the_plan_lacks(tmp_path: Path) -> None:
    files = edited(
        "pro.yaml", "[reports, security]", "[reports, security]\nwithout: [exports]", CAP_OF_EXPORTS
    )
    expected = 'pro.yaml:10:3 plan "pro" has cap "users" of 50, but not its feature "exports"'
    assert found(tmp_path, files, "L405") == [expected]


def test_an_inherited_cap_is_shown_where_its_feature_is_taken_away(tmp_path: Path) -> None:
    files = edited(
        "pro.yaml", "[reports, security]", "[reports, security]\nwithout: [exports]", CAP_OF_EXPORTS
    )
    files = edited("pro.yaml", 'caps:\n  users: {included: 50, extra: "2.00"}\n', "", files)
    assert [words.split(" ")[0] for words in found(tmp_path, files, "L405")] == ["pro.yaml:10:11"]


def test_a_child_does_not_repeat_what_is_said_of_its_parent(tmp_path: Path) -> None:
    files = edited("community.yaml", "[exports]", "[]", CAP_OF_EXPORTS)
    files = edited("pro.yaml", 'caps:\n  users: {included: 50, extra: "2.00"}\n', "", files)
    assert [words.split(" ")[0] for words in found(tmp_path, files, "L405")] == ["community.yaml:9:3"]


@pytest.mark.parametrize(
    ("terms", "number"), [("none", 0), ("{included: 0, hard: true}", 0), ("unlimited", 1)]
)
def test_no_cap_needs_no_feature(terms: str, number: int, tmp_path: Path) -> None:
    files = edited("community.yaml", "[exports]", "[]", CAP_OF_EXPORTS)
    files = edited("community.yaml", '{included: 10, extra: "2.00"}', terms, files)
    files = edited("pro.yaml", "[reports, security]", "[exports, reports, security]", files)
    assert len(found(tmp_path, files, "L405")) == number


def test_an_add_on_that_brings_the_feature_excuses_the_plan_from_its_cap(tmp_path: Path) -> None:
    files = edited("community.yaml", "[exports]", "[]", CAP_OF_EXPORTS)
    files = edited("pro.yaml", "[reports, security]", "[exports, reports, security]", files)
    files = edited("add_ons/more.yaml", "[pro]\n", "[community, pro]\n    features: [exports]\n", files)
    assert found(tmp_path, files, "L405") == []


def test_a_plan_that_suspends_needs_no_caps(tmp_path: Path) -> None:
    paused = PLUS.replace("plus", "paused").replace("self_service", "internal\nsuspends: true")
    files = {**CAP_OF_EXPORTS, "paused.yaml": paused.replace("[exports, ", "[")}
    assert found(tmp_path, files, "L405") == []


# L406, L407


def test_two_plans_that_are_the_same_are_shown_at_the_one_beside_the_ladder(tmp_path: Path) -> None:
    words = 'plus.yaml:1:1 plan "plus" is the same as "pro" in all but its name'
    assert found(tmp_path, {**FILES, "plus.yaml": PLUS}, "L406") == [words]
    assert found(tmp_path, {**FILES, "plus.yaml": PLUS}, "L407") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sold: self_service", "sold: internal"),
        ("100.00", "101.00"),
        ("support: email", "support: forum"),
        ("baa: offered", "baa: not_offered"),
        ('extra: "2.00"', 'extra: "2.50"'),
        ("[exports, reports, security]", "[exports, security]"),
    ],
)
def test_any_difference_in_terms_makes_another_plan(old: str, new: str, tmp_path: Path) -> None:
    assert found(tmp_path, {**FILES, "plus.yaml": PLUS.replace(old, new, 1)}, "L406") == []


@pytest.mark.parametrize(
    ("old", "new", "cost"),
    [
        ("100.00", "120.00", "more"),
        ("support: email", "support: forum", "as much"),
        ("[exports, reports, security]", "[exports, security]", "as much"),
        ("included: 50", "included: 40", "as much"),
        ('{included: 50, extra: "2.00"}', "{included: 50, hard: true}", "as much"),
        ('extra: "2.00"', 'extra: "2.50"', "as much"),
        (', annual_total: "1000.00"', "", "as much"),
    ],
)
def test_a_plan_that_gives_no_more_and_costs_no_less(old: str, new: str, cost: str, tmp_path: Path) -> None:
    words = f'plus.yaml:5:8 plan "plus" gives no more than "pro" and costs {cost}'
    assert found(tmp_path, {**FILES, "plus.yaml": PLUS.replace(old, new, 1)}, "L407") == [words]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("100.00", "90.00"),
        ("1000.00", "900.00"),
        ('{monthly: "100.00", annual_total: "1000.00"}', "on_request"),
        ("sold: self_service", "sold: trial"),
        ('{included: 50, extra: "2.00"}', "unlimited"),
        ('extra: "2.00"', "extra: by_rate"),
    ],
)
def test_what_is_cheaper_better_or_beyond_comparison_is_no_worse(old: str, new: str, tmp_path: Path) -> None:
    dearer = PLUS if "00.00" in old else PLUS.replace("100.00", "120.00")
    words = found(tmp_path, {**FILES, "plus.yaml": dearer.replace(old, new, 1)}, "L407")
    assert not [word for word in words if word.startswith("plus.yaml")]


@pytest.mark.parametrize(
    ("old", "new"), [("baa: offered", "baa: not_offered"), ("support: email", "support: forum")]
)
def test_who_wants_better_support_or_a_baa_may_choose_the_dearer_plan(
    old: str, new: str, tmp_path: Path
) -> None:
    files = {**edited("pro.yaml", old, new), "plus.yaml": PLUS.replace("100.00", "120.00", 1)}
    assert found(tmp_path, files, "L407") == []


def test_a_plan_on_the_ladder_may_be_one_that_nobody_would_choose(tmp_path: Path) -> None:
    worse = "support: forum\nbaa: not_offered\ncaps: {users: {included: 10, extra: '2.00'}}\nfeatures: []\n"
    head = FILES["pro.yaml"].partition("support:")[0]
    (words,) = found(tmp_path, {**FILES, "pro.yaml": head + worse}, "L407")
    assert words == 'pro.yaml:6:8 plan "pro" gives no more than "community" and costs more'


# L408, L409


def test_two_add_ons_that_are_the_same(tmp_path: Path) -> None:
    copy = FILES["add_ons/more.yaml"].replace("more_users", "users_more").replace("More users", "Extra")
    words = 'add_ons/copy.yaml:2:3 add-on "users_more" is the same as "more_users" in all but its name'
    assert found(tmp_path, {**FILES, "add_ons/copy.yaml": copy}, "L408") == [words]
    other = copy.replace("add: 100", "add: 101")
    assert found(tmp_path, {**FILES, "add_ons/copy.yaml": other}, "L408") == []


@pytest.mark.parametrize(
    ("gives", "vain"),
    [
        ("caps: {users: {at_least: 50}}", True),
        ("caps: {users: {at_least: 51}}", False),
        ("caps: {users: {at_least: unlimited}}", False),
        ("caps: {users: {add: 0}}", True),
        ("features: [exports, reports]", True),
    ],
)
def test_an_add_on_that_adds_nothing(gives: str, vain: bool, tmp_path: Path) -> None:
    files = edited("add_ons/more.yaml", "caps: {users: {add: 100}}", gives)
    words = 'add_ons/more.yaml:2:3 add-on "more_users" adds nothing to any plan it is sold with: pro'
    assert found(tmp_path, files, "L409") == ([words] if vain else [])


def test_an_add_on_that_adds_nothing_to_one_plan_is_shown_there(tmp_path: Path) -> None:
    files = edited(
        "add_ons/more.yaml",
        "[pro]\n    caps: {users: {add: 100}}",
        "[community, pro]\n    features: [reports]",
    )
    words = 'add_ons/more.yaml:5:28 add-on "more_users" adds nothing to plan "pro", with which it is sold'
    assert found(tmp_path, files, "L409") == [words]


def test_more_of_an_unlimited_cap_is_nothing(tmp_path: Path) -> None:
    files = edited("pro.yaml", '{included: 50, extra: "2.00"}', "unlimited")
    assert len(found(tmp_path, files, "L409")) == 1


def test_more_of_a_cap_whose_feature_cannot_be_had_is_nothing(tmp_path: Path) -> None:
    files = edited("catalog.yaml", "counted_by: seats", "counted_by: seats\n    feature: security")
    files = edited("add_ons/more.yaml", "[pro]", "[community]", files)
    files = edited("samples/spaces.yaml", "plan: pro", "plan: community", files)
    assert len(found(tmp_path, files, "L409")) == 1
    files["add_ons/safe.yaml"] = (
        "add_ons:\n  safe: {title: Safe, price: free, sold_with: [community], features: [security]}\n"
    )
    assert found(tmp_path, files, "L409") == []


# L410, L411, L412


def test_a_loss_that_locks_things_away_is_shown_at_its_effect(tmp_path: Path) -> None:
    files = edited("features/core.yaml", "{effect: deactivated}", "{effect: closed}")
    words = (
        'features/core.yaml:11:23 feature "reports" is closed when it is lost, '
        "and nobody is told what becomes of the reports"
    )
    assert found(tmp_path, files, "L410") == [words]


@pytest.mark.parametrize("lost", ["{effect: read_only}", "{effect: closed, advice: Print them first.}"])
def test_things_that_stay_in_sight_or_are_spoken_of_are_not_locked_away(lost: str, tmp_path: Path) -> None:
    assert found(tmp_path, edited("features/core.yaml", "{effect: deactivated}", lost), "L410") == []


def test_a_client_that_nothing_exempts_is_shown_where_it_is_declared(tmp_path: Path) -> None:
    files = edited("features/core.yaml", "    exempt: [{client: export-tool, because: It needs them.}]\n", "")
    (words,) = found(tmp_path, files, "L411")
    assert words.startswith('catalog.yaml:15:3 client "export-tool" is declared, but no feature exempts it')


def test_an_exemption_from_what_every_plan_includes(tmp_path: Path) -> None:
    files = edited("community.yaml", "[exports]", "[exports, reports]")
    words = (
        'features/core.yaml:12:23 client "export-tool" is exempt from feature "reports", '
        "which every plan includes: no check needs the exemption"
    )
    assert found(tmp_path, files, "L412") == [words]
    paused = PLUS.replace("plus", "paused").replace("self_service", "internal\nsuspends: true")
    paused = paused.replace("[exports, reports, security]", "[]").replace("baa: offered", "baa: not_offered")
    assert found(tmp_path, {**files, "paused.yaml": paused}, "L412") == [words]


def test_an_earlier_version_without_the_feature_gives_the_exemption_sense(tmp_path: Path) -> None:
    files = edited("community.yaml", "[exports]", "[exports, reports]")
    del files["published/pro@0.yaml"]
    assert len(found(tmp_path, files, "L412")) == 1
    files["plus.yaml"] = PLUS.replace("reports, ", "")
    assert found(tmp_path, files, "L412") == []


# L413


def test_the_texts_that_a_language_lacks_are_named_up_to_five(tmp_path: Path) -> None:
    keys = [f"number_{chr(97 + n) * 2}" for n in range(20)]
    entry = "  {0}:\n    title: {0}\n    description: More.\n    on_loss: {{effect: closed}}\n"
    files = {**FILES, "features/more.yaml": MORE + "".join(map(entry.format, keys))}
    files["lang/fr.yaml"] += "".join(f"  feature.{key}.title: T\n" for key in keys[:14])
    (words,) = found(tmp_path, files, "L413")
    place, _, named = words.partition(", while others of the kind are translated: ")
    assert place == 'lang/fr.yaml:2:1 "fr" lacks 8 texts'
    four = ", ".join(f"feature.{key}.title" for key in keys[14:18])
    assert named == f"feature.exports.title, {four} and 3 more"


def test_a_region_need_not_repeat_its_language(tmp_path: Path) -> None:
    texts = "texts:\n  feature.reports.title: A\n  feature.exports.title: B\n"
    files = {**FILES, "lang/pt.yaml": f"lang: pt\n{texts}  feature.security.title: C\n"}
    files["lang/pt-BR.yaml"] = f"lang: pt-BR\n{texts}"
    assert found(tmp_path, files, "L413") == []
    files["lang/pt-BR.yaml"] = f"lang: pt-BR\n{texts}"
    files["lang/pt.yaml"] = "lang: pt\ntexts: {plan.pro.title: Pro}\n"
    assert [words.split(" ")[0] for words in found(tmp_path, files, "L413")] == ["lang/pt-BR.yaml:2:1"]


def test_a_language_that_has_only_begun_is_left_in_peace(tmp_path: Path) -> None:
    assert found(tmp_path, FILES, "L413") == []


def test_internal_features_need_no_translation(tmp_path: Path) -> None:
    texts = "  feature.exports.title: A\n  feature.security.title: B\n"
    files = {**FILES, "lang/fr.yaml": FILES["lang/fr.yaml"] + texts}
    files = added(files, hidden="    title: Hidden\n    on_loss: {effect: closed}\n")
    assert found(tmp_path, files, "L413") == []


# L414, L415


@pytest.mark.parametrize("title", ["Reports", "reports", "Re-ports", "REP ORTS", "Reports."])
def test_titles_that_look_alike_are_shown_at_the_later_key(title: str, tmp_path: Path) -> None:
    files = added(summary=f'    title: "{title}"\n    on_loss: {{effect: closed}}\n')
    (words,) = found(tmp_path, files, "L414")
    assert words.startswith('features/more.yaml:6:12 feature "reports" and feature "summary" have ')
    assert words.endswith(f': "Reports" and "{title}"')


def test_a_feature_and_a_cap_may_share_a_title(tmp_path: Path) -> None:
    files = added(people="    title: Users\n    on_loss: {effect: closed}\n")
    assert found(tmp_path, files, "L414") == []


def test_titles_of_signs_alone_are_taken_as_they_stand(tmp_path: Path) -> None:
    files = added(
        plus='    title: "+"\n    on_loss: {effect: closed}\n',
        star='    title: "*"\n    on_loss: {effect: closed}\n',
    )
    assert found(tmp_path, files, "L414") == []


@pytest.mark.parametrize("key", ["report", "re_ports", "reports_", "user"])
def test_keys_that_look_alike(key: str, tmp_path: Path) -> None:
    files = added(FILES, **{key: "    title: Summary\n    on_loss: {effect: closed}\n"})
    assert len(found(tmp_path, files, "L415")) == 1


def test_keys_of_other_kinds_may_look_alike(tmp_path: Path) -> None:
    files = {**FILES, "plus.yaml": PLUS.replace("plan: plus", "plan: report")}
    assert found(tmp_path, files, "L415") == []


# L416


def widened_above(folder: Path, *, own: str = "[reports, security]", child_too: bool = False) -> Files:
    """The files with both plans published, and then the lower one once more, with one more feature."""
    maps = "  maps: {title: Maps, description: On a map., on_loss: {effect: closed}}\n"
    files = {**FILES, "features/more.yaml": MORE + maps}
    files = edited("pro.yaml", "[reports, security]", own, files)
    publish(write(folder, files), ["community", "pro"])
    write(folder, edited("community.yaml", "[exports]", "[exports, maps]", files))
    publish(folder, ["community", "pro"] if child_too else ["community"])
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.yaml")}


def publish(folder: Path, keys: list[str]) -> None:
    reading = read_catalog(folder)
    assert reading.catalog is not None
    planned = publications(reading.catalog, reading, keys, folder, datetime.now(UTC))
    write_changes([change for item in planned for change in item.changes], folder)


def test_a_record_that_lacks_what_its_parent_was_widened_by(tmp_path: Path) -> None:
    words = (
        'pro.yaml:5:10 plan "pro" has got more through "community" since pro@1 was published: feature "maps"'
    )
    assert found(tmp_path, widened_above(tmp_path / "made"), "L416") == [words]


def test_a_child_that_was_published_too_or_has_it_itself_is_not_behind(tmp_path: Path) -> None:
    assert found(tmp_path / "1", widened_above(tmp_path / "made", child_too=True), "L416") == []
    own = widened_above(tmp_path / "own", own="[maps, reports, security]")
    assert found(tmp_path / "2", own, "L416") == []


def test_what_a_plan_was_given_in_its_own_file_is_not_told_of_its_parent(tmp_path: Path) -> None:
    files = widened_above(tmp_path / "made")
    files = edited("pro.yaml", "[reports, security]", "[maps, reports, security]", files)
    assert found(tmp_path, files, "L416") == []


def test_a_record_that_lacks_a_raise_of_its_parent(tmp_path: Path) -> None:
    files = edited("pro.yaml", 'caps:\n  users: {included: 50, extra: "2.00"}\n', "")
    publish(write(tmp_path / "made", files), ["community", "pro"])
    write(tmp_path / "made", edited("community.yaml", "included: 10", "included: 20", files))
    assert findings(tmp_path / "made", "L416") == []
    publish(tmp_path / "made", ["community"])
    (words,) = findings(tmp_path / "made", "L416")
    assert words.endswith('since pro@1 was published: cap "users" of 20')


# L431


def dropped_above(folder: Path, features: str, without: str) -> Files:
    """The files with both plans published, and Community without exports since; `features` are Pro's own."""
    publish(write(folder, FILES), ["community", "pro"])
    files = edited("community.yaml", "version: 0", "version: 1")
    files = edited("community.yaml", "[exports]", "[]", files)
    pro = f"version: 2\nfeatures: {features}\nwithout: {without}\n"
    write(folder, {**files, "pro.yaml": overlaid(FILES["pro.yaml"], pro)})
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.yaml")}


def test_a_line_that_takes_away_what_a_parent_gave_once(tmp_path: Path) -> None:
    files = dropped_above(tmp_path / "made", "[reports, security]", "[exports]")
    words = 'pro.yaml:12:11 plan "pro" goes without "exports", which no plan above it gives any more'
    assert found(tmp_path, files, "L431") == [words]


def test_a_line_that_takes_away_what_the_plan_lists_itself_does_something(tmp_path: Path) -> None:
    files = dropped_above(tmp_path / "made", "[exports, reports, security]", "[exports]")
    assert found(tmp_path, files, "L431") == []


def test_what_no_plan_above_ever_gave_is_a_slip(tmp_path: Path) -> None:
    files = dropped_above(tmp_path / "made", "[reports]", "[security]")
    problems = read_catalog(write(tmp_path / "c", files)).problems
    assert [problem.code for problem in problems] == ["R309"]


# Versions that wait

NEXT = "version: 2\neffective_from: 2027-01-01\nexisting_subscribers: at_once\n"


def waiting(old: str, new: str) -> Files:
    changed = edited("pro.yaml", old, new)["pro.yaml"].replace("version: 1\n", NEXT)
    return {**FILES, "next/pro.yaml": changed}


@pytest.mark.parametrize(
    ("old", "new", "rule", "place"),
    [
        ("included: 50", "included: 9", "L403", "next/pro.yaml:12:3"),
        ("[reports, security]", "[reports, security]\nwithout: [exports]", "L403", "next/pro.yaml:14:11"),
        ("support: email\nbaa: offered", "support: email", "L403", None),
    ],
)
def test_a_version_that_waits_is_judged_among_those_of_its_day(
    old: str, new: str, rule: str, place: str | None, tmp_path: Path
) -> None:
    places = [words.split(" ")[0] for words in found(tmp_path, waiting(old, new), rule)]
    assert places == ([place] if place else [])


def test_a_waiting_version_with_a_baa_on_nothing_is_an_error(tmp_path: Path) -> None:
    folder = write(tmp_path / "c", waiting("[reports, security]", "[reports]"))
    problems = findings_in(folder, load_plugins(entry_points=False), at=date(2026, 3, 1)).problems
    assert [str(problem).partition(" plan")[0] for problem in problems] == ["c/next/pro.yaml:10:6: L401"]


# L417, L418


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("give: reports", 'gives "reports"'),
        ("cap: users, at_least: 50", 'raises cap "users" to at least 50'),
        ("cap: users, set: 150", 'sets cap "users" to 150'),
        ("support: forum", 'raises support to "forum"'),
        ("support: email", 'raises support to "email"'),
    ],
)
def test_an_override_that_changes_nothing(what: str, says: str, tmp_path: Path) -> None:
    text = FILES["samples/spaces.yaml"] + OVERRIDE % (what, "2026-01-01", "never")
    (words,) = found(tmp_path, {**FILES, "samples/spaces.yaml": text}, "L417")
    assert words.endswith(f'the override that {says} changes nothing for "demo"')


@pytest.mark.parametrize(
    "what", ["cap: users, at_least: 51", "cap: users, set: 50", "remove: exports", "remove: reports"]
)
def test_an_override_that_changes_something_is_left_in_peace(what: str, tmp_path: Path) -> None:
    text = FILES["samples/spaces.yaml"] + OVERRIDE % (what, "2026-01-01", "never")
    assert found(tmp_path, {**FILES, "samples/spaces.yaml": text}, "L417") == []


def test_what_a_plan_gives_for_a_part_of_the_period_only_is_no_reason(tmp_path: Path) -> None:
    ends = FILES["samples/spaces.yaml"].replace(
        "start: 2026-01-01\n", "start: 2026-01-01\n  end: 2026-06-01\n"
    )
    files = {**FILES, "samples/spaces.yaml": ends + OVERRIDE % ("give: reports", "2026-01-01", "2026-06-01")}
    assert len(found(tmp_path, files, "L417")) == 1
    for start, end in (("2025-12-31", "2026-06-01"), ("2026-01-01", "2026-06-02"), ("2026-01-01", "never")):
        text = ends + OVERRIDE % ("give: reports", start, end)
        assert found(tmp_path, {**FILES, "samples/spaces.yaml": text}, "L417") == []


def test_removing_what_is_not_there_counts_where_a_client_would_be_let_in(tmp_path: Path) -> None:
    text = "- subject: demo\n  plan: community\n" + OVERRIDE % ("remove: %s", "2026-01-01", "never")
    idle = {**FILES, "samples/spaces.yaml": text % "security"}
    assert len(found(tmp_path, idle, "L417")) == 1
    guarding = {**FILES, "samples/spaces.yaml": text % "reports"}
    assert found(tmp_path, guarding, "L417") == []


def test_of_two_overrides_that_are_alike_one_is_to_go(tmp_path: Path) -> None:
    item = "    - {kind: %s, give: security, because: So., by: ops, start: 2026-01-01, end: never}\n"
    text = "- subject: demo\n  plan: community\n  overrides:\n" + item % "gift" + item % "legacy"
    (words,) = found(tmp_path, {**FILES, "samples/spaces.yaml": text}, "L417")
    assert words.startswith("samples/spaces.yaml:5:28 ")


@pytest.mark.parametrize(("end", "ended"), [("2026-03-01", True), ("2026-03-02", False), ("never", False)])
def test_an_override_has_ended_at_the_instant_of_its_end(end: str, ended: bool, tmp_path: Path) -> None:
    text = "- subject: demo\n  plan: community\n" + OVERRIDE % ("give: security", "2026-01-01", end)
    words = found(tmp_path, {**FILES, "samples/spaces.yaml": text}, "L418")
    assert [word.partition(" ")[2] for word in words] == [
        'the override that gives "security" has ended; its last day was 2026-02-28'
    ][: int(ended)]


@pytest.mark.parametrize(
    ("now", "number"), [("2026-01-31", 0), ("2026-02-01", 1), ("2026-02-01T00:00:00+03:00", 0)]
)
def test_a_file_that_says_what_day_it_is_is_judged_by_that(now: str, number: int, tmp_path: Path) -> None:
    text = f"- now: {now}\n- subject: demo\n  plan: community\n" + OVERRIDE % (
        "give: security",
        "2026-01-01",
        "2026-02-01",
    )
    assert len(found(tmp_path, {**FILES, "samples/spaces.yaml": text}, "L418")) == number


def test_a_record_accepts_for_itself_alone(tmp_path: Path) -> None:
    accept = "  accept: [{rule: L417, because: It is shown to them., until: never}]\n"
    idle = OVERRIDE % ("give: reports", "2026-01-01", "never")
    first = FILES["samples/spaces.yaml"] + idle + accept
    files = {**FILES, "samples/spaces.yaml": first + "- subject: other\n  plan: pro\n" + idle}
    assert [words.split(" ")[0] for words in found(tmp_path, files, "L417")] == ["samples/spaces.yaml:11:39"]


# L460


@pytest.mark.parametrize(
    ("title", "whole"),
    [
        ("Plus #1", '"Plus #1"'),
        ("Plus  #1 of all\t# as it is printed", '"Plus #1 of all"'),
        ("Plus\n  and more #1", '"Plus and more #1"'),
        ('The "best" #top', r'"The \"best\" #top"'),
        ("Plus #été", '"Plus #été"'),
        ("Plan C #", '"Plan C #"'),
    ],
)
def test_a_text_that_ends_before_what_is_hardly_a_comment(title: str, whole: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "c", edited("pro.yaml", "title: Pro", f"title: {title}"))
    (problem,) = findings_in(folder, load_plugins(entry_points=False)).problems
    assert (problem.code, problem.severity, problem.about) == ("L460", "warning", ("title",))
    assert problem.hint is not None
    assert problem.hint.startswith(f"put all of it in quotes: {whole}; or if it is a comment, ")
    assert problem.fix is not None
    assert (problem.fix.text, problem.fix.safe) == (whole, False)
    text = (folder / "pro.yaml").read_text().splitlines()
    assert text[problem.mark.line - 1][problem.mark.column - 1] == "#"


@pytest.mark.parametrize(
    "title",
    [
        "Plus # 1",
        "Plus # #1",
        "Plus ## 1",
        "Plus #-- 1",
        "Plus#1",
        '"Plus" #1',
        "'Plus' #1",
        ">\n  Plus #1\n",
    ],
)
def test_a_comment_in_its_usual_form_and_a_text_in_quotes_are_left_in_peace(
    title: str, tmp_path: Path
) -> None:
    assert found(tmp_path, edited("pro.yaml", "title: Pro", f"title: {title}"), "L460") == []


def test_what_is_no_text_cannot_have_a_sign_and_so_has_a_comment(tmp_path: Path) -> None:
    files = edited("pro.yaml", "support: email", "support: email #1")
    files = edited("pro.yaml", "version: 1", "version: 1 #2", files)
    assert found(tmp_path, files, "L460") == []


def test_texts_are_looked_for_in_items_of_lists_records_and_versions_to_come(tmp_path: Path) -> None:
    files = edited("catalog.yaml", "includes: [Help pages]}", "includes: [Help pages #1\n ]}")
    accept = "  accept: [{rule: L417, because: Agreed in #12\n, until: never}]\n"
    files = edited(
        "samples/spaces.yaml", FILES["samples/spaces.yaml"], FILES["samples/spaces.yaml"] + accept, files
    )
    later = "effective_from: 2099-01-01\nexisting_subscribers: at_once\n"
    files["next/pro.yaml"] = (
        FILES["pro.yaml"].replace("version: 1", "version: 2").replace("Pro", "Pro #2") + later
    )
    places = [words.partition(" ")[0] for words in found(tmp_path, files, "L460")]
    assert places == ["catalog.yaml:12:54", "next/pro.yaml:3:12", "samples/spaces.yaml:7:44"]
