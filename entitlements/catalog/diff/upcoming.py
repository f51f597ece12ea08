"""What changes in the versions that wait to be sold: a plan is told what its next version will do to it."""

from __future__ import annotations

from collections.abc import Iterator

from entitlements.catalog.diff.change import Change, Class, PlanDiff, change
from entitlements.catalog.diff.plans import Levels, plan_changes, takes_or_gives
from entitlements.model import Catalog, Plan


def upcoming_changes(old: Catalog, new: Catalog, levels: Levels) -> Iterator[PlanDiff]:
    """For each next version that comes, goes or is edited, what that changes, and from when on."""
    for key in sorted({*old.upcoming, *new.upcoming}):
        before, after = old.upcoming.get(key), new.upcoming.get(key)
        if after is not None and before is None:
            # What it will do to the version sold until then.
            sold = new.plans[key]
            yield _coming(sold, after, tuple(plan_changes(sold, after, levels)), new)
        elif after is not None and before is not None:
            found = tuple(plan_changes(before, after, levels))
            if found:
                yield PlanDiff(after.ref, before, after, found, starts=after.effective_from)
        elif before is not None and not _is_sold(before, new):
            # Whoever waited for what it gives waits in vain.
            cls: Class = takes_or_gives(before, new.plans[key], levels) if key in new.plans else "neutral"
            gone = change("next version", cls, before.ref, None, before.mark)
            yield PlanDiff(before.ref, before, None, (gone,), starts=before.effective_from)


def _coming(sold: Plan, after: Plan, changes: tuple[Change, ...], new: Catalog) -> PlanDiff:
    chain = new.successions.get(after.key, ())
    return PlanDiff(after.ref, sold, after, changes, keeps=sold in chain, starts=after.effective_from)


def _is_sold(plan: Plan, new: Catalog) -> bool:
    return plan.key in new.plans and new.plans[plan.key].ref == plan.ref
