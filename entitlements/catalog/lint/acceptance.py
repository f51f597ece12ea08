"""Advice that a file accepts: for a reason, until a day, and never more than that file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from entitlements.catalog.codes import known_codes
from entitlements.catalog.reading.document import Document, Map
from entitlements.catalog.reading.scalars import shown
from entitlements.clock import first_instant
from entitlements.problems import Mark, Problem, Related, did_you_mean, suggestion, surely_meant


@dataclass(frozen=True, slots=True)
class Accepted:
    """A warning that a file accepts, with the reason and the end it gives; no end is `never`."""

    problem: Problem
    because: str
    until: str

    def to_json(self) -> dict[str, Any]:
        return {**self.problem.to_json(), "because": self.because, "until": self.until}


@dataclass(slots=True)
class _Acceptance:
    """One item of `accept`, and what it was found to accept."""

    given: Map
    #: What the file is about where the acceptance counts: the whole of it, or one record.
    within: Mark
    about: dict[str, Mark]
    ended: bool
    accepts: list[Problem] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    #: Misspelt keys of `about` → the keys that are meant.
    slips: dict[str, str] = field(default_factory=dict)

    def nearly_takes(self, problem: Problem, meant_rule: str | None) -> bool:
        """Whether it would be about `problem` but for a slip of the pen, which it then remembers."""
        rule = self.given["rule"]
        if problem.severity != "warning" or not _holds(self.within, problem.mark):
            return False
        if problem.code == meant_rule != rule:
            return not self.about or bool(self.about.keys() & set(problem.about))
        for key in self.about.keys() - self.met if problem.code == rule else ():
            swapped = (name for name in problem.about if sorted(name) == sorted(key))
            meant = surely_meant(key, problem.about) or next(swapped, None)
            if meant is not None:
                self.slips[key] = meant
                return True
        return False

    def takes(self, problem: Problem) -> bool:
        """Whether it is about `problem`, which it then remembers."""
        if problem.code != self.given["rule"] or not _holds(self.within, problem.mark):
            return False
        named = self.about.keys() & set(problem.about)
        if self.about and not named:
            return False
        self.met |= named
        self.accepts.append(problem)
        return True


def sort_out(
    advice: Iterable[Problem],
    documents: Iterable[tuple[str, Document]],
    acceptable: Collection[str],
    *,
    at: datetime,
    time_zone: str,
) -> tuple[list[Problem], list[Accepted]]:
    """What of `advice` stands at the instant `at`, with what is wrong with acceptances; and what is accepted.

    `acceptable` are the codes of our own rules that may be accepted. An acceptance that has ended becomes an
    error in place of what it accepted.
    """
    found = list(advice)
    acceptances = [item for _, document in documents for item in _acceptances(document, at, time_zone)]
    standing: list[Problem] = []
    accepted: list[Accepted] = []
    for problem in found:
        taking = [item for item in acceptances if problem.severity == "warning" and item.takes(problem)]
        lasting = [item.given for item in taking if not item.ended]
        if lasting:
            accepted.append(Accepted(problem, lasting[0]["because"], lasting[0]["until"]))
        elif not taking:
            standing.append(problem)
    codes = {problem.code for problem in found}
    faults: list[Problem] = []
    for item in acceptances:
        meant = _rule_meant(item.given["rule"], acceptable)
        standing = [problem for problem in standing if not item.nearly_takes(problem, meant)]
        faults.extend(_faults(item, acceptable, codes))
    return [*standing, *faults], accepted


def judged_at(document: Document, at: datetime, time_zone: str) -> datetime:
    """The instant by which a document is judged: the `now` that a subjects file fixes, else `at`."""
    records = document.value
    if not isinstance(records, list) or not records or "now" not in records[0]:
        return at
    now: str = records[0]["now"]
    try:
        return _first(now, time_zone) if _is_day(now) else datetime.fromisoformat(now).astimezone(UTC)
    except (ValueError, OverflowError):  # a problem of the file already
        return at


def _acceptances(document: Document, at: datetime, time_zone: str) -> Iterator[_Acceptance]:
    if document.problems:
        return
    now = judged_at(document, at, time_zone)
    # A subjects file is a list of records, each with acceptances of its own.
    records: list[Any] = [document.value] if isinstance(document.value, Map) else document.value
    for record in records:
        for item in record.get("accept") or ():
            until = item["until"]
            ended = until != "never" and _first(until, time_zone) <= now
            yield _Acceptance(item, record.mark, _about(item), ended)


def _about(item: Map) -> dict[str, Mark]:
    given: Any = item.get("about", [])
    if isinstance(given, str):
        return {given: item.value_mark("about")}
    return {key: given.item_mark(number) for number, key in enumerate(given)}


def _faults(item: _Acceptance, acceptable: Collection[str], found: set[str]) -> Iterator[Problem]:
    rule, mark = item.given["rule"], item.given.value_mark("rule")
    # Codes of plugins are not known before they find something; they have a hyphen, and ours never do.
    if not item.accepts and rule not in acceptable and (rule in known_codes() or not _of_plugin(rule, found)):
        yield _no_advice(rule, mark, acceptable)
    elif not item.accepts and not item.slips:
        yield _idle(f"{_code(rule)} has nothing to say here that this could accept", mark)
    elif item.ended:
        yield _ended(item)
    else:
        for key in item.about.keys() - item.met:
            message = f"{_code(rule)} has nothing to say about {shown(key)} that this could accept"
            yield _idle(message, item.about[key], item.slips.get(key))


def _of_plugin(rule: str, found: set[str]) -> bool:
    return "-" in rule or rule in found


def _code(rule: str) -> str:
    """A code as it is written; whatever else a file gives as one, in quotation marks."""
    return rule if rule.replace("-", "").isalnum() else shown(rule)


def _no_advice(rule: str, mark: Mark, acceptable: Collection[str]) -> Problem:
    if rule in known_codes():
        return Problem("R330", f"only advice can be accepted, and {rule} is none", mark, hint="mend it")
    message = f"there is no rule {shown(rule)} whose advice could be accepted"
    hint = suggestion(_nearest(rule, acceptable) or rule, acceptable)
    hint = hint or "write the code that stands before the advice, such as L403"
    return Problem("R330", message, mark, hint=hint)


def _rule_meant(rule: str, acceptable: Collection[str]) -> str | None:
    """The rule that a code nobody has is surely meant to be."""
    return None if rule in acceptable else _nearest(rule, acceptable)


def _nearest(rule: str, acceptable: Collection[str]) -> str | None:
    # The letter for the digit is the likeliest slip, and then two digits swapped.
    respelt = rule.upper().replace("O", "0")
    swapped = (
        code for code in sorted(acceptable) if sorted(code) == sorted(respelt) and respelt not in acceptable
    )
    return next(swapped, None) or did_you_mean(respelt, acceptable)


def _idle(message: str, mark: Mark, meant: str | None = None) -> Problem:
    return Problem("L420", message, mark, "warning", f'did you mean "{meant}"?' if meant else "take it out")


def _ended(item: _Acceptance) -> Problem:
    first, *others = item.accepts
    more = f" (and {len(others)} more)" if others else ""
    because = shown(item.given["because"], 200)
    return Problem(
        "L419",
        f"this was accepted until {item.given['until']}: {first.message}{more}",
        item.given.value_mark("until"),
        hint=f"{first.hint or 'mend it'}; or accept it anew, if this still holds: {because}",
        related=tuple(Related(problem.mark, problem.message) for problem in item.accepts),
    )


def _is_day(text: str) -> bool:
    return "T" not in text


def _first(day: str, time_zone: str) -> datetime:
    return first_instant(date.fromisoformat(day), time_zone)


def _holds(outer: Mark, inner: Mark) -> bool:
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return outer.file == inner.file and start <= (inner.line, inner.column) < end
