"""A catalog folder under edit: what its files say, what an edit makes of them, and where a thing is declared.

Nothing is written here: `Desk.changes` are for `edit_files.write_changes`, once somebody has looked at what
`read_catalog(folder, edited=desk.edited)` says about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from entitlements.catalog.editing.files import FileChange, planned
from entitlements.catalog.editing.text import CannotEdit, Draft
from entitlements.catalog.load import Reading
from entitlements.catalog.reading.nodes import Map
from entitlements.problems import suggestion

#: Word before a name, as in `feature:api_access` → kind of file, and the field that declares such things.
KINDS = {
    "plan": ("plan", ()),
    "next": ("next", ()),
    "feature": ("features", ("features",)),
    "cap": ("catalog", ("caps",)),
    "add_on": ("add-ons", ("add_ons",)),
    "client": ("catalog", ("clients",)),
    "contact": ("catalog", ("contacts",)),
}


class Home(NamedTuple):
    """Where a plan, feature, cap or the like is declared: the name of the file, and the path inside it."""

    kind: str
    file: str
    path: tuple[str, ...]


class Desk:
    """The files of one catalog folder while they are edited."""

    def __init__(self, folder: Path, reading: Reading) -> None:
        self.folder = folder
        self.reading = reading
        self._paths = dict(reading.paths)
        self._first: dict[Path, FileChange] = {}
        self._drafts: dict[Path, Draft] = {}

    def draft(self, file: str) -> Draft:
        """The file of that name as edited so far. Raises CannotEdit if it cannot be read."""
        path = self._paths[file]
        if path not in self._drafts:
            self._first[path] = planned(path, file, self.folder, None)
            self._drafts[path] = Draft(self._first[path].before or b"", file)
        return self._drafts[path]

    def keep(self, draft: Draft) -> bool:
        """Take `draft` for what its file says now; whether that is anything new."""
        path = self._paths[draft.document.file]
        is_new = draft.data != self.draft(draft.document.file).data
        self._drafts[path] = draft
        return is_new

    def add(self, name: str, text: str) -> str:
        """A new file `name` inside the folder; gives the name to show. Raises CannotEdit if it is there."""
        path = self.folder / name
        shown_folder = Path(self.folder.name) if self.folder.is_absolute() else self.folder
        file = (shown_folder / name).as_posix()
        if path.exists() or path.is_symlink():
            msg = f"there is a file {file} already"
            raise CannotEdit(msg, hint="edit that one, or choose another key")
        self._paths[file] = path
        self._first[path] = FileChange(path, file, None, None)
        self._drafts[path] = Draft(text.encode(), file)
        return file

    def take(self, edited: Mapping[Path, bytes]) -> None:
        """Take what others made of some files for what these files say now."""
        for file, path in self._paths.items():
            if path in edited:
                self.draft(file)
                self._drafts[path] = Draft(edited[path], file)

    @property
    def paths(self) -> Mapping[str, Path]:
        """Name of a file, as it is shown → where it is, new files too."""
        return self._paths

    @property
    def edited(self) -> dict[Path, bytes]:
        """What became of the files that an edit changed."""
        return {
            path: draft.data for path, draft in self._drafts.items() if draft.data != self._first[path].before
        }

    def changes(self) -> tuple[FileChange, ...]:
        """The files to write, in the order in which they were first edited."""
        first = self._first
        return tuple(
            FileChange(path, first[path].file, first[path].before, data) for path, data in self.edited.items()
        )


def find_home(reading: Reading, name: str) -> Home:
    """Where `name` is declared: `pro`, `feature:api_access`, `cap:users`, `catalog`. Raises CannotEdit."""
    wanted, _, key = name.rpartition(":")
    kind = wanted.replace("-", "_")
    if kind and kind not in KINDS:
        msg = f'there is no kind "{wanted}"'
        raise CannotEdit(msg, hint=f"the kinds are {', '.join(KINDS)}")
    if "@" in key:
        msg = f'"{key}" is published, and what is published is not edited'
        raise CannotEdit(msg, hint=f"edit {key.partition('@')[0]}, the working file, and publish it")
    known = list(_declared(reading))
    # The version that starts later is meant only when it is named.
    found = [
        home for own, word, home in known if word == key and (own == kind or (not kind and own != "next"))
    ]
    if not found and name == "catalog":
        found = [Home("catalog", document.file, ()) for document in reading.of_kind("catalog")]
    if not found:
        names = {word if kind else _worded(own, word) for own, word, _ in known if kind in ("", own)}
        what = kind.replace("_", "-") or "plan, feature, cap or add-on"
        msg = f'there is no {what} "{key}"'
        meant = {word.rpartition(":")[2] for word in names} | (set() if kind else {"catalog"})
        raise CannotEdit(msg, hint=suggestion(key, meant))
    if len(found) > 1:
        kinds = [own for own, word, _ in known if word == key and own != "next"]
        msg = f'"{key}" is declared more than once'
        raise CannotEdit(msg, hint=f"say which: {' or '.join(f'{own}:{key}' for own in kinds)}")
    return found[0]


def _worded(kind: str, key: str) -> str:
    return key if kind == "plan" else f"{kind}:{key}"


def _declared(reading: Reading) -> Iterator[tuple[str, str, Home]]:
    """Kind, key and home of everything that can be named."""
    for kind, (files, path) in KINDS.items():
        for document in reading.of_kind(files):
            value: Any = document.value if isinstance(document.value, Map) else {}
            if not path:
                if isinstance(value.get("plan"), str):
                    yield kind, value["plan"], Home(files, document.file, ())
                continue
            section = value.get(path[0])
            for key in section if isinstance(section, Map) else ():
                yield kind, key, Home(files, document.file, (*path, key))
