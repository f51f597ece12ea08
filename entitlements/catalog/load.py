"""A catalog folder: which file is what, and the way from the folder to a Catalog or to all its problems."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from entitlements.catalog.build import build_catalog
from entitlements.catalog.folder import KINDS, files_in, missing, unread_in
from entitlements.catalog.names import Names, declared_names
from entitlements.catalog.reading.document import Document, read_bytes, read_file
from entitlements.catalog.respelling import with_names_meant
from entitlements.catalog.shape.schema import violations
from entitlements.errors import CatalogError
from entitlements.model import EMPTY, Catalog
from entitlements.problems import Mark, Problem, in_file_order

_NOTHING: Mapping[Path, bytes | None] = MappingProxyType({})
_DECIDING = ("catalog", "features", "plan", "add-ons", "next", "published", "lang")


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a folder gave: the catalog if all is well, every problem, and the files read."""

    catalog: Catalog | None
    problems: tuple[Problem, ...]
    #: (kind, document) in the order of file names.
    documents: tuple[tuple[str, Document], ...]
    #: File name as it is shown → where it is.
    paths: Mapping[str, Path] = field(default_factory=dict)
    #: What the documents declare and refer to.
    names: Names = field(default_factory=Names)

    def of_kind(self, kind: str) -> list[Document]:
        """The documents of `kind`, those with problems too."""
        return [document for own, document in self.documents if own == kind]


def shipped_folder() -> Path:
    """The folder of the CommCare catalog that comes with this package."""
    return Path(str(importlib.resources.files("entitlements.plans")))


def samples_in(folder: Path) -> list[Path]:
    """The files of sample subjects in the catalog `folder`, by name."""
    return [path for path, kind in files_in(folder, {"samples": "subjects"}, _NOTHING) if kind == "subjects"]


def load_catalog(path: str | Path | None = None, *, check_versions: bool = True) -> Catalog:
    """The catalog in folder `path`, or the shipped one. Raises CatalogError with all problems at once.

    Without `check_versions` one whose published versions were edited or narrowed is let through: for looking
    at a catalog under work.
    """
    reading = read_catalog(Path(path) if path is not None else shipped_folder(), tests_too=False)
    errors = [problem for problem in reading.problems if problem.severity == "error"]
    if not check_versions:
        errors = [problem for problem in errors if not problem.code.startswith("V")]
    if reading.catalog is None or errors:
        raise CatalogError(errors)
    return reading.catalog


def read_catalog(
    folder: Path,
    *,
    tests_too: bool = True,
    progress: Callable[[str], None] | None = None,
    edited: Mapping[Path, bytes | None] = _NOTHING,
) -> Reading:
    """Read and check every file of `folder`; never raises for what the files hold.

    `tests_too` also reads plan tests and sample subjects, which a running engine does not need. `edited` are
    files inside `folder` taken as they would be after an edit: path → bytes, None for one to be taken away.
    """
    kinds = KINDS if tests_too else {name: kind for name, kind in KINDS.items() if kind in _DECIDING}
    # Problems name files as the person wrote the folder, so that an editor can open them.
    prefix = Path(folder.name) if folder.is_absolute() else folder
    try:
        none = missing(folder)
        files = [] if none is not None else files_in(folder, kinds, edited)
        unread = [] if none is not None else list(unread_in(folder, kinds, prefix))
    except OSError as error:
        none = Problem("Y119", f"the folder cannot be read: {error.strerror}", Mark(str(folder)))
    if none is not None:
        return Reading(None, (none,), ())
    documents = []
    paths = {}
    for path, kind in files:
        shown = (prefix / path.relative_to(folder)).as_posix()
        paths[shown] = path
        if progress is not None:
            progress(shown)
        data = edited.get(path)
        document = read_file(path, root=folder, file=shown) if data is None else read_bytes(data, shown)
        documents.append((kind, checked(document, kind)))
    reading = reading_of(documents, paths)
    return replace(reading, problems=in_file_order([*reading.problems, *unread])) if unread else reading


def checked(document: Document, kind: str) -> Document:
    """The same document with every breach of the schema of `kind`, if it could be read."""
    shape = violations(document, kind) if not document.problems else ()
    return replace(document, problems=shape) if shape else document


def reading_of(documents: Sequence[tuple[str, Document]], paths: Mapping[str, Path] = EMPTY) -> Reading:
    """What the checked documents of one folder give together."""
    deciding = [(kind, document) for kind, document in documents if kind in _DECIDING]
    names = declared_names(deciding)
    catalog, references = build_catalog(deciding, names)
    found = with_names_meant(documents, names)
    return Reading(catalog, in_file_order([*found, *references]), tuple(documents), paths, names)
