from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
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


SPACES = """\
- now: 2026-03-01
- {subject: busy, plan: pro, start: 2026-01-01, usage: {reports: 3, users: 45}}
- {subject: old, plan: pro@0, start: 2025-01-01, usage: {reports: 9, users: 45}}
- {subject: idle, plan: pro, start: 2026-01-01, usage: {reports: 0, users: 1}}
"""


@pytest.fixture
def spaces(tmp_path: Path) -> str:
    (tmp_path / "spaces.yaml").write_text(SPACES, encoding="utf-8")
    return "spaces.yaml"


def test_usage_says_who_loses_what_is_in_use(cli: Cli, repository: Path, spaces: str) -> None:
    edit(repository / "pro.yaml", "included: 50", "included: 40")
    ran = cli("diff", "v1", "--usage", spaces)
    assert ran.words.endswith(
        "2 of 3 spaces are affected, judged on 2026-03-01; bills rise by 30.00 USD a month in all. "
        "1 loses Reports (reports), in use: busy "
        "1 is put over the included amount of Users (users): busy "
        "2 pay more, 30.00 USD a month: busy and idle"
    )


def test_usage_keeps_what_is_grandfathered(cli: Cli, repository: Path, spaces: str) -> None:
    edit(repository / "published" / "pro@0.yaml", "[exports, reports, security]", "[exports, security]")
    out = cli("diff", "main", "--usage", spaces).words
    assert "2 lose Reports (reports), in use: busy and old" in out


def test_usage_of_another_day_is_asked_with_at(cli: Cli, repository: Path, spaces: str) -> None:
    assert repository.is_dir()
    document = cli("--at", "2025-06-01", "diff", "main", "--usage", spaces, "--json").document
    assert document["affected"]["at"] == "2025-06-01T00:00:00+00:00"
    assert document["affected"]["affected"] == 0


