"""Locks that do not hang after a fork.

A lock that another thread holds while the process forks stays locked in the child for ever, and what it
guards may be half changed. So each owner of a lock makes both anew in the child.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class _Owner(Protocol):
    def after_fork(self) -> None:
        """Make locks and what they guard anew; only the forking thread is left."""


# The one thing this package keeps for the whole process: the interpreter lets no fork handler be taken back.
_owners: weakref.WeakSet[_Owner] = weakref.WeakSet()


def renew_after_fork(owner: _Owner) -> None:
    """Have `owner.after_fork()` called in every child process, as long as `owner` lives."""
    _owners.add(owner)


def _renew_all() -> None:
    for owner in list(_owners):
        owner.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
