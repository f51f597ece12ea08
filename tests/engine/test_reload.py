"""Hot reload: what a running engine does when the plan files change, break, or lose a key."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from entitlements import Engine, EntitlementsError, Reason, SubjectRecord, Subscription, load_catalog
from entitlements.catalog.load import shipped_folder

SUBJECTS = [
    SubjectRecord("space", (Subscription("pro"),)),
    SubjectRecord("other", (Subscription("community"),)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "plans"
    shutil.copytree(
        shipped_folder(), target, ignore=shutil.ignore_patterns("tests", "samples", "__pycache__")
    )
    return target


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_edit_comes_into_force_whole(folder: Path) -> None:
    engine = Engine.open(folder, SUBJECTS)
    assert not engine.allows("other", "api_access")
    edit(folder, "community.yaml", "  - project_access\n", "  - project_access\n  - api_access\n")
    status = engine.reload()
    assert (status.state, status.generation, status.digest) == ("READY", 2, engine.catalog.digest)
    assert engine.allows("other", "api_access")


@pytest.mark.parametrize(
    ("name", "old", "new", "code"),
    [
        ("pro.yaml", "plan: pro", "plam: pro", "S201"),
        ("pro.yaml", "- api_access", "- api_acess", "R301"),
        ("catalog.yaml", "catalog: commcare", "", "S202"),
    ],
)
def test_broken_edit_keeps_the_last_good_catalog(
    folder: Path, caplog: pytest.LogCaptureFixture, name: str, old: str, new: str, code: str
) -> None:
    engine = Engine.open(folder, SUBJECTS)
    digest = engine.catalog.digest
    good = (folder / name).read_text(encoding="utf-8")
    edit(folder, name, old, new)
    with caplog.at_level(logging.ERROR, "entitlements"):
        status = engine.reload()
        engine.reload()
    assert (status.state, status.generation, status.digest) == ("ERROR", 1, digest)
    assert code in [problem.code for problem in status.problems]
    assert engine.status == status
    assert engine.allows("space", "api_access")
    assert len([r for r in caplog.records if "stays in force" in r.message]) == 1
    (folder / name).write_text(good, encoding="utf-8")
    assert engine.reload().state == "READY"
    assert engine.status.problems == ()


def test_empty_file_and_missing_folder_keep_the_last_good_catalog(folder: Path) -> None:
    engine = Engine.open(folder, SUBJECTS)
    (folder / "catalog.yaml").write_text("", encoding="utf-8")
    assert [p.code for p in engine.reload().problems] == ["Y114"]
    shutil.rmtree(folder)
    assert [p.code for p in engine.reload().problems] == ["Y122"]
    assert engine.allows("space", "api_access")


def remove_geocoder(folder: Path) -> None:
    for path in folder.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if path.parent.name == "published" and "- geocoder\n" in text:
            path.unlink()
            continue
        lines = text.splitlines(keepends=True)
        kept = [line for line in lines if line.strip() != "- geocoder"]
        path.write_text("".join(kept), encoding="utf-8")
    edit(folder, "features/web_apps.yaml", "  geocoder:\n", "  geocoder_2:\n")
    edit(folder, "enterprise.yaml", "features:\n", "features:\n  - geocoder_2\n")
    fr = folder / "lang" / "fr.yaml"
    fr.write_text(
        fr.read_text(encoding="utf-8").replace("feature.geocoder.", "feature.geocoder_2."), encoding="utf-8"
    )


def test_key_that_a_reload_removed_denies_and_does_not_raise(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = Engine.open(folder, SUBJECTS)
    held = engine.entitlements("space")
    remove_geocoder(folder)
    status = engine.reload()
    assert status.problems == ()
    decision = engine.check("space", "geocoder")
    assert (decision.allowed, decision.reason) == (False, Reason.UNKNOWN_FEATURE)
    assert "geocoder" in caplog.text
    assert held.check("geocoder").reason is Reason.NOT_INCLUDED  # a held space never changes
    assert held.refreshed().check("geocoder").reason is Reason.UNKNOWN_FEATURE


def test_reload_that_loses_an_expected_key_is_refused(folder: Path) -> None:
    engine = Engine.open(folder, SUBJECTS, expects=["geocoder"])
    remove_geocoder(folder)
    assert [p.code for p in engine.reload().problems] == ["R318"]
    assert engine.check("space", "geocoder").reason is Reason.NOT_INCLUDED


def test_engine_of_a_catalog_value_is_given_the_next_one() -> None:
    engine = Engine.open(load_catalog(), SUBJECTS)
    with pytest.raises(EntitlementsError, match="no folder"):
        engine.reload()
    assert engine.reload(load_catalog()).generation == 2


def until(holds: Callable[[], bool]) -> None:
    """Wait for `holds`, for as long as a busy machine may need."""
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


@pytest.mark.parametrize("events", [True, False])
def test_watcher_reloads_after_an_edit_and_ends_when_told(folder: Path, *, events: bool) -> None:
    engine = Engine.open(folder, SUBJECTS)
    with engine.watch(every=0.05, events=events):
        edit(folder, "community.yaml", "  - project_access\n", "  - project_access\n  - api_access\n")
        until(lambda: engine.allows("other", "api_access"))
        edit(folder, "community.yaml", "plan: community", "plam: community")
        until(lambda: engine.status.state == "ERROR")
        assert engine.allows("other", "api_access")
    assert not [t for t in threading.enumerate() if t.name == "entitlements-watcher"]


def test_generation_and_value_belong_together_under_reloads(folder: Path) -> None:
    """Each generation says in its plan's title which features it has; no answer may mix two."""
    first = load_catalog(folder)
    edit(folder, "community.yaml", "  - project_access\n", "  - project_access\n  - api_access\n")
    second = load_catalog(folder)
    engine = Engine.open(first, SUBJECTS)
    expected = {first.digest: False, second.digest: True}
    wrong: list[str] = []
    done = threading.Event()
    counts = [0] * 8

    def check(number: int) -> None:
        while not done.is_set():
            for _ in range(500):
                decision = engine.check("other", "api_access")
                assert decision._catalog is not None
                if expected[decision._catalog.digest] is not decision.allowed:
                    wrong.append(decision._catalog.digest)
            counts[number] += 500

    threads = [threading.Thread(target=check, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    reloads = 0
    while reloads < 1000 or sum(counts) < 1_000_000:
        engine.reload(second if reloads % 2 == 0 else first)
        reloads += 1
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert engine.status.generation == reloads + 1
