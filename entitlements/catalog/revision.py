"""A catalog as git keeps it at some revision: its files, written into a folder to be read like any other.

Nothing is checked out, and neither the index nor the files of the repository are touched.
"""

from __future__ import annotations

import difflib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from entitlements.errors import EntitlementsError

_FILE, _LINK = b"100", b"120"
_SUFFIXES = (".yaml", ".yml")


class RevisionError(EntitlementsError):
    """A revision that cannot be read: no git, no repository, no such revision, or no catalog in it."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository around a folder; `prefix` is the folder's place in it, which may be gone from disk."""

    home: Path
    prefix: PurePosixPath

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """Raises RevisionError if no repository is around `folder`, or git is not there."""
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())
        rest = folder.absolute().relative_to(there)
        done = _git(there, "rev-parse", "--show-prefix")
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            if "not a git repository" in said:
                msg = f"{folder} is in no git repository, so there are no revisions of it"
                raise RevisionError(msg, hint="give two folders")
            msg = f"git cannot read the repository around {folder}: {_last_line(said)}"
            raise RevisionError(msg)
        within = done.stdout.decode(errors="surrogateescape").removesuffix("\n")
        return cls(there, PurePosixPath(within) / rest.as_posix())

    def write(self, revision: str, into: Path) -> Path:
        """The folder in `into` with the catalog's files as of `revision`. Raises RevisionError."""
        commit = self._commit(revision)
        inside = self.prefix.as_posix()
        entries = list(self._entries(commit, inside))
        if not any(name == PurePosixPath("catalog.yaml") for _, _, name in entries):
            msg = f"there is no catalog in {inside if inside != '.' else 'the top folder'} at {revision}"
            raise RevisionError(msg, hint=self._elsewhere(commit))
        home = into / (self.prefix.name or "plans")
        # Links last: nothing is written through one. The reader refuses those that lead out of the folder.
        entries.sort(key=lambda entry: entry[0] == _LINK)
        for (kind, _, name), data in zip(entries, self._contents(entries), strict=True):
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == _LINK:
                path.symlink_to(os.fsdecode(data))
            else:
                path.write_bytes(data)
        return home

    def _commit(self, revision: str) -> str:
        wanted = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        done = _git(self.home, *wanted)
        if done.returncode:
            names = _git(self.home, "for-each-ref", "--format=%(refname:short)").stdout.decode(
                errors="replace"
            )
            near = difflib.get_close_matches(revision, names.split(), n=3, cutoff=0.5)
            meant = f"did you mean {' or '.join(near)}?" if near else None
            hint = meant or "give a folder, a branch, a tag or a commit, such as main or HEAD~1"
            msg = f'"{revision}" is neither a folder nor a revision of this repository'
            raise RevisionError(msg, hint=hint)
        return done.stdout.decode().strip()

    def _entries(self, commit: str, inside: str) -> Iterator[tuple[bytes, str, PurePosixPath]]:
        """(kind, object, name within the catalog) of every YAML file; other files are nobody's business."""
        where = [] if inside == "." else ["--", f"{inside}/"]
        listed = _git(self.home, "ls-tree", "-r", "-z", "--full-tree", commit, *where).stdout
        for line in listed.split(b"\0"):
            head, _, raw = line.partition(b"\t")
            mode, _, rest = head.partition(b" ")
            name = PurePosixPath(os.fsdecode(raw))
            if mode[:3] in (_FILE, _LINK) and name.suffix in _SUFFIXES and ".." not in name.parts:
                found = name if inside == "." else name.relative_to(inside)
                yield mode[:3], rest.decode().split()[1], found

    def _contents(self, entries: list[tuple[bytes, str, PurePosixPath]]) -> Iterator[bytes]:
        asked = "".join(f"{name}\n" for _, name, _ in entries).encode()
        out, place = _git(self.home, "cat-file", "--batch", given=asked).stdout, 0
        for _ in entries:
            ends = out.index(b"\n", place)
            words = out[place:ends].split()
            if len(words) != len((b"object", b"blob", b"size")):
                msg = "git lacks a file of that revision, as a partial clone does"
                raise RevisionError(msg, hint="fetch it: git fetch")
            place = ends + 1 + int(words[2])
            yield out[ends + 1 : place]
            place += 1

    def _elsewhere(self, commit: str) -> str | None:
        names = _git(self.home, "ls-tree", "-r", "-z", "--full-tree", "--name-only", commit).stdout
        found = [
            str(PurePosixPath(os.fsdecode(name)).parent)
            for name in names.split(b"\0")
            if PurePosixPath(os.fsdecode(name)).name == "catalog.yaml"
        ]
        if not found:
            return "name the folder inside the repository with --catalog DIR before the command"
        return f"there is one in {', '.join(found[:3])}: give --catalog DIR before the command"


def _git(folder: Path, *arguments: str, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    settings = {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    command = ["git", "--no-pager", "-C", str(folder), *arguments]
    try:
        return subprocess.run(  # noqa: S603  a fixed program; what people write stands after --end-of-options
            command, input=given, capture_output=True, check=False, env={**os.environ, **settings}
        )
    except FileNotFoundError:
        msg = "git is not installed, so revisions cannot be read"
        raise RevisionError(msg, hint="install git, or give two folders") from None


def _last_line(text: str) -> str:
    return text.splitlines()[-1].removeprefix("fatal: ") if text else "it does not say why"
