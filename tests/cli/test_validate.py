"""`entitlements validate`: every problem with its line, and nothing that looks like a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.small_catalog import FILES, edited, write

MISSPELT = edited("pro.yaml", "[reports, security]", "[reprots, security]")
IDLE = {
    **FILES,
    "features/core.yaml": FILES["features/core.yaml"]
    + "  idle:\n    title: Idle\n    description: Nobody has it.\n    on_loss: {effect: closed}\n",
}


def test_a_sound_catalog_is_named_with_its_digest(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    ran = cli("validate")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("9 files, no problems. sha256:")


def test_the_shipped_catalog_is_sound(cli: Any) -> None:
    ran = cli("--catalog", "shipped", "validate", "--strict", "--json")
    assert ran.code == 0
    assert ran.document["problems"] == []
    assert ran.document["digest"].startswith("sha256:")


def test_a_problem_shows_its_line_with_carets_and_what_was_meant(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", MISSPELT)
    ran = cli("validate", "plans")
    assert ran.code == 1
    assert ran.lines == [
        'plans/pro.yaml:11:12: R301 plan "pro" includes unknown feature "reprots"',
        '  10 |   users: {included: 50, extra: "2.00"}',
        "  11 | features: [reprots, security]",
        "     |            ^^^^^^^",
        '  → did you mean "reports"?',
        "",
        "1 error in 9 files",
        "This can be mended for you: entitlements validate --fix",
        "Learn more: entitlements explain R301",
    ]


@pytest.mark.parametrize(
    ("features", "words"),
    [
        ("[reprots, securty]", "All of these can be mended for you"),
        ("[reprots, security, made_up]", "1 of these can be mended for you"),
    ],
)
def test_how_many_can_be_mended_is_said(features: str, words: str, cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("pro.yaml", "[reports, security]", features))
    assert f"{words}: entitlements validate --fix" in cli("validate").lines


def test_the_other_place_is_shown_with_its_line(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("community.yaml", "sold:", "extends: pro\nsold:"))
    lines = cli("validate").lines
    at = lines.index('  plans/pro.yaml:5: plan "pro" extends "community"')
    assert lines[at + 1 : at + 3] == ["  5 | extends: community", "    |          ---------"]


def test_two_places_on_one_line_share_a_frame(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", edited("pro.yaml", "[reports, security]", "[reports, security, reports]"))
    assert cli("validate").lines[1:6] == [
        '  10 |   users: {included: 50, extra: "2.00"}',
        "  11 | features: [reports, security, reports]",
        "     |            -------            ^^^^^^^",
        "  plans/pro.yaml:11: first listed here",
        "  → take one of the two out",
    ]


def test_many_problems_are_counted_by_kind_at_the_end(cli: Any, tmp_path: Path) -> None:
    unknown = ", ".join(f"made_up_{number}" for number in range(11))
    files = edited("pro.yaml", "[reports, security]", f"[reports, security, {unknown}]")
    write(tmp_path / "plans", {**files, **edited("community.yaml", "support: forum", "support: fax", files)})
    assert cli("validate").lines[-4:] == [
        "12 errors in 9 files",
        "  11  R301  Unknown feature",
        "   1  R304  Unknown support level",
        "Learn more: entitlements explain R301 R304",
    ]


def test_names_are_what_an_editor_opens_when_the_folder_is_absolute(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = write(tmp_path / "here" / "there" / "plans", MISSPELT)
    for place, name in (("here", "there/plans"), ("here/there/plans", "."), (".", "here/there/plans")):
        monkeypatch.chdir(tmp_path / place)
        (problem,) = cli("validate", str(plans), "--json").document["problems"]
        assert problem["file"] == (Path(name) / "pro.yaml").as_posix()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (problem,) = cli("validate", str(plans), "--json").document["problems"]
    assert Path(problem["file"]).read_text() == MISSPELT["pro.yaml"]


def test_warnings_leave_with_0_and_with_1_when_strict(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", IDLE)
    ran = cli("validate")
    assert ran.code == 0
    assert ran.lines[0].startswith("plans/features/core.yaml:17:3: L402 warning: feature")
    assert ran.lines[-2:] == ["1 warning in 9 files", "Learn more: entitlements explain L402"]
    assert cli("validate", "--strict").code == 1


def test_json_has_every_part_of_a_problem(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", MISSPELT)
    ran = cli("validate", "--json")
    assert ran.code == 1
    assert ran.document["problems"] == [
        {
            "code": "R301",
            "severity": "error",
            "file": "plans/pro.yaml",
            "line": 11,
            "column": 12,
            "end_line": 11,
            "end_column": 19,
            "message": 'plan "pro" includes unknown feature "reprots"',
            "hint": 'did you mean "reports"?',
            "related": [],
            "fix": {
                "file": "plans/pro.yaml",
                "line": 11,
                "column": 12,
                "end_line": 11,
                "end_column": 19,
                "text": "reports",
                "safe": True,
                "also": [],
            },
            "about": [],
        }
    ]
    assert ran.document["digest"] is None
    assert len(ran.document["files"]) == len(FILES)


@pytest.mark.parametrize(
    ("name", "old", "new", "line"),
    [
        ("samples/spaces.yaml", "plan: pro", "plan: por", "plans/samples/spaces.yaml:3:9: R302"),
        ("samples/spaces.yaml", "[more_users]", "[more_user]", "plans/samples/spaces.yaml:5:13: R306"),
        (
            "samples/spaces.yaml",
            "[more_users]",
            "[{add_on: more_user}]",
            "plans/samples/spaces.yaml:5:22: R306",
        ),
        ("samples/spaces.yaml", "reports: 3", "report: 3", "plans/samples/spaces.yaml:6:11: R301"),
        (
            "samples/spaces.yaml",
            "  usage:",
            "  time_zone: Mars\n  usage:",
            "plans/samples/spaces.yaml:6:14: R321",
        ),
        ("tests/plans.yaml", "{reports: allowed", "{report: allowed", "plans/tests/plans.yaml:4:14: T701"),
        ("published/pro@0.yaml", "included: 50", "included: 5", "plans/published/pro@0.yaml:3:9: V601"),
        ("pro.yaml", "[reports, security]", "[reports]", "plans/pro.yaml:8:6: L401"),
        (
            "features/core.yaml",
            "{effect: deactivated}",
            "{effect: deactivated}\n    checks: {opening_hours: {}}",
            "plans/features/core.yaml:12:14: R307",
        ),
    ],
)
def test_every_kind_of_file_and_rule_takes_part(
    name: str, old: str, new: str, line: str, cli: Any, tmp_path: Path
) -> None:
    write(tmp_path / "plans", edited(name, old, new))
    ran = cli("validate")
    assert ran.code == 1
    assert ran.lines[0].startswith(f"{line} ")
    assert "1 error in 9 files" in ran.lines[-3:]


def test_a_sample_given_twice_is_found(cli: Any, tmp_path: Path) -> None:
    files = {**FILES, "samples/spaces.yaml": FILES["samples/spaces.yaml"] + "- subject: demo\n"}
    write(tmp_path / "plans", files)
    assert cli("validate").lines[0].startswith("plans/samples/spaces.yaml:7:12: R311")


def test_a_plugin_judges_its_parameters_at_their_line(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "checkers").mkdir()
    (tmp_path / "checkers" / "hours.py").write_text(
        "from entitlements import Checker, hookimpl\n"
        "class Hours(Checker):\n"
        "    name = 'hours'\n"
        "    def problems(self, feature, params):\n"
        "        yield 'from', 'write a time such as 08:00'\n"
        "@hookimpl\n"
        "def entitlements_checkers():\n"
        "    return [Hours()]\n"
    )
    checks = "{effect: deactivated}\n    checks: {hours: {from: early}}"
    write(tmp_path / "plans", edited("features/core.yaml", "{effect: deactivated}", checks))
    ran = cli("--plugins", "checkers", "validate")
    assert ran.code == 1
    assert ran.lines[0].startswith("plans/features/core.yaml:12:28: P501")
    assert "write a time such as 08:00" in ran.words


def test_a_broken_plugin_is_wrong_usage(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    (tmp_path / "checkers").mkdir()
    (tmp_path / "checkers" / "broken.py").write_text("import nothing_of_this_name\n")
    ran = cli("--plugins", "checkers", "validate")
    assert ran.code == 2
    assert "broken" in ran.err


def test_it_never_falls_back_to_the_shipped_catalog(cli: Any) -> None:
    ran = cli("validate")
    assert ran.code == 2
    assert "./plans/catalog.yaml does not exist" in ran.err


def test_whoever_stands_inside_the_catalog_is_told_to_go_up(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write(tmp_path / "plans"))
    ran = cli("validate")
    assert ran.code == 2
    assert "Go one folder up (cd ..), or give --catalog . first" in " ".join(ran.err.split())
    assert cli("--catalog", ".", "validate").code == 0


def test_a_head_of_another_name_is_told(cli: Any, tmp_path: Path) -> None:
    (write(tmp_path / "plans") / "catalog.yaml").rename(tmp_path / "plans" / "catalog.yml")
    assert "./plans/catalog.yml does. Rename it to catalog.yaml" in " ".join(cli("validate").err.split())


@pytest.mark.parametrize("name", ["nowhere", "."])
def test_a_folder_that_is_no_catalog_is_a_problem(name: str, cli: Any) -> None:
    ran = cli("validate", name)
    assert ran.code == 1
    assert ran.lines[0].startswith(f"{name}:1:1: Y122")
    assert cli("validate", name, "--json").document["files"] == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"title: Communaut\xe9\n", "Y101"),
        ("title: Pro\n".encode("utf-16"), "Y102"),
        (b"[" * 100_000, "Y109"),
        (b"", "Y114"),
        (b"title: \x00\n", "Y103"),
        (b"title: " + b"x" * 500 + b" \xe2\x80\x9d: \n", "Y108"),
        ("\ufefftitle:\n\t- 日本\n".encode(), "Y104"),
    ],
)
def test_hostile_files_are_shown_without_harm(data: bytes, code: str, cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    (tmp_path / "plans" / "pro.yaml").write_bytes(data)
    ran = cli("validate")
    assert ran.code == 1
    assert f": {code} " in ran.lines[0]
    assert all(len(line) <= 81 for line in ran.lines[1:])
    assert "\x00" not in ran.out


def test_a_caret_far_to_the_right_stays_in_sight(cli: Any, tmp_path: Path) -> None:
    line = f"features: [reports, security{' ' * 200}, reprots]"
    write(tmp_path / "plans", edited("pro.yaml", "features: [reports, security]", line))
    ran = cli("validate")
    source, carets = ran.lines[1], ran.lines[2]
    assert source.startswith("  11 | …")
    assert source[carets.index("^") : carets.rindex("^") + 1] == "reprots"


def test_a_link_that_leads_outside_is_named_and_not_shown(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    (tmp_path / "secret.yaml").write_text("password: hunter2\n")
    (tmp_path / "plans" / "linked.yaml").symlink_to(tmp_path / "secret.yaml")
    ran = cli("validate")
    assert ran.lines[0].startswith("plans/linked.yaml:1:1: Y118")
    assert "hunter2" not in ran.out


ACCEPTED = edited("pro.yaml", "[reports, security]", "[reports, security]\nwithout: [exports]")
ACCEPTED["pro.yaml"] += "accept: [{rule: L403, because: A promotion., until: 2026-06-01}]\n"


def test_accepted_advice_is_counted_and_does_not_fail(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", ACCEPTED)
    ran = cli("--at", "2026-05-31", "validate", "--strict")
    assert ran.code == 0
    assert ran.out.startswith("9 files, no problems, 1 accepted. sha256:")


def test_the_day_of_the_end_is_told_by_at(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", ACCEPTED)
    for at in ("2026-06-01", "2026-06-01T00:00:00Z"):
        ran = cli("--at", at, "validate")
        assert ran.code == 1
        assert ran.lines[0].startswith("plans/pro.yaml:13:53: L419 this was accepted until 2026-06-01")
    assert cli("--at", "2026-05-31T23:59:59Z", "validate").code == 0


def test_a_day_that_is_none_is_wrong_usage(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", ACCEPTED)
    ran = cli("--at", "June", "validate")
    assert ran.code == 2
    assert "--at" in ran.err


def test_json_lists_accepted_advice_apart(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", ACCEPTED)
    document = cli("--at", "2026-05-31", "validate", "--json").document
    assert document["problems"] == []
    (accepted,) = document["accepted"]
    assert (accepted["code"], accepted["line"], accepted["about"]) == (
        "L403",
        12,
        ["pro", "community", "exports"],
    )
    assert (accepted["because"], accepted["until"]) == ("A promotion.", "2026-06-01")
