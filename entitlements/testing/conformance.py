"""What a conformance kit hands back: findings by rule, and the figures it took on the way."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from entitlements.errors import StoreConflict, in_words

#: More of one rule are not listed: they mostly have one cause.
_MOST_OF_A_RULE = 3
_THREADS = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of the contract: the rule, and where it showed."""

    rule: str
    says: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.says}"


@dataclass(frozen=True, slots=True)
class Conformance:
    """What a kit found out about `name`. `notes` are figures, and what could not be tried."""

    name: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def rules(self) -> frozenset[str]:
        """The rules that are broken."""
        return frozenset(finding.rule for finding in self.findings)

    def __str__(self) -> str:
        head = f"{self.name}: {len(self.findings)} finding(s)" if self.findings else f"{self.name}: conforms"
        return "\n".join([head, *(f"- {finding}" for finding in self.findings), *self.notes])


class Findings:
    """Collects findings without repetitions; whatever a stranger's code raises becomes one."""

    def __init__(self) -> None:
        self._found: dict[Finding, None] = {}
        self._lock = threading.Lock()

    def add(self, rule: str, says: str) -> None:
        with self._lock:
            if sum(finding.rule == rule for finding in self._found) < _MOST_OF_A_RULE:
                self._found[Finding(rule, says)] = None

    def none_if_raises(self, rule: str, what: str, call: Callable[[], Any]) -> Any:
        """What `call()` gives; None, with a finding, if it raises."""
        try:
            return call()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  a stranger's code may raise anything
            self.add(rule, f"{what} raises {in_words(error)}")
            return None

    def conformance(self, name: str, notes: Sequence[str]) -> Conformance:
        return Conformance(name, tuple(self._found), tuple(notes))


class Wants:
    """Adds a finding to `rule` for what is not as it should be."""

    def __init__(self, rule: str, add: Callable[[str, str], None]) -> None:
        self._rule, self._add = rule, add

    def __call__(self, what: str, found: Any, wanted: Any) -> None:
        """`what` names what was `found`."""
        if found != wanted:
            self._add(self._rule, f"{what}: {found!r}, not {wanted!r}")

    @contextmanager
    def conflict(self, what: str) -> Iterator[None]:
        """Inside it, a StoreConflict must come."""
        try:
            yield
        except StoreConflict:
            return
        self._add(self._rule, f"{what}: no StoreConflict")


def demand(conformance: Conformance) -> Conformance:
    """The same, if nothing was found. Raises AssertionError with all findings otherwise."""
    __tracebackhide__ = True
    if conformance.findings:
        raise AssertionError(str(conformance))
    return conformance


def in_threads(run: Callable[[int], None]) -> None:
    """`run(number)` in eight threads that begin at once and take turns as often as they can."""
    barrier = threading.Barrier(_THREADS)

    def body(number: int) -> None:
        barrier.wait()
        run(number)

    with _hasty_turns():
        threads = [threading.Thread(target=body, args=(number,), daemon=True) for number in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@contextmanager
def _hasty_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
