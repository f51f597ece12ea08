"""What publishing a catalog records: for each plan the version that is now sold, new or widened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from entitlements.catalog.build_plans import build_published
from entitlements.catalog.edit_files import FileChange, planned
from entitlements.catalog.edit_text import Draft
from entitlements.catalog.load import Reading
from entitlements.catalog.names import declared_names
from entitlements.catalog.record import record_text, widened
from entitlements.catalog.versions import added
from entitlements.model import Catalog, Plan

State = Literal["new", "widened", "unchanged"]


@dataclass(frozen=True, slots=True)
class Publication:
    """One plan version and what publishing does to its record."""

    plan: Plan
    state: State
    #: The record's name within the catalog folder.
    file: str
    #: What is given beyond the record there is, in words.
    gives_more: tuple[str, ...] = ()
    #: What to write; None where the record stays.
    change: FileChange | None = None


def publications(
    catalog: Catalog, reading: Reading, keys: Iterable[str], folder: Path
) -> tuple[Publication, ...]:
    """What publishing the working versions of plans `keys` records, in a catalog without errors.

    Raises CannotEdit if a record cannot be widened where it stands.
    """
    recorded = build_published(reading.of_kind("published"), catalog.plans, declared_names(reading.documents))
    found = []
    for plan in (catalog.plans[key] for key in keys):
        before = recorded.get(plan.ref)
        path = reading.paths[before.mark.file] if before else folder / "published" / f"{plan.ref}.yaml"
        found.append(_publication(plan, before, path, folder))
    return tuple(found)


def _publication(plan: Plan, before: Plan | None, path: Path, folder: Path) -> Publication:
    file = path.relative_to(folder).as_posix()
    shown = str(path)
    if before is None:
        return Publication(plan, "new", file, change=planned(path, shown, folder, record_text(plan).encode()))
    gives_more = tuple(added(before, plan))
    if not gives_more:
        return Publication(plan, "unchanged", file)
    change = planned(path, shown, folder, widened(Draft(path.read_bytes(), shown), plan).data)
    return Publication(plan, "widened", file, gives_more, change)
