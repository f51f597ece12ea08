"""Alters what is known of a subject for the length of a `with` block; costs nothing while unused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from entitlements.amounts import Amount
from entitlements.subject import Override, SubjectRecord, Subscription, Usage

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
