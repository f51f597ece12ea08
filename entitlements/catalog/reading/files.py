"""Opening a file inside a folder, and nowhere else: what is read is what was checked."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import NoReturn

_FLAGS = os.O_RDONLY
for _flag in ("O_NONBLOCK", "O_NOFOLLOW", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"):
    _FLAGS |= getattr(os, _flag, 0)  # a pipe must not block, a terminal must not take over; absent on Windows


class CannotRead(Exception):
    """A file that is not read. `code` and `hint` go into the problem, the text is its message."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class _Changed(Exception):
    """The file is not what it was a moment ago."""


def read_inside(path: Path, root: Path, limit: int) -> bytes:
    """The bytes of a regular file that lies in `root` after links are followed; raises CannotRead.

    More than `limit` bytes are not read: a longer answer only says that there are more.
    """
    try:
        try:
            return _read(path, root, limit)
        except _Changed:
            return _read(path, root, limit)
    except _Changed:
        _refuse("Y121", "the file changed while it was being read", "try again")
    except FileNotFoundError:
        if path.is_symlink():
            _refuse("Y119", "the link leads to a file that is not there", "delete or mend the link")
        _refuse("Y119", "there is no such file", "check its name and folder")
    except PermissionError:
        _refuse("Y119", "you may not read this file", "ask its owner to let you read it")
    except (OSError, ValueError) as error:
        number = getattr(error, "errno", None)
        if number == errno.ENXIO:
            _not_a_file("a socket or device")
        reason = getattr(error, "strerror", None) or error
        if number == errno.ELOOP:
            reason = "links lead in a circle"
        _refuse("Y119", f"the file cannot be read: {reason}", "look at it on its disk")


def _read(path: Path, root: Path, limit: int) -> bytes:
    # The real path is opened, and a link in its last part refused: nothing outside is touched even once.
    real = _real_path_inside(path, root)
    descriptor = os.open(real, _FLAGS)
    try:
        before = os.fstat(descriptor)
        if stat.S_ISDIR(before.st_mode):
            _not_a_file("a folder")
        if not stat.S_ISREG(before.st_mode):
            _not_a_file("a device or pipe")
        # A folder on the way may have become a link meanwhile: this must still be the file found inside.
        now = _real_path_inside(path, root).stat()
        if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino) or _lies_outside(descriptor, root):
            raise _Changed
        # One byte more than there should be shows a file that grows.
        data = _read_all(descriptor, min(before.st_size, limit) + 1)
        after = os.fstat(descriptor)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise _Changed
        if len(data) != min(before.st_size, limit + 1):
            raise _Changed
        return data
    finally:
        os.close(descriptor)


def _lies_outside(descriptor: int, root: Path) -> bool:
    """Whether what was opened lies elsewhere by its own word, which no link can bend; only Linux gives it."""
    try:
        opened = Path(f"/proc/self/fd/{descriptor}").readlink()
    except OSError:
        return False
    return not opened.is_relative_to(os.path.realpath(root))


def _real_path_inside(path: Path, root: Path) -> Path:
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(root)):
        hint = "put a copy of the file into the catalog folder instead"
        _refuse("Y118", "the file is a link that leads out of the catalog folder", hint)
    return real


def _read_all(descriptor: int, most: int) -> bytes:
    parts = []
    while most > 0 and (part := os.read(descriptor, min(most, 1 << 20))):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _not_a_file(what: str) -> NoReturn:
    _refuse("Y120", f"this is {what}, not a file", "rename it, or put a file with this name in its place")


def _refuse(code: str, message: str, hint: str) -> NoReturn:
    raise CannotRead(code, message, hint)
