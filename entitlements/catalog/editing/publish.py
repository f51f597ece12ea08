"""What publishing a catalog records: for each plan the version that is now sold, new or widened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from entitlements.catalog.build_published import build_published
from entitlements.catalog.editing.files import FileChange, planned
from entitlements.catalog.editing.record import record_text, widened
from entitlements.catalog.editing.text import Draft
from entitlements.catalog.editor.kit import modeline
from entitlements.catalog.load import Reading
from entitlements.catalog.names import declared_names
from entitlements.catalog.versions import added, given_up
from entitlements.model import Catalog, Plan

State = Literal["new", "widened", "unchanged", "started"]


@dataclass(frozen=True, slots=True)
class Publication:
    """One plan version and what publishing does for it."""

    plan: Plan
    state: State
    #: Its record, by the name within the catalog folder.
    file: str
    #: What is given beyond the record there is, in words.
    gives_more: tuple[str, ...] = ()
    #: What one that starts takes from those it counts for, in words.
    takes: tuple[str, ...] = ()
    #: What to write, in this order; nothing where all stays.
    changes: tuple[FileChange, ...] = ()


def publications(
    catalog: Catalog, reading: Reading, keys: Iterable[str], folder: Path, at: datetime
) -> tuple[Publication, ...]:
    """What publishing plans `keys` does at `at`, in a catalog without errors.

    Their working versions are recorded. A next version that has started is recorded too, and its file becomes
    the working file; so are those that it extends or that extend it. Raises CannotEdit if a record cannot be
    widened.
    """
    recorded = build_published(reading.of_kind("published"), catalog.plans, declared_names(reading.documents))
    wanted = dict.fromkeys(keys)
    sold = catalog.at(at).plans
    started = {key: plan for key, plan in catalog.upcoming.items() if sold[key] is plan}
    # A plan and one that it extends become working files together, so that neither changes under its number.
    pairs = [(key, above) for key in started for above in _above(key, sold) if above in started]
    while more := [
        key for pair in pairs if not wanted.keys().isdisjoint(pair) for key in pair if key not in wanted
    ]:
        wanted.update(dict.fromkeys(more))
    found = []
    for key in wanted:
        plan = catalog.plans[key]
        before = recorded.get(plan.ref)
        path = reading.paths[before.mark.file] if before else folder / "published" / f"{plan.ref}.yaml"
        found.append(_publication(plan, before, path, folder, catalog.currency))
        if key in started:
            found.append(_start(started[key], plan, reading, folder, catalog.currency))
    return tuple(found)


def _above(key: str, plans: Mapping[str, Plan]) -> Iterator[str]:
    """The plans that `key` inherits from."""
    above = plans[key].extends
    while above is not None:
        yield above
        above = plans[above].extends


def _publication(plan: Plan, before: Plan | None, path: Path, folder: Path, currency: str) -> Publication:
    file, shown = path.relative_to(folder).as_posix(), str(path)
    if before is None:
        return Publication(plan, "new", file, changes=(_new_record(plan, path, folder, currency),))
    gives_more = tuple(added(before, plan))
    if not gives_more:
        return Publication(plan, "unchanged", file)
    change = planned(path, shown, folder, widened(Draft(path.read_bytes(), shown), plan).data)
    return Publication(plan, "widened", file, gives_more, changes=(change,))


def _start(plan: Plan, before: Plan, reading: Reading, folder: Path, currency: str) -> Publication:
    """The version that waited becomes the one of the working file; editors find another schema there."""
    waited, working = reading.paths[plan.mark.file], reading.paths[before.mark.file]
    record = folder / "published" / f"{plan.ref}.yaml"
    old, new = (path.relative_to(folder).as_posix() for path in (waited, working))
    text = waited.read_bytes().replace(modeline(old, "next").encode(), modeline(new, "plan").encode(), 1)
    changes = (
        _new_record(plan, record, folder, currency),
        planned(working, str(working), folder, text),
        planned(waited, str(waited), folder, None),
    )
    file, takes = record.relative_to(folder).as_posix(), tuple(given_up(before, plan))
    return Publication(plan, "started", file, takes=takes, changes=changes)


def _new_record(plan: Plan, path: Path, folder: Path, currency: str) -> FileChange:
    return planned(path, str(path), folder, record_text(plan, currency=currency).encode())
