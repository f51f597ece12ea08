"""What the author of a checker runs: a battery of questions, and what the contract says of the answers.

    def test_it_conforms():
        checker_conformance(Retired(), params={"on": "2026-07-01"})

| rule | is broken when |
| --- | --- |
| `declaration` | the class attributes break the contract, or the name is a first-party checker's |
| `binds` | `binds` raises, answers with no bool, or a different one the second time |
| `features` | it claims keys that the catalog you give lacks |
| `parameters` | `problems` raises, yields no pairs of text, refuses your `params`, or misses a misspelt one |
| `raises` | `check` raises: with your `params`, with a copy of them, or with none where it accepts that |
| `verdict` | `check` answers with anything but `deny(…)`, `admit(…)` or None |
| `mutates` | it changes its parameters or the context |
| `touches` | it looks at what its volatility may not see, even if it hides the error |
| `repeats` | STATIC, and the same question has two answers |
| `until` | STATIC, and its answer changes with time without an `until` that says so; or `until` has passed |
| `everywhere` | it listens everywhere, and admits |
| `usage` | what it measures is no count, or `usages` disagrees with `usage` |
| `effects` | what it says of a loss is not sound, differs when asked again, or cannot be done or undone |
| `threads` | asked by eight threads at once it answers otherwise, or leaves threads behind |
| `deadline` | it takes longer than it declares |
| `prints` | it writes to stdout |
"""

from __future__ import annotations

import contextlib
import io
import pickle
import statistics
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from entitlements.catalog.load import load_catalog
from entitlements.checker import Checker, Verdict, is_sound, judges, measures, tells_effects
from entitlements.declaration import declaration_fault
from entitlements.errors import in_words
from entitlements.model import Catalog, Feature
from entitlements.plugin_manager import load_plugins
from entitlements.testing.conformance import Conformance, Findings, demand, in_threads
from entitlements.testing.losing import losing
from entitlements.testing.measuring import measuring
from entitlements.testing.parameters import parameters
from entitlements.testing.questions import Case, bound_feature, cases

_TIMED_CALLS = 1_000
#: Seconds that so many first calls may take before fewer are made, and that all timed calls may take.
_SLOW, _FIRST, _LONGEST = 0.1, 10, 2.0
#: Every so manieth question is left; of no common measure with the instants, so that all of those stay.
_THINNED = 7
_FAILED = object()
_FORBIDDEN = {
    "static": frozenset({"the context", "usage()"}),
    "cacheable": frozenset({"the context"}),
    "dynamic": frozenset[str](),
}


def checker_conformance(
    checker: Checker,
    *,
    catalog: Catalog | None = None,
    feature: str | None = None,
    params: Mapping[str, Any] | None = None,
    contexts: Iterable[Mapping[str, Any]] = (),
) -> Conformance:
    """Put `checker` to the test, on `catalog` (None: the shipped one) and one of its features.

    `params` are those that a plan file would give, `contexts` what calls would pass; both must be right ones.
    Raises AssertionError that lists every finding; else tells how fast it answered.
    """
    __tracebackhide__ = True
    return demand(
        checker_findings(checker, catalog=catalog, feature=feature, params=params, contexts=contexts)
    )


def checker_findings(
    checker: Checker,
    *,
    catalog: Catalog | None = None,
    feature: str | None = None,
    params: Mapping[str, Any] | None = None,
    contexts: Iterable[Mapping[str, Any]] = (),
) -> Conformance:
    """As `checker_conformance`, but hands the findings back instead of raising."""
    findings = Findings()
    fault = declaration_fault(checker) or _name_fault(checker)
    if fault is not None:
        findings.add("declaration", fault)
        return findings.conformance(type(checker).__name__, ())
    before = frozenset(threading.enumerate())
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        battery = _Battery(checker, catalog, feature, params or {}, tuple(contexts), findings)
        battery.run()
    if printed.getvalue():
        findings.add("prints", f"it writes to stdout: {printed.getvalue()[:40]!r}")
    left = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    if left:
        findings.add("threads", f"it leaves {len(left)} thread(s) behind that keep the process from ending")
    return findings.conformance(checker.name, battery.notes)


def _name_fault(checker: Checker) -> str | None:
    taken = load_plugins(entry_points=False).checkers.get(checker.name)
    if taken is None or type(taken.checker) is type(checker):
        return None
    return f'the name "{checker.name}" is that of a first-party checker'


