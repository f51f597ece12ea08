"""Whom a command speaks of when `--source` does not say: those of the catalog's own samples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SUBJECTS = "- {subject: ours, plan: low, start: 2026-03-05}\n"


def test_a_new_catalog_is_asked_about_its_own_samples(cli: Any) -> None:
    cli("init")
    asked = cli("check", "demo-plus", "reminders")
    assert (asked.code, asked.lines[0]) == (0, "allowed  reminders  included")
    assert "source: plans/samples/made-up.yaml" in asked.err
    assert "demo-plus" in cli("calendar", "--from", "2026-01-01").out
    assert "did you mean demo-plus" in cli("why", "demo-plsu", "reminders").err


def test_the_shipped_samples_come_when_they_are_named(cli: Any) -> None:
    cli("init")
    assert "in project-spaces.yaml; did you mean demo-plus?" not in cli("check", "demo-plus", "exports").err
    named = cli("--source", "shipped", "check", "demo-plus", "exports")
    assert named.code == 2
    assert "source: shipped sample spaces" in named.err
    assert 'no workspace "demo-plus" in project-spaces.yaml' in named.err


def test_inside_a_catalog_folder_it_says_that_another_is_read(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("init")
    note = "the catalog in this folder is not read; --catalog . reads it"
    assert note not in cli("matrix").err
    monkeypatch.chdir(tmp_path / "plans")
    assert "catalog: shipped" in cli("matrix").err
    assert note in cli("matrix").err
    assert note not in cli("--catalog", ".", "matrix").err


def test_without_samples_it_says_that_there_is_nobody_yet(
    cli: Any, small_catalog: Callable[..., str]
) -> None:
    plans = small_catalog(low="[a]", high="[a, b]")
    asked = cli("--catalog", plans, "check", "demo-community", "a")
    assert asked.code == 2
    assert "source: no teams yet; --source FILE gives some" in asked.err
    assert (
        'no team "demo-community", as there are no teams yet: give a file of them with --source' in asked.err
    )
    assert cli("--catalog", plans, "check", "anybody", "a", "--assume-default").code == 0
    listed = cli("--catalog", plans, "calendar")
    assert (listed.code, listed.words[:25]) == (0, "Nothing starts or ends fr")
    own = Path(plans) / "samples" / "made-up.yaml"
    assert str(own) in asked.err
    own.parent.mkdir()
    own.write_text(SUBJECTS)
    assert cli("--catalog", plans, "check", "ours", "a").code == 0


def test_of_several_samples_one_is_to_be_named(cli: Any, small_catalog: Callable[..., str]) -> None:
    samples = Path(small_catalog(low="[a]", high="[a, b]")) / "samples"
    samples.mkdir()
    for name in ("first.yaml", "second.yaml"):
        (samples / name).write_text(SUBJECTS)
    asked = cli("--catalog", str(samples.parent), "check", "ours", "a")
    assert asked.code == 2
    assert (
        f"holds several files, first.yaml, second.yaml; say which: --source {samples}/first.yaml" in asked.err
    )
    assert (
        cli(
            "--catalog", str(samples.parent), "--source", str(samples / "second.yaml"), "check", "ours", "a"
        ).code
        == 0
    )


def test_a_question_does_not_make_a_store_of_a_slip(cli: Any, tmp_path: Path) -> None:
    for slip in ("typo.db", f"sqlite:///{tmp_path}/typo.db"):
        asked = cli("--catalog", "shipped", "--source", slip, "check", "space", "api_access")
        assert asked.code == 2
        assert "there is no store" in asked.err
        assert "subscribe … makes one" in " ".join(asked.err.replace("`", "").split())
    assert not list(tmp_path.glob("*.db*"))
    store = ("--catalog", "shipped", "--source", "own.db")
    assert cli(*store, "subscribe", "space", "pro", "--by", "ops").code == 0
    assert cli(*store, "check", "space", "api_access").code == 0


def test_the_store_of_this_folder_is_asked_unless_another_is_named(cli: Any) -> None:
    shipped = ("--catalog", "shipped")
    assert cli(*shipped, "--source", "entitlements.db", "subscribe", "own", "pro", "--by", "ops").code == 0
    asked = cli(*shipped, "check", "own", "api_access")
    assert (asked.code, "source: entitlements.db" in asked.err) == (0, True)
    assert cli(*shipped, "subscription", "end", "own", "--by", "ops").code == 0
    assert cli(*shipped, "--source", "shipped", "check", "demo-health", "api_access").code == 0
    unknown = cli(*shipped, "check", "demo-health", "api_access")
    assert (unknown.code, 'no project space "demo-health" in entitlements.db' in unknown.err) == (2, True)
