"""Exceptions: for programmers, and for the two doors that fail as a whole (catalog and plugins)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entitlements.decision import Decision
    from entitlements.problems import Problem


class EntitlementsError(Exception):
    """Base of every exception that this package raises on purpose. `hint` says how to mend it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class CatalogError(EntitlementsError):
    """A catalog, or a file read beside it, that cannot be used; `problems` holds every finding."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(str(problem) for problem in self.problems)
        super().__init__(f"{len(self.problems)} problem(s) found\n{lines}")


class PluginError(EntitlementsError):
    """A plugin that cannot be used: it does not import, clashes with another, or breaks the contract."""


class SourceError(EntitlementsError):
    """A source of subject records that cannot be read."""


class StoreError(SourceError):
    """A store that cannot do what it was asked, such as one whose tables are of another version."""


class StoreUnavailable(StoreError):
    """A store that does not answer now: away, locked for too long, read-only, or damaged."""


class StoreConflict(StoreError):
    """A change that no store may hold, such as two subscriptions in force at once. Nothing was written."""


class UnknownFeature(EntitlementsError, LookupError):
    """A feature or cap key that no catalog of this process ever had: a mistake in the calling code."""


class UnknownPlan(EntitlementsError, LookupError):
    """A plan reference that the catalog does not have."""


class AccessDenied(EntitlementsError):
    """What `Engine.require` raises when the decision is no; carries the `decision` and the `subject`."""

    def __init__(self, decision: Decision, subject: str, *, says: str = "", hint: str | None = None) -> None:
        super().__init__(decision.message() + says, hint=hint)
        self.decision = decision
        self.subject = subject


def in_words(error: BaseException) -> str:
    """The kind of `error` and what it says; a stranger's exception may even fail at that."""
    try:
        said = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  its __str__ may raise anything
        said = ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
