"""Objects that are no sound plugin: wrong hooks, and hooks that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NoReturn

from entitlements import Checker, hookimpl


class Hostile:
    """Raises whatever is done with it."""

    def __bool__(self) -> NoReturn:
        raise ValueError

    __eq__ = __len__ = __iter__ = __repr__ = __str__ = __bool__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class Sealed:
    """Raises when any of its attributes is read."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise ValueError


def brings(give: Callable[[], Any]) -> object:
    def entitlements_checkers() -> Any:
        return give()

    return SimpleNamespace(entitlements_checkers=hookimpl(entitlements_checkers))


def raising(error: type[BaseException]) -> Callable[..., NoReturn]:
    def fail(*_: object) -> NoReturn:
        raise error

    return fail


def entitlements_chekers() -> Any:
    return ()


def entitlements_decided(decison: object) -> None:
    """Spells its argument wrongly."""


def entitlements_checkers() -> Any:
    return ()


def entitlements_lint() -> Iterator[Any]:
    yield


misspelt_hook = SimpleNamespace(entitlements_chekers=hookimpl(entitlements_chekers))
misspelt_argument = SimpleNamespace(entitlements_decided=hookimpl(entitlements_decided))
unmarked_hook = SimpleNamespace(entitlements_checkers=entitlements_checkers)
wrapper_hook = SimpleNamespace(entitlements_lint=hookimpl(wrapper=True)(entitlements_lint))
no_hook = SimpleNamespace(checkers=entitlements_checkers)
a_class = Checker
nothing = None
a_number = float("nan")
hostile = Hostile()
sealed = Sealed()
hook_raises = brings(raising(ValueError))
hook_exits = brings(raising(SystemExit))
hook_recurses = brings(raising(RecursionError))
hook_exhausts = brings(raising(MemoryError))
hook_interrupts = brings(raising(KeyboardInterrupt))
hook_none = brings(lambda: None)
hook_number = brings(lambda: 7)
hook_nan = brings(lambda: [float("nan")])
hook_hostile = brings(Hostile)
hook_hostiles = brings(lambda: [Hostile()])
hook_sealed = brings(lambda: [Sealed()])
hook_classes = brings(lambda: [Checker])
