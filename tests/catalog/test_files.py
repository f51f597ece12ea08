"""Files inside a folder are read; all else a path may be is a problem, and nothing outside is touched."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from entitlements.catalog.reading import document as document_module
from entitlements.catalog.reading import files
from entitlements.catalog.reading.document import Document, read_file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "plans"
    folder.mkdir()
    (folder / "pro.yaml").write_text("plan: pro\n", encoding="utf-8")
    (tmp_path / "secret.yaml").write_text("secret: 1\n", encoding="utf-8")
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of all files that were opened, in order."""
    paths: list[str] = []
    really = os.open

    def noting(path: str | os.PathLike[str], flags: int) -> int:
        paths.append(os.fspath(path))
        return really(path, flags)

    monkeypatch.setattr(os, "open", noting)
    return paths


def read(path: Path, root: Path) -> Document:
    return read_file(path, root=root, file=f"plans/{path.name}")


def refused(path: Path, root: Path) -> str:
    document = read(path, root)
    (problem,) = document.problems
    assert document.value is None
    assert problem.hint
    assert (problem.mark.file, problem.mark.line, problem.mark.column) == (f"plans/{path.name}", 1, 1)
    return problem.code


def test_a_file_is_read_under_the_name_to_show(root: Path) -> None:
    document = read(root / "pro.yaml", root)
    assert document.value == {"plan": "pro"}
    assert document.file == document.mark.file == "plans/pro.yaml"


def test_a_root_that_is_given_relatively_or_by_a_link_is_the_same_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root.parent / "link").symlink_to(root)
    monkeypatch.chdir(root.parent)
    for path, folder in (
        (Path("plans/pro.yaml"), Path("plans")),
        (root / "pro.yaml", Path("link")),
        (Path("link/pro.yaml"), root),
        (Path("plans/../plans/pro.yaml"), root),
    ):
        assert read(path, folder).value == {"plan": "pro"}


def test_a_link_that_stays_inside_is_followed(root: Path) -> None:
    (root / "deep").mkdir()
    (root / "deep" / "link.yaml").symlink_to(root / "pro.yaml")
    (root / "folder").symlink_to("deep")
    assert read(root / "folder" / "link.yaml", root).value == {"plan": "pro"}


@pytest.mark.parametrize("target", ["../secret.yaml", "../missing.yaml", "/dev/zero", "/etc/passwd", ".."])
def test_a_link_that_leads_outside_is_refused_unopened(root: Path, opened: list[str], target: str) -> None:
    (root / "link.yaml").symlink_to(target)
    assert refused(root / "link.yaml", root) == "Y118"
    assert opened == []


def test_a_folder_that_is_a_link_outside_is_refused(root: Path, opened: list[str]) -> None:
    (root / "features").symlink_to(root.parent)
    assert refused(root / "features" / "secret.yaml", root) == "Y118"
    assert refused(root / ".." / "secret.yaml", root) == "Y118"
    assert opened == []


def test_a_folder_with_a_name_that_only_begins_alike_is_outside(root: Path) -> None:
    (root.parent / "plans2").mkdir()
    (root.parent / "plans2" / "a.yaml").touch()
    assert refused(root.parent / "plans2" / "a.yaml", root) == "Y118"


def swap_for_link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def test_a_link_put_in_after_the_first_look_is_not_followed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, secret = root / "pro.yaml", root.parent / "secret.yaml"
    really = os.open

    def late(name: str | os.PathLike[str], flags: int) -> int:
        swap_for_link(path, secret)
        return really(name, flags)

    monkeypatch.setattr(os, "open", late)
    assert refused(path, root) == "Y119"


def test_a_folder_swapped_for_a_link_while_opening_gives_nothing_away(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features, outside = root / "features", root.parent / "outside"
    for folder in (features, outside):
        folder.mkdir()
        (folder / "a.yaml").write_text(f"{folder.name}: 1\n", encoding="utf-8")
    really, reads = os.open, []

    def swapping(name: str | os.PathLike[str], flags: int) -> int:
        features.rename(root / "kept")
        features.symlink_to(outside)
        descriptor = really(name, flags)
        features.unlink()
        (root / "kept").rename(features)
        return descriptor

    monkeypatch.setattr(os, "open", swapping)
    monkeypatch.setattr(os, "read", lambda *given: reads.append(given))
    assert refused(features / "a.yaml", root) == "Y121"
    assert reads == []


def appending(path: Path, times: int) -> Callable[[int, int], bytes]:
    """Like os.read, but the file grows before the first `times` reads end."""
    really, left = os.read, [times]

    def read_late(descriptor: int, size: int) -> bytes:
        if left[0]:
            left[0] -= 1
            with path.open("a", encoding="utf-8") as file:
                file.write("# more\n")
        return really(descriptor, size)

    return read_late


def test_a_file_that_changes_once_is_read_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "read", appending(root / "pro.yaml", 1))
    assert read(root / "pro.yaml", root).value == {"plan": "pro"}


def test_a_file_that_keeps_changing_is_a_problem(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "read", appending(root / "pro.yaml", 99))
    assert refused(root / "pro.yaml", root) == "Y121"


def test_a_file_rewritten_in_place_to_the_same_size_is_noticed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, really, stamps = root / "pro.yaml", os.read, iter(range(1, 99))

    def rewriting(descriptor: int, size: int) -> bytes:
        os.utime(path, ns=(0, next(stamps)))
        return really(descriptor, size)

    monkeypatch.setattr(os, "read", rewriting)
    assert refused(path, root) == "Y121"


def test_a_missing_file_and_a_link_to_none_are_problems(root: Path) -> None:
    (root / "link.yaml").symlink_to("missing.yaml")
    (root / "loop.yaml").symlink_to("loop.yaml")
    for name in ("missing.yaml", "link.yaml", "loop.yaml", "pro.yaml/x.yaml", "n" * 300 + ".yaml"):
        assert refused(root / name, root) == "Y119"


def test_a_path_that_no_file_can_have_is_a_problem(root: Path) -> None:
    assert refused(root / "a\0.yaml", root) == "Y119"


def test_a_file_one_may_not_read_is_a_problem(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:  # root may read anything

        def forbidden(*_: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", forbidden)
    (root / "pro.yaml").chmod(0)
    assert refused(root / "pro.yaml", root) == "Y119"


def test_what_is_not_a_file_is_a_problem_and_blocks_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "folder.yaml").mkdir()
    os.mkfifo(root / "pipe.yaml")
    monkeypatch.chdir(root)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.yaml")
        for name in ("folder.yaml", "pipe.yaml", "socket.yaml"):
            assert refused(root / name, root) == "Y120"


def test_no_more_is_read_than_needed_to_see_that_a_file_is_too_large(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (root / "big.yaml").open("wb") as file:
        file.truncate(1 << 40)
    monkeypatch.setattr(document_module, "MAX_BYTES", 5000)
    assert refused(root / "big.yaml", root) == "Y109"
    assert len(files.read_inside(root / "big.yaml", root, 5000)) == 5001


def open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_no_file_stays_open(root: Path) -> None:
    (root / "folder.yaml").mkdir()
    before = open_files()
    for name in ("pro.yaml", "folder.yaml", "missing.yaml"):
        read(root / name, root)
    assert open_files() == before
