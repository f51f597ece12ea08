"""What `validate` says of each mutant, held against what it should: one problem, the line, the name meant."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from entitlements.catalog.load import checked, reading_of, shipped_folder
from entitlements.catalog.reading.document import Document, read_bytes
from entitlements.plugin_manager import Plugins, load_plugins
from entitlements.problems import Problem
from entitlements.testing.findings import findings_in, findings_of
from tests.battery.expected import is_name, is_right_place
from tests.battery.mutants import Mutant, mutants_of
from tests.battery.silence import why_silent

_MEANT = re.compile(r'did you mean "([^"]*)"|such as ("?[^\s",;]+"?)|write (?:\w+: )?("?[^\s",;]+"?)')
#: The day by which the findings are judged: that of the samples.
_DAY = date(2026, 3, 1)
_COLUMNS = ("mutants", "silent", "judged", "one problem", "right line", "right name")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one mutant was received."""

    mutant: Mutant
    problems: tuple[Problem, ...]
    #: Why nothing need be found; None if something must be.
    silence: str | None
    #: None where the question does not arise.
    right_line: bool | None
    right_name: bool | None

    @property
    def one_problem(self) -> bool | None:
        if not self.problems and self.silence is not None:
            return None
        return len(self.problems) == 1

    @property
    def faults(self) -> tuple[str, ...]:
        questions = {
            "silent": bool(self.problems) or self.silence is not None,
            "more than one problem": len(self.problems) < 2,
            "another line": self.right_line,
            "another name": self.right_name,
        }
        return tuple(fault for fault, answer in questions.items() if answer is False)

    def __str__(self) -> str:
        found = "".join(f"\n    {problem}" for problem in self.problems)
        return f"{self.mutant}: {', '.join(self.faults) or 'fine'}{found}"


class Shipped:
    """The shipped catalog in memory: with one file put in the place of its own, all findings."""

    def __init__(self) -> None:
        reading = findings_in(shipped_folder(), load_plugins(entry_points=False)).reading
        self.documents = reading.documents
        self._used = {key for keys in reading.names.used.values() for key in keys}
        self._plugins: Plugins = load_plugins(entry_points=False)

    def mutants(self, seed: int) -> Iterator[Mutant]:
        for kind, document in self.documents:
            yield from mutants_of(document, kind, seed)

    def judge(self, mutant: Mutant) -> Verdict:
        before, after = self._original(mutant), self._read(mutant)
        documents = [(kind, after if document is before else document) for kind, document in self.documents]
        problems = findings_of(reading_of(documents), self._plugins, at=_DAY).problems
        silence = why_silent(mutant, before, after, self._used)
        line = name = None
        if problems:
            line = is_right_place(problems[0], mutant, before)
            name = _names(problems[0], mutant) if is_name(mutant) else None
        return Verdict(mutant, problems, silence, line, name)

    def _original(self, mutant: Mutant) -> Document:
        return next(document for _, document in self.documents if document.file == mutant.file)

    @staticmethod
    def _read(mutant: Mutant) -> Document:
        return checked(read_bytes(mutant.text.encode(), mutant.file), mutant.kind)


@cache
def shipped() -> Shipped:
    return Shipped()


def _names(problem: Problem, mutant: Mutant) -> bool:
    original = mutant.unit.text.strip("\"'")
    meant = {word.strip("\"'") for match in _MEANT.findall(problem.hint or "") for word in match}
    return original in meant


@dataclass(slots=True)
class Rates:
    """How many mutants were received rightly, by operator."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    silent: Counter[str] = field(default_factory=Counter)

    def add(self, verdict: Verdict) -> None:
        row = self.counts[verdict.mutant.operator]
        row["mutants"] += 1
        if verdict.one_problem is None:
            row["silent"] += 1
            self.silent[str(verdict.silence)] += 1
            return
        row["judged"] += 1
        row["one"] += verdict.one_problem
        row["lines"] += verdict.right_line is not None
        row["line"] += bool(verdict.right_line)
        row["names"] += verdict.right_name is not None
        row["name"] += bool(verdict.right_name)

    def __add__(self, other: Rates) -> Rates:
        both = Rates(silent=self.silent + other.silent)
        for rates in (self, other):
            for operator, row in rates.counts.items():
                both.counts[operator] += row
        return both

    def merged(self) -> Counter[str]:
        return sum(self.counts.values(), Counter())

    def table(self) -> str:
        lines = [f"{'':24}" + "{:>9}{:>9}{:>9}{:>13}{:>12}{:>12}".format(*_COLUMNS)]
        for operator, row in [*self.counts.items(), ("all", self.merged())]:
            shares = (
                _share(row["one"], row["judged"]),
                _share(row["line"], row["lines"]),
                _share(row["name"], row["names"]),
            )
            lines.append(
                f"{operator:24}{row['mutants']:9,}{row['silent']:9,}{row['judged']:9,}"
                + "{:>13}{:>12}{:>12}".format(*shares)
            )
        lines += ["", "rightly silent:", *(f"{count:7,}  {why}" for why, count in self.silent.most_common())]
        return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def rates_of(verdicts: Iterable[Verdict]) -> Rates:
    rates = Rates()
    for verdict in verdicts:
        rates.add(verdict)
    return rates
