"""What a plugin author writes: a Checker, its verdicts, and the Question it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar, Final, Literal, NoReturn

from entitlements.clock import Clock, aware, from_ns
from entitlements.decision import Reason
from entitlements.loss import Done, Effect, Loss, Step, Thing
from entitlements.model import EMPTY, Feature, Origin
from entitlements.problems import Mark, Problem
from entitlements.subject import Example, Subscription, Usage

__all__ = [
    "CACHEABLE",
    "CONTRACT",
    "DYNAMIC",
    "STATIC",
    "Checker",
    "Done",
    "Effect",
    "Entitlement",
    "Example",
    "Loss",
    "Question",
    "Step",
    "Thing",
    "Usage",
    "Verdict",
    "Volatility",
    "admit",
    "deny",
    "param_problem",
]

#: The version of this contract; a checker that states another one is refused with an explanation.
CONTRACT: Final = 1
_ADMITS: Final = frozenset({Reason.ALLOWED_BY_CHECKER, Reason.EXEMPT_CLIENT, Reason.KEPT_READABLE})
_DENIES: Final = frozenset({Reason.DENIED_BY_CHECKER, Reason.REQUIRES_FEATURE})


@dataclass(frozen=True, slots=True)
class Volatility:
    """How long a verdict holds. Use STATIC, DYNAMIC or CACHEABLE(ttl)."""

    kind: Literal["static", "cacheable", "dynamic"]
    #: Seconds, for cacheable verdicts.
    ttl: float = 0.0


#: Judged once, when Entitlements are built, from entitlement, subscription, params and the instant.
STATIC: Final = Volatility("static")
#: Judged on each call; may use everything. The default, because it is the safe one.
DYNAMIC: Final = Volatility("dynamic")


def CACHEABLE(ttl: float) -> Volatility:  # noqa: N802  reads like its siblings STATIC and DYNAMIC
    """Judged at most once per `ttl` seconds and subject; may use usage and I/O, never the context."""
    if not 0 < ttl < float("inf"):
        msg = f"CACHEABLE needs a number of seconds above 0, not {ttl!r}"
        raise ValueError(msg)
    return Volatility("cacheable", float(ttl))


@dataclass(frozen=True, slots=True)
class Verdict:
    """A checker's answer; made by `deny` and `admit`."""

    allows: bool
    because: str
    reason: Reason
    #: A STATIC verdict holds until this instant (exclusive), then the checker is asked again.
    until: datetime | None = None


def deny(
    because: str, *, until: datetime | None = None, reason: Reason = Reason.DENIED_BY_CHECKER
) -> Verdict:
    """An objection: the feature is refused whatever the plan says. `because` completes the message."""
    if reason not in _DENIES:
        msg = f"deny() takes the reasons {sorted(_DENIES)}, not {reason!r}"
        raise ValueError(msg)
    return Verdict(allows=False, because=str(because), reason=Reason(reason), until=_in_utc(until))


def admit(
    because: str, *, until: datetime | None = None, reason: Reason = Reason.ALLOWED_BY_CHECKER
) -> Verdict:
    """Lets in what the plan lacks. It never outweighs an objection."""
    if reason not in _ADMITS:
        msg = f"admit() takes the reasons {sorted(_ADMITS)}, not {reason!r}"
        raise ValueError(msg)
    return Verdict(allows=True, because=str(because), reason=Reason(reason), until=_in_utc(until))


def _in_utc(until: datetime | None) -> datetime | None:
    # A time zone is a stranger's code, too; and a datetime without one is refused here, in the checker.
    return None if until is None else aware(until).astimezone(UTC)