class _Battery:
    """One run over one checker and one feature."""

    def __init__(
        self,
        checker: Checker,
        catalog: Catalog | None,
        feature: str | None,
        params: Mapping[str, Any],
        contexts: tuple[Mapping[str, Any], ...],
        findings: Findings,
    ) -> None:
        self.checker = checker
        self.params = params
        self.findings = findings
        self.notes: list[str] = []
        given = catalog or load_catalog()
        if catalog is not None:
            self._claims(catalog)
        self.feature = bound_feature(checker, given, feature, params, self._binds)
        self.cases = tuple(cases(checker, given, self.feature, contexts))
        self.catalog = given

    def run(self) -> None:
        for feature in self.catalog.features.values():
            if self._binds(feature) is not self._binds(feature):
                self.findings.add("binds", f'it says yes and no about "{feature.key}"')
        needs_none = parameters(self.checker, self.feature, self.params, self.findings)
        if judges(self.checker):
            self._thin_out()
            answers = {case: self._answer(case, self.params) for case in self.cases}
            sure = self._repeated(answers)
            if self.checker.volatility.kind == "static":
                self._kept(answers)
            if needs_none and self.params:
                for case in self.cases:
                    self._answer(case, {})
            self._threaded([case for case in self.cases if answers[case] is not _FAILED], sure)
            self._timed()
        if measures(self.checker):
            measuring(self.checker, self.feature.key, self.findings)
        if tells_effects(self.checker):
            losing(self.checker, self.feature, self.catalog, self.findings)

    def _thin_out(self) -> None:
        """Ask a slow checker less: it may read a database."""
        begun = time.monotonic()
        for case in self.cases[:_FIRST]:
            self._answer(case, self.params)
        if time.monotonic() - begun > _SLOW:
            self.cases = self.cases[::_THINNED]
            self.notes.append(f"it is slow, so only {len(self.cases)} questions were tried")

    def _binds(self, feature: Feature) -> bool:
        bound = self.findings.none_if_raises("binds", "binds", lambda: self.checker.binds(feature))
        if bound is not None and type(bound) is not bool:
            self.findings.add("binds", f"it answers with {type(bound).__name__} instead of True or False")
        return bound is True

    def _claims(self, catalog: Catalog) -> None:
        unknown = {*self.checker.features} - {*catalog.features, *catalog.caps}
        if unknown:
            listed = ", ".join(sorted(unknown))
            self.findings.add("features", f'the catalog "{catalog.key}" has none called {listed}')

    def _answer(self, case: Case, params: Mapping[str, Any], rule: str = "raises") -> object:
        """The verdict on one case, held against every rule that one answer can break."""
        add = self.findings.add
        question = case.question(self.checker, self.feature, params)
        kind = self.checker.volatility.kind
        answer: object = _FAILED
        error = None
        try:
            answer = self.checker.check(question)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # noqa: BLE001  a stranger's code may raise anything
            error = raised
        forbidden = _FORBIDDEN[kind].intersection(question.touched)
        for touched in sorted(forbidden):
            add(
                "touches",
                f"it looks at {touched}, which a {kind.upper()} checker may not, asked about {case}",
            )
        # What a forbidden look raises is the kit's own.
        if error is not None and not forbidden:
            add(rule, f"check raises {in_words(error)}, asked about {case} with {dict(params)}")
        if dict(question.params) != dict(params):
            add("mutates", f"it changes its parameters, asked about {case}")
        if kind == "dynamic" and dict(question.context) != dict(case.context):
            add("mutates", f"it changes the context, asked about {case}")
        return self._verdict(case, answer)

    def _verdict(self, case: Case, answer: object) -> object:
        add = self.findings.add
        if answer is None or answer is _FAILED:
            return answer
        if type(answer) is not Verdict or not is_sound(answer):
            add("verdict", f"it answers with {type(answer).__name__} instead of deny(…), admit(…) or None")
            return _FAILED
        if answer.allows and self.checker.everywhere and self.checker.name not in self.feature.checks:
            add("everywhere", f"it may only deny, but admits, asked about {case}")
        if answer.until is not None and answer.until <= case.at:
            add("until", f"it holds until {answer.until.isoformat()}, which has passed, asked about {case}")
        return answer

    def _repeated(self, answers: Mapping[Case, object]) -> dict[Case, object]:
        """The cases whose answer is the same when asked again, with parameters that were stored and read."""
        stored = pickle.loads(pickle.dumps(dict(self.params)))  # noqa: S301  our own bytes
        sure = {}
        # Backwards, so that one that takes turns is found out.
        for case, first in reversed(list(answers.items())):
            if self._answer(case, stored) == first:
                sure[case] = first
            elif self.checker.volatility.kind == "static":
                self.findings.add(
                    "repeats", f"it is STATIC and answers differently when asked again, about {case}"
                )
        return sure

    def _kept(self, answers: Mapping[Case, object]) -> None:
        """What was said at one instant must hold at later ones, up to its `until`: it is not asked before."""
        by_time: dict[tuple[object, ...], list[tuple[Case, object]]] = {}
        for case, answer in answers.items():
            group = (case.plan.ref, case.subject, case.included, case.is_default)
            by_time.setdefault(group, []).append((case, answer))
        for said in by_time.values():
            for number, (earlier, first) in enumerate(said):
                for later, then in said[number + 1 :]:
                    if isinstance(first, Verdict) and first.until is not None and first.until <= later.at:
                        break
                    if first is not _FAILED and then is not _FAILED and _told(first) != _told(then):
                        says = f"its answer about {earlier} is kept, but is another at {later.at.isoformat()}"
                        self.findings.add("until", f"{says}; give until=, or be DYNAMIC")
                        return

    def _threaded(self, asked: list[Case], sure: Mapping[Case, object]) -> None:
        wrong: list[Case] = []

        def run(number: int) -> None:
            for case in asked[number:] + asked[:number]:
                answer = self._answer(case, self.params, "threads")
                if case in sure and answer != sure[case]:
                    wrong.append(case)

        in_threads(run)
        if wrong:
            self.findings.add(
                "threads", f"asked by eight threads at once it answers otherwise about {wrong[0]}"
            )

    def _timed(self) -> None:
        took: list[float] = []
        for number in range(_TIMED_CALLS):
            if sum(took[:number:_FIRST]) * _FIRST > _LONGEST:
                break
            question = self.cases[number % len(self.cases)].question(self.checker, self.feature, self.params)
            begun = time.perf_counter()
            with contextlib.suppress(Exception, SystemExit):
                self.checker.check(question)
            took.append(time.perf_counter() - begun)
        slowest, deadline = max(took), self.checker.deadline
        median = statistics.median(took)
        self.notes.append(
            f"{len(took):,} calls: {median * 1e6:.1f} µs each, the slowest {slowest * 1e3:.2f} ms"
        )
        if deadline is not None and slowest > deadline:
            self.findings.add("deadline", f"it declares {deadline} s and took {slowest:.3f} s")


def _told(answer: object) -> object:
    return (answer.allows, answer.reason, answer.because) if isinstance(answer, Verdict) else answer
