"""What lies in a catalog folder: which file is what, and what seems to belong there and is not read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from entitlements.problems import Mark, Problem, surely_meant

#: Folder inside the catalog → the schema its files follow. Other *.yaml files at the top are plans.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "features": "features",
        "add_ons": "add-ons",
        "next": "next",
        "published": "published",
        "lang": "lang",
        "tests": "plan-tests",
        "samples": "subjects",
    }
)
_SUFFIXES = (".yaml", ".yml")
#: What Windows makes of a name whose end it hides.
_TEXT = re.compile(r"(.+)\.ya?ml\.txt", re.IGNORECASE)


def missing(folder: Path) -> Problem | None:
    """Why `folder` is no catalog, if it is none."""
    mark = Mark(str(folder))
    if not folder.is_dir():
        hint = "give the folder that holds catalog.yaml"
        return Problem("Y122", "there is no such catalog folder", mark, hint=hint)
    if (folder / "catalog.yaml").exists():
        return None
    meant = renamed_head(folder)
    hint = f"rename {meant} to catalog.yaml" if meant else "give the folder that holds catalog.yaml"
    return Problem("Y122", "this folder holds no catalog.yaml, so it is not a catalog", mark, hint=hint)


def renamed_head(folder: Path) -> str | None:
    """The file of `folder` that should be called catalog.yaml, if one is called almost so."""
    names = sorted(path.name for path in folder.iterdir())
    return next((name for name in names if (_renamed(name) or "").lower() == "catalog"), None)


def files_in(
    folder: Path, kinds: Mapping[str, str], edited: Mapping[Path, bytes | None]
) -> list[tuple[Path, str]]:
    """Every YAML file with its kind, by name; `.yml` is read too, so that no file is silently left out."""
    there = {path for path in _all(folder, kinds) | edited.keys() if edited.get(path, b"") is not None}
    found = []
    for path in there:
        inner = path.relative_to(folder)
        if inner.suffix not in _SUFFIXES or _is_hidden(inner):
            continue
        home = inner.parts[0]
        if home == path.name:
            found.append((path, "catalog" if home == "catalog.yaml" else "plan"))
        elif home in kinds:
            found.append((path, kinds[home]))
    return sorted(found)


def unread_in(folder: Path, kinds: Mapping[str, str], shown: Path) -> Iterator[Problem]:
    """What people would take for a part of the catalog in `folder`, which is called `shown`, and is none."""
    for path in sorted(_all(folder, kinds)):
        inner = path.relative_to(folder)
        if _is_hidden(inner):
            continue
        mark = Mark((shown / inner).as_posix())
        if not path.is_dir():
            meant = _renamed(inner.name)
            if meant is not None and inner.suffix not in _SUFFIXES:
                message = "this file is not read: the name of a catalog's file ends in .yaml"
                yield Problem("Y125", message, mark, hint=f"rename it to {meant}.yaml")
        elif inner.name == str(inner) not in KINDS and _holds_yaml(path):
            yield from _unread_folder(inner.name, kinds, mark)


def _unread_folder(name: str, kinds: Mapping[str, str], mark: Mark) -> Iterator[Problem]:
    meant = surely_meant(name, KINDS)
    message = f'the files in this folder are not read: a catalog has no "{name}"'
    if meant is None:
        hint = f"its folders are {', '.join(KINDS)}; keep what is no part of it elsewhere"
        yield Problem("Y125", message, mark, "warning", hint=hint)
    elif meant in kinds:
        yield Problem("Y125", message, mark, hint=f'did you mean "{meant}"?')


def _all(folder: Path, kinds: Iterable[str]) -> set[Path]:
    return {*folder.iterdir(), *(path for name in kinds for path in (folder / name).glob("**/*"))}


def _is_hidden(inner: Path) -> bool:
    # Editors keep locks and backups beside a file, and schemas in a folder, in names that begin with a dot.
    return any(part.startswith(".") for part in inner.parts)


def _holds_yaml(folder: Path) -> bool:
    return any(path.suffix.lower() in _SUFFIXES and path.is_file() for path in folder.glob("**/*"))


def _renamed(name: str) -> str | None:
    """What a YAML file of this name is called before its end; None for files of other kinds."""
    text, path = _TEXT.fullmatch(name), Path(name)
    if text:
        return text[1]
    end = path.suffix.lower()
    # Backups such as pro.yaml~ are other files; an end with swapped letters is a slip.
    is_yaml = end in _SUFFIXES or (end[1:].isalpha() and surely_meant(end, [".yaml"]) is not None)
    return path.stem if is_yaml else None
