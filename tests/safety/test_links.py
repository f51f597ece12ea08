"""Links swapped while a catalog is read give nothing away of what lies outside its folder."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from entitlements.catalog.load import Reading, read_catalog
from entitlements.catalog.reading import files
from tests.small_catalog import FILES

SWAPS, READINGS = 1000, 200
CANARY = "canary_4711"
#: As true to its shape as can be, so that what is read of it would show in the catalog.
OUTSIDE = f"group: {{key: {CANARY}, title: {CANARY}}}\nfeatures: {{{CANARY}: 1, {CANARY}: 2}}\n"


def linger() -> None:
    """Long enough for a reading to come along at any point of it."""
    time.sleep(secrets.randbelow(500) / 1e6)


class Swapped:
    """A catalog folder in which something leads inside or outside, from one moment to the next."""

    def __init__(self, home: Path) -> None:
        self.folder, self.outside = home / "plans", home / "outside"
        self.features = self.folder / "features"
        for name, text in FILES.items():
            self.write(self.folder / name, text)
        for path in self.features.glob("*.yaml"):
            self.write(self.outside / path.name, OUTSIDE)
        self.inside = self.folder / "inside.txt"
        self.write(self.inside, next(self.features.glob("*.yaml")).read_text(encoding="utf-8"))
        self.link = self.folder / "features" / "link.yaml"

    @staticmethod
    def write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def swap_file(self) -> None:
        """A link that leads to a file inside, then outside; and a true file in its place."""
        self.put_link(self.link, self.inside)
        linger()
        self.put_link(self.link, next(self.outside.iterdir()))
        linger()
        self.link.unlink()
        self.write(self.link, self.inside.read_text(encoding="utf-8"))

    def swap_folder(self) -> None:
        """The features themselves: a folder, then a link to one outside, then the folder again."""
        kept = self.folder / "kept"
        self.features.rename(kept)
        self.features.symlink_to(self.outside)
        linger()
        self.features.unlink()
        kept.rename(self.features)
        linger()

    @staticmethod
    def put_link(link: Path, target: Path) -> None:
        """In one step, so that there is no moment without a file."""
        new = link.with_suffix(".new")
        new.symlink_to(target)
        new.replace(link)


@pytest.fixture
def swapped(tmp_path: Path) -> Swapped:
    return Swapped(tmp_path)


@pytest.fixture
def read_outside(monkeypatch: pytest.MonkeyPatch, swapped: Swapped) -> list[str]:
    """Every reading from a file that lies outside, whatever becomes of its bytes."""
    canaries = {path.stat().st_ino: path.name for path in swapped.outside.iterdir()}
    found: list[str] = []
    really = os.read

    def noting(descriptor: int, size: int) -> bytes:
        number = os.fstat(descriptor).st_ino
        found.extend([canaries[number]] if number in canaries else [])
        return really(descriptor, size)

    monkeypatch.setattr(os, "read", noting)
    return found


@contextmanager
def again_and_again(swap: Callable[[], None]) -> Iterator[list[int]]:
    """Swaps on a thread of its own until the block ends; a list of one number, how often."""
    stop, times = threading.Event(), [0]

    def run() -> None:
        while not stop.is_set():
            swap()
            times[0] += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield times
    finally:
        stop.set()
        thread.join()


def shows_canary(reading: Reading) -> bool:
    documents = [str(document) for _, document in reading.documents]
    catalog = reading.catalog
    known = [str(dict(catalog.features)), str(dict(catalog.groups))] if catalog is not None else []
    return CANARY in " ".join([*documents, *map(str, reading.problems), *known])


@pytest.mark.parametrize("what", ["swap_file", "swap_folder"])
def test_nothing_outside_is_read_while_links_are_swapped(
    swapped: Swapped, read_outside: list[str], what: str
) -> None:
    readings, refused = 0, set[str]()
    with again_and_again(getattr(swapped, what)) as times:
        while times[0] < SWAPS or readings < READINGS:
            reading = read_catalog(swapped.folder)
            readings += 1
            refused.update(problem.code for problem in reading.problems)
            assert not shows_canary(reading)
    assert read_outside == []
    # Else nothing was swapped in the midst of a reading.
    assert refused & {"Y118", "Y119", "Y121"}


@pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="elsewhere an open file does not tell its path"
)
def test_a_folder_swapped_out_in_the_very_moment_of_each_look_gives_nothing_away(
    swapped: Swapped, read_outside: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No thread hits all three moments; this one is outside whenever a file is opened or looked at."""
    kept = swapped.folder / "kept"
    really_open, really_stat = os.open, Path.stat

    @contextmanager
    def led_outside() -> Iterator[None]:
        swapped.features.rename(kept)
        swapped.features.symlink_to(swapped.outside)
        try:
            yield
        finally:
            swapped.features.unlink()
            kept.rename(swapped.features)

    def opening(path: str | os.PathLike[str], flags: int) -> int:
        with led_outside():
            return really_open(path, flags)

    def looking(path: Path) -> os.stat_result:
        with led_outside():
            return really_stat(path)

    name = next(swapped.features.glob("*.yaml"))
    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(Path, "stat", looking)
    with pytest.raises(files.CannotRead):
        files.read_inside(name, swapped.folder, 1000)
    assert read_outside == []


@pytest.mark.parametrize("what", ["swap_file", "swap_folder"])
def test_a_planted_fault_is_seen(swapped: Swapped, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(files, "_real_path_inside", lambda path, _: Path(os.path.realpath(path)))
    monkeypatch.setattr(files, "_lies_outside", lambda *_: False)
    with again_and_again(getattr(swapped, what)) as times:
        while not shows_canary(read_catalog(swapped.folder)):
            assert times[0] < 10 * SWAPS
