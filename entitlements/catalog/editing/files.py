"""Changes to files of a catalog: planned and shown first, then written whole or not at all."""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from entitlements.catalog.editing.text import CannotEdit
from entitlements.catalog.reading.document import MAX_BYTES
from entitlements.catalog.reading.files import CannotRead, read_inside

_MODE_OF_NEW_FILES = 0o666


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file, and what an edit makes of it; None stands for no file, before or after."""

    path: Path
    #: The name to show.
    file: str
    before: bytes | None
    after: bytes | None

    def diff(self) -> str:
        """A unified diff; empty if nothing changes."""
        if self.before == self.after:
            return ""
        old = "/dev/null" if self.before is None else f"a/{self.file}"
        new = "/dev/null" if self.after is None else f"b/{self.file}"
        lines = difflib.unified_diff(_lines(self.before), _lines(self.after), old, new)
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
        )


def planned(path: Path, file: str, root: Path, after: bytes | None) -> FileChange:
    """The change of the file at `path`, as it is now, to `after`. Raises CannotEdit if it cannot be read."""
    return FileChange(path, file, _now(path, root, file), after)


def write_changes(changes: Sequence[FileChange], root: Path) -> None:
    """Write all of `changes`, which lie in the folder `root`, or none: raises CannotEdit.

    Each file is replaced in one step, so that no reader sees half of it; several follow in the given order.
    Nothing is written if one is no longer as it was when its change was planned. A link is followed, but
    never out of `root`; permissions stay.
    """
    wanted = [change for change in changes if change.before != change.after]
    written: list[tuple[FileChange, Path, Path | None]] = []
    try:
        for change in wanted:
            _must_be_as_planned(change, root)
        for change in wanted:
            home, temporary = _prepared(change, root)
            written.append((change, home, temporary))
        for change, _, _ in written:
            _must_be_as_planned(change, root)
        _put_in_place(written)
    finally:
        for _, _, temporary in written:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
    for folder in {home.parent for _, home, _ in written}:
        _flush(folder)


def _prepared(change: FileChange, root: Path) -> tuple[Path, Path | None]:
    """Where `change` goes, and beside that the file to put there, on its disk; None to take the file away."""
    home = Path(os.path.realpath(change.path))
    if not home.is_relative_to(os.path.realpath(root)):
        msg = f"{change.file} lies outside the catalog folder, or is a link that leads out of it"
        raise CannotEdit(msg, hint="put a copy of the file into the catalog folder instead")
    if change.after is None:
        return home, None
    # A name that begins with a dot is never read as a plan file.
    temporary = home.with_name(f".{home.name}.{secrets.token_hex(4)}.tmp")
    try:
        home.parent.mkdir(exist_ok=True)
        _write(temporary, change.after, home if change.before is not None else None)
    except OSError as error:
        # Where the folder is none, there is no file to take away either.
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise _cannot_write(change.file, error) from None
    return home, temporary


def _write(temporary: Path, data: bytes, like: Path | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, _MODE_OF_NEW_FILES), "wb") as file:
        file.write(data)
        if like is not None:
            before = like.stat()
            if hasattr(os, "fchown") and (before.st_uid, before.st_gid) != (os.getuid(), os.getgid()):
                _try_to_keep_owner(file.fileno(), before)
            temporary.chmod(stat.S_IMODE(before.st_mode))
        file.flush()
        os.fsync(file.fileno())


def _try_to_keep_owner(descriptor: int, before: os.stat_result) -> None:
    try:
        os.fchown(descriptor, before.st_uid, before.st_gid)
    except OSError:
        return  # Only root may give files away; the text matters more than whose it is.


def _put_in_place(written: Iterable[tuple[FileChange, Path, Path | None]]) -> None:
    done: list[tuple[FileChange, Path]] = []
    for change, home, temporary in written:
        try:
            if temporary is None:
                home.unlink()
            else:
                temporary.replace(home)
        except OSError as error:
            for earlier, place in reversed(done):
                _undo(earlier, place)
            raise _cannot_write(change.file, error) from None
        done.append((change, home))


def _undo(change: FileChange, home: Path) -> None:
    if change.before is None:
        home.unlink()
    elif change.after is None:
        home.write_bytes(change.before)
    else:
        temporary = home.with_name(f".{home.name}.{secrets.token_hex(4)}.tmp")
        _write(temporary, change.before, home)
        temporary.replace(home)


def _must_be_as_planned(change: FileChange, root: Path) -> None:
    if _now(change.path, root, change.file) != change.before:
        msg = f"{change.file} was changed by somebody else meanwhile; nothing was written"
        raise CannotEdit(msg, hint="look at it, and try again")


def _now(path: Path, root: Path, file: str) -> bytes | None:
    if not os.path.lexists(path):
        return None
    try:
        return read_inside(path, root, MAX_BYTES)
    except CannotRead as error:
        msg = f"{file}: {error.message}"
        raise CannotEdit(msg, hint=error.hint) from None


def _flush(folder: Path) -> None:
    """Have the names in `folder` written to its disk; not all systems can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        return


def _cannot_write(file: str, error: OSError) -> CannotEdit:
    msg = f"{file} cannot be written: {error.strerror or error}; nothing was changed"
    return CannotEdit(msg, hint="see whether you may write in its folder, and whether its disk is full")


def _lines(data: bytes | None) -> list[str]:
    return list(io.StringIO((data or b"").decode("utf-8", "replace"), newline="\n"))
