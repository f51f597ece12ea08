"""What an edit does: the difference between two catalogs, each change where it was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from entitlements.catalog.diff.change import Change, Class, PlanDiff, change
from entitlements.catalog.diff.head import head_changes, levels_of
from entitlements.catalog.diff.parts import add_on_parts, cap_parts, feature_parts, part_changes
from entitlements.catalog.diff.plans import plan_changes, term_changes
from entitlements.catalog.diff.upcoming import upcoming_changes
from entitlements.model import Catalog

__all__ = ["CatalogDiff", "Change", "Class", "PlanDiff", "diff_catalogs"]

#: What children take from the plan they extend.
_INHERITED = frozenset({"feature", "cap", "support", "baa"})


@dataclass(frozen=True, slots=True)
class CatalogDiff:
    """Everything that differs between an `old` and a `new` catalog."""

    old: Catalog
    new: Catalog
    #: Plans low to high, those off the ladder, versions that wait, published ones; only those that differ.
    plans: tuple[PlanDiff, ...]
    #: What changes beside plans: features, caps, add-ons, the catalog as a whole, texts.
    others: tuple[Change, ...]

    @property
    def changes(self) -> Iterator[Change]:
        """All of them, each once."""
        for plan in self.plans:
            yield from plan.changes
        yield from self.others

    def count(self, cls: Class) -> int:
        """How many changes are of that class."""
        return sum(one.cls == cls for one in self.changes)


def diff_catalogs(old: Catalog, new: Catalog) -> CatalogDiff:
    """What is different in `new`. Pure; the order of files and keys does not matter."""
    levels = levels_of(old, new)
    both = {
        key: list(plan_changes(old.plans[key], new.plans[key], levels))
        for key in new.plans
        if key in old.plans
    }
    told = _told_once(old, new, both)
    versions = {
        ref: list(term_changes(old.versions[ref], new.versions[ref], levels))
        for ref in new.versions
        if ref in old.versions and not _both_sold(ref, old, new) and not _waits(ref, old, new)
    }
    _with_their_like(told, versions)
    found = [*_working(old, new, told), *upcoming_changes(old, new, levels), *_published(old, new, versions)]
    others = (
        *part_changes("feature", old.features, new.features, feature_parts),
        *part_changes("cap", old.caps, new.caps, cap_parts),
        *part_changes("add-on", old.add_ons, new.add_ons, add_on_parts),
        *head_changes(old, new, levels),
    )
    return CatalogDiff(old, new, tuple(found), others)


def _told_once(
    old: Catalog, new: Catalog, changes: Mapping[str, Iterable[Change]]
) -> dict[str, list[Change]]:
    """The same changes, each only at the plan where it was made, with those that inherit it named there."""
    heirs: dict[tuple[str, tuple[object, ...]], list[str]] = {}
    own: dict[str, list[Change]] = {key: [] for key in changes}
    for key in _low_to_high(new, changes):
        for one in changes[key]:
            root = key
            while (parent := _parent(old, new, root)) is not None and _inherits(one, changes.get(parent, ())):
                root = parent
            if root == key:
                own[key].append(one)
            else:
                heirs.setdefault((root, one.same), []).append(key)
    return {
        key: [replace(one, also=tuple(heirs.get((key, one.same), ()))) for one in found]
        for key, found in own.items()
    }


def _parent(old: Catalog, new: Catalog, key: str) -> str | None:
    above = new.plans[key].extends
    return above if above is not None and key in old.plans and old.plans[key].extends == above else None


def _inherits(one: Change, above: Iterable[Change]) -> bool:
    # The same line in both is one edit; two lines that say the same are two.
    return one.what in _INHERITED and any(
        other.same == one.same and (one.what in ("support", "baa") or other.mark == one.mark)
        for other in above
    )


def _both_sold(ref: str, old: Catalog, new: Catalog) -> bool:
    key = ref.partition("@")[0]
    return all(key in side.plans and side.plans[key].ref == ref for side in (old, new))


def _waits(ref: str, *sides: Catalog) -> bool:
    return any(plan.ref == ref for side in sides for plan in side.upcoming.values())


def _with_their_like(told: dict[str, list[Change]], versions: dict[str, list[Change]]) -> None:
    """Name published versions at the change of a plan where that is the same, instead of on their own."""
    for ref, changes in sorted(versions.items()):
        for one in list(changes):
            like = next(
                (
                    (found, number)
                    for found in told.values()
                    for number, other in enumerate(found)
                    if other.same == one.same and one.what in ("feature", "cap")
                ),
                None,
            )
            if like is not None:
                found, number = like
                found[number] = replace(found[number], also=(*found[number].also, ref))
                changes.remove(one)


def _working(old: Catalog, new: Catalog, told: Mapping[str, list[Change]]) -> Iterator[PlanDiff]:
    for key in _low_to_high(new, {**old.plans, **new.plans}):
        before, after = old.plans.get(key), new.plans.get(key)
        if before is None and after is not None:
            yield PlanDiff(key, None, after, (change("plan", "widening", None, after.ref, after.mark),))
        elif after is None and before is not None:
            # Who holds it by a published number keeps it; the plan itself is gone for all others.
            gone = change("plan", "narrowing", before.ref, None, before.mark)
            yield PlanDiff(key, before, None, (gone,), keeps=before.ref in new.versions)
        elif before is not None and after is not None and told[key]:
            new_version = before.version != after.version
            keeps = before.ref in new.versions if new_version else None
            yield PlanDiff(key, before, after, tuple(told[key]), keeps)


def _published(old: Catalog, new: Catalog, changes: Mapping[str, list[Change]]) -> Iterator[PlanDiff]:
    sold = {plan.ref for side in (old, new) for plan in side.plans.values()}
    for ref in sorted({*old.versions, *new.versions}):
        before, after = old.versions.get(ref), new.versions.get(ref)
        if before is not None and after is not None:
            if changes.get(ref):
                yield PlanDiff(ref, before, after, tuple(changes[ref]))
        elif ref not in sold and not _waits(ref, old, new):
            cls: Class = "neutral" if after is not None else "narrowing"
            there = before or after
            if there is not None:
                pair = (before and ref, after and ref)
                yield PlanDiff(ref, before, after, (change("published version", cls, *pair, there.mark),))


def _low_to_high(new: Catalog, keys: Iterable[str]) -> list[str]:
    place = {key: number for number, key in enumerate(new.ladder)}
    return sorted(keys, key=lambda key: (place.get(key, len(place)), key))
