"""Checkers whose `check` raises, or answers with what is no verdict: each fault, volatility and `on_error`.

A checker is called FAULT_VOLATILITY_ONERROR, and judges the one feature of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any, NoReturn

from entitlements import CACHEABLE, DYNAMIC, STATIC, Checker, Question, Reason, Verdict, hookimpl

LATER = datetime(2030, 1, 1, tzinfo=UTC)


class Hostile:
    """Raises whatever is done with it."""

    def __bool__(self) -> NoReturn:
        raise ValueError

    __eq__ = __len__ = __iter__ = __repr__ = __str__ = __float__ = __bool__  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]


class Silent(Exception):
    """An exception that raises when it is asked what it says."""

    def __str__(self) -> NoReturn:
        raise ValueError

    __repr__ = __str__


class Nowhere(tzinfo):
    """A time zone that raises when it is asked for its offset."""

    def utcoffset(self, _: datetime | None) -> timedelta | None:
        raise ValueError

    dst = utcoffset

    def tzname(self, _: datetime | None) -> str | None:
        raise ValueError


class Vague(Nowhere):
    """A time zone that does not know its offset."""

    def utcoffset(self, _: datetime | None) -> None:
        return None


class More(Verdict):
    """Looks like a verdict and has a mind of its own."""

    __slots__ = ()


def raising(error: type[BaseException]) -> Callable[[Question], object]:
    def answer(_: Question) -> NoReturn:
        raise error

    return answer


def deep(question: Question) -> object:
    return deep(question)


def giving(value: object) -> Callable[[Question], object]:
    return lambda _: value


def built(
    *, allows: Any = True, because: Any = "", reason: Any = Reason.ALLOWED_BY_CHECKER, until: Any = None
) -> Callable[[Question], object]:
    return lambda _: Verdict(allows, because, reason, until)


RAISES: dict[str, Callable[[Question], object]] = {
    "error": raising(ValueError),
    "exit": raising(SystemExit),
    "recursion": raising(RecursionError),
    "deep": deep,
    "memory": raising(MemoryError),
    "stop": raising(StopIteration),
    "generator_exit": raising(GeneratorExit),
    "silent": raising(Silent),
}
ANSWERS: dict[str, Callable[[Question], object]] = {
    "true": giving(True),
    "false": giving(False),
    "zero": giving(0),
    "text": giving("deny"),
    "nan": giving(float("nan")),
    "hostile": giving(Hostile()),
    "hostile_class": giving(Hostile),
    "verdict_class": giving(Verdict),
    "nothing_said": giving(()),
    "generator": lambda _: (_ for _ in ()),
    "more": lambda _: More(False, "no", Reason.DENIED_BY_CHECKER),
    "allows_nan": built(allows=float("nan")),
    "allows_hostile": built(allows=Hostile()),
    "because_none": built(because=None),
    "because_hostile": built(because=Hostile()),
    "reason_text": built(reason="allowed_by_checker"),
    "reason_included": built(reason=Reason.INCLUDED),
    "reason_denies": built(reason=Reason.DENIED_BY_CHECKER),
    "reason_hostile": built(reason=Hostile()),
    "until_text": built(until="tomorrow"),
    "until_hostile": built(until=Hostile()),
    "until_naive": built(until=LATER.replace(tzinfo=None)),
    "until_nowhere": built(until=LATER.replace(tzinfo=Nowhere())),
    "until_vague": built(until=LATER.replace(tzinfo=Vague())),
    "unset": lambda _: object.__new__(Verdict),
}
KINDS = {"static": STATIC, "cacheable": CACHEABLE(60), "dynamic": DYNAMIC}


def faulty(fault: str, kind: str, on_error: str, answer: Callable[[Question], object]) -> Checker:
    name = f"{fault}_{kind}_{on_error}"
    body = {"name": name, "features": (name,), "volatility": KINDS[kind], "on_error": on_error}
    made: Checker = type("Faulty", (Checker,), {**body, "check": lambda _, question: answer(question)})()
    return made


@hookimpl
def entitlements_checkers() -> Iterable[Checker]:
    for fault, answer in (RAISES | ANSWERS).items():
        for kind in KINDS:
            for on_error in ("deny", "ignore"):
                yield faulty(fault, kind, on_error, answer)
        yield faulty(fault, "cacheable", "last_good", answer)


def interrupting(kind: str) -> object:
    """A plugin of its own, as a STATIC checker that interrupts does so whatever is asked."""
    checker = faulty("interrupt", kind, "ignore", raising(KeyboardInterrupt))
    return SimpleNamespace(entitlements_checkers=hookimpl(lambda: (checker,)))


interrupt_static = interrupting("static")
interrupt_cacheable = interrupting("cacheable")
interrupt_dynamic = interrupting("dynamic")
