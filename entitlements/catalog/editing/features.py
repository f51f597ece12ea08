"""A feature goes to a plan and to those who have it already, or is taken out of the plan again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from entitlements.catalog.build_published import build_published
from entitlements.catalog.digest import terms_digest
from entitlements.catalog.editing.catalog import Desk, find_home
from entitlements.catalog.editing.edit import add_block, add_item, remove_item, set_value
from entitlements.catalog.editing.text import CannotEdit
from entitlements.catalog.load import read_catalog
from entitlements.catalog.names import declared_names
from entitlements.model import Catalog, Plan
from entitlements.problems import suggestion

_NEEDED = ("title", "description", "group", "on_loss")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a feature that nobody has declared yet is; None where nothing was said."""

    title: str | None = None
    description: str | None = None
    group: str | None = None
    on_loss: str | None = None

    @property
    def missing(self) -> list[str]:
        return [field for field in _NEEDED if getattr(self, field) is None]


def add_feature(
    desk: Desk, catalog: Catalog, key: str, plan: str, *, also: Iterable[str] = (), new: Declaration
) -> Iterator[str]:
    """Give feature `key` to `plan`, to the plans that extend it, and to those who have one of them now.

    `catalog` is what `desk` read, without errors. The records of the versions now sold are widened where they
    stand, and those of the older versions `also`. Yields what was done, in words. Raises CannotEdit.
    """
    _must_be_plan(catalog, plan)
    older = [_record_of(catalog, ref) for ref in also]
    if key not in catalog.features:
        yield _declare(desk, catalog, key, new)
    group = catalog.features[key].group if key in catalog.features else str(new.group)
    heading, titles = catalog.groups[group].title, [known.title for known in catalog.groups.values()]
    if key in catalog.plans[plan].features:
        yield _has_it_already(catalog, key, plan)
    else:
        home = find_home(desk.reading, f"plan:{plan}")
        draft = desk.draft(home.file)
        if key in (draft.value.get("without") or ()):
            desk.keep(remove_item(draft, ("without",), key))
            yield f'{home.file}: "{key}" is no longer gone without'
        else:
            desk.keep(add_item(draft, ("features",), key, heading=heading, headings=titles))
            yield f'{home.file}: "{key}" is added to the features'
    for document in desk.reading.of_kind("next"):
        if document.value["plan"] == plan and desk.keep(
            add_item(desk.draft(document.file), ("features",), key, heading=heading, headings=titles)
        ):
            yield f'{document.file}: "{key}" is added here too, so that it stays when this version starts'
    after = _read_again(desk)
    heirs = [
        heir
        for heir in after.plans.values()
        if key in heir.features and (heir.key == plan or plan in _above(after, heir))
    ]
    for heir in heirs:
        if heir.key != plan and key in _plan_file(desk, heir.key).get("features", ()):
            yield f'{heir.mark.file}: "{key}" is listed here too, which is no longer needed'
        elif heir.key != plan:
            yield f'{heir.mark.file}: "{heir.key}" inherits it'
    yield from _widen(desk, catalog, key, [*heirs, *older])


def remove_feature(desk: Desk, catalog: Catalog, key: str, plan: str) -> Iterator[str]:
    """Take feature `key` out of `plan`, and so out of the plans that extend it; records stay as they are."""
    _must_be_plan(catalog, plan)
    if key not in catalog.features:
        msg = f'there is no feature "{key}"'
        raise CannotEdit(msg, hint=suggestion(key, catalog.features))
    if key not in catalog.plans[plan].features:
        yield f'plan "{plan}" does not have "{key}"'
        return
    home = find_home(desk.reading, f"plan:{plan}")
    draft = desk.draft(home.file)
    if key in (draft.value.get("features") or ()):
        draft = remove_item(draft, ("features",), key)
        desk.keep(draft)
        yield f'{home.file}: "{key}" is taken out of the features'
    parent = catalog.plans[plan].extends
    if parent is not None and key in catalog.plans[parent].features:
        desk.keep(add_item(draft, ("without",), key))
        yield f'{home.file}: "{key}" is added to `without`, since "{parent}" has it'