def is_sound(verdict: Verdict) -> bool:
    """Whether `verdict` is one that `deny` or `admit` could have made; a plugin may build its own."""
    try:
        until, allows, because, reason = verdict.until, verdict.allows, verdict.because, verdict.reason
    except AttributeError:  # made without its fields
        return False
    if type(because) is not str or type(allows) is not bool:
        return False
    if until is not None and (type(until) is not datetime or until.tzinfo is not UTC):
        return False
    return type(reason) is Reason and reason in (_ADMITS if allows else _DENIES)


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What a subject gets of one feature: included or not, and where that comes from."""

    included: bool
    origin: Origin


class Question:
    """What a checker is asked. It is to be read, not changed; what it gives may be kept."""

    __slots__ = (
        "_clock",
        "_context",
        "_usage",
        "entitlement",
        "feature",
        "included",
        "of_now",
        "params",
        "subject",
        "subscription",
    )

    subject: str
    feature: Feature
    entitlement: Entitlement
    #: Keys of every feature the subject has by plan, add-on or override.
    included: frozenset[str]
    #: The subscription in force; None when the subject is on the default plan.
    subscription: Subscription | None
    #: What the feature's `checks` entry gives this checker; empty without one.
    params: Mapping[str, Any]
    _clock: Clock
    _context: Mapping[str, Any] | None
    _usage: Callable[[], Usage | None] | None
    #: False when the question is about an instant that the caller chose.
    of_now: bool

    def __init__(
        self,
        *,
        subject: str,
        feature: Feature,
        entitlement: Entitlement,
        included: frozenset[str],
        subscription: Subscription | None,
        params: Mapping[str, Any],
        clock: Clock,
        context: Mapping[str, Any] | None,
        usage: Callable[[], Usage | None] | None,
        of_now: bool = True,
    ) -> None:
        put = partial(object.__setattr__, self)
        put("subject", subject)
        put("feature", feature)
        put("entitlement", entitlement)
        put("included", included)
        put("subscription", subscription)
        put("params", params)
        put("_clock", clock)
        put("_context", context)
        put("_usage", usage)
        put("of_now", of_now)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        msg = f"a question is not to be changed ({name}); others are asked the same"
        raise AttributeError(msg)

    @property
    def at(self) -> datetime:
        """The instant asked about, in UTC."""
        return from_ns(self._clock())

    @property
    def context(self) -> Mapping[str, Any]:
        """What the caller passed. Raises for STATIC and CACHEABLE checkers: their verdicts are kept."""
        if self._context is None:
            msg = "only a DYNAMIC checker may use the context: its verdict is not kept"
            raise RuntimeError(msg)
        return self._context

    def usage(self) -> Usage | None:
        """What the subject uses of the feature; None if nobody measures it. Raises for STATIC checkers."""
        if self._usage is None:
            msg = "a STATIC checker may not ask for usage: its verdict is kept; use CACHEABLE(ttl) or DYNAMIC"
            raise RuntimeError(msg)
        return self._usage()


class Checker:
    """Base of all checkers. Every method does nothing until it is overridden.

    A checker is bound to the features it lists in `features`, to those whose file names it under `checks`,
    and, with `everywhere`, to all; one that listens everywhere may deny but not admit.
    """

    #: Unique; plan files use it under `checks`.
    name: ClassVar[str] = ""
    features: ClassVar[Iterable[str]] = ()
    everywhere: ClassVar[bool] = False
    volatility: ClassVar[Volatility] = DYNAMIC
    #: Context keys without which it has nothing to say; it is asked only when the call passes them all.
    needs: ClassVar[Iterable[str]] = ()
    #: What stands in for an answer when `check` fails: `deny`, `ignore` (no objection), or for CACHEABLE
    #: checkers `last_good`.
    on_error: ClassVar[Literal["deny", "ignore", "last_good"]] = "deny"
    #: Seconds to wait for an answer, on a worker thread; None asks inline and waits.
    deadline: ClassVar[float | None] = None
    contract: ClassVar[int] = CONTRACT

    def binds(self, feature: Feature) -> bool:
        """Whether it judges `feature`, beyond the plan files that name it."""
        return self.everywhere or feature.key in frozenset(self.features)

    def check(self, question: Question) -> Verdict | None:  # noqa: ARG002  a method to override
        """`deny(…)`, `admit(…)`, or None for no objection."""
        return None

    def problems(self, feature: Feature, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:  # noqa: ARG002
        """What is wrong with a plan file's parameters: pairs of parameter name ("" for all) and sentence."""
        return ()

    def usage(self, subject: str, feature: str, at: datetime) -> Usage | None:
        """How much `subject` uses of the feature or cap key `feature` at `at`; None if not measured here."""
        if type(self).usages is Checker.usages:
            return None
        return self.usages((subject,), feature, at).get(subject)

    def usages(self, subjects: Iterable[str], feature: str, at: datetime) -> Mapping[str, Usage]:
        """`usage` of many subjects at once; override it where one query can answer for all."""
        measured = ((subject, self.usage(subject, feature, at)) for subject in subjects)
        return {subject: usage for subject, usage in measured if usage is not None}

    def effects(self, loss: Loss) -> Iterable[Effect] | None:  # noqa: ARG002  a method to override
        """What `loss` does to what is in use; none for nothing, None for what the feature's file declares."""
        return None

    def apply(self, step: Step) -> Mapping[str, Any]:  # noqa: ARG002
        """Carry `step` out, or nothing where that was done; gives, as JSON values, what `undo` needs."""
        return EMPTY

    def undo(self, record: Done) -> str | None:  # noqa: ARG002
        """Take a step back; gives why not where the thing is no longer as the step left it."""
        return None


def judges(checker: Checker) -> bool:
    """Whether it takes part in decisions: it defines `check`."""
    return type(checker).check is not Checker.check


def measures(checker: Checker) -> bool:
    """Whether it can tell usage."""
    return type(checker).usage is not Checker.usage or type(checker).usages is not Checker.usages


def acts(checker: Checker) -> bool:
    """Whether it can carry out the loss of a feature: it defines `apply`."""
    return type(checker).apply is not Checker.apply


def tells_effects(checker: Checker) -> bool:
    """Whether it has a say in what a loss does."""
    return acts(checker) or type(checker).effects is not Checker.effects


def param_problem(checker: Checker, feature: Feature, name: str, sentence: str) -> Problem:
    """The Problem for one of the pairs that `Checker.problems` gives, at the line of the parameter."""
    binding = feature.checks[checker.name]
    mark: Mark = binding.param_marks.get(name, binding.mark)
    where = f'check "{checker.name}" of feature "{feature.key}"'
    parameter = f', parameter "{name}"' if name else ""
    return Problem("P501", f"{where}{parameter}: {sentence}", mark)


NO_CONTEXT: Final[Mapping[str, Any]] = EMPTY
