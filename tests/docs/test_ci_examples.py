"""The examples for CI servers and pre-commit: their structure, and their commands, which are run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from junitparser import JUnitXml

from entitlements.cli.main import group

ROOT = Path(__file__).resolve().parents[2]
CI = ROOT / "examples" / "ci"
PAGE = (ROOT / "docs" / "how-to" / "check-plans-in-ci.md").read_text(encoding="utf-8")


def read(path: Path) -> Any:
    # YAML 1.1 takes the key `on` for true; these files are read by programs that do not.
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  it builds texts only


HOOKS = read(ROOT / ".pre-commit-hooks.yaml")
ACTION = read(CI / "check-plans" / "action.yml")
WORKFLOW = read(CI / "github-workflow.yml")
SIGNATURE = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
GITLAB = read(CI / "gitlab-ci.yml")
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


def scripts() -> Iterator[str]:
    """Every piece of shell in the examples."""
    yield from (hook["entry"] for hook in HOOKS)
    yield from (step["run"] for step in STEPS.values())
    yield from (step["run"] for step in WORKFLOW["jobs"]["plans"]["steps"] if "run" in step)
    for job in GITLAB.values():
        yield from [*job.get("before_script", []), *job.get("script", [])]


def commands() -> Iterator[list[str]]:
    """The words of every `entitlements` command in them, options given on a condition too."""
    for script in scripts():
        for part in re.split(r"\n|\||>|\|\|", script.replace("|\n", "| ")):
            words = shlex.split(re.sub(r"\$\{FAIL_ON:\+(.*)\}", r"\1", part))
            if words and words[0] == "entitlements":
                yield [{"$FAIL_ON": "narrowing"}.get(word, word) for word in words[1:]]


# --- structure ------------------------------------------------------------------------------------------


def test_hooks_have_the_keys_that_pre_commit_knows() -> None:
    known = {"id", "name", "description", "entry", "language", "files", "pass_filenames"}
    assert [set(hook) for hook in HOOKS] == [known, known]
    for hook in HOOKS:
        assert (hook["language"], hook["pass_filenames"]) == ("python", "false")
        assert re.search(hook["files"], "plans/features/core.yaml")
        assert re.search(hook["files"], "terms/pro.yml")
        assert not re.search(hook["files"], "plans/notes.md")


def test_the_action_has_the_keys_that_github_knows() -> None:
    assert set(ACTION) == {"name", "description", "inputs", "runs"}
    assert all(set(given) == {"description", "default"} for given in ACTION["inputs"].values())
    assert (set(ACTION["runs"]), ACTION["runs"]["using"]) == ({"using", "steps"}, "composite")
    for step in STEPS.values():
        assert set(step) <= {"name", "if", "shell", "env", "run"}
        assert step["shell"] == "bash"
        # Whatever an input holds, it is a value and never a piece of shell.
        assert "${{" not in step["run"]
        used = re.findall(r"\$\{\{ inputs\.([\w-]+) \}\}", " ".join(step.get("env", {}).values()))
        assert set(used) <= set(ACTION["inputs"])


def test_the_workflow_uses_the_action_with_inputs_it_has() -> None:
    assert set(WORKFLOW) == {"name", "on", "permissions", "jobs"}
    steps = WORKFLOW["jobs"]["plans"]["steps"]
    assert [step["uses"].partition("@")[0] for step in steps] == [
        "actions/checkout",
        "actions/setup-python",
        "OWNER/entitlements/examples/ci/check-plans",
    ]
    assert set(steps[-1]["with"]) <= set(ACTION["inputs"])
    assert steps[0]["with"]["fetch-depth"] == "0"


def test_gitlab_jobs_build_on_what_is_there() -> None:
    known = {"image", "variables", "rules", "before_script", "extends", "script", "artifacts"}
    for name, job in GITLAB.items():
        assert set(job) <= known
        assert name.startswith(".") or (job["extends"] in GITLAB and job["script"])


def test_what_is_installed_is_this_repository() -> None:
    place = CI / "check-plans" / re.findall(r'"\$GITHUB_ACTION_PATH/(.+)"', STEPS["Install"]["run"])[0]
    assert place.resolve() == ROOT


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_has_the_options_it_is_given(words: list[str]) -> None:
    command = group.get_command(click.Context(group), words[0])
    assert command is not None
    command.make_context(words[0], words[1:])


def test_there_are_commands_to_look_at() -> None:
    assert {words[0] for words in commands()} == {"validate", "test", "diff"}
    assert len(list(commands())) == 10


def test_the_page_shows_the_examples_as_they_are() -> None:
    shown = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    files = [path.read_text(encoding="utf-8") for path in CI.rglob("*.yml")]
    assert len(shown) == 3
    assert [block for block in shown if "repo:" not in block and block not in files] == []


# --- run for real ---------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the shipped plans in plans/, committed."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "plans", folder / "plans", ignore=shutil.ignore_patterns("__*"))
    shim = tmp_path / "bin" / "entitlements"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m entitlements "$@"\n')
    shim.chmod(0o755)
    shell(folder, "git init -q . && git add . && git commit -q -m 'as it was'")
    return folder


def shell(
    folder: Path, script: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`script` as both servers run it: bash that stops at the first failure, also within a pipe."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],  # noqa: S607
        cwd=folder,
        env={
            "PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{
                f"GIT_{who}_{what}": "x@example.org"
                for who in ("AUTHOR", "COMMITTER")
                for what in ("NAME", "EMAIL")
            },
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def step(folder: Path, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    """A step of the action with these inputs."""
    given = {
        key: inputs.get(key.replace("-", "_"), value["default"]) for key, value in ACTION["inputs"].items()
    }
    environment = {
        key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], value)
        for key, value in STEPS[name].get("env", {}).items()
    }
    summary = folder.parent / "summary.md"
    return shell(folder, STEPS[name]["run"], {**environment, "GITHUB_STEP_SUMMARY": str(summary)})


def take_away(folder: Path) -> None:
    """Pro loses what it adds to Standard."""
    path = folder / "plans" / "pro.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^features:\n(  .*\n)+", "", text, flags=re.MULTILINE), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text


def test_the_action_passes_on_plans_that_are_sound(repository: Path) -> None:
    for name in ("Validate", "Plan tests", "What changes"):
        done = step(repository, name, against="HEAD")
        assert done.returncode == 0, f"{name}\n{done.stdout}{done.stderr}"
    assert "::error" not in step(repository, "Validate").stdout
    assert (repository.parent / "summary.md").read_text().count("no problems in ") == 2


def test_the_action_stops_what_takes_something_away(repository: Path) -> None:
    take_away(repository)
    validated, changed = step(repository, "Validate"), step(repository, "What changes", against="HEAD")
    assert (validated.returncode, changed.returncode) == (1, 1)
    assert validated.stdout.startswith("::error file=plans/")
    assert step(repository, "Plan tests").returncode == 1
    assert "Pro" in (repository.parent / "summary.md").read_text()
    assert step(repository, "What changes", against="HEAD", fail_on="").returncode == 0


def job(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    environment = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "HEAD"}
    return shell(folder, "\n".join(GITLAB[name]["script"]), environment)


def test_the_gitlab_jobs_pass_on_plans_that_are_sound(repository: Path) -> None:
    for name in ("plans-validate", "plans-test", "plans-diff"):
        done = job(repository, name)
        assert done.returncode == 0, f"{name}\n{done.stdout}{done.stderr}"
    reports = GITLAB["plans-validate"]["artifacts"]["reports"]
    assert json.loads((repository / reports["codequality"]).read_text()) == []
    assert JUnitXml.fromfile(str(repository / reports["junit"])).failures == 0


def test_the_gitlab_jobs_leave_their_reports_where_something_is_wrong(repository: Path) -> None:
    take_away(repository)
    assert [job(repository, name).returncode for name in ("plans-validate", "plans-test", "plans-diff")] == [
        1
    ] * 3
    reports = GITLAB["plans-validate"]["artifacts"]["reports"]
    assert json.loads((repository / reports["codequality"]).read_text())[0]["location"]["path"].startswith(
        "plans/"
    )
    assert JUnitXml.fromfile(str(repository / reports["junit"])).failures > 0


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_passes_on_sound_plans_and_stops_others(hook: dict[str, str], repository: Path) -> None:
    assert shell(repository, hook["entry"]).returncode == 0
    take_away(repository)
    assert shell(repository, hook["entry"]).returncode == 1