def test_usage_as_data_and_listed_line_by_line(cli: Cli, repository: Path, spaces: str) -> None:
    assert repository.is_dir()
    found = cli("diff", "v1", "--usage", spaces, "--names", "1", "--list", "all.jsonl", "--json").document
    kinds = {one["kind"]: one for one in found["affected"]["effects"]}
    assert (kinds["bill_rises"]["subjects"], kinds["bill_rises"]["names"]) == (2, ["busy"])
    assert (kinds["bill_rises"]["monthly_change"], found["affected"]["monthly_change"]) == ("20.00", "20.00")
    lines = [json.loads(line) for line in Path("all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(line["subject"], line["monthly_change"]) for line in lines] == [
        ("busy", "10.00"),
        ("idle", "10.00"),
    ]
    assert lines[0]["effects"][0] == {
        "kind": "feature_lost_in_use",
        "key": "reports",
        "before": None,
        "after": None,
    }


@pytest.fixture
def coming(repository: Path) -> Path:
    """The folder where Pro loses Reports only in the version that comes to all in January."""
    edit(repository / "pro.yaml", "[security]", "[reports, security]")
    (repository / "next").mkdir()
    pro = (repository / "pro.yaml").read_text(encoding="utf-8").replace("[reports, security]", "[security]")
    dates = "version: 2\neffective_from: 2027-01-01\nexisting_subscribers: at_once\n"
    (repository / "next" / "pro.yaml").write_text(pro.replace("version: 1\n", dates), encoding="utf-8")
    return repository


def test_usage_counts_what_is_lost_on_a_later_day(cli: Cli, coming: Path, spaces: str) -> None:
    assert coming.is_dir()
    ran = cli("diff", "main", "--usage", spaces)
    assert ran.out.endswith(
        "\n\nOf 3 spaces none is affected, judged on 2026-03-01.\n"
        "\nFrom 2027-01-01 on 1 of 3 spaces is affected besides.\n"
        "  1 loses Reports (reports), in use: busy\n"
    )
    lines = cli("diff", "main", "--usage", spaces, "--format", "markdown").lines
    assert lines[-5:] == [
        "#### Of 3 spaces none is affected, judged on 2026-03-01.",
        "",
        "#### From 2027-01-01 on 1 of 3 spaces is affected besides.",
        "",
        "- 1 loses Reports (reports), in use: busy",
    ]


def test_usage_of_a_later_day_as_data(cli: Cli, coming: Path, spaces: str) -> None:
    assert coming.is_dir()
    found = cli("diff", "main", "--usage", spaces, "--json", "--list", "all.jsonl").document["affected"]
    assert (found["affected"], found["effects"]) == (0, [])
    (then,) = found["later"]
    assert (then["from"], then["affected"]) == ("2027-01-01T00:00:00+00:00", 1)
    assert [(one["kind"], one["key"], one["names"]) for one in then["effects"]] == [
        ("feature_lost_in_use", "reports", ["busy"])
    ]
    (line,) = [json.loads(line) for line in Path("all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (line["subject"], line["from"]) == ("busy", "2027-01-01T00:00:00+00:00")


def test_usage_of_a_day_is_told_in_the_time_zone_of_the_catalog(cli: Cli, coming: Path, spaces: str) -> None:
    edit(coming / "catalog.yaml", "time_zone: UTC", "time_zone: Africa/Nairobi")
    words = cli("--at", "2026-11-25T22:00:00Z", "diff", "main", "--usage", spaces).words
    assert "judged on 2026-11-26." in words
    assert "From 2027-01-01 on 1 of 3" in words


def test_usage_counts_those_who_gain(cli: Cli, repository: Path, tmp_path: Path, spaces: str) -> None:
    git(tmp_path, "checkout", "plans")
    new = ("--title", "Maps", "--description", "They show.", "--group", "core", "--on-loss", "closed")
    assert cli("edit", "add-feature", "maps", "--from", "pro", "--also", "pro@0", *new).code == 0
    edit(repository / "pro.yaml", "included: 50", "included: 60")
    ran = cli("diff", "main", "--usage", spaces)
    assert ran.words.endswith(
        "3 of 3 spaces are affected, judged on 2026-03-01. "
        "3 gain Maps (maps): busy, old and idle 2 have more Users (users): busy and idle"
    )


def test_usage_in_markdown_is_a_list(cli: Cli, repository: Path, spaces: str) -> None:
    assert repository.is_dir()
    lines = cli("diff", "main", "--usage", spaces, "--format", "markdown").lines
    assert lines[-3:] == [
        "#### 1 of 3 spaces is affected, judged on 2026-03-01.",
        "",
        "- 1 loses Reports (reports), in use: busy",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--usage", "nowhere.yaml"], "there is no subjects file nowhere.yaml"),
        (["--list", "x.jsonl"], "--list needs --usage FILE"),
        (["--usage", "spaces.yaml", "--list", "no/where.jsonl"], "no/where.jsonl cannot be written"),
    ],
)
def test_usage_that_cannot_be_had_is_said(
    cli: Cli, repository: Path, spaces: str, arguments: list[str], said: str
) -> None:
    assert repository.is_dir()
    assert spaces
    ran = cli("diff", "main", *arguments)
    assert (ran.code, said in ran.err) == (2, True)


def test_parquet_without_its_extra_says_which_to_install(
    cli: Cli, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.parent / "spaces.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.delitem(sys.modules, "entitlements.fleet.parquet", raising=False)
    monkeypatch.delitem(sys.modules, "entitlements.fleet.columns", raising=False)
    monkeypatch.delitem(sys.modules, "entitlements.fleet.groups", raising=False)
    ran = cli("diff", "main", "--usage", "spaces.parquet")
    assert (ran.code, "pip install 'entitlements[fleet]'" in ran.err) == (2, True)


def test_a_feature_added_for_all_is_one_widening(cli: Cli, repository: Path, tmp_path: Path) -> None:
    git(tmp_path, "checkout", "plans")
    new = ("--title", "Maps", "--description", "They show.", "--group", "core", "--on-loss", "closed")
    assert cli("edit", "add-feature", "maps", "--from", "community", "--also", "pro@0", *new).code == 0
    document = cli("diff", "main", "--json").document
    assert repository.is_dir()
    (plan,) = document["plans"]
    (change,) = plan["changes"]
    assert (plan["plan"], change["key"], change["also"]) == ("community", "maps", ["pro", "pro@0"])
    assert document["counts"] == {"widening": 1, "narrowing": 0, "neutral": 1, "text_only": 0}


@pytest.mark.parametrize(("old", "new", "said"), [(0, 1, "goes"), (1, 0, "comes")])
def test_a_record_that_alone_comes_or_goes_is_told(
    cli: Cli, tmp_path: Path, old: int, new: int, said: str
) -> None:
    folders = [write(tmp_path / "with"), write(tmp_path / "without")]
    (folders[1] / "published" / "pro@0.yaml").unlink()
    ran = cli("diff", str(folders[old]), str(folders[new]))
    assert (ran.code, ran.lines[0]) == (0, f"1 older version {said}.")


def test_a_version_that_starts_later_is_told_by_the_day_there(cli: Cli, repository: Path) -> None:
    edit(repository / "catalog.yaml", "time_zone: UTC", "time_zone: Africa/Nairobi")
    (repository / "next").mkdir()
    pro = (repository / "pro.yaml").read_text(encoding="utf-8")
    dates = "version: 2\neffective_from: 2027-01-01\nexisting_subscribers: at_once\n"
    (repository / "next" / "pro.yaml").write_text(pro.replace("version: 1\n", dates), encoding="utf-8")
    for style in ("text", "markdown"):
        words = cli("diff", "--format", style).words.replace("\\", "")
        assert "pro@2, from 2027-01-01 on" in words
        assert "Pro gets version 2 from 2027-01-01 on" in words
    assert "from 2027-01-01 on" in cli("diff", "--json").document["plans"][-1]["versions"]


def test_another_plan_without_a_subscription_is_a_change_for_everybody(cli: Cli, tmp_path: Path) -> None:
    old, new = write(tmp_path / "old"), write(tmp_path / "new")
    edit(new / "catalog.yaml", "default_plan: community", "default_plan: pro")
    edit(old / "catalog.yaml", "after_end: community", "after_end: pro")
    ran = cli("diff", str(old), str(new))
    assert ran.words.startswith(
        "Everybody who never had a subscription gets Pro, "
        "everybody whose subscription has ended gets Community. In the catalog "
        "widening everybody who never had a subscription gets Pro (pro) "
        "instead of Community (community): 2 features more"
    )
    assert "instead of Pro (pro): 2 features fewer" in ran.words
    document = cli("diff", str(old), str(new), "--json").document
    assert [(one["what"], one["class"]) for one in document["others"]] == [
        ("default plan", "widening"),
        ("after end", "narrowing"),
    ]
    assert document["others"][0]["message"].endswith("instead of Community (community): 2 features more")
    assert (
        "instead of Community (community): 2 features more"
        in cli("diff", str(old), str(new), "--format", "markdown").out
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [("spaces.jsonl", "spaces.jsonl"), (f"{'of-every-region-' * 5}2026.jsonl", "…-region-2026.jsonl")],
)
def test_on_a_terminal_a_bar_tells_how_much_is_read(repository: Path, name: str, shown: str) -> None:
    file = repository.parent / name
    file.write_text(
        "".join(f'{{"subject": "space {n}", "plan": "pro"}}\n' for n in range(100)), encoding="utf-8"
    )
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "entitlements", "diff", "main", "--usage", name]
    env = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR", "CI")}
    ran = subprocess.run(
        command,
        cwd=repository.parent,
        env={**env, "TERM": "xterm"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=follower,
        check=True,
    )
    os.close(follower)
    told = os.read(leader, 1 << 16).decode()
    os.close(leader)
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told))
    assert max(map(len, lines)) == 80
    assert [line for line in lines if re.match(f"reading \\S*{shown[1:]} ━+ 100 %", line)]
    # It is wiped away in the end, and what was found stands alone.
    assert told.endswith("\x1b[1A\x1b[2K")
    assert b"reading" not in ran.stdout