def _plan_file(desk: Desk, key: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = desk.draft(find_home(desk.reading, f"plan:{key}").file).value
    return found


def _declare(desk: Desk, catalog: Catalog, key: str, new: Declaration) -> str:
    if new.missing:
        options = ", ".join(f"--{field.replace('_', '-')}" for field in new.missing)
        msg = f'feature "{key}" is not declared yet'
        near = suggestion(key, catalog.features, limit=0)
        hint = f"to declare it, give {options} (the groups are {', '.join(catalog.groups)})"
        raise CannotEdit(msg, hint=f"{near} else {hint}" if near else hint)
    files = [d.file for d in desk.reading.of_kind("features") if d.value["group"]["key"] == new.group]
    if not files:
        msg = f'there is no group "{new.group}"'
        raise CannotEdit(msg, hint=suggestion(str(new.group), catalog.groups, limit=50))
    content = {
        "title": new.title,
        "description": new.description,
        "on_loss": MappingProxyType({"effect": new.on_loss}),
    }
    desk.keep(add_block(desk.draft(files[0]), ("features", key), content))
    return f'{files[0]}: feature "{key}" is declared'


def _has_it_already(catalog: Catalog, key: str, plan: str) -> str:
    mark = catalog.plans[plan].features[key]
    if mark.file == catalog.plans[plan].mark.file:
        return f'{mark}: plan "{plan}" has "{key}" already'
    source = next(own.key for own in catalog.plans.values() if own.mark.file == mark.file)
    return f'{mark}: plan "{plan}" has "{key}" already, from "{source}"'


def _widen(desk: Desk, catalog: Catalog, key: str, plans: Iterable[Plan]) -> Iterator[str]:
    """Write `key` into the records of `plans`, each with the digest of its wider terms."""
    documents = desk.reading.of_kind("published")
    names = declared_names(desk.reading.documents)
    recorded = build_published(documents, catalog.plans, names)
    for ref in dict.fromkeys(plan.ref for plan in plans):
        record = recorded.get(ref)
        if record is None:
            yield f"{ref} is not published, so there is no record to widen"
        elif key in record.features:
            yield f"{record.mark.file}: those who have {ref} have it already"
        else:
            wider = replace(record, features={**record.features, key: record.mark})
            draft = add_item(desk.draft(record.mark.file), ("features",), key)
            desk.keep(set_value(draft, ("digest",), terms_digest(wider)))
            yield f"{record.mark.file}: those who have {ref} get it too"


def _record_of(catalog: Catalog, ref: str) -> Plan:
    """The older published version that `--also` names."""
    found = catalog.versions.get(ref)
    current = catalog.plans.get(ref.partition("@")[0])
    if found is None or "@" not in ref:
        refs = [known for known, plan in catalog.versions.items() if catalog.plans.get(plan.key) is not plan]
        hint = suggestion(ref, refs, limit=50) or "name a version, such as pro@0"
        msg = f'there is no published version "{ref}"'
        raise CannotEdit(msg, hint=hint)
    if current is found:
        msg = f"{ref} is the version now sold, so it gets what its plan file gives"
        raise CannotEdit(
            msg, hint=f"use --from {found.key}, or leave --also {ref} out if it inherits the feature"
        )
    return found


def _must_be_plan(catalog: Catalog, plan: str) -> None:
    if plan not in catalog.plans:
        hint = suggestion(plan, catalog.plans)
        if plan in catalog.versions:
            hint = f"for an older version use --from {plan.partition('@')[0]} --also {plan}"
        msg = f'there is no plan "{plan}"'
        raise CannotEdit(msg, hint=hint)


def _read_again(desk: Desk) -> Catalog:
    reading = read_catalog(desk.folder, tests_too=False, edited=desk.edited)
    if reading.catalog is None:
        first = reading.problems[0]
        msg = f"this would break the catalog: {first.mark}: {first.message}"
        raise CannotEdit(msg, hint=first.hint)
    return reading.catalog


def _above(catalog: Catalog, plan: Plan) -> Iterator[str]:
    step = plan.extends
    while step is not None:
        yield step
        step = catalog.plans[step].extends
