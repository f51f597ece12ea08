"""Alters what is known of a subject for the length of a `with` block; costs nothing while unused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from entitlements.amounts import Amount
from entitlements.engine.last_good import Reading
from entitlements.subject import Override, SubjectRecord, Subscription, Usage

if TYPE_CHECKING:
    from entitlements.engine.entitlements import Entitlements
    from entitlements.engine.live import Live
    from entitlements.model import Catalog

_KIND = "pretend"


@dataclass(frozen=True, slots=True)
class Pretence:
    """What a test pretends of one subject. None leaves things as they are."""

    plan: str | None = None
    gives: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    caps: Mapping[str, Amount] | None = None
    usage: Mapping[str, int] | None = None

    def __call__(self, record: SubjectRecord) -> SubjectRecord:
        """`record` as it is pretended to be."""
        made = tuple(self._overrides())
        # An exception of the same thing would otherwise outweigh what the test asks for.
        given = {*self.gives, *self.removes}
        kept = tuple(
            o
            for o in record.overrides
            if o.give not in given and o.remove not in given and o.cap not in (self.caps or {})
        )
        subscriptions = (Subscription(self.plan),) if self.plan is not None else record.subscriptions
        usage = {**record.usage, **{key: Usage(count) for key, count in (self.usage or {}).items()}}
        return replace(record, subscriptions=subscriptions, overrides=(*kept, *made), usage=usage)

    def _overrides(self) -> Iterable[Override]:
        for feature in self.gives:
            yield _override(give=feature)
        for feature in self.removes:
            yield _override(remove=feature)
        for cap, amount in (self.caps or {}).items():
            yield _override(cap=cap, set_to=amount)


def _override(
    *,
    give: str | None = None,
    remove: str | None = None,
    cap: str | None = None,
    set_to: Amount | None = None,
) -> Override:
    return Override(
        kind=_KIND,
        because="a test pretends so",
        by="pretend",
        start=None,
        end=None,
        give=give,
        remove=remove,
        cap=cap,
        set_to=set_to,
    )


def pretended(record: SubjectRecord, pretences: Iterable[Pretence]) -> SubjectRecord:
    """`record` with every pretence of its subject, the innermost last."""
    for pretence in pretences:
        record = pretence(record)
    return record


def stand_in(subject: str, at: int, alter: Callable[[SubjectRecord], SubjectRecord]) -> Reading | None:
    """What stands for a record that cannot be read, in a test that pretends and may reach no source."""
    blank = SubjectRecord(subject)
    return Reading(blank, at) if alter(blank) is not blank else None


class Pretending:
    """The part of an Engine that pretends, for tests."""

    _pretences: dict[str, tuple[Pretence, ...]]
    _live: Live

    @property
    def catalog(self) -> Catalog:
        raise NotImplementedError

    def entitlements(self, subject: str) -> Entitlements:
        raise NotImplementedError

    def invalidate(self, subject: str | None = None) -> None:
        raise NotImplementedError

    @contextmanager
    def pretend(
        self,
        subject: str,
        *,
        plan: str | None = None,
        gives: Iterable[str] = (),
        removes: Iterable[str] = (),
        caps: Mapping[str, Amount] | None = None,
        usage: Mapping[str, int] | None = None,
    ) -> Iterator[Entitlements]:
        """For tests: `subject` has this plan, these features and caps while the block runs, in all threads.

        Blocks nest; the innermost wins; on leaving, everything is as it was. Raises UnknownPlan or
        UnknownFeature for names the catalog lacks, so that a test cannot pretend a typing mistake.
        """
        if plan is not None:
            # A test means what is sold now; a bare key would stand for what was sold when nobody knows.
            plan = self.catalog.plan(plan).ref if self.catalog.successions else plan
        pretence = Pretence(plan, tuple(gives), tuple(removes), caps, usage)
        self._check_names(pretence)
        before = self._pretences.get(subject, ())
        self._pretences = {**self._pretences, subject: (*before, pretence)}
        self.invalidate(subject)
        try:
            yield self.entitlements(subject)
        finally:
            remaining = list(self._pretences.get(subject, ()))
            remaining.remove(pretence)
            others = {key: value for key, value in self._pretences.items() if key != subject}
            self._pretences = {**others, subject: tuple(remaining)} if remaining else others
            self.invalidate(subject)

    def _check_names(self, pretence: Pretence) -> None:
        if pretence.plan is not None:
            self.catalog.plan(pretence.plan)
        for feature in (*pretence.gives, *pretence.removes):
            if feature not in self.catalog.features:
                self._live.raise_unknown(feature)
        for cap in pretence.caps or ():
            if cap not in self.catalog.caps:
                self._live.raise_unknown(f"cap.{cap}")

    def _altered(self, record: SubjectRecord) -> SubjectRecord:
        found = self._pretences.get(record.subject)
        return pretended(record, found) if found else record
