"""Plugins whose lint or observer fails; each object is a plugin of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NoReturn

from entitlements import Catalog, Decision, Engine, Entitlements, Mark, Problem, hookimpl

#: The engine that observers ask again, and how often they were told; the test sets and reads them.
engine: Engine | None = None
told: list[str] = []


class Hostile:
    """Raises whatever is done with it."""

    def __bool__(self) -> NoReturn:
        raise ValueError

    __eq__ = __len__ = __iter__ = __repr__ = __str__ = __bool__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class Silent(Exception):
    """An exception that raises when it is asked what it says."""

    def __str__(self) -> NoReturn:
        raise ValueError

    __repr__ = __str__


def lints(give: Callable[[Catalog], Any]) -> object:
    def entitlements_lint(catalog: Catalog) -> Any:
        return give(catalog)

    return SimpleNamespace(entitlements_lint=hookimpl(entitlements_lint))


def observes(watch: Callable[[Decision, Entitlements], Any]) -> object:
    def entitlements_decided(decision: Decision, space: Entitlements) -> Any:
        told.append(decision.feature)
        return watch(decision, space)

    return SimpleNamespace(entitlements_decided=hookimpl(entitlements_decided))


def raising(error: BaseException) -> Callable[..., NoReturn]:
    def fail(*_: object) -> NoReturn:
        raise error

    return fail


def spoils_catalog(catalog: Catalog) -> tuple[()]:
    for spoil in (
        lambda: setattr(catalog, "key", "spoilt"),
        lambda: catalog.features.update(x=1),  # type: ignore[attr-defined]
        lambda: catalog.plans.pop("pro"),  # type: ignore[attr-defined]
        lambda: setattr(catalog.plans["pro"], "features", {}),
        lambda: catalog.features["api_access"].checks.update(x=1),  # type: ignore[attr-defined]
    ):
        with contextlib.suppress(AttributeError, TypeError, KeyError):
            spoil()
    return ()


def half(_: Catalog) -> Iterator[Problem]:
    yield Problem("L998", "said before the fault", Mark("catalog.yaml"))
    raise ValueError


def spoils_decision(decision: Decision, space: Entitlements) -> None:
    for target, name in (
        (decision, "allowed"),
        (decision, "reason"),
        (space.row, "no_such"),
        (space, "no_such"),
    ):
        with contextlib.suppress(AttributeError, TypeError):
            setattr(target, name, True)


def asks(decision: Decision, space: Entitlements) -> None:
    assert engine is not None
    engine.check(space.subject, decision.feature)


def nonsense(_: Catalog) -> list[Problem]:
    any_: Any = Hostile()
    return [
        Problem("L1", "no place", None),  # type: ignore[arg-type]
        Problem(any_, any_, any_, any_, any_),
        Problem("L2", "a place of nonsense", Mark(any_, any_, any_)),
        Problem("L3", "a number for a text", Mark("catalog.yaml"), hint=7),  # type: ignore[arg-type]
        Problem("L4", "a severity of its own", Mark("catalog.yaml"), severity="dreadful"),  # type: ignore[arg-type]
        object.__new__(Problem),
    ]


lint_raises = lints(raising(ValueError("no")))
lint_exits = lints(raising(SystemExit(3)))
lint_recurses = lints(raising(RecursionError()))
lint_exhausts = lints(raising(MemoryError()))
lint_silent = lints(raising(Silent()))
lint_interrupts = lints(raising(KeyboardInterrupt()))
lint_number = lints(lambda _: 7)
lint_texts = lints(lambda _: ["a problem"])
lint_nan = lints(lambda _: [float("nan")])
lint_hostile = lints(lambda _: Hostile())
lint_mutates = lints(spoils_catalog)
lint_nonsense = lints(nonsense)
lint_half = lints(half)
decided_raises = observes(raising(ValueError("secret-canary")))
decided_exits = observes(raising(SystemExit(3)))
decided_recurses = observes(raising(RecursionError()))
decided_exhausts = observes(raising(MemoryError()))
decided_silent = observes(raising(Silent()))
decided_interrupts = observes(raising(KeyboardInterrupt()))
decided_hostile = observes(lambda *_: Hostile())
decided_mutates = observes(spoils_decision)
decided_asks = observes(asks)
decided_asks_again = observes(asks)
