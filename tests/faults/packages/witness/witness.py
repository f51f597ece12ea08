"""A plugin without fault: whatever the others do, this one is asked, and its answers count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from entitlements import (
    Catalog,
    Checker,
    Decision,
    Feature,
    Mark,
    Problem,
    Question,
    Usage,
    Verdict,
    deny,
    hookimpl,
)

#: The features of the decisions it was told of.
heard: list[str] = []


class Witness(Checker):
    """Denies what is `shut`, and counts the letters of the subject."""

    name = "witness"
    features = ("witnessed", "shut")

    def binds(self, feature: Feature) -> bool:
        return feature.key.startswith("beside_") or super().binds(feature)

    def check(self, question: Question) -> Verdict | None:
        return deny("The witness says so") if question.feature.key == "shut" else None

    def usage(self, subject: str, feature: str, at: datetime) -> Usage | None:  # noqa: ARG002  as asked
        return Usage(len(subject)) if feature == "witnessed" else None


@hookimpl
def entitlements_checkers() -> Iterable[Checker]:
    return (Witness(),)


@hookimpl
def entitlements_lint(catalog: Catalog) -> Iterable[Problem]:
    mark = Mark("catalog.yaml")
    return (Problem("L999", f'the witness has seen "{catalog.key}"', mark, severity="warning"),)


@hookimpl
def entitlements_decided(decision: Decision) -> None:
    heard.append(decision.feature)
