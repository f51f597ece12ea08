"""Locks that do not hang after a fork.

A lock that another thread holds while the process forks stays locked in the child for ever, and what it
guards may be half changed. So each owner of a lock makes both anew in the child.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol


class _Owner(Protocol):
    def after_fork(self) -> None:
        """Make locks and what they guard anew; only the forking thread is left."""


# What this package keeps for the whole process: the interpreter lets no fork handler be taken back.
_owners: weakref.WeakSet[_Owner] = weakref.WeakSet()
_gates: weakref.WeakSet[ForkGate] = weakref.WeakSet()


def renew_after_fork(owner: _Owner) -> None:
    """Have `owner.after_fork()` called in every child process, as long as `owner` lives."""
    _owners.add(owner)


class ForkGate:
    """Keeps forks out of blocks that must not be cut in two, and calls `before` when none is under way.

    A fork waits for blocks that have begun, but not for ever: one may be the very block that forks.
    """

    def __init__(self, before: Callable[[], None], *, patience: float = 1.0) -> None:
        self._before = before
        self._patience = patience
        self.after_fork()
        _gates.add(self)

    def after_fork(self) -> None:
        """Nobody else is inside in a child."""
        self._changed = threading.Condition()
        self._inside = 0
        self._closed = False

    @contextmanager
    def inside(self) -> Iterator[None]:
        """No fork happens during the block."""
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._inside += 1
        changed = self._changed
        try:
            yield
        finally:
            # In a child that was forked inside the block, nobody was inside to begin with.
            if changed is self._changed:
                with changed:
                    self._inside -= 1
                    changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._inside, self._patience)
        self._before()

    def open(self) -> None:
        with self._changed:
            self._closed = False
            self._changed.notify_all()


def _close_all() -> None:
    for gate in list(_gates):
        gate.close()


def _open_all() -> None:
    for gate in list(_gates):
        gate.open()


def _renew_all() -> None:
    for owner in (*_gates, *_owners):
        owner.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_close_all, after_in_parent=_open_all, after_in_child=_renew_all)
