"""A sound plugin; what is wrong is how its package was installed."""

from __future__ import annotations

from collections.abc import Iterable

from entitlements import Checker, Question, Verdict, deny, hookimpl


class Bare(Checker):
    """Denies one feature."""

    name = "garbled"
    features = ("garbled",)

    def check(self, question: Question) -> Verdict | None:  # noqa: ARG002  whatever is asked
        return deny("As it should")


@hookimpl
def entitlements_checkers() -> Iterable[Checker]:
    return (Bare(),)
