"""One side of a diff: a catalog from a folder or a revision, and the lines that its values do not mark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from entitlements.catalog.diff.catalogs import CatalogDiff, Change, diff_catalogs
from entitlements.catalog.load import read_catalog
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.revision import Repository
from entitlements.errors import CatalogError
from entitlements.model import Catalog
from entitlements.problems import Mark

_REVISION = "git:"


@dataclass(frozen=True, slots=True)
class DiffSide:
    """A catalog to compare, and the documents it was read from by the names that its marks use."""

    name: str
    catalog: Catalog
    documents: Mapping[str, Document]


def side_of(given: str, home: Path) -> DiffSide:
    """The catalog that `given` names: a folder if there is one of that name, else a revision.

    `git:main` is a revision in any case. Of a revision the folder `home` is read. Raises CatalogError, or
    RevisionError. Broken promises of versions are let through, since this looks at catalogs under work.
    """
    if not given.startswith(_REVISION) and _is_there(Path(given)):
        return _read(given, Path(given))
    revision = given.removeprefix(_REVISION)
    repository = Repository.around(home)
    with tempfile.TemporaryDirectory(prefix="entitlements-") as scratch:
        return _read(revision, repository.write(revision, Path(scratch).resolve()))


def diff_sides(old: DiffSide, new: DiffSide) -> CatalogDiff:
    """What is different in `new`, each change at the line that says so."""
    found = diff_catalogs(old.catalog, new.catalog)
    documents = {"old": old.documents, "new": new.documents}
    plans = tuple(replace(plan, changes=tuple(_located(plan.changes, documents))) for plan in found.plans)
    return replace(found, plans=plans, others=tuple(_located(found.others, documents)))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False  # too long a name, for one


def _read(name: str, folder: Path) -> DiffSide:
    reading = read_catalog(folder, tests_too=False)
    errors = [p for p in reading.problems if p.severity == "error" and not p.code.startswith("V")]
    if reading.catalog is None or errors:
        raise CatalogError(errors or reading.problems)
    return DiffSide(name, reading.catalog, {document.file: document for _, document in reading.documents})


def _located(changes: Iterable[Change], documents: Mapping[str, Mapping[str, Document]]) -> Iterator[Change]:
    for one in changes:
        document = documents[one.side].get(one.mark.file)
        mark = _closest(document, one) if document is not None and one.path else None
        yield replace(one, mark=mark) if mark is not None else one


def _closest(document: Document, one: Change) -> Mark | None:
    """The key that leads to what changed, or the last one of its path that is there."""
    value, steps = document.value, 0
    for step in one.path:
        if not isinstance(value, Map) or step not in value:
            break
        value, steps = value[step], steps + 1
    return document.key_mark_at(one.path[:steps]) if steps else None
