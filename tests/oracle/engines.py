"""The engine over a world of plain data: checkers and records made of it, and its answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from entitlements import (
    CACHEABLE,
    DYNAMIC,
    STATIC,
    Checker,
    Decision,
    Engine,
    FixedClock,
    MemorySource,
    Override,
    Question,
    Reason,
    SubjectRecord,
    Subscription,
    Usage,
    Verdict,
    admit,
    deny,
)
from entitlements.amounts import Amount
from entitlements.plugin_manager import Plugins, load_plugins
from entitlements.subject import AddOnPeriod
from tests.oracle.catalogs import amount, catalog_through_documents, catalog_through_folder
from tests.oracle.oracle import Answer, CapAnswer

Data = dict[str, Any]
VOLATILITY = {"static": STATIC, "cacheable": CACHEABLE(3600), "dynamic": DYNAMIC}
ERRORS: list[type[BaseException]] = [RuntimeError, KeyError, SystemExit, RecursionError, TimeoutError]
# Each is made when the checker is asked: some cannot even be made.
NONSENSE: list[Callable[[], Any]] = [
    lambda: True,
    lambda: "deny",
    lambda: deny,
    lambda: {"allows": True},
    lambda: Verdict(allows=True, because="", reason=Reason.NOT_INCLUDED),
    lambda: Verdict(allows=False, because="", reason=Reason.INCLUDED),
    lambda: admit("", until=datetime(2026, 1, 1)),  # noqa: DTZ001  without a time zone it is no instant
]


class Host:
    """One engine, for any number of records."""

    def __init__(self, catalog: Data, checkers: Data, folder: Path | None = None) -> None:
        self.clock = FixedClock(datetime.fromisoformat("2026-01-01T00:00:00Z"))
        self.source = MemorySource()
        found = catalog_through_folder(catalog, folder) if folder else catalog_through_documents(catalog)
        plugins = plugins_of(checkers)
        self.engine = Engine.open(found, self.source, plugins, on_unknown="deny", clock=self.clock)


def plugins_of(checkers: Data) -> Plugins:
    """The first-party checkers and these, without what happens to be installed."""
    return load_plugins([table_checker(*item) for item in checkers.items()], entry_points=False)


class TableChecker(Checker):
    """Answers from a table, by one thing that it looks at."""

    reads: ClassVar[str]
    pivot: ClassVar[datetime]
    verdicts: ClassVar[dict[tuple[str, Any], str]]

    def check(self, question: Question) -> Verdict | None:
        key = (question.feature.key, self.seen(question))
        verdict = self.verdicts.get(key, "none")
        until = self.pivot if self.reads == "era" and key[1] == "early" else None
        number = int(key[0][1:])
        if verdict == "raise":
            raise ERRORS[number % len(ERRORS)]
        if verdict == "nonsense":
            nonsense: Verdict = NONSENSE[number % len(NONSENSE)]()
            return nonsense
        if verdict == "none":
            return None
        return {"deny": deny, "admit": admit}[verdict](self.name, until=until)

    def seen(self, question: Question) -> Any:
        match self.reads:
            case "nothing":
                return None
            case "included":
                return question.entitlement.included
            case "subscribed":
                return question.subscription is not None
            case "param":
                return question.params.get("level")
            case "era":
                return "early" if question.at < self.pivot else "late"
            case "usage":
                usage = question.usage()
                return None if usage is None else usage.count
        return question.context.get(self.reads)


def table_checker(name: str, checker: Data) -> Checker:
    made: Checker = type(
        name,
        (TableChecker,),
        {
            **checker,
            "name": name,
            "volatility": VOLATILITY[checker["volatility"]],
        },
    )()
    return made


def record_of(subject: str, record: Data) -> SubjectRecord:
    return SubjectRecord(
        subject=subject,
        subscriptions=tuple(
            Subscription(
                plan=s.get("written", s["plan"].partition("@")[0] if s["bare"] else s["plan"]),
                start=s["start"],
                end=s["end"],
                add_ons=tuple(AddOnPeriod(a["key"], a["start"], a["end"]) for a in s["add_ons"]),
            )
            for s in record["subscriptions"]
        ),
        overrides=tuple(override_of(o) for o in record["overrides"]),
        usage={key: Usage(count) for key, count in record["usage"].items()},
    )


def override_of(o: Data) -> Override:
    return Override(
        kind="agreement",
        because="So it is",
        by="ops",
        start=o["start"],
        end=o["end"],
        give=o.get("give"),
        remove=o.get("remove"),
        cap=o.get("cap"),
        set_to=amount(o["set"]) if "set" in o else None,
        at_least=amount(o["at_least"]) if "at_least" in o else None,
    )


def answer_of(decision: Decision) -> Answer:
    return Answer(
        decision.allowed,
        str(decision.reason),
        decision.checker,
        decision.unlocked_by,
        decision.unlocked_by_add_ons,
    )


def cap_answer_of(decision: Decision, included: Amount) -> CapAnswer:
    number = {"none": None, "unlimited": math.inf}.get(str(included), included)
    return CapAnswer(
        decision.allowed,
        str(decision.reason),
        number,  # type: ignore[arg-type]
        decision.unlocked_by,
        decision.unlocked_by_add_ons,
    )
