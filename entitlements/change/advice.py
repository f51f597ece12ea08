"""The cheapest plan with add-ons that keeps everything in use: by exact search over all that is sold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from entitlements.change.compare import in_use
from entitlements.change.costs import cost_of
from entitlements.change.search import Choice, Needs, Search
from entitlements.engine.resolve import Offers, Resolved, add_ons_held, resolve
from entitlements.lifecycle.periods import Cadence
from entitlements.model import Catalog
from entitlements.subject import SubjectRecord, Usage


@dataclass(frozen=True, slots=True)
class Advice:
    """What to choose in order to lose nothing that is in use."""

    cadence: Cadence
    #: Keeps everything, also what could not be checked; None where nothing that is sold does.
    choice: Choice | None
    #: What would do if none of `unchecked` is in use, where that is another one.
    otherwise: Choice | None
    #: What the subject has, where that keeps everything too, goes on, and is not on sale as it is.
    present: Choice | None
    #: The features in use that a plan must give, sorted.
    needs: tuple[str, ...]
    #: The features and caps whose use could not be checked, sorted.
    unchecked: tuple[str, ...]
    #: The features in use that no plan or add-on on sale gives, sorted.
    not_sold: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            **(self.choice.to_json() if self.choice is not None else _NO_CHOICE),
            "cadence": self.cadence,
            "otherwise": self.otherwise.to_json() if self.otherwise is not None else None,
            "present": self.present.to_json() if self.present is not None else None,
            "needs": list(self.needs),
            "unchecked": list(self.unchecked),
            "not_sold": list(self.not_sold),
        }


_NO_CHOICE: Mapping[str, Any] = {
    "plan": None,
    "version": None,
    "add_ons": [],
    "ask_sales": True,
    "monthly_total": None,
    "at_least": None,
    "unknown": ["nothing that is sold keeps everything in use"],
}


def advise(
    catalog: Catalog,
    record: SubjectRecord,
    usage: Mapping[str, Usage],
    at: datetime,
    *,
    cadence: Cadence | None = None,
) -> Advice:
    """The advice for `record`, by `usage` of features and caps; on its own cadence unless another is given.

    Cheapest first, the use beyond caps included; a tie takes the higher plan; what has no price comes last.
    Exceptions that hold go on, so no plan needs to give what they do.
    """
    offers: Offers = {}
    has = resolve(catalog, record, at, offers)
    cadence = cadence or (has.subscription.cadence if has.subscription is not None else "monthly")
    search = Search(catalog, record, usage, at, cadence, has, offers)
    used = {key for key in catalog.features if in_use(usage.get(key)) and key not in has.removed}
    unknown = {key for key, found in usage.items() if found.count is None}
    sold = {key for key in used if search.sells(key)}
    doubted = {key for key in unknown & has.included.keys() - has.removed.keys() if search.sells(key)}
    caps = {cap: in_use(usage.get(cap)) for cap in catalog.caps if cap not in unknown}
    unsure = frozenset(unknown & catalog.caps.keys())
    baa = has.baa.in_force
    needs = Needs(frozenset(sold | doubted), caps, unsure, baa)
    best = search.best(needs)
    least = search.best(Needs(frozenset(sold), caps, frozenset(), baa)) if doubted or unsure else best
    return Advice(
        cadence=cadence,
        choice=best,
        otherwise=None if _same(best, least) else least,
        present=_present(catalog, has, usage, at, best) if search.keeps(has, needs) else None,
        needs=tuple(sorted(key for key in sold if not _by_exception(has, key))),
        unchecked=tuple(sorted(doubted | unsure)),
        not_sold=tuple(sorted(used - sold)),
    )


def _present(
    catalog: Catalog, has: Resolved, usage: Mapping[str, Usage], at: datetime, best: Choice | None
) -> Choice | None:
    held = has.subscription
    if held is not None and held.end is not None:
        return None
    cadence = held.cadence if held is not None else "monthly"
    cost = cost_of(catalog, has, at, cadence, usage)
    present = Choice(has.plan, add_ons_held(catalog, held, at), cost)
    return None if _same(present, best) else present


def _by_exception(has: Resolved, feature: str) -> bool:
    origin = has.included.get(feature)
    return origin is not None and origin.kind == "override"


def _same(one: Choice | None, other: Choice | None) -> bool:
    return one == other or (
        one is not None and other is not None and (one.plan, one.add_ons) == (other.plan, other.add_ons)
    )
