"""A file of JSON lines, however large: read piece by piece, on two processors where that is worth while."""

from __future__ import annotations

import json
import multiprocessing
from array import array
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice, pairwise
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from types import MappingProxyType
from typing import Any

from entitlements.catalog.reading.document import MAX_BYTES
from entitlements.errors import CatalogError
from entitlements.fleet.lines import MOST_PROBLEMS, Counted, LineCounter
from entitlements.fleet.outcome import Hit, Outcomes
from entitlements.fleet.tally import Progress, Tally
from entitlements.problems import Mark, Problem

_PIECE = 8 * 1024 * 1024
#: Files smaller than this are read before another process has started.
_LARGE = 64 * 1024 * 1024
_PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of whole lines; `first` is the number of the first."""

    start: int
    size: int
    first: int


#: What a Listing takes.
Listed = tuple[str, list[Hit], int, datetime | None]


@dataclass(slots=True)
class PieceCounted(Counted):
    """What a piece holds; what is to be listed, if anything is."""

    size: int = 0
    listed: list[Listed] | None = None


def count_lines(
    path: Path,
    outcomes: Outcomes,
    tally: Tally,
    *,
    time_zone: str,
    shown: str,
    progress: Progress,
    skip_first: bool = False,
    large: int = _LARGE,
) -> None:
    """Count every subject of the file. Raises CatalogError with the problems of its lines, up to a hundred.

    `skip_first` leaves out the first line, the one that fixes the clock.
    """
    pieces = _pieces(path, skip_first=skip_first)
    work = partial(_count_piece, path, listing=tally.listing is not None, most_names=tally.most_names)
    seen, problems = array("q"), list[Problem]()
    done, total = 0, path.stat().st_size
    with _mapping(outcomes, time_zone, shown, parallel=total >= large) as mapped:
        for counted in mapped(work, pieces):
            tally.merge(counted.tally)
            problems += counted.problems[: MOST_PROBLEMS - len(problems)]
            # Numbers stand for names, so that a million of them stay small.
            seen.extend(map(hash, counted.subjects))
            for one in counted.listed or ():
                assert tally.listing is not None  # noqa: S101  tells the type checker what `listing` above says
                tally.listing(*one)
            done += counted.size
            progress(done, total)
    if len(set(seen)) != len(seen):
        problems += islice(_given_twice(path, seen, shown), MOST_PROBLEMS - len(problems))
    if problems:
        raise CatalogError(sorted(problems, key=lambda problem: problem.mark.line))


def _pieces(path: Path, *, skip_first: bool) -> Iterator[Piece]:
    with path.open("rb") as file:
        first = 1
        if skip_first:
            file.readline(MAX_BYTES)
            first = 2
        start = file.tell()
        while block := file.read(_PIECE):
            rest = file.readline(MAX_BYTES)
            yield Piece(start, len(block) + len(rest), first)
            first += block.count(b"\n") + rest.count(b"\n")
            start += len(block) + len(rest)


Mapped = Callable[[Callable[[Piece], PieceCounted], Iterable[Piece]], Iterable[PieceCounted]]


@contextmanager
def _mapping(outcomes: Outcomes, time_zone: str, shown: str, *, parallel: bool) -> Iterator[Mapped]:
    """`map`, in this process or over two others."""
    if not parallel:
        _begin(outcomes, time_zone, shown)
        yield map
        return
    ForkingPickler.register(MappingProxyType, _by_content)
    # Fresh processes: a fork of one with threads, such as a progress bar's, may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        _PROCESSES, context, initializer=_begin, initargs=(outcomes, time_zone, shown)
    ) as pool:
        yield pool.map


def _by_content(proxy: MappingProxyType[object, object]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    return _frozen, (dict(proxy),)


def _frozen(content: dict[object, object]) -> MappingProxyType[object, object]:
    # The type itself has no name by which another process finds it.
    return MappingProxyType(content)


_counter: LineCounter


def _begin(outcomes: Outcomes, time_zone: str, shown: str) -> None:
    """Once in each process: what all pieces are counted with."""
    global _counter  # noqa: PLW0603  a pool's process has nowhere else to keep it
    _counter = LineCounter(outcomes, time_zone, shown)


def _count_piece(path: Path, piece: Piece, *, listing: bool, most_names: int) -> PieceCounted:
    listed: list[Listed] = []
    tally = Tally(most_names, (lambda *one: listed.append(one)) if listing else None)
    counted = PieceCounted(tally, size=piece.size, listed=listed)
    with path.open("rb") as file:
        file.seek(piece.start)
        _counter.count(file.read(piece.size).split(b"\n"), piece.first, counted)
    for one in (tally, *tally.later.values()):
        one.listing = None  # stays in its process
    return counted


def _given_twice(path: Path, seen: array[int], shown: str) -> Iterator[Problem]:
    """Subjects on more than one line; equal numbers alone do not say so."""
    ordered = sorted(seen)
    twice = {one for one, other in pairwise(ordered) if one == other}
    first: dict[str, int] = {}
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            subject = _subject(line)
            if subject is None or hash(subject) not in twice:
                continue
            before = first.setdefault(subject, number)
            if before != number:
                message = f'subject "{subject}" is given twice, first on line {before}'
                yield Problem("R311", message, Mark(shown, number), hint="keep one of the two")


def _subject(line: bytes) -> str | None:
    try:
        return str(json.loads(line)["subject"])
    except (ValueError, TypeError, KeyError):
        return None
