"""`entitlements validate --fix` and `--diff`: what is surely meant is written, nothing else is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.small_catalog import FILES, edited, write

WRONG = edited("pro.yaml", "[reports, security]   ".rstrip(), "[reprots, security]   # trailing  ")
WRONG = {**WRONG, "pro.yaml": WRONG["pro.yaml"].replace("sold:", "sould:").replace("\n", "\r\n")}
RIGHT = WRONG["pro.yaml"].replace("sould:", "sold:").replace("reprots", "reports").encode()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_fixes_are_made_said_and_change_nothing_else(cli: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "plans", WRONG)
    before = contents(folder)
    ran = cli("validate", "--fix")
    assert ran.code == 0
    assert ran.lines[:2] == [
        'plans/pro.yaml:4:1: S201 mended: "sould" → "sold"',
        'plans/pro.yaml:11:12: R301 mended: "reprots" → "reports"',
    ]
    assert ran.lines[-1].startswith("9 files, no problems. sha256:")
    assert contents(folder) == {**before, "pro.yaml": RIGHT}


def test_fixing_twice_is_fixing_once(cli: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "plans", WRONG)
    cli("validate", "--fix")
    before = contents(folder)
    ran = cli("validate", "--fix")
    assert len(ran.lines) == 1
    assert contents(folder) == before


def test_what_cannot_be_mended_remains_and_leaves_with_1(cli: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "plans", edited("pro.yaml", "support: email", "suport: phone"))
    ran = cli("validate", "--fix")
    assert ran.code == 1
    assert ran.lines[0] == 'plans/pro.yaml:7:1: S201 mended: "suport" → "support"'
    assert 'unknown support level "phone"' in ran.out
    assert b"support: phone" in (folder / "pro.yaml").read_bytes()


def test_a_diff_is_shown_and_nothing_written(cli: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "plans", WRONG)
    before = contents(folder)
    for arguments in (["--diff"], ["--diff", "--fix"]):
        ran = cli("validate", *arguments)
        assert ran.code == 1
        assert ran.lines[0] == "--- a/plans/pro.yaml"
        assert "-sould: self_service" in ran.lines
        assert "+features: [reports, security]   # trailing  " in ran.lines
        assert ran.err == "would mend 2 problems in 1 file; no problems would remain\n"
    assert contents(folder) == before


def test_a_diff_of_nothing_leaves_as_the_catalog_does(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans")
    ran = cli("validate", "--diff")
    assert (ran.code, ran.out) == (0, "")
    write(tmp_path / "plans", edited("pro.yaml", "support: email", "support: phone"))
    assert cli("validate", "--diff").code == 1


def test_json_says_what_was_mended_and_what_would_be(cli: Any, tmp_path: Path) -> None:
    write(tmp_path / "plans", WRONG)
    document = cli("validate", "--diff", "--json").document
    assert document["problems"] == []
    assert [(item["code"], item["before"], item["after"]) for item in document["fixed"]] == [
        ("S201", "sould", "sold"),
        ("R301", "reprots", "reports"),
    ]
    assert document["diff"].startswith("--- a/plans/pro.yaml\n")
    document = cli("validate", "--fix", "--format", "json").document
    assert (len(document["fixed"]), document["diff"], document["problems"]) == (2, None, [])
    assert document["digest"].startswith("sha256:")
    assert cli("validate", "--json").document["fixed"] == []


def test_the_catalog_that_comes_along_is_not_edited(cli: Any) -> None:
    ran = cli("--catalog", "shipped", "validate", "--fix")
    assert ran.code == 2
    assert "copy its folder" in ran.err
    assert cli("--catalog", "shipped", "validate", "--diff").code == 0


def test_a_file_behind_a_link_that_leads_outside_is_not_mended(cli: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "plans", WRONG)
    outside = tmp_path / "pro.yaml"
    (folder / "pro.yaml").rename(outside)
    (folder / "pro.yaml").symlink_to(outside)
    before = outside.read_bytes()
    assert "Y118" in cli("validate", "--fix").out
    assert outside.read_bytes() == before


def test_invisible_characters_are_taken_out(cli: Any, tmp_path: Path) -> None:
    folder = write(tmp_path / "plans", edited("pro.yaml", "title: Pro", "title: \u200bPro"))
    ran = cli("validate", "--fix")
    assert ran.lines[0].endswith('Y106 mended: "\N{REPLACEMENT CHARACTER}" taken out')
    assert (folder / "pro.yaml").read_bytes() == FILES["pro.yaml"].encode()
