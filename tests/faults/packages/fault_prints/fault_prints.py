"""A plugin that writes to stdout wherever it is called, by every road there is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from entitlements import Catalog, Checker, Decision, Feature, Problem, Question, Usage, Verdict, hookimpl


def shout(where: str) -> None:
    print(f"printed in {where}")  # noqa: T201  the fault
    sys.stdout.write(f"written in {where}\n")
    sys.stdout.flush()
    if sys.__stdout__ is not None:
        sys.__stdout__.write(f"written behind in {where}\n")
        sys.__stdout__.flush()
    os.write(1, f"written below in {where}\n".encode())


shout("import")


class Loud(Checker):
    """Says everything twice and nothing that counts."""

    name = "loud"
    features = ("api_access", "mobile_users")

    def binds(self, feature: Feature) -> bool:
        shout("binds")
        return super().binds(feature)

    def check(self, question: Question) -> Verdict | None:  # noqa: ARG002  whatever is asked
        shout("check")
        return None

    def problems(self, feature: Feature, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:  # noqa: ARG002
        shout("problems")
        return ()

    def usage(self, subject: str, feature: str, at: datetime) -> Usage | None:  # noqa: ARG002  as asked
        shout("usage")
        return Usage(7)


@hookimpl
def entitlements_checkers() -> Iterable[Checker]:
    shout("checkers")
    return (Loud(),)


@hookimpl
def entitlements_lint(catalog: Catalog) -> Iterable[Problem]:  # noqa: ARG001  whatever is given
    shout("lint")
    return ()


@hookimpl
def entitlements_decided(decision: Decision) -> None:  # noqa: ARG001  whatever was decided
    shout("decided")
