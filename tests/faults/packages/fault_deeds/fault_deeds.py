"""Checkers that do what a checker should not: hang, change what they get, fork, ask the engine again."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from entitlements import (
    CACHEABLE,
    DYNAMIC,
    STATIC,
    Checker,
    Engine,
    Feature,
    Question,
    Usage,
    Verdict,
    admit,
    hookimpl,
)

#: How long a hang takes, and what is declared as the longest time to wait for it.
HANGS, DEADLINE = 30.0, 0.2
#: The engine that is asked again, and how many threads were started; the test sets and reads them.
engine: Engine | None = None
started: list[threading.Thread] = []
KINDS = {"static": STATIC, "cacheable": CACHEABLE(60), "dynamic": DYNAMIC}


def hangs(_: Question) -> None:
    time.sleep(HANGS)


def forks(_: Question) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def starts_threads(question: Question) -> None:
    started.append(threading.Thread(target=lambda: asks_other(question), daemon=True))
    started[-1].start()


def asks(question: Question) -> None:
    assert engine is not None
    engine.allows(question.subject, question.feature.key)


def asks_twice(question: Question) -> None:
    """Doubles with each level, unless the engine puts an end to it."""
    asks(question)
    asks(question)


def asks_and_hides(question: Question) -> None:
    """As above, and shows nobody that it failed."""
    for _ in range(2):
        with contextlib.suppress(BaseException):
            asks(question)


def asks_other(question: Question) -> None:
    assert engine is not None
    engine.allows(question.subject, "witnessed")


def waits_for_a_thread(question: Question) -> None:
    thread = threading.Thread(target=lambda: asks_other(question), daemon=True)
    thread.start()
    thread.join()


def reads_context(question: Question) -> None:
    dict(question.context)


def reads_usage(question: Question) -> None:
    question.usage()


DEEDS: dict[str, Callable[[Question], object]] = {
    "forks": forks,
    "starts_threads": starts_threads,
    "asks": asks,
    "asks_twice": asks_twice,
    "asks_and_hides": asks_and_hides,
    "asks_other": asks_other,
    "waits_for_a_thread": waits_for_a_thread,
    "reads_context": reads_context,
    "reads_usage": reads_usage,
}


def sets(name: str, value: object) -> Callable[[Question], None]:
    return lambda question: setattr(question, name, value)


def spoils_context(question: Question) -> None:
    question.context["role"] = "admin"  # type: ignore[index]


def spoils_list_in_context(question: Question) -> None:
    question.context["roles"].append("admin")


def spoils_params(question: Question) -> None:
    question.params["days"] = 0  # type: ignore[index]


def spoils_list_in_params(question: Question) -> None:
    for binding in question.feature.checks.values():
        binding.params["days"].append("changed")
    question.params["days"].append("changed")


#: Each judges the feature `spoilt`, before the one that looks what came of it.
SET_TO: dict[str, Any] = {
    "subject": "other",
    "feature": None,
    "entitlement": None,
    "included": frozenset({"everything"}),
    "subscription": None,
    "params": {"days": []},
    "_context": {"role": "admin"},
    "_usage": lambda: Usage(10**9),
    "_clock": lambda: 0,
}
SPOILS: dict[str, Callable[[Question], object]] = {
    **{f"sets_{name}": sets(name, value) for name, value in SET_TO.items()},
    "spoils_context": spoils_context,
    "spoils_list_in_context": spoils_list_in_context,
    "spoils_params": spoils_params,
    "spoils_list_in_params": spoils_list_in_params,
}


def doing(
    name: str, features: tuple[str, ...], deed: Callable[[Question], object], **declared: Any
) -> Checker:
    body = {"name": name, "features": features, "check": lambda _, question: deed(question), **declared}
    made: Checker = type("Faulty", (Checker,), body)()
    return made


class Looks(Checker):
    """Keeps what it saw, for the test to compare."""

    name = "zz_looks"
    features = ("spoilt",)
    saw: list[dict[str, Any]]

    def __init__(self) -> None:
        self.saw = []

    def check(self, question: Question) -> None:
        names = ("subject", "feature", "entitlement", "included", "subscription", "params", "context", "at")
        self.saw.append({name: getattr(question, name) for name in names})
        self.saw[-1]["roles"] = list(question.context.get("roles", ()))
        self.saw[-1]["days"] = list(question.params.get("days", ()))


class MeasuresLate(Checker):
    """Hangs when it is asked for usage, when it names what it measures it does not."""

    name = "measures_late"
    features = ("measures_late",)
    deadline = DEADLINE

    def usage(self, subject: str, feature: str, at: datetime) -> Usage | None:  # noqa: ARG002  as asked
        time.sleep(HANGS)
        return Usage(1)


class Everywhere(Checker):
    """Listens everywhere and admits, which only a plan file may allow it."""

    name = "everywhere"
    everywhere = True

    def check(self, question: Question) -> Verdict | None:
        return admit("all welcome") if question.feature.key.startswith("welcome") else None


class Unknown(Checker):
    """Claims features that no catalog has."""

    name = "unknown"
    features = ("no_such_feature", "", "cap.no_such_cap", "Ünknown")

    def binds(self, feature: Feature) -> bool:
        return super().binds(feature)

    def check(self, question: Question) -> Verdict | None:  # noqa: ARG002  it is never asked
        return admit("whoever asks")


def bringing(*checkers: Checker) -> object:
    return SimpleNamespace(entitlements_checkers=hookimpl(lambda: checkers))


#: Each is a plugin of its own, as a STATIC checker acts whatever is asked.
plugins = SimpleNamespace(
    **{
        f"hangs_{kind}_{on_error}": bringing(
            doing(
                f"hangs_{kind}_{on_error}",
                (f"hangs_{kind}_{on_error}",),
                hangs,
                volatility=volatility,
                on_error=on_error,
                deadline=DEADLINE,
            )
        )
        for kind, volatility in KINDS.items()
        for on_error in ("deny", "ignore")
    },
    **{
        f"{deed}_{kind}": bringing(
            doing(
                f"{deed}_{kind}",
                (f"{deed}_{kind}",),
                does,
                volatility=volatility,
                # Whoever waits for something that waits for the answer gets none before its time is up.
                deadline=DEADLINE if deed == "waits_for_a_thread" else None,
            )
        )
        for deed, does in DEEDS.items()
        for kind, volatility in KINDS.items()
    },
    **{name: bringing(doing(name, ("spoilt",), does, on_error="ignore")) for name, does in SPOILS.items()},
    looks=bringing(Looks()),
    measures_late=bringing(MeasuresLate()),
    everywhere=bringing(Everywhere()),
    unknown=bringing(Unknown()),
)
