from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from entitlements.catalog.load import shipped_folder
from tests.cli.conftest import Cli
from tests.small_catalog import write


def git(folder: Path, *arguments: str) -> None:
    who = {
        f"GIT_{role}_{what}": "somebody@example.org"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    nowhere = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-C", str(folder), *arguments]
    subprocess.run(command, env={**os.environ, **who, **nowhere}, check=True, capture_output=True)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a small catalog in plans/: its first commit is tagged v1, main is one price on."""
    plans = write(tmp_path / "plans")
    git(tmp_path, "init", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    git(tmp_path, "tag", "v1")
    edit(plans / "pro.yaml", '"100.00"', '"110.00"')
    git(tmp_path, "commit", "-a", "-m", "two")
    edit(plans / "pro.yaml", "[reports, security]", "[security]")
    return plans


def test_the_working_folder_is_compared_with_the_last_commit(cli: Cli, repository: Path) -> None:
    ran = cli("diff")
    assert ran.code == 0
    assert ran.lines[0] == "1 plan changes, 1 feature leaves Pro."
    assert "narrowing  loses Reports (reports)" in ran.out
    assert "plans/pro.yaml:11 in HEAD" in ran.out
    assert ran.out == cli("diff", "HEAD", str(repository.name)).out


@pytest.mark.parametrize("old", ["v1", "HEAD~1", "git:v1"])
def test_revisions_are_read_without_a_checkout(cli: Cli, repository: Path, old: str) -> None:
    ran = cli("diff", old, "main")
    assert ran.lines[0] == "1 plan changes, 1 price rises."
    assert "[security]" in (repository / "pro.yaml").read_text(encoding="utf-8")


def test_a_subfolder_and_a_bare_top_folder_do_as_well(
    cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "features")
    assert cli("--catalog", "..", "diff", "v1", "main").lines[0] == "1 plan changes, 1 price rises."
    monkeypatch.chdir(repository)
    assert (
        cli("--catalog", ".", "diff", "v1").lines[0] == "1 plan changes, 1 feature leaves Pro, 1 price rises."
    )


def test_the_top_of_a_repository_may_be_the_catalog(cli: Cli, tmp_path: Path) -> None:
    plans = write(tmp_path / "own")
    git(plans, "init", "-b", "main")
    git(plans, "add", ".")
    git(plans, "commit", "-m", "one")
    edit(plans / "pro.yaml", "support: email", "support: forum")
    assert cli("diff", "main", "own").lines[0] == "1 plan changes, 1 support level falls."


def test_a_folder_wins_over_a_revision_of_its_name(cli: Cli, repository: Path) -> None:
    shutil.copytree(repository, repository.parent / "v1")
    assert cli("diff", "v1", "plans").lines[0] == "Nothing changes."
    assert "1 price rises" in cli("diff", "git:v1", "plans").out


def test_a_catalog_that_is_gone_from_disk_is_still_in_its_revisions(cli: Cli, repository: Path) -> None:
    shutil.rmtree(repository)
    assert cli("diff", "v1", "main").lines[0] == "1 plan changes, 1 price rises."


def test_links_in_a_revision_do_not_lead_out_of_it(cli: Cli, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("plan: secret\n", encoding="utf-8")
    (repository / "secret.yaml").symlink_to(tmp_path / "secret.yaml")
    git(tmp_path, "add", "plans/secret.yaml")
    git(tmp_path, "commit", "-m", "link")
    ran = cli("diff", "v1", "HEAD")
    assert (ran.code, "Y118" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diff", "mian"], "did you mean main?"),
        (["diff", "--", "--output=x"], "is neither a folder nor a revision"),
        (["diff", "v1..main"], "is neither a folder nor a revision"),
        (["--catalog", "elsewhere", "diff", "v1", "main"], "there is one in plans: give --catalog DIR"),
        (["diff", "v1", "nowhere"], 'Error: "nowhere" is neither a folder nor a revision of this repository'),
    ],
)
def test_what_cannot_be_compared_is_said_in_a_line(
    cli: Cli, repository: Path, arguments: list[str], said: str
) -> None:
    assert repository.is_dir()
    ran = cli(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in " ".join(ran.err.split())


def test_without_a_repository_there_are_no_revisions(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    write(tmp_path / "plans")
    ran = cli("diff", "main", "plans")
    assert (ran.code, "in no git repository" in ran.err) == (2, True)


def test_without_git_there_are_no_revisions(
    cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(repository))
    ran = cli("diff", "main")
    assert (ran.code, "git is not installed" in ran.err) == (2, True)


def test_a_catalog_with_mistakes_names_the_side_and_the_line(cli: Cli, repository: Path) -> None:
    edit(repository / "pro.yaml", "[security]", "[securty]")
    ran = cli("diff", "v1")
    assert ran.code == 2
    assert "the catalog at plans cannot be read:\nplans/pro.yaml:11:12: R301" in ran.err


@pytest.mark.parametrize(
    ("edited", "fail_on", "code"),
    [
        (("[security]", "[reports, security]"), "any", 0),
        (("[security]", "[reports, security]"), "narrowing", 0),
        (("included: 50", "included: 60"), "any", 1),
        (("included: 50", "included: 60"), "narrowing", 1),
        (("[security]", "[reports, security] # and\ndescription: For all."), "any", 0),
    ],
)
def test_fail_on_decides_the_exit_code(
    cli: Cli, repository: Path, edited: tuple[str, str], fail_on: str, code: int
) -> None:
    edit(repository / "pro.yaml", *edited)
    assert cli("diff", "main").code == 0
    assert cli("diff", "main", "--fail-on", fail_on).code == code


def test_json_follows_its_schema_and_markdown_is_a_table(cli: Cli, tmp_path: Path) -> None:
    plans = tmp_path / "changed"
    shutil.copytree(shipped_folder(), plans)
    edit(plans / "pro.yaml", "  - api_access\n", "")
    edit(plans / "features" / "messaging.yaml", "{effect: closed}", "{effect: deleted}")
    document = cli("--catalog", "shipped", "diff", str(shipped_folder()), str(plans), "--json").document
    (plan,) = document["plans"]
    (change,) = plan["changes"]
    assert (plan["plan"], change["also"]) == ("pro", ["advanced", "enterprise", "advanced_trial"])
    assert (change["class"], change["file"], change["line"]) == ("narrowing", "plans/pro.yaml", 17)
    ran = cli("diff", str(shipped_folder()), str(plans), "--format", "markdown")
    assert "#### Pro (pro@1)" in ran.lines
    assert any(
        line.startswith("| **narrowing** | loses API Access (api\\_access), and so") for line in ran.lines
    )


def test_names_with_marks_of_markdown_do_no_harm(cli: Cli, repository: Path) -> None:
    edit(repository / "pro.yaml", "title: Pro", 'title: "P|r*o <b>"')
    out = cli("diff", "main", "--format", "markdown").out
    assert "P\\|r\\*o \\<b\\>" in out
