"""Checkers that measure nonsense, by `usage` or by `usages`; each measures the one feature of its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from entitlements import Checker, Usage, hookimpl


class Hostile:
    """Raises whatever is done with it."""

    def __bool__(self) -> NoReturn:
        raise ValueError

    __eq__ = __lt__ = __ge__ = __int__ = __repr__ = __str__ = __bool__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class Number(int):
    """A number that raises when it is added to, or compared."""

    def __add__(self, other: object) -> NoReturn:
        raise ValueError

    __radd__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __format__ = __add__
    __hash__ = int.__hash__


class More(Usage):
    """Looks like a usage and has a mind of its own."""

    __slots__ = ()


def raising(error: type[BaseException]) -> Callable[[], object]:
    def answer() -> NoReturn:
        raise error

    return answer


FAULTS: dict[str, Callable[[], Any]] = {
    "error": raising(ValueError),
    "exit": raising(SystemExit),
    "recursion": raising(RecursionError),
    "memory": raising(MemoryError),
    "number": lambda: 7,
    "text": lambda: "7",
    "nan": lambda: float("nan"),
    "hostile": Hostile,
    "more": lambda: More(7),
    "count_nan": lambda: Usage(float("nan")),  # type: ignore[arg-type]
    "count_text": lambda: Usage("7"),  # type: ignore[arg-type]
    "count_true": lambda: Usage(True),
    "count_below_zero": lambda: Usage(-1),
    "count_hostile": lambda: Usage(Hostile()),  # type: ignore[arg-type]
    "count_own_number": lambda: Usage(Number(7)),
    "unset": lambda: object.__new__(Usage),
}
#: Wrong only where many are measured at once.
OF_MANY: dict[str, Callable[[], Any]] = {
    "many_none": lambda: None,
    "many_list": lambda: [Usage(7)],
    "many_texts": lambda: {"space": "7"},
    "many_error": raising(ValueError),
    "many_hostile": Hostile,
}


@hookimpl
def entitlements_checkers() -> Iterable[Checker]:
    for name, answer in {**FAULTS, "interrupt": raising(KeyboardInterrupt)}.items():
        body = {"name": f"measures_{name}", "features": (f"measures_{name}",)}
        yield type("Faulty", (Checker,), {**body, "usage": lambda *_, answer=answer: answer()})()
    for name, answer in OF_MANY.items():
        body = {"name": f"measures_{name}", "features": (f"measures_{name}",)}
        yield type("Faulty", (Checker,), {**body, "usages": lambda *_, answer=answer: answer()})()
